"""Provisioning as it runs on a device: the file itself, on MicroPython, in an empty flash folder."""

import base64
import datetime
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firmware.apps import provision

ROOT = Path(__file__).resolve().parents[3]
MICROPYTHON = Path(sys.executable).parent / "micropython"
NETWORK = """
class WLAN:
    IF_STA = 0
    def __init__(self, interface): pass
    def active(self, on): open("radio", "w").write(str(on))
"""
LOAD = """
import sys, tls
def read(name):
    with open(name, "rb") as file:
        return file.read()
context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(read("ca.der"))
context.load_cert_chain(read("cert.der"), read("key.der"))
print("loaded")
"""


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    (tmp_path / "device.json").write_text('{"device":"counter-1","role":"counter"}')
    return tmp_path


def micropython(flash: Path, *arguments: str, heap: str = "192k") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(MICROPYTHON), "-X", f"heapsize={heap}", *arguments],
        cwd=flash,
        env={"MICROPYPATH": f"{flash}/lib:{ROOT}:.frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(flash: Path, heap: str = "192k") -> "subprocess.CompletedProcess[str]":
    return micropython(flash, str(ROOT / "firmware/apps/provision.py"), heap=heap)


def request_of(output: str) -> x509.CertificateSigningRequest:
    lines = output.splitlines()
    assert (lines[0], lines[-1]) == ("CSR BEGIN counter-1", "CSR END")
    assert all(len(line) <= 64 for line in lines)
    return x509.load_der_x509_csr(base64.b64decode("".join(lines[1:-1]), validate=True))


def key_of(flash: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key((flash / "key.der").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)
    return key


def issue(subject: x509.Name, public: object, issuer: x509.Name, signer: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate for a year, as DER."""
    today = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=public,  # type: ignore[arg-type]
        serial_number=7,
        not_valid_before=today,
        not_valid_after=today + datetime.timedelta(days=365),
    )
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def certify(flash: Path, request: x509.CertificateSigningRequest) -> None:
    """What the store's authority puts beside the key: ca.der and cert.der."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    (flash / "ca.der").write_bytes(issue(authority, authority_key.public_key(), authority, authority_key))
    certificate = issue(request.subject, request.public_key(), authority, authority_key)
    (flash / "cert.der").write_bytes(certificate)


@pytest.mark.parametrize("heap", ["192k", "132k"])
def test_first_run_makes_a_key_and_asks_for_its_certificate(flash: Path, heap: str) -> None:
    done = run(flash, heap)
    assert (done.returncode, done.stderr) == (0, "")
    request = request_of(done.stdout)
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=counter-1"
    assert request.public_key() == key_of(flash).public_key()
    assert sorted(path.name for path in flash.iterdir()) == ["device.json", "key.der"]


def test_later_runs_ask_for_the_same_key(flash: Path) -> None:
    first = run(flash)
    key = (flash / "key.der").read_bytes()
    second = run(flash)
    assert (flash / "key.der").read_bytes() == key
    assert second.stdout == first.stdout


def test_two_devices_have_two_keys(flash: Path) -> None:
    run(flash)
    first = (flash / "key.der").read_bytes()
    (flash / "key.der").unlink()
    run(flash)
    assert (flash / "key.der").read_bytes() != first


def test_a_run_that_was_cut_leaves_nothing_in_the_way(flash: Path) -> None:
    (flash / "key.der.new").write_bytes(b"\x30\x77half a key")
    assert request_of(run(flash).stdout).public_key() == key_of(flash).public_key()
    assert not (flash / "key.der.new").exists()


@pytest.mark.parametrize("damage", [b"", b"\x30\x77\x02", b"\x00" * 121])
def test_a_damaged_key_stops_the_run_and_stays(flash: Path, damage: bytes) -> None:
    (flash / "key.der").write_bytes(damage)
    done = run(flash)
    assert done.returncode != 0
    assert "CSR BEGIN" not in done.stdout
    assert (flash / "key.der").read_bytes() == damage


@pytest.mark.parametrize(
    "settings",
    [
        '{"device":"+"}',
        '{"device":"a/b"}',
        '{"device":""}',
        '{"device":5}',
        '{"role":"counter"}',
        "[]",
        "not json",
    ],
)
def test_no_key_without_a_name(flash: Path, settings: str) -> None:
    (flash / "device.json").write_text(settings)
    done = run(flash)
    assert done.returncode != 0
    assert "CSR" not in done.stdout
    assert not (flash / "key.der").exists()


def test_the_radio_is_on_while_a_key_is_made_and_only_then(flash: Path) -> None:
    (flash / "lib").mkdir()
    (flash / "lib/network.py").write_text(NETWORK)
    assert run(flash).returncode == 0
    assert (flash / "radio").read_text() == "True"
    (flash / "radio").unlink()
    assert run(flash).returncode == 0
    assert not (flash / "radio").exists()


def test_the_devices_tls_loads_key_and_certificate(flash: Path) -> None:
    certify(flash, request_of(run(flash).stdout))
    done = micropython(flash, "-c", LOAD)
    assert (done.returncode, done.stdout) == (0, "loaded\n"), done.stdout + done.stderr
    key = (flash / "key.der").read_bytes()
    (flash / "key.der").write_bytes(key[:-1])
    assert micropython(flash, "-c", LOAD).returncode != 0


def test_a_key_is_aside_until_it_is_whole(flash: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the power at the rename: no key.der yet, and the next run makes one."""
    monkeypatch.chdir(flash)

    def cut(_source: str, _target: str) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(provision.os, "rename", cut)
        with pytest.raises(OSError, match="power cut"):
            provision.main()
    assert not (flash / "key.der").exists()
    provision.main()
    assert provision.read_key() is not None


def test_a_power_cut_at_any_flash_operation_costs_no_key(tmp_path: Path) -> None:
    done = micropython(tmp_path, str(ROOT / "tests/firmware/apps/cut_provision.py"), heap="4m")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    cuts, survivors = map(int, re.findall(r"\d+", done.stdout.splitlines()[-1]))
    assert cuts >= 10
    assert 1 <= survivors < cuts


def test_noise_is_conditioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provision.os, "urandom", lambda size: b"\x55" * size)
    noise = provision.conditioned_noise(32)
    assert len(noise) == 32
    assert noise != b"\x55" * 32
