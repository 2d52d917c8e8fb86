"""Figures in the words of programs: named by their fields, shown as people of each language read them."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.programs.because import figures, fill
from gateway.core.programs.figures import count, money, percent, scaled, tenths_left, times
from gateway.core.programs.model import (
    ALL_LINES,
    AllOf,
    BuyGet,
    CounterIs,
    Debit,
    Earn,
    Fixed,
    Issue,
    Limits,
    Percent,
    PointsAsCash,
    Program,
    Quantity,
    Step,
    Subtotal,
    Validity,
)
from gateway.core.promises import Unit
from tests.gateway.core.programs.baskets import bundle, text

ANY = text("any")


def promise(*then: Any, trigger: str = "order.quoted", **more: Any) -> Program:
    return Program("p", 1, ANY, ANY, trigger, then, **more)  # type: ignore[arg-type]


def test_numbers_as_people_read_them() -> None:
    assert [money(each, "en") for each in (5_000, 9_950, 123_456_700, 5)] == [
        "50",
        "99.50",
        "1,234,567",
        "0.05",
    ]
    assert money(123_456_700, "zh-CN") == "1234567"
    assert [percent(each, "en") for each in (1_000, 1_250, 5, 10_000)] == ["10%", "12.5%", "0.05%", "100%"]
    assert [times(each, "en") for each in (20_000, 15_000, 12_500)] == ["2", "1.5", "1.25"]
    assert [tenths_left(each, "zh-CN") for each in (1_000, 1_500, 800)] == ["9", "8.5", "9.2"]
    assert (count(1_500, "en"), count(1_500, "zh-CN"), scaled(2, -150, "en")) == ("1,500", "1500", "-1.50")


DAYS = {"first_day": "2026-01-02", "last_day": "2026-03-04"}
LIMITS = Limits(9_900, 2, "day", 1_500)
BOTH = AllOf((Subtotal(500), Quantity(3)))
TIERED = Earn("PTS", gives=2, per=1_000, by_tier={"gold": 15_000})
LADDER = Earn("CNY.bonus", steps=(Step(1, 1), Step(5_000, 50_000)))
ASKED = Earn("PTS", steps=(Step(5, 500),))
TWO_WEEKS = Validity(days=(7, 14))
NEW_YEAR = Validity(until="2027-01-01")

FIGURES = [
    ("满{at_least}减{off}", "满1,000减50", promise(Fixed(5_000), when=Subtotal(100_000))),
    ("{off} {zhe} {cap}", "15% 8.5 9.90", promise(Percent(1_500, cap=990))),
    ("{buy}+{get} {times_max}", "2+1 3", promise(BuyGet(2, 1, ALL_LINES, times_max=3))),
    ("{each} {off}", "40 4", promise(Fixed(400, each=4_000))),
    ("{points} {worth} {share}", "100 1.50 50%", promise(PointsAsCash(100, 150, share=5_000))),
    ("{at_least} {days}", "3 180", promise(Fixed(1), when=CounterIs("orders", 180, at_least=3))),
    ("{at_least}", "300", promise(Fixed(1), when=CounterIs("spent", 180, at_least=30_000))),
    ("{per_member} {total} {budget}", "2 1,500 99", promise(Fixed(1), limits=LIMITS)),
    ("{first_day} {last_day}", "2026-01-02 2026-03-04", promise(Fixed(1), **DAYS)),
    ("{subtotal.at_least} {quantity.at_least}", "5 3", promise(Fixed(1), when=BOTH)),
    ("{fixed.1.off} {fixed.2.off}", "1 2", promise(Fixed(100), Fixed(200))),
    ("{per} {gives} {by_tier.gold}", "10 2 1.5", promise(TIERED)),
    ("{steps.2.at_least} {steps.2.amount}", "500 50", promise(LADDER, trigger="balance.topped_up")),
    ("{steps.1.at_least}", "500", promise(ASKED, trigger="grant.requested")),
    ("{amount} {face} {valid_days}", "80 5 7/14", promise(Debit(80, "PTS"), Issue("five", 1, TWO_WEEKS))),
    ("{visits} {until}", "10 2027-01-01", promise(Issue("pass", 1, NEW_YEAR))),
    ("{nothing} {off}", "{nothing} {off}", promise(Fixed(100), Fixed(200))),
]


@pytest.mark.parametrize(("words", "expected", "program"), FIGURES)
def test_a_figure_is_named_by_its_field(words: str, expected: str, program: Program) -> None:
    found = fill(text(words), figures(program, bundle()))
    assert found == text(expected.replace(",", ""), expected)


def test_amounts_of_a_unit_are_shown_at_its_scale() -> None:
    program = promise(Earn("KG", amount=1_250), trigger="manual")
    rules = replace(bundle(), units=(Unit("KG", scale=3),))
    assert fill(text("{amount}"), figures(program, rules)) == text("1.250")
