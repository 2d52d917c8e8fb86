"""Opens the boxes in which phone numbers travel: a store can close one, HQ alone can open it.

    suite       HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305
    info        b"shopbell phone 1"; no associated data
    plaintext   16 bytes: the number in E.164, ASCII digits, zero bytes behind; no length tells a country
    box         64 bytes: the encapsulated key (32), the ciphertext (16), its tag (16)

Two boxes of one number have nothing in common, so they say not even that two guests share one. What binds a
box to its member is the commitment in the event that enrolled them.
"""

import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from cloud_bridge.hq import key_files

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
INFO: Final = b"shopbell phone 1"
PLAIN_BYTES: Final = 16
_NUMBER: Final = re.compile(rb"([1-9][0-9]{4,14})\x00*\Z")  # E.164, section 6: at most 15 digits


class Opener:
    """Opens boxes; without a key every box stays closed."""

    def __init__(self, key: X25519PrivateKey | None) -> None:
        self._key = key
        self.public_pem = "" if key is None else key_files.public_pem(key)

    def open(self, box: bytes) -> str | None:
        """The number in E.164 with its +; None for a box that is not ours, or holds no number."""
        if self._key is None:
            return None
        try:
            plain = SUITE.decrypt(box, self._key, INFO)
        except InvalidTag:
            return None
        found = _NUMBER.match(plain) if len(plain) == PLAIN_BYTES else None
        return None if found is None else "+" + found[1].decode()


def read_opener(path: str) -> Opener:
    """The key of this file, made if it is not there; no key for "". Raises SettingsError."""
    if not path:
        return Opener(None)
    key = key_files.load("phone_key_file", path, "X25519", X25519PrivateKey.generate)
    if not isinstance(key, X25519PrivateKey):
        raise key_files.wrong_kind("phone_key_file", path, "X25519")
    return Opener(key)
