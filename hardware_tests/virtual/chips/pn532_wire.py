"""The PN532's side of its host link: host bytes become frames, answers become bytes (UM0701-02, 6.2).

    normal    00 | 00 FF | LEN | LCS | TFI PD0..PDn | DCS | 00     LEN + LCS = 0, TFI + PD + DCS = 0 (mod 256)
    extended  00 | 00 FF | FF FF | LENm LENl | LCS | TFI PD0.. | DCS | 00
    ACK 00 00 FF 00 FF 00     NACK 00 00 FF FF 00 00     error 00 00 FF 01 FF 7F 81 00

Written apart from firmware/drivers/pn532_frames.py on purpose: the two judge each other. A frame whose
checksums do not fit is dropped without an answer, as the chip does; the host repeats it.
"""

from enum import Enum
from typing import NamedTuple

ACK = bytes.fromhex("0000ff00ff00")
NACK = bytes.fromhex("0000ffff0000")
ERROR = bytes.fromhex("0000ff01ff7f8100")
START = b"\x00\xff"
EXTENDED = b"\xff\xff"
FROM_HOST = 0xD4
TO_HOST = 0xD5
LENGTH_MAX = 265  # TFI and data of an extended frame (AN10449)
NORMAL_LENGTH_MAX = 255


class Kind(Enum):
    """What the host sent."""

    COMMAND = "command"
    ACK = "ack"
    NACK = "nack"


class HostFrame(NamedTuple):
    """One frame of the host; `body` is the command code and its parameters."""

    kind: Kind
    body: bytes = b""


class Head(NamedTuple):
    """A start code whose length is believed: bytes of head and of TFI..PDn."""

    bytes_used: int
    length: int


def encode(body: bytes) -> bytes:
    """The frame of an answer; `body` is the response code and its data, at most LENGTH_MAX - 1 bytes."""
    payload = bytes([TO_HOST]) + body
    if len(payload) > LENGTH_MAX:
        raise ValueError(f"an answer of {len(payload)} bytes does not fit a PN532 frame of {LENGTH_MAX}")
    return b"\x00" + START + _length_bytes(len(payload)) + payload + bytes([-sum(payload) & 0xFF, 0])


def _length_bytes(length: int) -> bytes:
    if length <= NORMAL_LENGTH_MAX:
        return bytes([length, -length & 0xFF])
    high, low = divmod(length, 256)
    return bytes([0xFF, 0xFF, high, low, -(high + low) & 0xFF])


def _read_head(head: bytes) -> Head | None:
    """The length after a start code; None if it does not fit."""
    if head[:2] == EXTENDED:
        used, length, checked = 5, head[2] * 256 + head[3], sum(head[2:5])
    else:
        used, length, checked = 2, head[0], sum(head[:2])
    if checked & 0xFF or not 1 <= length <= LENGTH_MAX:
        return None
    return Head(used, length)


class HostFrames:
    """Cuts the host's byte stream into frames; any split of the bytes gives the same frames."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.dropped_frames = 0  # a start code followed by a length or a checksum that does not fit

    def feed(self, data: bytes) -> list[HostFrame]:
        """The frames these bytes complete."""
        self._bytes += data
        frames: list[HostFrame] = []
        while self._step(frames):
            pass
        return frames

    def _step(self, frames: list[HostFrame]) -> bool:
        """Uses up some bytes; False when more must come first."""
        start = self._bytes.find(START)
        if start < 0:
            del self._bytes[: len(self._bytes) - (self._bytes[-1:] == START[:1])]
            return False
        del self._bytes[:start]
        rest = bytes(self._bytes[2:7])
        for kind, pattern in ((Kind.ACK, ACK[3:]), (Kind.NACK, NACK[3:])):
            if rest[:3] == pattern:
                frames.append(HostFrame(kind))
                del self._bytes[:5]
                return True
            if pattern.startswith(rest):
                return False
        if len(rest) < (5 if rest[:2] == EXTENDED else 2):
            return False
        return self._body(_read_head(rest), frames)

    def _body(self, head: Head | None, frames: list[HostFrame]) -> bool:
        if head is None:
            self._drop(len(START))
            return True
        begin = len(START) + head.bytes_used
        end = begin + head.length + 1
        if len(self._bytes) < end:
            return False
        payload = bytes(self._bytes[begin:end])
        if sum(payload) & 0xFF or payload[0] != FROM_HOST or head.length < 2:
            self._drop(end)
        else:
            frames.append(HostFrame(Kind.COMMAND, payload[1:-1]))
            del self._bytes[:end]
        return True

    def _drop(self, count: int) -> None:
        self.dropped_frames += 1
        del self._bytes[:count]
