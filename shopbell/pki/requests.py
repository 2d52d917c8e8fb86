"""Reads and checks what a device sends to be signed. Pure: bytes in, a request or a refusal out.

A device prints its request as PEM or hands it over as DER. Whoever can reach the serial line can send
anything, so nothing of it but the public key is ever copied into a certificate.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firmware.protocol import topics
from firmware.protocol.errors import ProtocolError
from shopbell.errors import ShopbellError

# A P-256 request is some 250 bytes as DER and 400 as PEM; what is far larger is not one.
REQUEST_BYTES_MAX = 8192

NAME_IT = "name the device's CSR file, DER or PEM"


def check_device(device: str) -> str:
    """The device id, or ShopbellError saying what an id looks like."""
    try:
        return topics.check_device(device)
    except ProtocolError:
        hint = "use 1 to 32 of the letters a-z, the digits and the hyphen"
        raise ShopbellError(f"{device!r} is no device id", hint) from None


def read_request(data: bytes, device: str) -> x509.CertificateSigningRequest:
    """The request, if its key is P-256, its signature right and its name the device; else ShopbellError."""
    check_device(device)
    refuse_unless(len(data) <= REQUEST_BYTES_MAX, f"the request has {len(data)} bytes", NAME_IT)
    try:
        request = parse(data)
        p256, signed, found = is_p256(request), request.is_signature_valid, common_names(request)
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        raise ShopbellError("this is no certificate request", NAME_IT) from None
    refuse_unless(p256, "the request's key is not P-256", "make a P-256 key on the device")
    refuse_unless(signed, "the request's signature is wrong", "make it again on the device")
    refuse_unless(found == device, f"the request is for {found!r}, not {device!r}", "sign it for that device")
    return request


def parse(data: bytes) -> x509.CertificateSigningRequest:
    """The bytes as a request, PEM or DER. Raises what `cryptography` raises."""
    load = x509.load_pem_x509_csr if b"-----BEGIN" in data else x509.load_der_x509_csr
    return load(data)


def is_p256(request: x509.CertificateSigningRequest) -> bool:
    key = request.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def common_names(request: x509.CertificateSigningRequest) -> str:
    """All common names of the request, joined: more than one can be no device id."""
    names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return ", ".join(str(name.value) for name in names)


def refuse_unless(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise ShopbellError(message, hint)
