"""What tills did, as one batch sees and writes it: orders, their returns, parked baskets and shifts.

Owns the tables orders, order_returns, parked and shifts of ledger.db; all of them follow from the events of
acts that were done, and hold nothing of their own but where to find those. A batch sees its own changes
first. A shift's sums are gateway/core/orders/sums.py's, event by event.

Invariant: prepare() changes nothing and raises EventError for what must not be; keep() cannot fail.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from gateway.core.errors import EventError
from gateway.core.event import Event, canonical
from gateway.core.model import DONE
from gateway.core.orders import sums
from gateway.core.orders.model import (
    CloseShift,
    GoBack,
    MoveCash,
    OpenShift,
    OrderRecord,
    Park,
    ReturnRecord,
    Sell,
    ShiftSums,
)

_ORDER = "SELECT id, seq, at_ms, till, shift, member, total FROM orders WHERE "
_ONE_ORDER = _ORDER + "id = ?"
_NEWEST = _ORDER + "at_ms >= ? ORDER BY at_ms DESC, seq DESC LIMIT ?"
_OF_MEMBER = _ORDER + "member = ? AND at_ms >= ? ORDER BY at_ms DESC, seq DESC LIMIT ?"
_INSERT_ORDER = "INSERT INTO orders(id, seq, at_ms, till, shift, member, total) VALUES(?, ?, ?, ?, ?, ?, ?)"
_RETURNS = "SELECT seq FROM order_returns WHERE order_id = ? ORDER BY seq"
_RETURNED = (
    "SELECT r.order_id, r.seq FROM orders o JOIN order_returns r ON r.order_id = o.id"
    " WHERE o.member = ? AND o.at_ms >= ? ORDER BY r.seq"
)
_INSERT_RETURN = "INSERT INTO order_returns(seq, order_id) VALUES(?, ?)"
_PARKED = "SELECT seq FROM parked WHERE name = ?"
_ALL_PARKED = "SELECT name, seq FROM parked ORDER BY seq LIMIT ?"
_PUT_PARKED = "INSERT INTO parked(name, seq) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET seq = excluded.seq"
_DELETE_PARKED = "DELETE FROM parked WHERE name = ?"
_SHIFT = "SELECT id, till, staff, seq, closed, sums FROM shifts WHERE "
_ONE_SHIFT = _SHIFT + "id = ?"
_OPEN_SHIFT = _SHIFT + "till = ? AND closed IS NULL"
_PUT_SHIFT = (
    "INSERT INTO shifts(id, till, staff, seq, closed, sums) VALUES(?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(id) DO UPDATE SET closed = excluded.closed, sums = excluded.sums"
)

PARKED_SHOWN_MAX = 500  # a store has some dozens; more is a till that never takes one up again

_sums = msgspec.json.Decoder(ShiftSums).decode


class OrderRow(NamedTuple):
    """An order of event `seq`; `shift` is "" where none was open."""

    id: str
    seq: int
    at_ms: int
    till: str
    shift: str
    member: str | None
    total: int


class ShiftRow(NamedTuple):
    """A shift of event `seq`, opened by the actor `staff`; `closed` is the event that ended it."""

    id: str
    till: str
    staff: str
    seq: int
    closed: int | None
    sums: ShiftSums


class Changes(NamedTuple):
    """What one event does to the tables; None where it does nothing to one."""

    order: OrderRow | None = None
    returned: tuple[int, str] | None = None
    parked: tuple[str, int | None] | None = None
    shift: ShiftRow | None = None


NO_CHANGES = Changes()


class TillBook:
    """The four tables as one batch leaves them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._orders: dict[str, OrderRow] = {}
        self._returns: list[tuple[int, str]] = []
        self._parked: dict[str, int | None] = {}  # None: taken up or forgotten in this batch
        self._shifts: dict[str, ShiftRow] = {}

    def order(self, id_: str) -> OrderRow | None:
        """An order by the random of its event."""
        if id_ in self._orders:
            return self._orders[id_]
        return _order(self._db.execute(_ONE_ORDER, (id_,)))

    def orders(self, members: Iterable[str] | None, since_ms: int, limit: int) -> list[OrderRow]:
        """At most so many orders since then, the newest first: of these ids of a member, or of everybody."""
        found = list(self._orders.values())
        if members is None:
            found += map(OrderRow._make, self._db.execute(_NEWEST, (since_ms, limit)))
        else:
            names = set(members)
            found = [row for row in found if row.member in names]
            for name in sorted(names):
                found += map(OrderRow._make, self._db.execute(_OF_MEMBER, (name, since_ms, limit)))
        recent = [row for row in found if row.at_ms >= since_ms]
        return sorted(recent, key=lambda row: (row.at_ms, row.seq), reverse=True)[:limit]

    def order_returns(self, id_: str) -> list[int]:
        """The seqs of the events that returned something of an order, or voided it."""
        stored = [row[0] for row in self._db.execute(_RETURNS, (id_,))]
        return stored + [seq for seq, order in self._returns if order == id_]

    def returned(self, members: Iterable[str], since_ms: int) -> dict[str, list[int]]:
        """As order_returns(), of every order since then of these ids of a member, by order."""
        names, found = set(members), dict[str, list[int]]()
        for name in sorted(names):
            for order, seq in self._db.execute(_RETURNED, (name, since_ms)):
                found.setdefault(order, []).append(seq)
        for seq, order in self._returns:
            row = self.order(order)
            if row is not None and row.member in names and row.at_ms >= since_ms:
                found.setdefault(order, []).append(seq)
        return found

    def parked(self, name: str) -> int | None:
        """The seq of the event that parked this order last; None where none is parked under the name."""
        if name in self._parked:
            return self._parked[name]
        row = self._db.execute(_PARKED, (name,)).fetchone()
        return row[0] if row else None

    def all_parked(self) -> list[tuple[str, int]]:
        """Name and seq of every parked order, the oldest first."""
        found = dict(self._db.execute(_ALL_PARKED, (PARKED_SHOWN_MAX,)).fetchall())
        found.update(self._parked)
        return sorted(((name, seq) for name, seq in found.items() if seq), key=lambda row: row[1])

    def shift(self, id_: str) -> ShiftRow | None:
        """A shift, open or closed."""
        if id_ in self._shifts:
            return self._shifts[id_]
        return _shift(self._db.execute(_ONE_SHIFT, (id_,)))

    def open_shift(self, till: str) -> ShiftRow | None:
        """The shift that is open at a till."""
        for row in self._shifts.values():
            if row.till == till and row.closed is None:
                return row
        stored = _shift(self._db.execute(_OPEN_SHIFT, (till,)))
        return None if stored is None or stored.id in self._shifts else stored

    def prepare(self, event: Event) -> Changes:
        """What an event changes, if its act was done; raises EventError if it must not be."""
        act, settled = event.act, event.settled
        if event.outcome.name != DONE:
            return NO_CHANGES
        if isinstance(act, OpenShift):
            return Changes(shift=self._opened(event, act))
        if isinstance(act, MoveCash):
            return Changes(shift=self._counted(event, act.shift))
        if isinstance(act, CloseShift):
            return Changes(shift=self._counted(event, act.shift, event.seq))
        if isinstance(act, Park):
            return Changes(parked=(act.parked, None if act.basket is None else event.seq))
        if isinstance(act, Sell) and isinstance(settled, OrderRecord):
            return self._sold(event, act, settled)
        if isinstance(act, GoBack) and isinstance(settled, ReturnRecord):
            if self.order(act.order) is None:
                raise EventError("order_unknown", act.order[:64])
            return Changes(returned=(event.seq, act.order), shift=self._counted(event, settled.shift))
        return NO_CHANGES

    def keep(self, changes: Changes) -> None:
        """Make changes that were prepared."""
        if changes.order is not None:
            self._orders[changes.order.id] = changes.order
        if changes.returned is not None:
            self._returns.append(changes.returned)
        if changes.parked is not None:
            self._parked.update((changes.parked,))
        if changes.shift is not None:
            self._shifts[changes.shift.id] = changes.shift

    def write(self) -> None:
        """All statements of the batch."""
        if self._orders:
            self._db.executemany(_INSERT_ORDER, self._orders.values())
        if self._returns:
            self._db.executemany(_INSERT_RETURN, self._returns)
        for name, seq in self._parked.items():
            if seq is None:
                self._db.execute(_DELETE_PARKED, (name,))
            else:
                self._db.execute(_PUT_PARKED, (name, seq))
        # Closed ones first: a till's next shift may be opened in the same batch.
        for row in sorted(self._shifts.values(), key=lambda shift: shift.closed is None):
            self._db.execute(_PUT_SHIFT, (*row[:5], canonical(row.sums)))

    def _sold(self, event: Event, act: Sell, settled: OrderRecord) -> Changes:
        id_ = event.random
        if self.order(id_) is not None:
            raise EventError("order_reused", id_[:64])
        row = OrderRow(id_, event.seq, event.at, settled.till, settled.shift, settled.member, settled.total)
        ended = None if act.parked is None else (act.parked, None)
        return Changes(order=row, parked=ended, shift=self._counted(event, settled.shift))

    def _opened(self, event: Event, act: OpenShift) -> ShiftRow:
        if self.open_shift(act.till) is not None or self.shift(event.random) is not None:
            raise EventError("shift_taken", act.till[:64])
        staff = "" if event.actor is UNSET else event.actor
        begun = sums.after(sums.NOTHING, event)
        return ShiftRow(event.random, act.till, staff, event.seq, None, begun)

    def _counted(self, event: Event, shift: str, closed: int | None = None) -> ShiftRow | None:
        """The shift with an event added to it; None for "", which is no shift."""
        if not shift:
            return None
        row = self.shift(shift)
        if row is None or row.closed is not None:
            raise EventError("shift_unknown", shift[:64])
        return row._replace(sums=sums.after(row.sums, event), closed=closed)


def _order(rows: Iterable[Any]) -> OrderRow | None:
    return next(map(OrderRow._make, rows), None)


def _shift(rows: Iterable[Any]) -> ShiftRow | None:
    found = next(iter(rows), None)
    if found is None:
        return None
    id_, till, staff, seq, closed, told = found
    return ShiftRow(id_, till, staff, seq, closed, _sums(told))
