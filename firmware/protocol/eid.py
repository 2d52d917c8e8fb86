"""Ephemeral identities: 8 bytes that change every 2^K seconds and that only the key's holders recognise.

As Eddystone-EID has it (google/eddystone eddystone-eid/eid-computation.md), all numbers big endian:

    t    the beacon's own seconds, 32 bits, of any epoch; K, the rotation, 0 to 15
    TK = AES(identity key, 11 zeros | FF | 00 00 | the upper 16 bits of t)         anew every 65,536 s
    EID = AES(TK, 11 zeros | K | t with its K low bits cleared)[:8]

The time between two changes is a quantum; its number is t >> K. A fixed UUID with the EID's first four bytes
as major and minor is the same identity for those who hear iBeacons alone (short()).
"""

from .aes import KEY_BYTES, Ecb
from .compat import const

EID_BYTES = const(8)
SHORT_BYTES = const(4)
ROTATION_MAX = const(15)
TAG_START_S = const(65_280)  # where a counter of its own begins: its first change of TK comes after 256 s
_U32 = const(0xFFFFFFFF)
_TK_BITS = const(16)


def quantum(t: int, rotation: int) -> int:
    """The number of the quantum in which second `t` lies; t wraps at 2^32."""
    return (t & _U32) >> rotation


def eid(key: bytes, rotation: int, t: int) -> bytes:
    """The 8 bytes advertised at second `t`; t wraps at 2^32."""
    return Identity(key, rotation).at(t)


def short(identity: bytes) -> bytes:
    """Major and minor, 2 bytes each, of an iBeacon with this EID."""
    return identity[:SHORT_BYTES]


class Identity:
    """One beacon's key; keeps the temporary key of the last 65,536 s asked for."""

    def __init__(self, key: bytes, rotation: int) -> None:
        assert len(key) == KEY_BYTES and 0 <= rotation <= ROTATION_MAX
        self.rotation = rotation
        self._key = Ecb(key)
        self._epoch = -1
        self._temporary = self._key

    def at(self, t: int) -> bytes:
        """The 8 bytes advertised at second `t`; t wraps at 2^32."""
        t &= _U32
        if t >> _TK_BITS != self._epoch:
            self._epoch = t >> _TK_BITS
            self._temporary = Ecb(
                self._key.encrypt(_padded(b"\xff\x00\x00" + self._epoch.to_bytes(2, "big")))
            )
        start = t >> self.rotation << self.rotation
        block = _padded(bytes([self.rotation]) + start.to_bytes(4, "big"))
        return self._temporary.encrypt(block)[:EID_BYTES]


def _padded(tail: bytes) -> bytes:
    return bytes(11) + tail
