"""Keys, requests, certificates and revocation: as OpenSSL-compatible bytes, as files, as refusals."""

import contextlib
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shopbell.errors import ShopbellError
from shopbell.pki import authority, folder, verbs


def request(device: str, key: object | None = None, encoding: Encoding = Encoding.DER) -> bytes:
    """A request as a device would make it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key or authority.make_key(), hashes.SHA256()).public_bytes(encoding)


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    path = tmp_path / "pki"
    verbs.init(path, ["localhost", "127.0.0.1", "shop.example"])
    return path


def read_revoked(pki: Path) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl((pki / folder.REVOCATIONS).read_bytes())


def test_every_file_is_for_its_owner_only(pki: Path) -> None:
    assert stat.S_IMODE(pki.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in pki.iterdir()} == {0o600}


def test_a_second_init_changes_nothing(pki: Path) -> None:
    before = {path.name: path.read_bytes() for path in pki.iterdir()}
    with pytest.raises(ShopbellError, match="never overwritten"):
        verbs.init(pki, ["localhost"])
    assert {path.name: path.read_bytes() for path in pki.iterdir()} == before


def test_the_broker_is_known_by_every_name_and_address(pki: Path) -> None:
    _, broker = folder.read_pair(pki, folder.BROKER)
    names = broker.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "shop.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_nothing_is_dated_today(pki: Path) -> None:
    """A terminal with the clock of its build, or one that is far ahead, must still connect."""
    for name in (folder.DEVICE_CA, folder.SERVER_CA, folder.BROKER):
        _, certificate = folder.read_pair(pki, name)
        assert certificate.not_valid_before_utc.year == 2020
        assert certificate.not_valid_after_utc.year == 9999
    assert read_revoked(pki).next_update_utc is not None
    assert read_revoked(pki).next_update_utc.year == 9999
    assert read_revoked(pki).last_update_utc.year == 2020


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_a_device_gets_a_certificate_for_its_key_and_nothing_more(pki: Path, encoding: Encoding) -> None:
    key = authority.make_key()
    der = verbs.sign(pki, request("counter-1", key, encoding), "counter-1")
    certificate = x509.load_der_x509_certificate(der)
    _, device_ca = folder.read_pair(pki, folder.DEVICE_CA)
    certificate.verify_directly_issued_by(device_ca)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=counter-1"
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_devices_trust_the_server_authority_which_signs_no_device(pki: Path) -> None:
    trusted = x509.load_der_x509_certificate((pki / folder.CA_DER).read_bytes())
    _, broker = folder.read_pair(pki, folder.BROKER)
    broker.verify_directly_issued_by(trusted)
    device = x509.load_der_x509_certificate(verbs.sign(pki, request("counter-1"), "counter-1"))
    with pytest.raises(ValueError, match="does not match"):
        device.verify_directly_issued_by(trusted)


def test_extensions_of_a_request_are_ignored(pki: Path) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "counter-1")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    greedy = builder.sign(authority.make_key(), hashes.SHA256()).public_bytes(Encoding.DER)
    certificate = x509.load_der_x509_certificate(verbs.sign(pki, greedy, "counter-1"))
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize("device", ["", "Counter-1", "a/b", "+", "#", "a" * 33, "../x", "counter_1", "柜台"])
def test_an_illegal_id_is_refused(pki: Path, device: str) -> None:
    with pytest.raises(ShopbellError, match="is no device id"):
        verbs.sign(pki, request("counter-1"), device)


def test_a_request_for_another_device_is_refused(pki: Path) -> None:
    with pytest.raises(ShopbellError, match="is for 'entrance-1', not 'counter-1'"):
        verbs.sign(pki, request("entrance-1"), "counter-1")


def test_two_names_in_one_request_are_refused(pki: Path) -> None:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in ("counter-1", "entrance-1")]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    with pytest.raises(ShopbellError, match="is for"):
        verbs.sign(
            pki, builder.sign(authority.make_key(), hashes.SHA256()).public_bytes(Encoding.DER), "counter-1"
        )


@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())]
)
def test_another_kind_of_key_is_refused(pki: Path, key: object) -> None:
    with pytest.raises(ShopbellError, match="not P-256"):
        verbs.sign(pki, request("counter-1", key), "counter-1")


def test_every_flipped_byte_of_a_request_is_refused_or_harmless(pki: Path) -> None:
    """The signature covers name and key, so no flip may end in a certificate for another key or name.

    One byte is covered by nothing: how many bits the signature's last byte does not use. Where that byte is
    even, a reader may take a 1 there as a 0, and the request is the same.
    """
    key = authority.make_key()
    good = request("counter-1", key)
    signed = []
    for index in range(len(good)):
        bad = good[:index] + bytes([good[index] ^ 0x01]) + good[index + 1 :]
        with contextlib.suppress(ShopbellError):
            signed.append(x509.load_der_x509_certificate(verbs.sign(pki, bad, "counter-1")))
    assert len(signed) <= 1
    for certificate in signed:
        assert certificate.public_key() == key.public_key()
        assert certificate.subject == authority.name_of("counter-1")


@pytest.mark.parametrize("data", [b"", b"\x00", b"-----BEGIN CERTIFICATE REQUEST-----\n", b"x" * 9000])
def test_what_is_no_request_is_refused(pki: Path, data: bytes) -> None:
    with pytest.raises(ShopbellError):
        verbs.sign(pki, data, "counter-1")
    assert folder.read_issued(pki) == []


def test_revoking_lists_every_certificate_of_the_device_and_no_other(pki: Path) -> None:
    mine = [verbs.sign(pki, request("counter-1"), "counter-1") for _ in range(2)]
    verbs.sign(pki, request("entrance-1"), "entrance-1")
    assert verbs.revoke(pki, "counter-1") == 2
    assert {entry.serial_number for entry in read_revoked(pki)} == {
        x509.load_der_x509_certificate(der).serial_number for der in mine
    }
    assert verbs.revoke(pki, "counter-1") == 0
    assert [entry.revoked for entry in folder.read_issued(pki)] == [True, True, False]


def test_the_list_is_signed_and_numbered_upwards(pki: Path) -> None:
    _, device_ca = folder.read_pair(pki, folder.DEVICE_CA)
    first = read_revoked(pki)
    verbs.sign(pki, request("counter-1"), "counter-1")
    verbs.revoke(pki, "counter-1")
    second = read_revoked(pki)
    numbers = [
        crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in (first, second)
    ]
    assert numbers == sorted(set(numbers))
    key = device_ca.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert second.is_signature_valid(key)


def test_revoking_a_device_nobody_knows_says_so(pki: Path) -> None:
    with pytest.raises(ShopbellError, match="no certificate was ever issued to counter-9"):
        verbs.revoke(pki, "counter-9")


def test_a_damaged_log_is_said_and_not_forgotten(pki: Path) -> None:
    verbs.sign(pki, request("counter-1"), "counter-1")
    log = pki / folder.ISSUED
    log.write_bytes(log.read_bytes()[:-9])
    with pytest.raises(ShopbellError, match="damaged"):
        verbs.revoke(pki, "counter-1")


def test_signing_without_keys_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(ShopbellError, match="shopbell pki init"):
        verbs.sign(tmp_path, request("counter-1"), "counter-1")
