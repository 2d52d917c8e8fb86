"""A receipt printer at the bytes of its wire: ESC/POS in, dots on a paper roll and status bytes out.

Understood, after Epson's command reference: ESC @ (initialise), ESC d and LF (feed), GS v 0 (raster picture),
GS V (cut), DLE EOT (status now), GS r (status in its turn). Anything else is counted by its first bytes and
skipped, as a printer does. Fed in any pieces. Without paper nothing is printed; what arrives meanwhile waits,
up to BUFFER_MAX, as on a real one.

A Strip is a picture as wide as the paper: rows of packed bits, most significant left, 1 black.
"""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final, NamedTuple

BUFFER_MAX: Final = 64 * 1024
STRIPS_KEPT_MAX: Final = 400  # the roll's end that can be looked at
LINE_DOTS: Final = 30  # one line feed: 1/6 inch and a bit at 203 dots an inch
ESC, GS, DLE, LF, FS = 0x1B, 0x1D, 0x10, 0x0A, 0x1C
STATUS_OK, STATUS_NO_PAPER = 0x12, 0x72  # DLE EOT 4
TURN_OK, TURN_NO_PAPER = 0x00, 0x0C  # GS r 1


class Strip(NamedTuple):
    """`height` rows of `width` dots; a cut has height 0."""

    width: int
    height: int
    bits: bytes

    @property
    def is_cut(self) -> bool:
        """Whether the paper was cut here."""
        return not self.height


class Need(Exception):
    """The command is not all there yet."""


class Printer:
    """One printer; `say` gets what it answers, `printed` is called when the roll has grown."""

    def __init__(self, dots: int, say: Callable[[bytes], None], printed: Callable[[], None]) -> None:
        assert dots % 8 == 0
        self.dots = dots
        self.roll: deque[Strip] = deque(maxlen=STRIPS_KEPT_MAX)
        self.length = 0  # strips ever printed
        self.paper = True
        self.unknown: Counter[str] = Counter()
        self._say = say
        self._printed = printed
        self._buffer = bytearray()
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Bytes from the line."""
        self._answer_now(data)
        self._buffer += data
        if len(self._buffer) > BUFFER_MAX and not self.paper:
            del self._buffer[BUFFER_MAX:]
            self.unknown["overrun"] += 1
        self._work()

    def set_paper(self, there: bool) -> None:
        """Put a roll in, or take it out."""
        self.paper = there
        self._work()

    def _answer_now(self, data: bytes) -> None:
        """DLE EOT is answered out of turn, wherever it stands: even where it is part of a picture."""
        seen = self._tail + data
        for at in range(len(seen) - 2):
            if seen[at : at + 2] == b"\x10\x04":
                self._say(bytes([STATUS_OK if self.paper else STATUS_NO_PAPER]))
        self._tail = seen[-2:]

    def _work(self) -> None:
        before = self.length
        while self._buffer and self.paper:
            try:
                used = self._command(bytes(self._buffer))
            except Need:
                break
            del self._buffer[:used]
        if self.length != before:
            self._printed()

    def _command(self, data: bytes) -> int:
        """Do what is at the beginning of data; how many bytes that was. Raises Need."""
        if data[0] == LF:
            self._blank(LINE_DOTS)
            return 1
        if data[0] not in (ESC, GS, FS, DLE):
            return self._skip(data, 1)
        two = _take(data, 2)
        if two == b"\x10\x04":
            return len(_take(data, 3))
        if two == b"\x1b@":
            return 2
        if two == b"\x1bd":
            self._blank(_take(data, 3)[2] * LINE_DOTS)
            return 3
        if two == b"\x1dV":
            return self._cut(data)
        if two == b"\x1dr":
            _take(data, 3)
            self._say(bytes([TURN_OK]))
            return 3
        if two == b"\x1dv":
            return self._raster(data)
        if two == b"\x1d(":
            head = _take(data, 5)
            return self._skip(data, 5 + (head[3] | head[4] << 8))
        return self._skip(data, _length_of(data))

    def _skip(self, data: bytes, count: int) -> int:
        self.unknown[_take(data, count)[:2].hex()] += 1
        return count

    def _raster(self, data: bytes) -> int:
        head = _take(data, 8)
        row_bytes, height = head[4] | head[5] << 8, head[6] | head[7] << 8
        bits = _take(data, 8 + row_bytes * height)[8:]
        width = self.dots // 8
        rows = (bits[at : at + row_bytes] for at in range(0, len(bits), row_bytes)) if row_bytes else ()
        self._add(height, b"".join(row[:width].ljust(width, b"\0") for row in rows))
        return 8 + row_bytes * height

    def _cut(self, data: bytes) -> int:
        mode = _take(data, 3)[2]
        used = 4 if mode in (65, 66, 97, 98, 103, 104) else 3
        _take(data, used)
        self._add(0, b"")
        return used

    def _blank(self, height: int) -> None:
        if height:
            self._add(height, bytes(self.dots // 8 * height))

    def _add(self, height: int, bits: bytes) -> None:
        self.roll.append(Strip(self.dots, height, bits))
        self.length += 1


def _length_of(data: bytes) -> int:
    """Of a command that this printer does not know: most have one parameter, some none."""
    return 2 if data[1:2] in (b"2", b"<", b"=", b"\x0c") else 3


def _take(data: bytes, count: int) -> bytes:
    if len(data) < count:
        raise Need
    return data[:count]
