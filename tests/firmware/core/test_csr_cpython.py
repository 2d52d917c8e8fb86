"""`cryptography` as the independent judge of keys, signatures and requests (it exists on CPython only)."""

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core import csr, p256

KEYS = st.integers(1, p256.ORDER - 1) | st.integers(1, 100) | st.integers(p256.ORDER - 100, p256.ORDER - 1)
DEVICES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32)


def judged(key: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(key, ec.SECP256R1())


@settings(max_examples=60, deadline=None)
@given(KEYS)
def test_public_key_is_the_judges(key: int) -> None:
    expected = (
        judged(key)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    assert p256.public_key(key) == expected


@settings(max_examples=60, deadline=None)
@given(KEYS, st.binary(max_size=300))
def test_signature_verifies_and_no_other_message_does(key: int, message: bytes) -> None:
    signature = utils.encode_dss_signature(*p256.sign(key, message))
    public = judged(key).public_key()
    public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(signature, message + b"\x00", ec.ECDSA(hashes.SHA256()))


@settings(max_examples=60, deadline=None)
@given(KEYS, st.binary(max_size=300))
def test_signature_is_the_deterministic_one_of_the_judge(key: int, message: bytes) -> None:
    expected = judged(key).sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    assert utils.encode_dss_signature(*p256.sign(key, message)) == expected


@settings(max_examples=60, deadline=None)
@given(KEYS)
def test_key_file_is_the_judges_to_the_byte(key: int) -> None:
    expected = judged(key).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    assert csr.private_key_der(key) == expected


@settings(max_examples=100, deadline=None)
@given(KEYS, DEVICES)
def test_request_is_signed_named_and_carries_the_key(key: int, device: str) -> None:
    request = x509.load_der_x509_csr(csr.request_der(device, key))
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == f"CN={device}"
    assert request.public_key() == judged(key).public_key()
    assert isinstance(request.signature_hash_algorithm, hashes.SHA256)
    assert len(request.extensions) == 0
