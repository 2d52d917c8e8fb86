"""Makes certificates and revocation lists. Pure: keys, requests and serial numbers in, signed objects out.

Two authorities, because the broker admits whoever an authority in its `cafile` has signed: the *device*
authority signs devices and nothing else, the *server* authority signs the broker and nothing else.

Every date is a constant. A terminal starts with the clock of its firmware's build and a Raspberry Pi has no
battery clock: what is dated today may lie in their future. And what ends may have ended in an isolated store:
mosquitto refuses everybody once its list is past nextUpdate. So all begins in 2020 and ends with the last
second X.509 can write, which RFC 5280 4.1.2.5 gives the meaning "no end"; revocation ends a device, no date.
"""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

Key = ec.EllipticCurvePrivateKey


def make_key() -> Key:
    """A new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def make_authority(key: Key, common_name: str) -> x509.Certificate:
    """A self-signed authority that may sign certificates and revocation lists, but no further authority."""
    name = name_of(common_name)
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    builder = blank(name, name, key.public_key()).add_extension(constraints, critical=True)
    return builder.add_extension(usage(signs=True), critical=True).sign(key, hashes.SHA256())


def make_server(key: Key, authority: x509.Certificate, signer: Key, hosts: Iterable[str]) -> x509.Certificate:
    """The broker's certificate for these host names and IP addresses."""
    names = x509.SubjectAlternativeName([general_name(host) for host in hosts])
    builder = blank(name_of("broker"), authority.subject, key.public_key())
    return finish(builder.add_extension(names, critical=False), signer, ExtendedKeyUsageOID.SERVER_AUTH)


def make_device(
    request: x509.CertificateSigningRequest, device: str, authority: x509.Certificate, signer: Key
) -> x509.Certificate:
    """A device's certificate. Only its public key comes from the (already checked) request."""
    key = request.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    builder = blank(name_of(device), authority.subject, key)
    return finish(builder, signer, ExtendedKeyUsageOID.CLIENT_AUTH)


def make_revocation_list(
    authority: x509.Certificate, signer: Key, serials: Iterable[int], number: int
) -> x509.CertificateRevocationList:
    """A list of these serials; `number` grows with every list, because its dates do not."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
    builder = (
        builder.last_update(BEGIN).next_update(END).add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(BEGIN).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(signer, hashes.SHA256())


def name_of(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def general_name(host: str) -> x509.GeneralName:
    """A host as certificates write it: an address where it is one, a DNS name otherwise."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def blank(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    """A certificate without extensions: names, key, a random serial, and the constant dates."""
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(BEGIN).not_valid_after(END)


def finish(builder: x509.CertificateBuilder, signer: Key, purpose: x509.ObjectIdentifier) -> x509.Certificate:
    """An end certificate for one purpose: it can sign nothing, and serves no other purpose."""
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usage(signs=False), critical=True)
    return builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False).sign(
        signer, hashes.SHA256()
    )


def usage(signs: bool) -> x509.KeyUsage:
    """Key usage of an authority (`signs`) or of an end certificate."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
