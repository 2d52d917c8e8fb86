"""The bench's receipt printer: the simulated chip at the end of a real serial line (a pseudo terminal).

The line's name is a link that stays where it is, so that settings can name it. Both ends are kept open here:
a printer does not go away because nobody talks to it. Used on the loop that serves the bench page.
"""

import asyncio
import os
import struct
import tty
import zlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from hardware_tests.virtual.chips.printer import Printer, Strip

DOTS: Final = 384  # 58 mm paper
READ_BYTES: Final = 4_096  # what a pseudo terminal holds
RECEIPTS_KEPT_MAX: Final = 12
PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"


class Receipt(NamedTuple):
    """One piece of paper, cut off; `number` counts from 1."""

    number: int
    width: int
    height: int
    png: bytes


class PaperPrinter:
    """A printer on a line of its own; `on_change`: a receipt came out, or paper went in or out."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.receipts: deque[Receipt] = deque(maxlen=RECEIPTS_KEPT_MAX)
        self.on_change: Callable[[], None] | None = None
        self._chip = Printer(DOTS, self._say, self._printed)
        self._ends: tuple[int, int] | None = None
        self._seen = 0
        self._strips: list[Strip] = []
        self._count = 0

    @property
    def paper(self) -> bool:
        """Whether there is paper in it."""
        return self._chip.paper

    async def set_paper(self, there: bool) -> None:
        """Put a roll in or take it out."""
        self._chip.set_paper(there)
        self._tell()

    async def start(self) -> None:
        """Open the line, and put its name where the link says."""
        inner, outer = os.openpty()
        tty.setraw(outer)
        os.set_blocking(inner, False)
        self._ends = inner, outer
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(outer))
        asyncio.get_running_loop().add_reader(inner, self._read, inner)

    async def close(self) -> None:
        """Take the line away."""
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            for end in self._ends:
                os.close(end)
            self._ends = None
            self.link.unlink(missing_ok=True)

    def _read(self, inner: int) -> None:
        self._chip.feed(os.read(inner, READ_BYTES))

    def _say(self, answer: bytes) -> None:
        if self._ends is not None:
            os.write(self._ends[0], answer)

    def _printed(self) -> None:
        """Take what came out; a cut ends a receipt."""
        fresh = self._chip.length - self._seen
        self._seen = self._chip.length
        ended = False
        for strip in list(self._chip.roll)[-fresh:]:
            if strip.is_cut:
                ended = True
                self._count += 1
                self.receipts.append(_receipt(self._count, self._strips))
                self._strips = []
            else:
                self._strips.append(strip)
        if ended:
            self._tell()

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change()


def _receipt(number: int, strips: list[Strip]) -> Receipt:
    height = sum(strip.height for strip in strips)
    return Receipt(number, DOTS, height, png(DOTS, height, b"".join(strip.bits for strip in strips)))


def png(width: int, height: int, bits: bytes) -> bytes:
    """Rows of packed bits, 1 black, as a PNG of one bit a dot."""
    row_bytes = width // 8
    paper = bytes(255 - byte for byte in bits)
    rows = b"".join(b"\0" + paper[at : at + row_bytes] for at in range(0, len(paper), row_bytes))
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return PNG_MAGIC + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
