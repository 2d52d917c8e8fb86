"""`shopbell network check`: every fault has its sentence in both languages, and a whole machine has none."""

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from gateway.portal.settings import NetworkSettings, PortalSettings
from shopbell import cli
from shopbell.look.words import LANGUAGES, faults
from shopbell.network import places
from shopbell.network.checking import PACKAGES, Certificate, Machine, bears, findings, kernel_keys, users
from shopbell.network.facts import look
from shopbell.network.files import files, write
from shopbell.network.words import WORDS, sentence
from tests.ports import free_port

NETWORK = NetworkSettings(lan="lan0", wan="wan0")
PORTAL = PortalSettings(store="river")
GATEWAY = {"portal_user": NETWORK.portal_user}
WANTED = files(NETWORK, PORTAL, "/opt/shopbell", "/etc/shopbell/shopbell.toml")
WELL = Machine(
    interfaces={"lo": ("127.0.0.1/8",), "lan0": ("10.77.0.1/22",), "wan0": ("192.168.1.7/24",)},
    programs=frozenset(PACKAGES),
    dnsmasq=(2, 90),
    users=frozenset(users(NETWORK)),
    kernel=dict(kernel_keys(WANTED[places.KERNEL])),
    files=dict(WANTED),
    unreadable=frozenset(),
    certificate=Certificate("", ("wifi.shopbell.example",), 60, True),
    taken_ports=(),
    netd=True,
    table=True,
    shaped=True,
    pages=True,
    web=True,
    resolver_says="10.77.0.1",
)
RULES = f"{places.CONFIGURATION}/{places.RULES}"
FORWARD, NEIGHBOURS = "net.ipv4.ip_forward", "net.ipv4.neigh.default.gc_thresh3"


def keys(
    machine: Machine = WELL,
    network: NetworkSettings = NETWORK,
    portal: PortalSettings = PORTAL,
    gateway: dict[str, object] = GATEWAY,  # type: ignore[assignment]
) -> list[str]:
    """The findings; each must be a sentence in both languages that names what it found."""
    found = findings(network, portal, gateway, WANTED, machine)
    for each in found:
        for language in LANGUAGES:
            text = sentence(each.key, language, **each.values)
            assert all(str(value) in text for value in each.values.values()), text
    return [each.key for each in found]


def test_a_machine_that_is_as_it_should_be_has_no_finding() -> None:
    assert keys() == []


MACHINES: list[tuple[str, Machine]] = [
    ("interface", WELL._replace(interfaces={"lan0": ("10.77.0.1/22",)})),
    ("address", WELL._replace(interfaces={"lan0": ("10.77.0.2/22",), "wan0": ()})),
    ("address", WELL._replace(interfaces={"lan0": ("10.77.0.1/24",), "wan0": ()})),
    ("overlap", WELL._replace(interfaces={"lan0": ("10.77.0.1/22",), "wan0": ("10.77.3.9/24",)})),
    ("program", WELL._replace(programs=frozenset(set(PACKAGES) - {"nft"}))),
    ("old_program", WELL._replace(dnsmasq=(2, 86))),
    ("user", WELL._replace(users=frozenset(set(users(NETWORK)) - {"shopbell-netd"}))),
    ("kernel", WELL._replace(kernel={**WELL.kernel, FORWARD: "0"})),
    ("kernel", WELL._replace(kernel={**WELL.kernel, NEIGHBOURS: "1024"})),
    ("kernel_absent", WELL._replace(kernel={**WELL.kernel, FORWARD: None})),
    ("file_absent", WELL._replace(files={**WANTED, RULES: None})),
    ("file_differs", WELL._replace(files={**WANTED, RULES: WANTED[RULES] + "# by hand\n"})),
    ("file_unreadable", WELL._replace(unreadable=frozenset({RULES}))),
    ("files_absent", WELL._replace(files=dict.fromkeys(WANTED))),
    ("no_certificate", WELL._replace(certificate=None)),
    ("certificate", WELL._replace(certificate=Certificate("no such file"))),
    ("certificate_name", WELL._replace(certificate=Certificate("", ("other.example",), 60, None))),
    ("certificate_ends", WELL._replace(certificate=Certificate("", ("wifi.shopbell.example",), 13, True))),
    ("certificate_key", WELL._replace(certificate=Certificate("", ("*.shopbell.example",), 60, False))),
    ("port", WELL._replace(taken_ports=(53,))),
    ("netd_away", WELL._replace(netd=False, table=False, shaped=False)),
    ("netd_table", WELL._replace(table=False)),
    ("netd_shaper", WELL._replace(shaped=False)),
    ("pages_away", WELL._replace(pages=False)),
    ("web_away", WELL._replace(web=False)),
    ("resolver_away", WELL._replace(resolver_says="")),
    ("resolver_wrong", WELL._replace(resolver_says="192.0.2.1")),
]


@pytest.mark.parametrize(("key", "machine"), MACHINES, ids=[f"{n}-{m[0]}" for n, m in enumerate(MACHINES)])
def test_each_fault_of_a_machine_is_one_finding(key: str, machine: Machine) -> None:
    assert keys(machine) == [key]


SETTINGS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("pool", {"last": "10.77.0.99"}, {}),
    ("upstream", {"upstreams": "1.1.1.1, 10.77.0.1"}, {}),
    ("country", {"country": "China"}, {}),
    ("country", {"country": "cn"}, {}),
    ("rates", {"member_kbit": 1_000}, {}),
    ("line", {"wan_kbit": 3_000}, {}),
    ("no_proxy", {}, {"behind_proxy": False}),
    ("proxy", {}, {"http_host": "0.0.0.0"}),
    ("simulated", {}, {"simulated": True}),
    ("run_dir", {}, {"run_dir": "/run/other"}),
]


@pytest.mark.parametrize(("key", "network", "portal"), SETTINGS)
def test_each_fault_of_the_settings_is_one_finding(
    key: str, network: dict[str, Any], portal: dict[str, Any]
) -> None:
    assert keys(network=replace(NETWORK, **network), portal=replace(PORTAL, **portal)) == [key]


def test_the_gateway_must_know_the_portal_and_where_to_meet_it() -> None:
    assert keys(gateway={}) == ["portal_user"]
    assert keys(gateway={**GATEWAY, "run_dir": "/elsewhere"}) == ["run_dir"]


def test_a_kernel_with_more_room_than_asked_for_is_well() -> None:
    assert keys(WELL._replace(kernel={**WELL.kernel, NEIGHBOURS: "99999"})) == []


def test_a_missing_interface_is_said_once_and_not_again_for_each_of_its_settings() -> None:
    kernel = {key: None if ".lan0." in key else value for key, value in WELL.kernel.items()}
    assert keys(WELL._replace(interfaces={"wan0": ()}, kernel=kernel)) == ["interface"]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("wifi.shopbell.example", True),
        ("WIFI.shopbell.example", True),
        ("*.shopbell.example", True),
        ("*.example", False),
        ("shopbell.example", False),
        ("*.wifi.shopbell.example", False),
        ("*", False),
    ],
)
def test_which_names_a_certificate_bears(pattern: str, fits: bool) -> None:
    assert bears(pattern, "wifi.shopbell.example") is fits


def test_every_sentence_is_there_in_both_languages_and_each_is_used() -> None:
    assert faults(WORDS) == []
    said = {key for key, *_ in (*MACHINES, *SETTINGS)} | {"portal_user", "well", "count"}
    assert {key.removeprefix("check.") for key in WORDS} == said


# Looking at a machine


def certificate(folder: Path, names: list[str], days: int) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wifi")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{days}.pem", folder / f"{days}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def looked(folder: Path, root: Path | None = None, **network: Any) -> Machine:
    settings = replace(NETWORK, run_dir=str(folder), lan="nowhere0", **network)
    portal = replace(PORTAL, http_port=free_port())
    return look(settings, portal, files(settings, portal, "/s", "/c"), root or folder)


def test_an_empty_machine_is_looked_at_without_a_packet_leaving_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    monkeypatch.setattr(socket, "create_connection", told(reached))
    machine = looked(tmp_path)
    assert reached == ["127.0.0.1"]
    assert (machine.netd, machine.pages, machine.web, machine.resolver_says) == (False, False, False, "")
    assert set(machine.files.values()) == {None}
    assert "lo" in machine.interfaces


def told(reached: list[str]) -> Callable[..., Any]:
    def connect(address: tuple[str, int], timeout: float) -> None:
        reached.append(address[0])
        raise OSError

    return connect


def test_files_are_compared_as_they_were_written(tmp_path: Path) -> None:
    settings = replace(NETWORK, run_dir=str(tmp_path), lan="nowhere0")
    portal = replace(PORTAL, http_port=free_port())
    wanted = files(settings, portal, "/s", "/c")
    write(tmp_path / "root", wanted)
    (tmp_path / "root" / RULES).write_bytes(b"\xff")
    machine = look(settings, portal, wanted, tmp_path / "root")
    assert machine.unreadable == {RULES}
    assert {name: text for name, text in machine.files.items() if text is not None} == {
        name: text for name, text in wanted.items() if name != RULES
    }


def test_a_certificate_is_read_with_its_names_its_days_and_its_key(tmp_path: Path) -> None:
    path, key = certificate(tmp_path, ["wifi.shopbell.example", "*.other.example"], 30)
    _, other = certificate(tmp_path, ["x.example"], 31)
    machine = looked(tmp_path, certificate_file=str(path), certificate_key_file=str(key))
    assert machine.certificate == Certificate("", ("wifi.shopbell.example", "*.other.example"), 30, True)
    for wrong in (other, path, tmp_path / "none"):
        found = looked(tmp_path, certificate_file=str(path), certificate_key_file=str(wrong)).certificate
        assert found is not None
        assert found.key_fits is False
    for bad in (key, tmp_path / "none"):
        found = looked(tmp_path, certificate_file=str(bad), certificate_key_file=str(key)).certificate
        assert found is not None
        assert found.problem


def test_pages_that_answer_are_seen(tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=listening.accept, daemon=True).start()
    settings = replace(NETWORK, run_dir=str(tmp_path), lan="nowhere0")
    portal = replace(PORTAL, http_port=listening.getsockname()[1])
    assert look(settings, portal, files(settings, portal, "/s", "/c"), tmp_path).pages
    listening.close()


# The verb


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "netd 没有回应"), ("en", "netd does not answer")])
def test_the_verb_says_a_sentence_each_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    config = settings_file(tmp_path)
    assert cli.call(["network", "check", "--language", language, "--config", str(config)]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert all(line.startswith("- ") for line in lines)
    assert any(said in line for line in lines)
    assert str(len(lines)) in last


def test_the_verb_speaks_the_pages_language_and_no_other_than_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = settings_file(tmp_path)
    cli.call(["network", "check", "--config", str(config)])
    assert "处不对" in capsys.readouterr().out
    assert cli.call(["network", "check", "--language", "fr", "--config", str(config)]) == 2


def settings_file(folder: Path) -> Path:
    path = folder / "shopbell.toml"
    path.write_text(
        f'[network]\nlan = "nowhere0"\nrun_dir = "{folder}"\n'
        f'[portal]\nstore = "river"\nhttp_port = {free_port()}\n'
    )
    return path
