"""Whether a program bundle is HQ's: Ed25519 over its bytes, by the public key that the store was given.

The key is a PEM file (`-----BEGIN PUBLIC KEY-----`); its private half never leaves HQ.
"""

from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.errors import SettingsError

HINT = "Give the PEM file of HQ's public bundle key (Ed25519)"


class BundleKey:
    """HQ's public key for bundles."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    def fits(self, body: bytes, signature: bytes) -> bool:
        """Whether HQ signed exactly these bytes."""
        try:
            self._key.verify(signature, body)
        except InvalidSignature:
            return False
        return True


def read_bundle_key(path: str) -> BundleKey:
    """The key of this file. Raises SettingsError."""
    try:
        key = load_pem_public_key(Path(path).read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as problem:
        raise SettingsError(
            f"[gateway] bundle_key_file = {path!r} cannot be read ({type(problem).__name__})", HINT
        ) from problem
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(f"[gateway] bundle_key_file = {path!r} is no Ed25519 key", HINT)
    return BundleKey(key)
