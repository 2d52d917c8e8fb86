"""Phone numbers of guests: one spelling of each, and boxes that a store can close and HQ alone can open.

    suite       HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305
    info        b"shopbell phone 1"; no associated data
    plaintext   16 bytes: the number in E.164, digits only, ASCII, zero bytes behind: no length tells where
    box         64 bytes: the encapsulated key (32), the ciphertext (16), its tag (16)

What a store keeps of a number is the box and a keyed hash (gateway/core/evidence.py, PHONE), by which a
number that is typed at the till is found again; the number itself is in no file, event or log. The hash is
no secret from whoever has the brand's key: there are few enough numbers to try them all.
"""

from pathlib import Path
from typing import Final

import phonenumbers
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.errors import SettingsError

COUNTRY: Final = "CN"  # of a number that is typed without its country's
TYPED_CHARACTERS_MAX: Final = 40
PLAIN_BYTES: Final = 16  # E.164, section 6: at most 15 digits
INFO: Final = b"shopbell phone 1"
SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
HINT: Final = "Give the PEM file of HQ's public key for phone numbers (X25519)"


class Phones:
    """Phone numbers of a store in this country, with HQ's public key for them."""

    def __init__(self, key: X25519PublicKey, country: str = COUNTRY) -> None:
        self._key = key
        self._country = country

    def normalise(self, typed: str) -> str | None:
        """As normalise(), of numbers as people of this country type them."""
        return normalise(typed, self._country)

    def seal(self, number: str) -> bytes:
        """The box of a number that normalise() gave; another one each time."""
        return SUITE.encrypt(number.encode("ascii").ljust(PLAIN_BYTES, b"\0"), self._key, INFO)


def normalise(typed: str, country: str = COUNTRY) -> str | None:
    """The digits of a number in E.164 without its plus, as people of this country type it; None where no
    country could have given out such a number."""
    if len(typed) > TYPED_CHARACTERS_MAX:
        return None
    try:
        found = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return None
    if found.extension or not phonenumbers.is_valid_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def read_phones(path: str) -> Phones:
    """Phones with the key of this file. Raises SettingsError."""
    try:
        key = load_pem_public_key(Path(path).read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as problem:
        raise SettingsError(
            f"[gateway] phone_key_file = {path!r} cannot be read ({type(problem).__name__})", HINT
        ) from problem
    if not isinstance(key, X25519PublicKey):
        raise SettingsError(f"[gateway] phone_key_file = {path!r} is no X25519 key", HINT)
    return Phones(key)
