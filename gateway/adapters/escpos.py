"""Rows of a receipt as the bytes a receipt printer takes (ESC/POS), made by python-escpos.

All of it is pictures, QR codes too: many a cheap printer cannot draw those by itself. The last command asks
for the paper sensor behind everything printed: its answer, one byte, says that the printer has worked through
all of it.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from escpos.printer import Dummy
from PIL import Image

from gateway.adapters.paper import picture, stacked
from gateway.receipts.rows import Row


class Paper(NamedTuple):
    """Printable dots of a row, and the name of a printer in python-escpos' own list that has as many."""

    dots: int
    profile: str


PAPERS: Final = {58: Paper(384, "Sunmi-V2"), 80: Paper(576, "TM-T20II")}  # by the paper's width in mm
ROWS_TOGETHER: Final = 512  # dots high, of one raster command: printers have small buffers

CUT: Final = b"\x1bd\x06\x1dV\x00"  # six lines up to the knife; a printer without one only feeds
ASK_PAPER: Final = b"\x10\x04\x04"  # DLE EOT 4: answered at once, even by a printer that waits
ASK_DONE: Final = b"\x1dr\x01"  # GS r 1: answered when all before it is done
PAPER_ENDS: Final = 0x60  # of the answer to DLE EOT 4
PAPER_ENDED: Final = 0x0C  # of the answer to GS r 1
ANSWER_MASK, ANSWER_MARK = 0x93, 0x12  # fixed bits of an answer to DLE EOT


def receipt_bytes(rows: Iterable[Row], width_mm: int) -> bytes:
    """A whole receipt, cut off at its end; width_mm one of PAPERS."""
    paper = PAPERS[width_mm]
    printer = Dummy(profile=paper.profile)
    printer.hw("INIT")
    for strip in _strips(rows, paper.dots):
        printer.image(strip, impl="bitImageRaster", center=False)
    return bytes(printer.output) + CUT + ASK_DONE


def _strips(rows: Iterable[Row], dots: int) -> Iterator[Image.Image]:
    """Pictures of rows together, none much higher than ROWS_TOGETHER."""
    waiting: list[Image.Image] = []
    for row in rows:
        waiting.append(picture(row, dots))
        if sum(one.height for one in waiting) >= ROWS_TOGETHER:
            yield stacked(waiting, dots)
            waiting = []
    if waiting:
        yield stacked(waiting, dots)
