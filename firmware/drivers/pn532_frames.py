"""Frames between host and PN532, without I/O: bytes in, events out; commands to bytes (NXP UM0701-02, 6.2.1).

    normal    00 | 00 FF | LEN | LCS | TFI PD0..PDn | DCS | 00      LEN + LCS = TFI + PD + DCS = 0 mod 256
    extended  00 | 00 FF | FF FF | LENm LENl | LCS | TFI PD0.. | DCS | 00
    ACK 00 00 FF 00 FF 00     NACK 00 00 FF FF 00 00     error 00 00 FF 01 FF 7F 81 00

The reader looks for 00 FF and believes a length only after its checksum. Bytes that fit no frame give one
DAMAGED event, in order, and the search goes on behind the start code; a frame with a right length and a wrong
DCS is skipped whole, so that none can hide inside another's data. Between two frames is one DAMAGED at most.
The postamble must be there: without it, the checksum would not see a lost 00.
"""

from firmware.protocol.compat import const

ACK = b"\x00\x00\xff\x00\xff\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"

NOTHING = const(0)  # time passed without an event; the reader itself never gives it
HEARD_ACK = const(1)
HEARD_NACK = const(2)
SYNTAX = const(3)  # the error frame: the chip could not read the command
RESPONSE = const(4)  # body = response code and data
DAMAGED = const(5)

LENGTH_MAX = const(265)  # TFI and data of one frame (AN10449)
DATA_BYTES_MAX = const(262)  # of InDataExchange either way, beside TFI, code and target or status
FRAME_BYTES_MAX = const(275)  # preamble, start, extended head of 5, LENGTH_MAX, DCS, postamble
_NORMAL_LENGTH_MAX = const(255)
_FROM_HOST = const(0xD4)
_TO_HOST = const(0xD5)
_ERROR = const(0x7F)

# what `measure` says instead of a length
_MORE_NEEDED = const(-1)
_NO_FRAME = const(-2)
_IS_ACK = const(-3)
_IS_NACK = const(-4)


def encode(code: int, data: bytes = b"") -> bytes:
    """The frame of a command; `data` has at most LENGTH_MAX - 2 bytes."""
    length = len(data) + 2
    assert length <= LENGTH_MAX
    if length <= _NORMAL_LENGTH_MAX:
        head = bytes((0, 0, 0xFF, length, -length & 0xFF, _FROM_HOST, code))
    else:
        high, low = length >> 8, length & 0xFF
        head = bytes((0, 0, 0xFF, 0xFF, 0xFF, high, low, -(high + low) & 0xFF, _FROM_HOST, code))
    return head + data + bytes((-(_FROM_HOST + code + sum(data)) & 0xFF, 0))


def measure(head) -> int:
    """What follows the start code 00 FF, by its first bytes: a length 1..LENGTH_MAX, or a negative mark."""
    size = len(head)
    if size < 2:
        return _MORE_NEEDED
    length, check = head[0], head[1]
    if length ^ check == 0xFF and length in (0, 0xFF):
        if size < 3:
            return _MORE_NEEDED
        if head[2]:
            return _NO_FRAME
        return _IS_NACK if length else _IS_ACK
    if length == 0xFF and check == 0xFF:
        if size < 5:
            return _MORE_NEEDED
        length, check = head[2] << 8 | head[3], head[2] + head[3] + head[4]
    else:
        check += length
    return _NO_FRAME if check & 0xFF or not 0 < length <= LENGTH_MAX else length


class FrameReader:
    """Cuts the chip's bytes into events `(kind, body)`; any split of the bytes gives the same events."""

    def __init__(self) -> None:
        self.damaged = 0  # DAMAGED events so far
        self._body = bytearray(LENGTH_MAX + 2)  # TFI, data, DCS, postamble
        self.reset()

    def reset(self) -> None:
        """Forgets a frame begun; the counter stays."""
        self._in_junk = False
        self._filled = self._need = 0  # bytes of the body here, and to come; the latter 0 outside a body
        self._search()

    def _search(self) -> None:
        self.inside = False  # a start code was seen: more must follow
        self._head = bytearray()  # what came after it
        self._last = -1

    def cut(self) -> tuple:
        """The rest of a frame did not come: forgets its beginning; gives the event."""
        self.reset()
        self.damaged += 1
        return DAMAGED, b""

    def feed(self, data) -> list:
        """The events these bytes complete."""
        events = []
        at = 0
        while at < len(data):
            if self._need:
                at += self._fill(data, at, events)
            else:
                self._step(data[at], events)
                at += 1
        return events

    def _step(self, byte: int, events: list) -> None:
        if self.inside:
            self._head.append(byte)
            self._judge(measure(self._head), events)
            return
        if byte == 0xFF and self._last == 0:
            self.inside = True
        elif byte:
            self._damage(events)
        self._last = byte

    def _judge(self, verdict: int, events: list) -> None:
        if verdict == _MORE_NEEDED:
            return
        if verdict > 0:
            self._filled, self._need = 0, verdict + 2
            return
        head = self._head
        self._search()
        if verdict == _NO_FRAME:
            self._damage(events)
            for byte in head:  # a false start may hide the true one; shorter each time, so this ends
                self._step(byte, events)
        else:
            self._in_junk = False
            events.append((HEARD_ACK if verdict == _IS_ACK else HEARD_NACK, b""))

    def _fill(self, data, at: int, events: list) -> int:
        """Takes bytes of the body; gives their number."""
        count = min(self._need, len(data) - at)
        self._body[self._filled : self._filled + count] = data[at : at + count]
        self._filled += count
        self._need -= count
        if not self._need:
            self._search()
            self._finish(bytes(self._body[: self._filled]), events)
        return count

    def _finish(self, body: bytes, events: list) -> None:
        known = body[0] in (_TO_HOST, _ERROR) and (body[0] == _ERROR) == (len(body) == 3)
        if sum(body) & 0xFF or body[-1] or not known:
            self._damage(events)
            return
        self._in_junk = False
        events.append((RESPONSE, body[1:-2]) if body[0] == _TO_HOST else (SYNTAX, b""))

    def _damage(self, events: list) -> None:
        if not self._in_junk:
            self._in_junk = True
            self.damaged += 1
            events.append((DAMAGED, b""))
