"""The key by which HQ signs program bundles: Ed25519, so that a store can tell them from anybody else's."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cloud_bridge.hq import key_files


class Signer:
    """Signs bundles; without a key every signature is empty."""

    def __init__(self, key: Ed25519PrivateKey | None) -> None:
        self._key = key
        self.public_pem = "" if key is None else key_files.public_pem(key)

    def sign(self, body: bytes) -> str:
        """The signature of these bytes in hex: the same for the same bytes."""
        return "" if self._key is None else self._key.sign(body).hex()


def read_signer(path: str) -> Signer:
    """The key of this file, made if it is not there; no key for "". Raises SettingsError."""
    if not path:
        return Signer(None)
    key = key_files.load("bundle_key_file", path, "Ed25519", Ed25519PrivateKey.generate)
    if not isinstance(key, Ed25519PrivateKey):
        raise key_files.wrong_kind("bundle_key_file", path, "Ed25519")
    return Signer(key)
