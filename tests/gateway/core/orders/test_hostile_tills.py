"""Whatever a hostile gateway writes into an event of a till, HQ ends in bytes or in EventError."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from gateway.core.errors import EventError
from gateway.core.event import Event, canonical, input_of, open_event
from gateway.core.evidence import CodeShown
from gateway.core.model import Bundle
from gateway.core.orders.model import CloseShift, MoveCash, Park, Sell, Tender
from gateway.core.posting import missing
from gateway.core.redecide import redecide
from gateway.core.state import State
from tests.gateway.core.orders.programs import CLAIMS, SHOP, STRICT_SHOP
from tests.gateway.core.orders.till import CLERK, LEAD, LIN, TILL, Till, basket

NUMBERS = (0, 1, -1, 2, 7, 200, 9_999, 10_000, 10**12, 2**53 - 1, 2**53, 2**63, 2**64, -(2**63), 10**30)
TEXTS = (
    "",
    "a",
    "member:lin",
    "staff:amy",
    "cake",
    "PTS",
    "CNY",
    "2026-11-21",
    "9999-12-31",
    "x" * 99,
    "\u2028",
)
values: Any = some.one_of(
    some.sampled_from(NUMBERS),
    some.integers(-20, 20),
    some.sampled_from(TEXTS),
    some.sampled_from((None, True, False, [], {}, 1.5)),
)


def events() -> list[tuple[Event, Bundle]]:
    """Sound events of every act of a till, each with all that facts can have."""
    found = []
    for brand in (SHOP, STRICT_SHOP):
        till = Till(brand, LIN)
        till.pin = "right"
        for amount, unit in ((500, "PTS"), (900, "CNY.bonus"), (50_000, "CNY"), (20, "QPT")):
            till.give(amount, unit, expires_on="2026-12-10")
        lot = till.coupon("full")
        opened = till.open()
        till.staff, till.actor, till.approver = CLERK, "staff:amy", LEAD
        rows = (("cake", 3), ("tea", 4), ("open", 1, 90), ("topup", 1, 20_000))
        what = basket(*rows, member="lin", points=90, coupons=(lot,))
        total = till.quote(what).total
        paid = (Tender("balance", 700), Tender("cash", total - 700, total))
        sold = till.sold(what, *paid, approver="ben")
        part = till.back(sold, (0, 1), (1, 3), approver="ben")
        rest = till.back(sold, (0, 2), (3, 1), approver="ben")
        found += [(event, brand) for event in (opened, sold, part, rest)]
        assert till.shift is not None
        shift = till.shift.shift
        end = till.act(CloseShift(0, shift, TILL, "ben"), till.known(sums=till.sums))
        till.approver = None
        till.open()
        move = till.act(MoveCash(5, "x", till.shift.shift, TILL), till.known())
        park = till.act(Park("a", TILL, what), till.known(parked=False))
        found += [(event, brand) for event in (end, move, park)]
    till = Till(CLAIMS, LIN)
    till.pin = "right"
    till.give(900)
    found += [(till.run("coupon.claimed", "mall"), CLAIMS), (till.run("coupon.claimed"), CLAIMS)]
    till = Till(SHOP, LIN)
    till.give(5_000, "CNY")
    code = {"code": CodeShown(till.setting.at - 1, 2_500, "lin", TILL, 1)}
    for _ in range(2):  # the first begins the day's allowance, the second takes from it
        bread = basket(("bread", 1), member="lin")
        paid = (Tender("balance", 1_000), Tender("cash", till.quote(bread).total - 1_000))
        found.append((till.sold(bread, *paid, facts=code), SHOP))
    return found


EVENTS = events()
BODIES = [(canonical(event), brand) for event, brand in EVENTS]


def places(tree: Any) -> Any:
    """Every place in a JSON tree whose value can be replaced."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from places(value)


def judge(body: bytes, brand: Bundle) -> None:
    """Deciding again, asking for what is missing, and a State: each ends, one way or the other."""
    try:
        event = open_event(body)
    except EventError:
        return
    with suppress(EventError):
        again = redecide(body, brand)
        assert redecide(again, brand) == again
        missing(event.facts, input_of(event), brand)
    for one in (event,):
        state = State(one.gateway)
        with suppress(EventError):
            state.apply(one)


def test_the_sound_events_are_sound() -> None:
    names = [event.outcome.name for event, _ in EVENTS]
    assert set(names) == {"done"}, [event.outcome for event, _ in EVENTS]
    for body, brand in BODIES:
        assert redecide(body, brand) == body


@given(some.data())
@settings(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
def test_one_value_replaced_breaks_nothing(data: some.DataObject) -> None:
    body, brand = data.draw(some.sampled_from(BODIES))
    tree = json.loads(body)
    for _ in range(data.draw(some.integers(1, 3))):
        place, key = data.draw(some.sampled_from(list(places(tree))))
        place[key] = data.draw(values)
    judge(canonical(tree), brand)


@given(some.data())
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_one_value_left_out_or_taken_from_elsewhere_breaks_nothing(data: some.DataObject) -> None:
    body, brand = data.draw(some.sampled_from(BODIES))
    tree = json.loads(body)
    place, key = data.draw(some.sampled_from(list(places(tree))))
    other, from_ = data.draw(some.sampled_from(list(places(json.loads(body)))))
    if data.draw(some.booleans()) and isinstance(place, dict):
        del place[key]
    else:
        place[key] = other[from_]
    judge(canonical(tree), brand)


@given(some.sampled_from(range(len(BODIES))), some.sampled_from(range(len(BODIES))))
@settings(deadline=None, max_examples=60)
def test_the_facts_of_another_event_break_nothing(one: int, other: int) -> None:
    tree = json.loads(BODIES[one][0])
    tree["facts"] = json.loads(BODIES[other][0])["facts"]
    judge(canonical(tree), BODIES[one][1])


@pytest.mark.parametrize("digits", [20, 400, 5_000])
def test_numbers_without_end_break_nothing(digits: int) -> None:
    for body, brand in BODIES:
        for name in (b'"amount":700', b'"quantity":3', b'"total":', b'"left":'):
            if name in body:
                head, tail = body.split(name, 1)
                judge(head + name.split(b":")[0] + b":" + b"9" * digits + tail, brand)


def test_a_refused_sell_is_sealed_with_nothing_moved() -> None:
    till = Till(SHOP)
    event = till.sell(basket(("tea", 1)), Tender("cash", 1))
    assert (event.outcome.name, event.transfers) == ("refused", ())
    assert isinstance(event.act, Sell)
