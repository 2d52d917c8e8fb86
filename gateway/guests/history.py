"""What happened to a member in this store, for their own page: one row an event, the newest first; and the
order behind a receipt's code.

    Row      {at, kind, title{}, amount|null, points|null, till|null, order|null, place|null}
    Receipt  {order, at, store, lines:[{name{}, quantity, total}], total, points, returned, member|null}

`amount` is money in minor units: what was paid, or given back where it is negative. `points` came or, where
negative, went by that event. `place` is the zone of the store's plan where somebody was seen. What only moves
rights between logs happened to nobody, and has no row.
"""

from collections.abc import Collection, Iterator
from typing import Any

from msgspec import UNSET

from gateway.batch import Batch
from gateway.core import model
from gateway.core.event import Event
from gateway.core.orders.model import GoBack, OrderRecord, ReturnRecord, Run, RunRecord, Sell
from gateway.core.promises import (
    MEMBER,
    POINTS,
    POSTED,
    Change,
    Consent,
    Enrol,
    Expire,
    Here,
    Link,
    Post,
    Release,
    Reverse,
)
from gateway.guests.view import ERASED, GIFTS
from gateway.guests.words import Text, both, purpose_name, unit_name
from gateway.live import Data
from gateway.member_view import template_name
from gateway.sales import parse_receipt_code
from gateway.till_facts import order_named

LOST = "lost"


def history(batch: Batch, member: str, limit: int) -> list[Data]:
    """At most so many rows of a member, under every name."""
    owners = [MEMBER + name for name in batch.lookup.names(member)]
    rows: list[Data] = []
    for seq in sorted(_seqs(batch, owners, limit), reverse=True):
        row = _row(batch, batch.page.event(seq), owners)
        if row is not None and len(rows) < limit:
            rows.append(row)
    return rows


def receipt(batch: Batch, code: str) -> Data | None:
    """The order that a receipt's code names; None where this store has none by it."""
    if parse_receipt_code(code) is None:
        return None
    order = batch.page.tills.order(order_named(batch, code.strip()))
    event = None if order is None else batch.page.event(order.seq)
    if order is None or event is None or not isinstance(event.settled, OrderRecord):
        return None
    record = event.settled
    known = None if record.member is None else batch.lookup.member(record.member)
    return {
        "order": order.id,
        "at": event.at,
        "store": batch.store,
        "lines": [{"name": line.name, "quantity": line.quantity, "total": line.net} for line in record.lines],
        "total": record.total,
        "points": sum(each.amount for each in record.applied if (each.does, each.unit) == ("credit", POINTS)),
        "returned": bool(batch.page.tills.order_returns(order.id)),
        "member": None if known is None or known.status == ERASED else known.id,
    }


def _seqs(batch: Batch, owners: list[str], limit: int) -> set[int]:
    """Events that may have a row, of which the newest so many are whole."""
    page, found = batch.page, set[int]()
    names = [owner.removeprefix(MEMBER) for owner in owners]
    for owner in owners:
        found.update(page.newest(owner, 2 * limit))  # some of them only move rights
    for order in page.tills.orders(names, 0, limit):
        found.add(order.seq)
        found.update(page.tills.order_returns(order.id))
    for name in names:
        found.update(row.seq for row in page.instruments(name))
        found.update(row.seq for row in page.consents(name))
        found.update(page.visits.of(name, limit))
        made = page.member(name)
        found.update(() if made is None else (made.seq,))
    return found


def _row(batch: Batch, event: Event, owners: Collection[str]) -> Data | None:
    if event.outcome.name != model.DONE or event.act is UNSET:
        return None
    kind, title, more = _told(batch, event, owners)
    if kind is None:
        return None
    points = _points(event, owners)
    till = getattr(event.act, "till", None)
    plain = {"amount": None, "points": points or None, "till": till, "order": None, "place": None}
    return {"at": event.at, "kind": kind, "title": title, **plain, **more}


def _told(batch: Batch, event: Event, owners: Collection[str]) -> tuple[str | None, Text, Data]:
    """What kind of thing it was, in words; kind None where it is nothing to tell."""
    act, record = event.act, event.settled
    if isinstance(act, Sell) and isinstance(record, OrderRecord):
        return "order", both("order"), {"amount": record.total, "order": event.random}
    if isinstance(act, GoBack) and isinstance(record, ReturnRecord):
        kind = "void" if record.void else "return"
        return kind, both(kind), {"amount": -record.total, "order": record.order}
    if isinstance(act, Run) and isinstance(record, RunRecord):
        return _of_run(event, record)
    if isinstance(act, Enrol):
        return "enrolled", both("enrolled"), {}
    if isinstance(act, Link):
        return "card", both("card_linked"), {}
    if isinstance(act, Change):
        return "card", both("card_lost" if act.status == LOST else "card_changed"), {}
    if isinstance(act, Consent):
        word = "consent_given" if act.given else "consent_ended"
        return "consent", both(word, purpose=purpose_name(act.purpose)), {}
    if isinstance(act, Here):
        return "visit", both("visit_by_" + act.proof), {"place": act.place or None}
    moved = _of_transfers(act, event, owners)
    return (None, {}, {}) if moved is None else (moved, both(moved, what=_what(batch, event, owners)), {})


def _of_run(event: Event, record: RunRecord) -> tuple[str | None, Text, Data]:
    """Programs: in the words of the first that gave something."""
    checked_in = event.type == model.CHECKED_IN
    gifts = [each for each in record.applied if each.does in GIFTS]
    if gifts:
        return "checked_in" if checked_in else "gift", gifts[0].because, {}
    if event.type == model.VISIT_CONSUMED and record.applied:
        return "used", record.applied[0].because, {}
    return ("checked_in", both("checked_in"), {}) if checked_in else (None, {}, {})


def _of_transfers(act: Any, event: Event, owners: Collection[str]) -> str | None:
    """What an act that only moves amounts is to a member."""
    if isinstance(act, Expire):
        return "expired"
    if isinstance(act, Reverse):
        return "reversed"
    if isinstance(act, Release):
        return "used" if act.verdict == POSTED else None
    if isinstance(act, Post):
        return "used" if any(each.debit in owners for each in event.transfers) else "posted"
    return None


def _what(batch: Batch, event: Event, owners: Collection[str]) -> Text:
    """The name of the first unit of the member's that moved."""
    units: Iterator[str] = (
        each.unit for each in event.transfers if each.debit in owners or each.credit in owners
    )
    unit = next(units, "")
    return template_name(batch.cache.bundle, unit) or unit_name(unit)


def _points(event: Event, owners: Collection[str]) -> int:
    moved = [each for each in event.transfers if each.unit == POINTS and each.phase is UNSET]
    came = sum(each.amount for each in moved if each.credit in owners)
    return came - sum(each.amount for each in moved if each.debit in owners)
