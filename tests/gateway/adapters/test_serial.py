"""The receipt printer on its line: what is printed, and what is said when it is not."""

import asyncio
from typing import Any

import pytest
import segno
import serial

from gateway.adapters import escpos
from gateway.adapters.serial import WAITING_MAX, Printer, paper_ends
from gateway.counters import Counters
from gateway.receipts.rows import RULE, Code, Pair, Row, Text
from hardware_tests.virtual.chips.printer import Printer as Chip

ROWS: list[Row] = [
    Text("晨麦 江畔店", "large", middle=True),
    Pair("黑森林蛋糕 with a name that is far too long for one row", "112.00"),
    RULE,
    Code("R-river-1-12"),
]


class Line:
    """A line with the simulated printer at its end; it may break, or the printer may be dumb."""

    def __init__(self, dumb: bool = False) -> None:
        self.answers = bytearray()
        self.chip = Chip(384, self._hear, lambda: None)
        self.timeout = 0.0
        self.dumb = dumb
        self.broken = self.closed = False

    def _hear(self, answer: bytes) -> None:
        if not self.dumb:
            self.answers += answer

    def reset_input_buffer(self) -> None:
        self.answers.clear()

    def write(self, data: bytes) -> int:
        if self.broken:
            raise serial.SerialException("gone")
        self.chip.feed(data)
        return len(data)

    def flush(self) -> None:
        pass

    def read(self, count: int) -> bytes:
        taken = bytes(self.answers[:count])
        del self.answers[:count]
        return taken

    def close(self) -> None:
        self.closed = True


def printer(line: Line, counters: Counters) -> Printer:
    def open_(url: str) -> Any:
        assert url == "socket://bench:9100"
        return line

    return Printer("socket://bench:9100", 58, counters, open_)


def test_a_receipt_is_on_the_paper() -> None:
    line, counters = Line(), Counters()
    assert printer(line, counters).print_now(ROWS) == "printed"
    assert not line.chip.unknown
    assert line.chip.roll[-1].is_cut
    black = sum(byte.bit_count() for strip in line.chip.roll for byte in strip.bits)
    assert 5_000 < black < 60_000
    assert counters.snapshot()["printer.printed"] == 1


def test_a_printer_that_says_nothing_was_sent_it() -> None:
    line, counters = Line(dumb=True), Counters()
    assert printer(line, counters).print_now(ROWS) == "sent"
    assert line.chip.roll[-1].is_cut


def test_without_paper_nothing_is_sent() -> None:
    line, counters = Line(), Counters()
    line.chip.set_paper(False)
    assert printer(line, counters).print_now(ROWS) == "no_paper"
    line.chip.set_paper(True)
    assert not line.chip.roll


def test_a_line_that_fails_is_opened_anew() -> None:
    first, second = Line(), Line()
    lines = iter([first, second])
    device = Printer("x", 58, Counters(), lambda _: next(lines))
    first.broken = True
    assert device.print_now(ROWS) == "no_printer"
    assert first.closed
    assert device.print_now(ROWS) == "printed"


def test_no_url_is_no_printer() -> None:
    def never(_: str) -> Any:
        raise AssertionError

    device = Printer("", 58, Counters(), never)
    assert asyncio.run(device.print(ROWS)) == "no_printer"
    assert not device.present


def test_more_receipts_than_may_wait_are_refused() -> None:
    line, counters = Line(), Counters()
    device = printer(line, counters)

    async def crowd() -> list[str]:
        return await asyncio.gather(*(device.print(ROWS) for _ in range(WAITING_MAX + 3)))

    said = asyncio.run(crowd())
    assert (said.count("printed"), said.count("busy")) == (WAITING_MAX + 1, 2)


@pytest.mark.parametrize(
    ("answer", "ends"), [(b"", False), (b"\x12", False), (b"\x72", True), (b"\xff", False), (b"\x1e", False)]
)
def test_the_paper_sensor(answer: bytes, ends: bool) -> None:
    assert paper_ends(answer) is ends


def test_both_widths_of_paper() -> None:
    for width_mm, paper in escpos.PAPERS.items():
        chip = Chip(paper.dots, lambda _: None, lambda: None)
        chip.feed(escpos.receipt_bytes(ROWS, width_mm))
        assert not chip.unknown
        assert {strip.width for strip in chip.roll} == {paper.dots}


def test_its_qr_code_is_the_one_that_segno_draws() -> None:
    chip = Chip(384, lambda _: None, lambda: None)
    chip.feed(escpos.receipt_bytes([Code("R-river-1-12")], 58))
    rows = [strip.bits[at : at + 48] for strip in chip.roll for at in range(0, len(strip.bits), 48)]
    matrix = [bytes(line) for line in segno.make("R-river-1-12", micro=False).matrix_iter(border=3)]
    left = (384 - len(matrix) * 6) // 2
    seen = [
        bytes(
            rows[y * 6 + 3][(left + x * 6 + 3) // 8] >> (7 - (left + x * 6 + 3) % 8) & 1
            for x in range(len(matrix))
        )
        for y in range(len(matrix))
    ]
    assert seen == matrix
