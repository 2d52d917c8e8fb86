"""Certificates for the lab: one authority made for one run, and names that it vouches for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """A certificate authority; its own certificate lies in `file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lab authority")])
        self.file = folder / "authority.pem"
        whole = x509.BasicConstraints(ca=True, path_length=0)
        made = self._builder(self._name, self._key, 365).add_extension(whole, critical=True)
        self.file.write_bytes(_pem(made.sign(self._key, hashes.SHA256())))

    def vouch(self, name: str, days: int = 90) -> tuple[Path, Path]:
        """Files of a certificate with its chain, and of its key, which all may read."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = self._builder(subject, key, days).add_extension(names, critical=False)
        certificate, private = self._folder / f"{name}-{days}.pem", self._folder / f"{name}-{days}.key"
        certificate.write_bytes(_pem(made.sign(self._key, hashes.SHA256())) + self.file.read_bytes())
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, private

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=days))
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
