"""The demo's past is made by the real core: it decides again, its balances hold, and a seed is a past."""

from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from gateway.core.event import Event, open_bundle
from gateway.core.model import DONE, ORDER_COMMITTED
from gateway.core.orders.model import OrderRecord, ShiftRecord
from gateway.core.redecide import redecide
from gateway.storage.layout import cache_folder, ledger_path
from gateway.storage.reader import Stored, reading
from gateway.storage.rebuild import compare
from samples.brand import BUNDLE_JSON
from samples.orders import DEMO_KEY, Past, Plan, main, make_past
from samples.store_cache import write_store

LAST = date(2026, 11, 21)  # a Saturday
PLAN = Plan(LAST, days=8, orders_a_day=14)


class Made(NamedTuple):
    past: Past
    stored: list[Stored]
    differences: int

    @property
    def events(self) -> list[Event]:
        return [one.event for one in self.stored]


@cache
def made(plan: Plan = PLAN) -> Made:
    """A past, made once for all tests."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_store(cache_folder(name), "demo", DEMO_KEY, 0)
        past = make_past(folder, plan)
        report = compare(ledger_path(name), lambda done, whole: None)
        with reading(ledger_path(name)) as reader:
            return Made(past, list(reader.last(reader.head)), len(report.differences))


def test_every_event_decides_again_byte_for_byte() -> None:
    bundle = open_bundle(BUNDLE_JSON.read_bytes())
    for sealed, _ in made().stored:
        assert redecide(sealed.body, bundle) == sealed.body


def test_balances_are_what_the_events_say() -> None:
    assert made().differences == 0


def test_the_same_seed_is_the_same_past() -> None:
    plan = PLAN._replace(days=2)
    made.cache_clear()
    first, again = made(plan), made.__wrapped__(plan)
    other = made(plan._replace(seed=plan.seed + 1))
    assert first.stored[-1].sealed.hash == again.stored[-1].sealed.hash != other.stored[-1].sealed.hash
    assert first.past == again.past


def test_nothing_that_was_tried_was_refused() -> None:
    assert [event.type for event in made().events if event.outcome.name != DONE] == []


def test_every_shift_is_closed_and_its_drawer_counted() -> None:
    reports = [event.settled for event in made().events if isinstance(event.settled, ShiftRecord)]
    assert len(reports) == 2 * PLAN.days
    assert all(abs(report.difference) <= 500 for report in reports)
    orders = [event.settled for event in made().events if isinstance(event.settled, OrderRecord)]
    sold = sum(report.sums.net - report.sums.points_paid for report in reports)
    assert sold == sum(order.total for order in orders)


def test_it_is_believable() -> None:
    orders = [event for event in made().events if event.type == ORDER_COMMITTED]
    by_day = Counter(event.date for event in orders)
    assert by_day["2026-11-21"] > by_day["2026-11-17"]  # a Saturday has more than a Tuesday
    times = [event.facts.time for event in orders if isinstance(event.facts.time, str)]
    assert min(times) >= "07:00" and max(times) < "21:30"
    members = Counter(event.facts.member.id for event in orders if event.facts.member)
    assert 0.25 < members.total() / len(orders) < 0.7
    assert members.most_common(1)[0][1] > 2 * members.total() / len(members)  # there are regulars
    tenders = {share.kind for event in orders if isinstance(event.settled, OrderRecord)
               for share in event.settled.tenders}  # fmt: skip
    assert tenders >= {"cash", "wechat", "alipay", "card"}
    totals = [event.settled.total for event in orders if isinstance(event.settled, OrderRecord)]
    assert 2_000 < sum(totals) / len(totals) < 12_000  # a bakery's ticket


def test_months_have_all_that_happens_in_a_shop() -> None:
    events = made(Plan(LAST, days=30, orders_a_day=16, seed=4)).events
    assert {event.type for event in events} >= {
        "staff.signed_in", "shift.opened", "shift.closed", "drawer.moved", "order.committed",
        "order.returned", "order.parked",
        "member.enrolled", "member.activated", "presence.checked_in", "coupon.claimed",
    }  # fmt: skip
    fired = {
        each.program
        for event in events
        if isinstance(event.settled, OrderRecord)
        for each in event.settled.applied
    }
    assert fired >= {"earn-normal", "qualify", "member-price", "buns-3-1", "coupon-5", "pay-gift", "recharge"}


def test_lin_is_as_the_demo_needs_her() -> None:
    """She never came, so she is still 120 below gold; and she has the coupon of the demo."""
    hers = [event for event in made().events if event.facts.member and event.facts.member.id == "mw0001"]
    (called,) = hers
    assert (called.type, called.date) == ("manual", "2026-11-20")
    given = {transfer.unit for transfer in called.transfers if transfer.credit == "member:mw0001"}
    assert "CPN:full-100-50" in given
    assert "QPT" not in given


def test_the_command_fills_a_new_folder_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(tmp_path / "new"), "--days", "1", "--orders", "3"]
    assert main(arguments) == 0
    assert "orders=" in capsys.readouterr().out
    with pytest.raises(FileExistsError):
        main(arguments)
