"""What goes to the printer for an order, a return and a shift, and what is said when nothing prints."""

import asyncio
from collections.abc import Sequence

from gateway.core.model import Bundle
from gateway.core.orders.model import (
    OrderRecord,
    Piece,
    QuoteLine,
    ReturnRecord,
    ShiftRecord,
    ShiftSums,
    TenderSum,
)
from gateway.core.programs.model import Template
from gateway.printing import ReceiptPrinter, Shop, unit_names
from gateway.receipts.rows import Row
from gateway.sales import OrderFound, ReturnFound, ShiftFound

NOON_MS = 1_795_233_720_000  # 2026-11-21 12:02 in Shanghai
LINE = QuoteLine("cake", {"zh-CN": "黑森林", "en": "Black Forest"}, 1, 5600, 5600, 0, 5600)
RECORD = OrderRecord((LINE,), 5600, 0, "s1", "till-1", member="m-1")
BACK = ReturnFound(14, NOON_MS + 60_000, ReturnRecord("r1", (Piece(0, 1),), (), 5600, 0, "s1", "till-1"))
ORDER = OrderFound("r1", 12, NOON_MS, "staff:S03", RECORD, (BACK,))
SUMS = ShiftSums(
    10000, 0, 5600, -500, 5600, 1, 600, 0, 0, (TenderSum("cash", 5600, 600), TenderSum("card", 9, 0)), 0
)
SHIFT = ShiftFound("s1", "till-1", "S03", 3, NOON_MS, SUMS)


class Line:
    """A printer that keeps what it got."""

    def __init__(self, says: str = "printed") -> None:
        self.says = says
        self.text = ""

    async def print(self, rows: Sequence[Row]) -> str:
        self.text = "\n".join(" | ".join(str(part) for part in row) for row in rows)
        return self.says


def printer(line: Line, language: str = "en") -> ReceiptPrinter:
    shop = Shop("river-1", "Riverside", "Asia/Shanghai", "zh-CN" if language == "zh-CN" else "en")
    return ReceiptPrinter(
        line, shop, Bundle, lambda member: "林**" if member == "m-1" else None, lambda: NOON_MS
    )


def test_an_order_has_its_code_its_time_and_who_sold_it() -> None:
    line = Line()
    assert asyncio.run(printer(line).print_order(ORDER, copy=False))
    for words in ("Rriver-1.12", "2026-11-21 12:02", "Staff S03", "Member 林**", "Black Forest"):
        assert words in line.text
    assert "COPY" not in line.text
    asyncio.run(printer(line).print_order(ORDER, copy=True))
    assert "COPY printed 2026-11-21 12:02" in line.text


def test_a_return_names_the_order_it_is_of() -> None:
    line = Line()
    asyncio.run(printer(line, "zh-CN").print_return(ORDER, BACK, copy=False))
    assert "原单 Rriver-1.12" in line.text
    assert "Rriver-1.14" in line.text
    assert "2026-11-21 12:03" in line.text


def test_an_open_shift_prints_x_and_a_closed_one_z() -> None:
    line = Line()
    asyncio.run(printer(line).print_shift(SHIFT, copy=False))
    assert "X report" in line.text
    assert "Cash expected | 145.00" in line.text  # 100.00 - 5.00 + 56.00 - 6.00
    record = ShiftRecord("s1", "till-1", SUMS, 14500, 0, 14500)
    closed = SHIFT._replace(closed=20, closed_at=NOON_MS + 3_600_000, record=record)
    asyncio.run(printer(line).print_shift(closed, copy=False))
    assert "Z report" in line.text
    assert "Balanced | 0.00" in line.text
    assert "2026-11-21 13:02" in line.text


def test_what_is_not_on_paper_is_said() -> None:
    for says, on_paper in (("sent", True), ("no_paper", False), ("no_printer", False), ("busy", False)):
        assert asyncio.run(printer(Line(says)).print_order(ORDER, copy=False)) is on_paper


def test_units_have_the_names_of_their_templates() -> None:
    five = Template("five", {"zh-CN": "五元券", "en": "5 yuan"})
    coffee = Template("ten", {"zh-CN": "十次咖啡", "en": "Ten coffees"}, service="coffee", visits=10)
    names = unit_names(Bundle(templates=(five, coffee)))
    assert names["CPN:five"] == five.name
    assert names["VISIT:coffee"] == coffee.name
    assert unit_names(Bundle()) == {}
