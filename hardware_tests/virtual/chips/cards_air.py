"""What passes between a reader's antenna and a type A card, and what every card shares (ISO/IEC 14443-3).

    AirFrame   data without CRC_A, bits of the last byte (0 = all eight), whether a CRC_A travels with it
    short      26 REQA, 52 WUPA: 7 bits, no CRC            answer: ATQA, low byte first, no CRC
    select     93|95|97 20 -> 4 bytes + BCC, no CRC         93|95|97 70 4 bytes BCC -> SAK
    halt       50 00 -> silence

A card is powered by the field: `power_off` forgets everything but its memory. Silence is None.
"""

from enum import Enum
from functools import reduce
from operator import xor
from typing import NamedTuple

CASCADE_TAG = 0x88  # first byte of an anticollision answer when the UID goes on at the next level
SAK_UID_INCOMPLETE = 0x04
SAK_ISO_DEP = 0x20
LEVELS = (0x93, 0x95, 0x97)
SHORT_BITS = 7
NIBBLE_BITS = 4
CRC_A_START = 0x6363


class AirFrame(NamedTuple):
    """One frame on the air, either way."""

    data: bytes
    last_bits: int = 0  # bits used of the last byte; 0 = all eight
    crc: bool = True  # a right CRC_A follows the data


REQA = AirFrame(b"\x26", SHORT_BITS, crc=False)
WUPA = AirFrame(b"\x52", SHORT_BITS, crc=False)
HALT = AirFrame(b"\x50\x00")


def crc_a(data: bytes) -> bytes:
    """CRC_A of ISO/IEC 14443-3 annex B, low byte first."""
    crc = CRC_A_START
    for byte in data:
        byte ^= crc & 0xFF
        byte ^= (byte << 4) & 0xFF
        crc = (crc >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)
    return (crc & 0xFFFF).to_bytes(2, "little")


def uid_levels(uid: bytes) -> list[bytes]:
    """The 4 bytes of each cascade level, without BCC."""
    levels = []
    while len(uid) > 4:
        levels.append(bytes([CASCADE_TAG]) + uid[:3])
        uid = uid[3:]
    return [*levels, uid]


def with_bcc(four: bytes) -> bytes:
    """The 4 bytes and their XOR."""
    return four + bytes([reduce(xor, four)])


def select_frames(uid: bytes) -> list[AirFrame]:
    """The SELECT frames that choose the card of this UID, one per level."""
    return [
        AirFrame(bytes([level, 0x70]) + with_bcc(four))
        for level, four in zip(LEVELS, uid_levels(uid), strict=False)
    ]


class State(Enum):
    """Where ISO/IEC 14443-3 figure 7 stands."""

    IDLE = "idle"
    READY = "ready"
    ACTIVE = "active"
    HALT = "halt"


class Card:
    """A type A card up to its selection; subclasses answer commands in `command`.

    `atqa` is the number a reader reports (0x0344 goes on air as 44 03).
    """

    name = "card"

    def __init__(self, uid: bytes, atqa: int, sak: int) -> None:
        self.uid = uid
        self.atqa = atqa
        self.sak = sak
        self.state = State.IDLE
        self._rest = State.IDLE  # where a failed selection returns to
        self._level = 0

    def power_off(self) -> None:
        """The field went, or the card was taken away."""
        self.state = State.IDLE
        self._rest = State.IDLE
        self._level = 0

    def receive(self, frame: AirFrame) -> AirFrame | None:
        """The answer to one frame; None is silence."""
        if frame.last_bits == SHORT_BITS:
            return None if frame.crc else self._short(frame.data)
        if self.state is State.READY:
            return self._select(frame)
        if self.state is not State.ACTIVE:
            return None
        if frame == HALT:
            self._to(State.HALT)
            return None
        return self.command(frame)

    def command(self, frame: AirFrame) -> AirFrame | None:
        """The answer of a selected card; the base card knows no command and falls silent."""
        self._to(State.IDLE)
        return None

    def _to(self, state: State) -> None:
        self.state = state
        if state in (State.IDLE, State.HALT):
            self._rest = state

    def _short(self, data: bytes) -> AirFrame | None:
        wakes = data == WUPA.data or (data == REQA.data and self.state is State.IDLE)
        if not wakes or self.state in (State.READY, State.ACTIVE):
            self._to(self._rest)
            return None
        self.state = State.READY
        self._level = 0
        return AirFrame(self.atqa.to_bytes(2, "little"), crc=False)

    def _select(self, frame: AirFrame) -> AirFrame | None:
        levels = uid_levels(self.uid)
        level = LEVELS[self._level]
        mine = with_bcc(levels[self._level])
        if frame == AirFrame(bytes([level, 0x20]), crc=False):
            return AirFrame(mine, crc=False)
        if frame != AirFrame(bytes([level, 0x70]) + mine):
            self._to(self._rest)
            return None
        self._level += 1
        if self._level < len(levels):
            return AirFrame(bytes([SAK_UID_INCOMPLETE]))
        self.state = State.ACTIVE
        return AirFrame(bytes([self.sak]))
