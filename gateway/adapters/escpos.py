"""Rows of a receipt as the bytes a receipt printer takes (ESC/POS), made by python-escpos.

The last command asks for the paper sensor behind everything printed: its answer, one byte, says that the
printer has worked through all of it.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from escpos.printer import Dummy
from PIL import Image

from gateway.adapters.paper import picture, stacked
from gateway.receipts.rows import Code, Row

DOTS: Final = {58: 384, 80: 576}  # printable dots of a row, by the paper's width in mm
QR_DOTS: Final = 6  # of one module: 29 modules are 22 mm
ROWS_TOGETHER: Final = 512  # dots high, of one raster command: printers have small buffers

ASK_PAPER: Final = b"\x10\x04\x04"  # DLE EOT 4: answered at once, even by a printer that waits
ASK_DONE: Final = b"\x1dr\x01"  # GS r 1: answered when all before it is done
PAPER_ENDS: Final = 0x60  # of the answer to DLE EOT 4
PAPER_ENDED: Final = 0x0C  # of the answer to GS r 1
ANSWER_MASK, ANSWER_MARK = 0x93, 0x12  # fixed bits of an answer to DLE EOT

logging.getLogger("escpos").setLevel(logging.ERROR)  # it warns at every picture of what a profile lacks


def receipt_bytes(rows: Iterable[Row], width_mm: int) -> bytes:
    """A whole receipt, cut off at its end; width_mm one of DOTS."""
    printer = Dummy()
    printer.hw("INIT")
    for is_code, group in groupby(rows, lambda row: isinstance(row, Code)):
        for row in group if is_code else ():
            assert isinstance(row, Code)
            _code(printer, row)
        if not is_code:
            for strip in _strips(list(group), DOTS[width_mm]):
                printer.image(strip, impl="bitImageRaster", center=False)
    printer.cut()
    return bytes(printer.output) + ASK_DONE


def _code(printer: Dummy, row: Code) -> None:
    printer.set(align="center")
    printer.qr(row.content, native=True, size=QR_DOTS)
    printer.set(align="left")


def _strips(rows: list[Row], dots: int) -> Iterator[Image.Image]:
    """Pictures of rows together, none much higher than ROWS_TOGETHER."""
    waiting: list[Image.Image] = []
    for row in rows:
        waiting.append(picture(row, dots))
        if sum(one.height for one in waiting) >= ROWS_TOGETHER:
            yield stacked(waiting, dots)
            waiting = []
    if waiting:
        yield stacked(waiting, dots)
