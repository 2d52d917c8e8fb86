"""One AES-128 block at a time: the primitive below rotating identities and encrypted telemetry.

MicroPython has it in `cryptolib`; on CPython `cryptography` gives the same bytes.
"""

from .compat import TYPE_CHECKING, const

if TYPE_CHECKING:

    def _encryptor(key: bytes) -> "Callable[[bytes], bytes]": ...

    from collections.abc import Callable
else:
    try:
        import cryptolib

        def _encryptor(key):
            return cryptolib.aes(key, 1).encrypt  # 1: electronic code book

    except ImportError:

        def _encryptor(key):
            # Not above: a gateway without beacons starts without it.
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

            return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update


KEY_BYTES = const(16)
BLOCK_BYTES = const(16)


class Ecb:
    """AES-128 with one key; encrypt(block) is one block of 16 bytes, the same every time."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_BYTES
        self._encrypt = _encryptor(key)

    def encrypt(self, block: bytes) -> bytes:
        """The block enciphered."""
        assert len(block) == BLOCK_BYTES
        return self._encrypt(block)
