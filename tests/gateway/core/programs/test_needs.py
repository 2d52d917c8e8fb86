"""What is asked for before programs are tried: exactly what they may read or spend."""

from typing import Any

from gateway.core.orders.model import Basket, Line, Run
from gateway.core.programs.model import (
    AllOf,
    AnyOf,
    BalanceIs,
    CounterIs,
    Debit,
    Fixed,
    Limits,
    Not,
    PointsAsCash,
    Program,
)
from gateway.core.programs.needs import Needs, needs
from tests.gateway.core.programs.baskets import SETTING, bundle, text

PLAIN = Basket((Line("cake"),), member="lin")
SHOWN = Basket((Line("cake"),), coupons=("c",), member="lin")
NOTHING = Needs((), (), ())


def promise(id: str = "p", trigger: str = "order.quoted", **more: Any) -> Program:
    raw = {"then": (Fixed(1),), **more}
    return Program(id, 1, text(id), text(id), trigger, **raw)  # type: ignore[arg-type]


def of(*programs: Program, asked: Basket | Run = PLAIN, member: str | None = "lin") -> Needs:
    return needs(bundle(*programs), SETTING, ("order.quoted",), asked, member)


def test_units_of_conditions_points_and_debits() -> None:
    when = AllOf((Not(BalanceIs("QPT", at_least=1)), AnyOf((BalanceIs("CNY", at_least=1),))))
    assert of(promise(when=when)).units == ("CNY", "QPT")
    paying = Basket((Line("cake"),), member="lin", points=1)
    assert of(promise(then=(PointsAsCash(1, 1),)), asked=paying).units == ("PTS",)
    assert of(promise(then=(PointsAsCash(1, 1),))) == NOTHING
    assert of(promise(then=(Debit(1, "STAMP"), Fixed(1)), opt_in=True)) == NOTHING
    chosen = Basket((Line("cake"),), chosen=("p",), member="lin")
    assert of(promise(then=(Debit(1, "STAMP"),), opt_in=True), asked=chosen).units == ("STAMP",)


def test_coupons_where_any_are_shown() -> None:
    assert of(promise(coupon="five")) == NOTHING
    assert of(promise(coupon="five"), asked=SHOWN).units == ("CPN:five",)
    assert of(promise(coupon="five"), asked=Run("lin")).units == ("CPN:five",)


def test_caps_of_the_member_and_of_the_program() -> None:
    limits = Limits(budget=9, per_member=1, period="month", total=5)
    caps = (
        ("member:lin", "USE:p:2026-11"),
        ("program:p", "BUDGET:p"),
        ("program:p", "USE:p"),
    )
    assert of(promise(limits=limits)).caps == caps
    assert of(promise(limits=limits), member=None).caps == caps[1:]
    for period, unit in (("ever", "USE:p"), ("day", "USE:p:2026-11-21"), ("year", "USE:p:2026")):
        one = promise(limits=Limits(per_member=1, period=period))  # type: ignore[arg-type]
        assert of(one).caps == (("member:lin", unit),)


def test_counters_once_each() -> None:
    when = AllOf((CounterIs("orders", 180, at_least=3), CounterIs("spent", 60, at_most=0)))
    found = of(promise(when=when), promise("q", when=CounterIs("orders", 180)))
    assert found.counters == (("orders", 180), ("spent", 60))
    assert of(promise(when=when), member=None) == NOTHING


def test_only_what_may_happen_today() -> None:
    limits = Limits(total=1)
    for more in (
        {"paused": True},
        {"last_day": "2026-11-20"},
        {"first_day": "2026-11-22"},
        {"trigger": "manual"},
    ):
        assert of(promise(limits=limits, **more)) == NOTHING
    today = promise(limits=limits, first_day="2026-11-21", last_day="2026-11-21")
    assert of(today).caps == (("program:p", "USE:p"),)
