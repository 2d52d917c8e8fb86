"""AES-EAX: encryption that notices a change, built from nothing but single AES blocks.

Bellare, Rogaway, Wagner, "The EAX Mode of Operation" (2004). With M_i(x) = CMAC(key, 15 zeros | i | x):

    start = M_0(nonce)        ciphertext = plaintext xor AES-CTR(key, from `start`)
    tag   = start xor M_1(header) xor M_2(ciphertext), cut to as many bytes as wanted

The same nonce must never seal two texts under one key: their xor would be readable.
"""

from .aes import BLOCK_BYTES, Ecb
from .compat import TYPE_CHECKING, const

if TYPE_CHECKING:
    from collections.abc import Iterable

_CARRY = const(0x87)  # x^128 = x^7 + x^2 + x + 1


class Eax:
    """EAX with one AES-128 key and tags of `tag_bytes`, 1 to 16."""

    def __init__(self, key: bytes, tag_bytes: int = BLOCK_BYTES) -> None:
        assert 1 <= tag_bytes <= BLOCK_BYTES
        self._encrypt = Ecb(key).encrypt
        self._tag_bytes = tag_bytes
        self._whole = _doubled(self._encrypt(bytes(BLOCK_BYTES)))
        self._padded = _doubled(self._whole)

    def seal(self, nonce: bytes, text: bytes, header: bytes = b"") -> "tuple[bytes, bytes]":
        """(ciphertext, tag) of a text; the header is not sent, but has to be the same to open."""
        start = self._mac(0, nonce)
        sealed = self._streamed(start, text)
        return sealed, self._tag(start, sealed, header)

    def open(self, nonce: bytes, sealed: bytes, tag: bytes, header: bytes = b"") -> "bytes | None":
        """The text, or None where key, nonce, header or a single bit is another."""
        start = self._mac(0, nonce)
        if not _same(self._tag(start, sealed, header), tag):
            return None
        return self._streamed(start, sealed)

    def _tag(self, start: bytes, sealed: bytes, header: bytes) -> bytes:
        return _xor(_xor(start, self._mac(1, header)), self._mac(2, sealed))[: self._tag_bytes]

    def _streamed(self, start: bytes, data: bytes) -> bytes:
        counter = int.from_bytes(start, "big")
        pieces = []
        for at in range(0, len(data), BLOCK_BYTES):
            pieces.append(_xor(data[at : at + BLOCK_BYTES], self._encrypt(_block(counter))))
            counter += 1
        return b"".join(pieces)

    def _mac(self, number: int, data: bytes) -> bytes:
        """CMAC (RFC 4493) of the block that ends in `number`, then the data."""
        data = bytes(BLOCK_BYTES - 1) + bytes([number]) + data
        last = (len(data) - 1) // BLOCK_BYTES * BLOCK_BYTES
        state = bytes(BLOCK_BYTES)
        for at in range(0, last, BLOCK_BYTES):
            state = self._encrypt(_xor(state, data[at : at + BLOCK_BYTES]))
        end = data[last:]
        mask = self._whole
        if len(end) < BLOCK_BYTES:
            end += b"\x80" + bytes(BLOCK_BYTES - 1 - len(end))
            mask = self._padded
        return self._encrypt(_xor(_xor(state, end), mask))


def _doubled(block: bytes) -> bytes:
    """The block times x in GF(2^128)."""
    return _block((int.from_bytes(block, "big") << 1) ^ (_CARRY if block[0] & 0x80 else 0))


def _block(number: int) -> bytes:
    return (number & ((1 << 128) - 1)).to_bytes(BLOCK_BYTES, "big")


def _xor(left: "Iterable[int]", right: "Iterable[int]") -> bytes:
    return bytes([one ^ other for one, other in zip(left, right)])


def _same(left: bytes, right: bytes) -> bool:
    """Equality that takes as long for a first wrong byte as for a last one."""
    return len(left) == len(right) and not any(_xor(left, right))
