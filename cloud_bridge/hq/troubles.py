"""Exceptions: what a person must look at, raised once for what it is about, and resolved when it is over."""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select, update

from cloud_bridge.hq import models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.books import Books
from cloud_bridge.hq.database import Row, insert_absent, pieces
from cloud_bridge.hq.lease import rest
from cloud_bridge.hq.settling import is_shared
from gateway.core.promises import HQ, MEMBER, RIGHT, SUSPENSE

RAISED: Final = "raised"
LIMIT: Final = "USE:"
RESOLVED: Final = "resolved"
OVERSPENT: Final = "overspent"  # more of a lot was given than there was
OVERDRAWN: Final = "overdrawn"  # a gateway's own numbers do not add up
NOT_BOOKED: Final = "not_booked"  # an event's transfers or act cannot be read here
WRITTEN_OFF: Final = "rights_written_off"
FELL_BACK: Final = "report_fell_back"  # a gateway's own numbers are below what HQ knows of it
CAP_EXCEEDED: Final = "cap_exceeded"  # two members were merged and had used a limit twice
CARD_TAKEN: Final = "card_taken"  # two stores gave one card to two members
PERSON_DIFFERS: Final = "person_differs"  # a name that does not give its event's commitment
PHONE_CLOSED: Final = "phone_closed"  # of a gateway: no key of HQ's opens the phone numbers it sends
PHONE_DIFFERS: Final = "phone_differs"  # a phone number that is not what its store knows it by
MAYBE_ONE: Final = "maybe_one_person"  # a phone that a till verified is another member's too
CODE_TWICE: Final = "code_twice"  # one rotating code was taken by two events
CODE_UNPROVED: Final = "code_unproved"  # something was spent by a code that was not shown for it
FORGOTTEN_MONEY: Final = "forgotten_money"  # somebody was forgotten, and has money left
LOTS_LOOKED_AT_MAX: Final = 50  # uses of one lot that are compared: a coupon has one, a balance some dozens


class Where(NamedTuple):
    """The event an exception points at."""

    gateway: str
    seq: int
    hash: bytes


def raise_trouble(
    connection: Connection, where: Where, kind: str, about: str, detail: dict[str, Any], now_ms: int
) -> bool:
    """Record an exception unless it was raised before; whether it is new."""
    row: Row = {
        # Of what an event says of itself anything may be in it; PostgreSQL's texts hold no zero byte.
        "key": f"{kind}:{''.join(sign if sign.isprintable() else '?' for sign in about)}",
        **where._asdict(),
        "kind": kind,
        "detail": json.dumps(detail, ensure_ascii=False),
        "raised_ms": now_ms,
        "state": RAISED,
    }
    return insert_absent(connection, models.exceptions, row, ["key"])


def resolve(connection: Connection, kind: str, about: Sequence[str]) -> None:
    """These are over: what was missing came back."""
    table = models.exceptions
    for piece in pieces([f"{kind}:{one}" for one in about]):
        mine = table.c.key.in_(piece) & (table.c.state == RAISED)
        connection.execute(update(table).where(mine).values(state=RESOLVED))


class Use(NamedTuple):
    """One time a lot was used: by right before at risk, then the earliest; the last of them is the loser."""

    at_risk: bool
    at_ms: int
    gateway: str
    seq: int
    branch: int
    amount: int


def find_overspent(connection: Connection, books: Books, lots: Sequence[str], now_ms: int) -> list[str]:
    """Raise what can never be settled of these lots by now, resolve what could; the kinds that are new."""
    kept = sorted(lot for lot in lots if is_shared(books, lot) and not _is_limit(books, lot))
    short = {lot: missing for lot in kept if (missing := books.shortfall(lot)) > 0}
    resolve(connection, OVERSPENT, [lot for lot in kept if lot not in short])
    raised = []
    for lot, missing in short.items():
        if books.pool(lot).free <= 0 and not _is_out(books, lot):
            raised += _raise_overspent(connection, books, lot, missing, now_ms)
    return raised


def _is_limit(books: Books, lot: str) -> bool:
    """Whether nothing was given but leave: of limits, CAP_EXCEEDED tells."""
    return books.natures[lot].unit.startswith(LIMIT)


def _is_out(books: Books, lot: str) -> bool:
    """Whether a gateway still holds rights that were asked back."""
    return any(
        books.lease(key).asked_back > 0 and rest(books.lease(key), books.holder(*key)) > 0
        for key in books.live_holders(lot)
    )


def _raise_overspent(connection: Connection, books: Books, lot: str, short: int, now_ms: int) -> list[str]:
    found = uses(connection, lot)
    if not found:
        return []
    loser, winner = found[-1], found[0]
    owner, unit, _ = books.key(lot)
    detail = {
        "lot": lot,
        "owner": owner,
        "unit": unit,
        "amount": short,
        "loser": _place(loser),
        "winner": None if winner is loser else _place(winner),
    }
    where = Where(loser.gateway, loser.seq, _hash(connection, loser))
    if raise_trouble(connection, where, OVERSPENT, lot, detail, now_ms):
        return [OVERSPENT]
    table = models.exceptions
    told: Row = {**where._asdict(), "detail": json.dumps(detail, ensure_ascii=False), "state": RAISED}
    connection.execute(update(table).where(table.c.key == f"{OVERSPENT}:{lot}").values(**told))
    return []


def _place(use: Use) -> dict[str, Any]:
    return {"gateway": use.gateway, "seq": use.seq, "at": use.at_ms, "at_risk": use.at_risk}


def uses(connection: Connection, lot: str) -> list[Use]:
    """Where a lot was used, by right first, then the earliest: who loses comes last."""
    table = tables.transfers
    used = (table.c.debit_lot == lot) & table.c.phase.is_(None) & (table.c.log != HQ)
    gone = ~table.c.credit.startswith(RIGHT) & ~table.c.credit.startswith(MEMBER)
    query = select(table).where(used, gone).order_by(table.c.at_ms.desc()).limit(LOTS_LOOKED_AT_MAX)
    found = [
        Use(row.debit == SUSPENSE, row.at_ms, row.log, row.seq, row.branch, row.amount)
        for row in connection.execute(query)
    ]
    return sorted(found)


def _hash(connection: Connection, use: Use) -> bytes:
    table = models.events
    mine = (table.c.gateway == use.gateway) & (table.c.seq == use.seq) & (table.c.branch == use.branch)
    found = connection.scalar(select(table.c.hash).where(mine))
    assert isinstance(found, bytes), "a transfer is booked with its event"
    return found
