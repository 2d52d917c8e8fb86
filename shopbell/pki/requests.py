"""Reads and checks what a device sends to be signed. Pure: bytes in, a request or a refusal out.

A device prints its request as PEM or hands it over as DER. Whoever can reach the serial line can send
anything, so nothing of it but the public key is ever copied into a certificate.
"""

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shopbell.errors import ShopbellError

# Also the device's MQTT user name and one level of its topics, hence the narrow alphabet.
DEVICE_ID = re.compile(r"[a-z0-9-]{1,32}")

# A P-256 request is some 250 bytes as DER and 400 as PEM; what is far larger is not one.
REQUEST_BYTES_MAX = 8192


def check_device(device: str) -> str:
    """The device id, or ShopbellError saying what an id looks like."""
    if not DEVICE_ID.fullmatch(device):
        raise ShopbellError(
            f"{device!r} is no device id", "use 1 to 32 of the letters a-z, the digits and the hyphen"
        )
    return device


def read_request(data: bytes, device: str) -> x509.CertificateSigningRequest:
    """The request, if its key is P-256, its signature right and its name the device; else ShopbellError."""
    request = parse(data)
    refuse_unless(good_signature(request), "the request's signature is wrong", "make it again on the device")
    names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    found = ", ".join(str(name.value) for name in names) or "no name"
    refuse_unless(
        found == check_device(device),
        f"the request is for {found!r}, not {device!r}",
        "sign it for the device it names",
    )
    return request


def parse(data: bytes) -> x509.CertificateSigningRequest:
    """The bytes as a request, PEM or DER."""
    refuse_unless(
        len(data) <= REQUEST_BYTES_MAX, f"the request has {len(data)} bytes", "name the device's CSR file"
    )
    try:
        load = x509.load_pem_x509_csr if b"-----BEGIN" in data else x509.load_der_x509_csr
        return load(data)
    except ValueError:
        raise ShopbellError(
            "this is no certificate request", "name the device's CSR file, DER or PEM"
        ) from None


def good_signature(request: x509.CertificateSigningRequest) -> bool:
    """Whether the request is signed with its own key and that key is P-256."""
    try:
        key = request.public_key()
        p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
        refuse_unless(p256, "the request's key is not P-256", "make a P-256 key on the device")
        return request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm):
        raise ShopbellError("the request's key cannot be read", "make a P-256 key on the device") from None


def refuse_unless(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise ShopbellError(message, hint)
