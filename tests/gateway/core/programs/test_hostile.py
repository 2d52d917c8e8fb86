"""Facts that no store can have: an EventError or a Refusal, never anything else, and nothing unbounded."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.draft import Refusal
from gateway.core.errors import EventError
from gateway.core.event import canonical
from gateway.core.model import Facts, Member, Setting
from gateway.core.orders.model import AMOUNT_MAX, Basket, Good, Line, Quote, Run, TenderShare
from gateway.core.programs.caps import caps_of
from gateway.core.programs.earning import earned
from gateway.core.programs.explain import explain
from gateway.core.programs.firing import fire
from gateway.core.programs.model import (
    BalanceIs,
    CounterIs,
    Earn,
    Fixed,
    Limits,
    OccasionIs,
    PointsAsCash,
    Program,
    SetPriceBook,
    TimeIs,
    Validity,
)
from gateway.core.programs.needs import needs
from gateway.core.programs.quoting import quote
from gateway.core.promises import LotFact, Nature, Terms
from tests.gateway.core.programs.baskets import RIGHTS, SETTING, bundle, text

number = st.integers(-(2**53), 2**53)
name = st.sampled_from(
    ["", "lin", "bo", "member:lin", "five", "PTS", "CPN:five", "USE:p1", "\ud7ff", "x" * 90]
)
good = st.builds(
    Good,
    sku=st.sampled_from(["a", "b", ""]),
    name=st.just(text("x")),
    price=number,
    kind=st.sampled_from(["goods", "topup", "open"]),
    prices=st.dictionaries(st.sampled_from(["book", "x"]), number, max_size=2),
    tax=st.integers(0, 10_000),
)
fact = st.builds(
    LotFact,
    elsewhere=number,
    held=number,
    lease_end=number,
    left=number,
    lot=name,
    nature=st.builds(
        Nature,
        name,
        st.builds(Terms, expires_on=st.none() | st.text(max_size=11), vests_at=number, zone=st.none() | name),
        name,
    ),
    new=st.booleans(),
    offered=number,
    owed=number,
)
person = st.builds(
    Member,
    id=name,
    qualifying=number,
    status=st.sampled_from(["active", "provisional", "lost", ""]),
    tier=name,
    at_home=st.sampled_from([UNSET, True, False]),
    occasions=st.just(UNSET) | st.lists(name, max_size=2).map(tuple),
)
facts = st.builds(
    Facts,
    member=st.none() | person,
    lots=st.just(UNSET) | st.lists(fact, max_size=4).map(tuple),
    rights=st.sampled_from([UNSET, RIGHTS, replace(RIGHTS, online=True), replace(RIGHTS, frozen=True)]),
    aliases=st.just(UNSET) | st.dictionaries(name, name, max_size=2),
    goods=st.just(UNSET) | st.lists(good, max_size=3).map(tuple),
    counters=st.just(UNSET) | st.dictionaries(st.sampled_from(["orders:9", "x"]), number),
    time=st.just(UNSET) | st.text(max_size=6),
    store=st.just(UNSET) | name,
)
basket = st.builds(
    Basket,
    lines=st.lists(
        st.builds(
            Line,
            sku=st.sampled_from(["a", "b"]),
            quantity=st.integers(1, 9_999),
            amount=st.none() | st.integers(0, AMOUNT_MAX),
        ),
        max_size=3,
    ).map(tuple),
    coupons=st.lists(name, max_size=3).map(tuple),
    chosen=st.lists(name, max_size=2).map(tuple),
    member=st.none() | name,
    points=st.integers(0, AMOUNT_MAX),
)
setting = st.builds(
    lambda date, at: replace(SETTING, date=date, at=at),
    st.sampled_from(["2026-11-21", "9999-12-31", "", "today", "2026-11-31"]),
    st.integers(0, 2**60),
)
HUGE = 10**12


def promise(id: str, trigger: str, *then: Any, **more: Any) -> Program:
    return Program(id, 1, text("p"), text("p"), trigger, then, **more)  # type: ignore[arg-type]


MANY = Earn("PTS", amount=HUGE, by_tier={"lin": 1_000_000}, validity=Validity(days=(3_660, 1)))
RULES = bundle(
    promise("p1", "order.quoted", Fixed(HUGE, each=1), coupon="five"),
    promise("p2", "order.quoted", SetPriceBook("book")),
    promise("p3", "order.quoted", PointsAsCash(1, HUGE), PointsAsCash(HUGE, 1)),
    promise("p4", "order.quoted", Fixed(1), when=TimeIs(start="10:00")),
    promise("p5", "order.quoted", Fixed(1), when=CounterIs("orders", 9, at_most=5)),
    promise("p6", "order.committed", Earn("PTS", gives=HUGE, per=1)),
    promise("p7", "order.committed", MANY, limits=Limits(HUGE, 1, "month", 1)),
    promise("p8", "manual", Earn("PTS", as_asked=True), when=BalanceIs("PTS")),
    promise("p9", "manual", Earn("QPT", amount=1), when=OccasionIs(("x",))),
)
hostile = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tried(action: Any) -> Any:
    """What it gives, which an event can hold; None where it is refused."""
    try:
        made = action()
    except (Refusal, EventError):
        return None
    canonical(made)
    return made


@hostile
@given(facts, basket, setting)
def test_whatever_the_facts_a_basket_is_priced_or_refused(known: Facts, asked: Basket, when: Setting) -> None:
    made: Quote | None = tried(lambda: quote(RULES, known, when, asked))
    needs(RULES, SETTING, ("order.quoted", "manual"), asked, asked.member)
    if made is None:
        return
    for line in made.lines:
        assert 0 <= line.discount <= line.gross
        assert 0 <= line.points <= line.net
    tried(lambda: caps_of(RULES, known, when, (*made.applied, *made.earns)))
    tried(lambda: [each._asdict() for each in explain(RULES, known, when, asked)])
    shares = tuple(line.net - line.points for line in made.lines)
    cash = TenderShare("cash", made.total, shares)
    tried(lambda: earned(RULES, known, when, "00", asked, made, (cash,)))


@hostile
@given(facts, setting, name, st.integers(0, AMOUNT_MAX))
def test_whatever_the_facts_a_run_happens_or_is_refused(
    known: Facts, when: Setting, who: str, amount: int
) -> None:
    asked = Run(who or "x", amount, program="p8")
    tried(lambda: fire(RULES, known, when, "00", "manual", asked))
