"""What stands on receipts: every figure and every reason, in both languages, and copies that say so."""

import pytest

from gateway.core.orders.model import (
    Applied,
    OrderRecord,
    Piece,
    QuoteLine,
    ReturnRecord,
    ShiftRecord,
    ShiftSums,
    TenderShare,
    TenderSum,
)
from gateway.core.promises import Terms
from gateway.receipts import layout
from gateway.receipts.layout import Head
from gateway.receipts.rows import Code, Pair, Row, Text, money
from gateway.receipts.words import WORDS
from shopbell.look.words import Language, faults

CAKE = QuoteLine("cake", {"zh-CN": "黑森林", "en": "Black Forest"}, 2, 5600, 11200, 5000, 6200, tax=512)
TEA = QuoteLine("tea", {"zh-CN": "红茶", "en": "Tea"}, 1, 1000, 1000, 0, 1000)
OFF = Applied("m100-50", 1, "fixed", {"zh-CN": "满100减50", "en": "50 off 100"}, 5000, split=(5000, 0))
POINTS = Applied("earn", 1, "credit", {"zh-CN": "消费积分", "en": "For shopping"}, 72, unit="PTS")
COUPON = Applied(
    "next",
    1,
    "issue",
    {"zh-CN": "感谢光临", "en": "Thank you"},
    1,
    unit="CPN:five",
    terms=Terms("CX7", "2026-12-31", 500),
)
RECORD = OrderRecord(
    (CAKE, TEA),
    7200,
    594,
    "s1",
    "till-1",
    (OFF, POINTS, COUPON),
    "m-1",
    tenders=(TenderShare("cash", 7200, (6200, 1000), given=10000),),
)
BACK = ReturnRecord(
    "r1", (Piece(0, 1),), (TenderShare("cash", 3100, (3100, 0)),), 3100, 256, "s1", "till-1",
    (Applied("earn", 1, "credit", {"zh-CN": "退回积分", "en": "Points back"}, -31, unit="PTS"),),
)  # fmt: skip
SUMS = ShiftSums(20000, 5000, 12200, -1000, 7200, 1, 3100, 1, 594, (TenderSum("cash", 7200, 3100),), 0)


def head(language: Language = "en", copied: str | None = None) -> Head:
    return Head("晨麦 江畔店", "R-river-1-12", "2026-11-22 14:02", "till-1", language, "S02", "林**", copied)


def said(rows: list[Row]) -> str:
    """Every word and figure, a row a line."""
    return "\n".join(" | ".join(str(part) for part in row) for row in rows)


def test_a_sale_says_every_figure_and_why() -> None:
    rows = layout.sale(RECORD, head())
    assert Pair("  2 × 56.00", "112.00") in rows
    assert Pair("  50 off 100", "-50.00", "small") in rows
    assert Pair("To pay", "72.00", "large") in rows
    assert Pair("  Change", "28.00", "small") in rows
    assert Pair("+72 points", "For shopping", "small") in rows
    assert Text("  Until 2026-12-31", "small") in rows
    assert Code("CX7") in rows
    assert Code("R-river-1-12") in rows


def test_a_sale_in_chinese() -> None:
    text = said(layout.sale(RECORD, head("zh-CN")))
    for words in ("黑森林", "满100减50", "应付 | 72.00", "+72 积分 | 消费积分", "会员 林**"):
        assert words in text
    assert "Black" not in text


def test_a_coupon_has_its_name() -> None:
    named = head()._replace(names={"CPN:five": {"zh-CN": "五元券", "en": "5 yuan coupon"}})
    assert Pair("+1 5 yuan coupon", "Thank you", "small") in layout.sale(RECORD, named)
    assert Pair("+1 five", "Thank you", "small") in layout.sale(RECORD, head())


def test_only_a_copy_says_that_it_is_one() -> None:
    assert "COPY" not in said(layout.sale(RECORD, head()))
    assert "COPY printed 2026-11-23 09:00" in said(layout.sale(RECORD, head(copied="2026-11-23 09:00")))


def test_points_that_paid_are_on_it() -> None:
    paid = RECORD.lines[0].__class__("cake", {"en": "Cake"}, 1, 5000, 5000, 0, 5000, points=500)
    by = Applied("cash", 1, "points_as_cash", {"en": "Points"}, 500, points=500, split=(500,))
    record = OrderRecord((paid,), 4500, 0, "s1", "till-1", (by,))
    assert Pair("Paid with 500 points", "-5.00") in layout.sale(record, head())


def test_a_return_says_what_goes_back() -> None:
    text = said(layout.give_back(BACK, RECORD, "R-river-1-12", head()))
    for words in (
        "Return",
        "From R-river-1-12",
        "Black Forest | × 1",
        "Refund | 31.00",
        "-31 points | Points back",
    ):
        assert words in text


def test_a_discount_that_is_taken_back_is_named() -> None:
    taken = Applied("m", 1, "fixed", {"en": "50 off 100"}, 2500, split=(0, 2500))
    back = ReturnRecord("r1", (Piece(0, 1),), (), 600, 0, "s1", "till-1", withdrawn=(taken,))
    assert Pair("Taken back: 50 off 100", "-25.00", "small") in layout.give_back(back, RECORD, "R-1", head())


@pytest.mark.parametrize(
    ("difference", "words"), [(0, "Balanced | 0.00"), (150, "Over | 1.50"), (-5, "Short | -0.05")]
)
def test_a_z_report_says_whether_it_balances(difference: int, words: str) -> None:
    record = ShiftRecord("s1", "till-1", SUMS, 23100 + difference, difference, 23100)
    text = said(layout.z_report(record, head(), "2026-11-22 08:00"))
    assert words in text
    for figure in (
        "Float | 200.00",
        "Paid in and out | -10.00",
        "Cash taken | 72.00",
        "Cash refunded | -31.00",
    ):
        assert figure in text


def test_an_x_report_has_no_count() -> None:
    text = said(layout.x_report("s1", SUMS, 23100, head(), "2026-11-22 08:00"))
    assert "Cash expected | 231.00" in text
    assert "counted" not in text


def test_money() -> None:
    assert [money(amount) for amount in (0, 5, -5, 123456789)] == ["0.00", "0.05", "-0.05", "1,234,567.89"]


def test_the_words_are_sound() -> None:
    assert faults(WORDS) == []
