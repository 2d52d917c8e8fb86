"""A device's key as a file, and the request for its certificate, as DER: SEC1 (RFC 5915), PKCS#10 (RFC 2986).

ECPrivateKey          1, key in 32 bytes, [0] curve, [1] public point         always 121 bytes
CertificationRequest  (0, CN=device, public key, [0] no attributes), ecdsa-with-SHA256, signature
"""

from . import der, p256

KEY_BYTES = 121
_KEY_AT = 7  # 30 77, 02 01 01, 04 20, then the key

_EC_PUBLIC_KEY = der.item(der.OBJECT_ID, b"\x2a\x86\x48\xce\x3d\x02\x01")  # 1.2.840.10045.2.1
_PRIME256V1 = der.item(der.OBJECT_ID, b"\x2a\x86\x48\xce\x3d\x03\x01\x07")  # 1.2.840.10045.3.1.7
_ECDSA_WITH_SHA256 = der.item(der.OBJECT_ID, b"\x2a\x86\x48\xce\x3d\x04\x03\x02")  # 1.2.840.10045.4.3.2
_COMMON_NAME = der.item(der.OBJECT_ID, b"\x55\x04\x03")  # 2.5.4.3


def private_key_der(key: int) -> bytes:
    """The key as a TLS library loads it."""
    return der.item(
        der.SEQUENCE,
        der.integer(1),
        der.item(der.OCTET_STRING, key.to_bytes(32, "big")),
        der.item(der.CONTEXT, _PRIME256V1),
        der.item(der.CONTEXT + 1, der.bit_string(p256.public_key(key))),
    )


def read_private_key(data: bytes) -> int:
    """The key of such a file; ValueError unless it is, to the last byte, what private_key_der() writes."""
    key = int.from_bytes(data[_KEY_AT : _KEY_AT + 32], "big")
    if len(data) != KEY_BYTES or not 0 < key < p256.ORDER or private_key_der(key) != data:
        raise ValueError("not a P-256 key as this device writes it")
    return key


def request_der(device: str, key: int) -> bytes:
    """The request for a certificate of this device, signed with its key; the name is a checked device id."""
    info = der.item(
        der.SEQUENCE,
        der.integer(0),
        _name(device),
        _public_key_info(key),
        der.item(der.CONTEXT),
    )
    r, s = p256.sign(key, info)
    signature = der.item(der.SEQUENCE, der.integer(r), der.integer(s))
    return der.item(der.SEQUENCE, info, der.item(der.SEQUENCE, _ECDSA_WITH_SHA256), der.bit_string(signature))


def _name(device: str) -> bytes:
    attribute = der.item(der.SEQUENCE, _COMMON_NAME, der.item(der.UTF8_STRING, device.encode()))
    return der.item(der.SEQUENCE, der.item(der.SET, attribute))


def _public_key_info(key: int) -> bytes:
    algorithm = der.item(der.SEQUENCE, _EC_PUBLIC_KEY, _PRIME256V1)
    return der.item(der.SEQUENCE, algorithm, der.bit_string(p256.public_key(key)))
