"""Programs tried on past orders: what they would have done is worked out from the orders by other means."""

from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from gateway.core.event import Event, open_bundle
from gateway.core.model import Bundle
from gateway.core.orders.model import OrderRecord, ReturnRecord
from gateway.core.programs.model import Program
from gateway.storage.layout import cache_folder, ledger_path
from gateway.storage.reader import reading
from samples.brand import BUNDLE_JSON
from samples.orders import DEMO_KEY, Plan, make_past
from samples.store_cache import write_store
from shopbell.errors import ShopbellError
from shopbell.program_month import month_of
from shopbell.program_orders import Outcome, Trial, booked

BUNDLE = open_bundle(BUNDLE_JSON.read_bytes())
WORDS = {"zh-CN": "试", "en": "trial"}
OFF = 100


@cache
def events() -> list[Event]:
    """Ten days of a small shop."""
    with TemporaryDirectory() as name:
        write_store(cache_folder(name), "demo", DEMO_KEY, 0)
        make_past(Path(name), Plan(date(2026, 11, 21), days=10, orders_a_day=15))
        with reading(ledger_path(name)) as reader:
            return [stored.event for stored in reader.last(reader.head)]


def orders(member: bool | None = None) -> list[OrderRecord]:
    found = [event.settled for event in events() if isinstance(event.settled, OrderRecord)]
    return [one for one in found if member is None or (one.member is not None) == member]


def program(**more: Any) -> Program:
    """One yuan off every order, unless `more` says otherwise."""
    body: dict[str, Any] = {
        "id": "trial", "version": 1, "name": WORDS, "because": WORDS, "trigger": "order.quoted",
        "then": [{"do": "fixed", "off": OFF}], "priority": 900,
    }  # fmt: skip
    return msgspec.convert({**body, **more}, Program)


def trial(one: Program, offered: bool = False) -> Outcome:
    kept = [each for each in BUNDLE.programs or () if each.id != one.id]
    bundle: Bundle = msgspec.structs.replace(BUNDLE, programs=(*kept, one))
    tried = Trial(bundle, {one.id}, offered)
    for event in events():
        tried.take(event)
    return tried.outcome()


def paid() -> list[OrderRecord]:
    """Orders of goods that cost anything: what is topped up is never reduced."""
    return [one for one in orders() if any(line.kind == "goods" and line.net for line in one.lines)]


def test_what_was_booked_is_counted_from_the_orders() -> None:
    outcome = booked(BUNDLE, events())
    buns = [each for one in orders() for each in one.applied if each.program == "buns-3-1"]
    assert (outcome.orders, outcome.of_members) == (len(orders()), len(orders(True)))
    assert outcome.takings == sum(one.total for one in orders())
    tally = outcome.tallies["buns-3-1"]
    assert (tally.fired, tally.discount) == (len(buns), sum(each.amount for each in buns))
    points = [each.amount for one in orders() for each in one.applied if each.program == "earn-normal"]
    earned = outcome.tallies["earn-normal"]
    assert earned.units["PTS"] == earned.cost == sum(points)  # a point is worth a fen


def test_programs_in_force_tried_again_do_what_they_did() -> None:
    before = booked(BUNDLE, events())
    for name in ("buns-3-1", "coffee-gold", "member-price", "earn-tier"):
        found = trial(next(one for one in BUNDLE.programs or () if one.id == name)).tallies[name]
        then = before.tallies[name]
        assert (found.fired, found.cost, found.members) == (then.fired, then.cost, then.members)


def test_a_yuan_off_every_order() -> None:
    outcome = trial(program())
    tally = outcome.tallies["trial"]
    assert outcome.refused == 0
    assert (tally.fired, tally.cost) == (len(paid()), OFF * len(paid()))
    with_points = [one for one in paid() if any(line.points for line in one.lines)]
    less = outcome.takings_before - outcome.takings  # points may pay less where half of an order is less
    assert 0 <= OFF * len(paid()) - less <= OFF * len(with_points)
    assert not tally.missed or sum(tally.missed.values()) == len(orders()) - len(paid())


def test_once_for_each_member() -> None:
    tally = trial(program(limits={"per_member": 1}, when={"test": "member", "status": "known"})).tallies[
        "trial"
    ]
    members = {one.member for one in paid() if one.member}
    assert tally.fired == len(tally.members) == len(members)
    assert tally.most == OFF
    assert tally.missed["limit_reached"] == len([one for one in paid() if one.member]) - len(members)


@pytest.mark.parametrize("limits", [{"total": 7}, {"budget": 7 * OFF + 99}])
def test_so_often_for_all_of_them(limits: dict[str, int]) -> None:
    tally = trial(program(limits=limits)).tallies["trial"]
    assert (tally.fired, tally.cost) == (7, 7 * OFF)


def test_a_window_of_days_is_counted_from_the_orders() -> None:
    """Whoever bought here before, and did not bring all of it back."""
    when = {"test": "counter", "of": "orders", "days": 60, "at_least": 1}
    tally = trial(program(when=when)).tallies["trial"]
    left: dict[str, int] = {}
    bought: dict[str, set[str]] = {}
    again = 0
    for event in events():
        if isinstance(event.settled, ReturnRecord) and event.settled.order in left:
            left[event.settled.order] -= event.settled.total
        elif isinstance(event.settled, OrderRecord) and event.settled.member:
            mine = bought.setdefault(event.settled.member, set())
            goods = any(line.kind == "goods" and line.net for line in event.settled.lines)
            again += goods and any(left[order] > 0 for order in mine)
            mine.add(event.random)
            left[event.random] = event.settled.total
    assert tally.fired == again > 20


def test_a_coupon_nobody_has_can_be_offered() -> None:
    coupon = program(coupon="full-100-50", when={"test": "subtotal", "at_least": 3_000})
    nobody = trial(coupon).tallies["trial"]
    assert (nobody.fired, set(nobody.missed) - {"coupon_needed", "member_needed"}) == (0, set())
    offered = trial(coupon, offered=True).tallies["trial"]
    assert offered.fired > 0
    assert offered.missed["member_needed"] == len(orders(False))
    assert offered.fired + sum(offered.missed.values()) == len(orders())


def test_what_a_payment_earns_and_what_a_check_in_earns() -> None:
    gift = program(trigger="payment.captured", then=[{"do": "issue", "template": "off-5"}])
    tally = trial(gift).tallies["trial"]
    goods = [one for one in paid() if one.member]
    cash = [one for one in goods if any(share.kind != "balance" for share in one.tenders)]
    assert (tally.fired, tally.cost, tally.units) == (
        len(cash),
        500 * len(cash),
        Counter({"CPN:off-5": len(cash)}),
    )
    comes = program(trigger="presence.checked_in", then=[{"do": "credit", "unit": "PTS", "amount": 7}])
    visits = [event for event in events() if event.type == "presence.checked_in"]
    found = trial(comes).tallies["trial"]
    assert (found.fired, found.cost) == (len(visits), 7 * len(visits))


def test_a_month_is_the_one_before_the_newest_event_or_the_one_named() -> None:
    assert month_of("last", "2026-11-21") == ("2026-10-01", "2026-10-31")
    assert month_of("last", "2026-01-01") == ("2025-12-01", "2025-12-31")
    assert month_of("2026-02", "2026-11-21") == ("2026-02-01", "2026-02-28")
    for text in ("2026-13", "soon", "2026", ""):
        with pytest.raises(ShopbellError, match="month"):
            month_of(text, "2026-11-21")
