"""The bench's printer on its serial line, driven as the gateway drives a real one."""

import asyncio
import io
from pathlib import Path

from PIL import Image

from gateway.adapters.serial import Printer
from gateway.counters import Counters
from gateway.receipts.rows import Pair, Text
from hardware_tests.virtual.printer import RECEIPTS_KEPT_MAX, PaperPrinter, png

ROWS = [Text("晨麦", "large", middle=True), Pair("蛋糕", "56.00")]


async def with_printer(folder: Path) -> tuple[PaperPrinter, Printer]:
    paper = PaperPrinter(folder / "printer")
    await paper.start()
    return paper, Printer(str(folder / "printer"), 58, Counters())


def test_receipts_come_out_of_a_real_serial_line(tmp_path: Path) -> None:
    async def story() -> None:
        paper, printer = await with_printer(tmp_path)
        told: list[int] = []
        paper.on_change = lambda: told.append(len(paper.receipts))
        for _ in range(2):
            assert await printer.print(ROWS) == "printed"
        assert [receipt.number for receipt in paper.receipts] == [1, 2]
        assert told == [1, 2]
        with Image.open(io.BytesIO(paper.receipts[0].png)) as image:
            assert image.size == (384, paper.receipts[0].height)
            assert 0 < image.convert("L").histogram()[0] < 20_000
        await paper.close()

    asyncio.run(story())


def test_out_of_paper_and_in_again(tmp_path: Path) -> None:
    async def story() -> None:
        paper, printer = await with_printer(tmp_path)
        await paper.set_paper(False)
        assert await printer.print(ROWS) == "no_paper"
        await paper.set_paper(True)
        assert await printer.print(ROWS) == "printed"
        assert len(paper.receipts) == 1
        await paper.close()

    asyncio.run(story())


def test_a_line_that_went_away_is_no_printer_and_comes_back(tmp_path: Path) -> None:
    async def story() -> None:
        paper, printer = await with_printer(tmp_path)
        assert await printer.print(ROWS) == "printed"
        await paper.close()
        assert await printer.print(ROWS) == "no_printer"
        await paper.start()
        assert await printer.print(ROWS) == "printed"
        await paper.close()

    asyncio.run(story())


def test_the_end_of_the_roll_is_kept(tmp_path: Path) -> None:
    async def story() -> None:
        paper, printer = await with_printer(tmp_path)
        for _ in range(RECEIPTS_KEPT_MAX + 1):
            await printer.print(ROWS[1:])
        numbers = [receipt.number for receipt in paper.receipts]
        assert numbers == list(range(2, RECEIPTS_KEPT_MAX + 2))
        await paper.close()

    asyncio.run(story())


def test_a_png_is_what_another_library_reads() -> None:
    bits = bytes([0b10000001, 0xFF, 0x00, 0b01111110])
    with Image.open(io.BytesIO(png(16, 2, bits))) as image:
        black = [[image.getpixel((x, y)) == 0 for x in range(16)] for y in range(2)]
    assert black == [[bool(bits[y * 2 + x // 8] >> (7 - x % 8) & 1) for x in range(16)] for y in range(2)]
