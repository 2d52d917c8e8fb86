"""The key by which HQ signs program bundles: Ed25519, so that a store can tell them from anybody else's.

A PEM file that only HQ's account can read; made at the first start where the setting names one that is not
there, with the public half beside it as <name>.pub, which goes to every gateway.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from cloud_bridge.errors import SettingsError

PUBLIC_SUFFIX: Final = ".pub"
HINT: Final = "Name a PEM file with an Ed25519 key, or one that is not there: it is made then"


class Signer:
    """Signs bundles; without a key every signature is empty."""

    def __init__(self, key: Ed25519PrivateKey | None) -> None:
        self._key = key
        self.public_pem = "" if key is None else _public_pem(key).decode()

    def sign(self, body: bytes) -> str:
        """The signature of these bytes in hex: the same for the same bytes."""
        return "" if self._key is None else self._key.sign(body).hex()


def read_signer(path: str) -> Signer:
    """The key of this file, made if it is not there; no key for "". Raises SettingsError."""
    if not path:
        return Signer(None)
    file = Path(path)
    try:
        if not file.exists():
            _make(file)
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        name = type(fault).__name__
        raise SettingsError(f"[hq] bundle_key_file = {path!r} cannot be used ({name})", HINT) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"[hq] bundle_key_file = {path!r} is no Ed25519 key", HINT)
    return Signer(key)


def _make(file: Path) -> None:
    """A new key, whole or not at all; of two workers that start together the first one's stays."""
    key = Ed25519PrivateKey.generate()
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(part, file)
        file.with_name(file.name + PUBLIC_SUFFIX).write_bytes(_public_pem(key))
    except FileExistsError:
        return
    finally:
        part.unlink()


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
