"""What tills did, as a log's projection: orders, returns, parked baskets and shifts with their sums. Pure.

Invariants: at each till one shift is open at most; an order or a return that names a shift lies within it; a
return is of an order of this log. check() raises before anything is changed, note() never.
"""

from typing import NamedTuple

from msgspec import UNSET

from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.core.model import DONE
from gateway.core.orders import sums
from gateway.core.orders.model import (
    CloseShift,
    OpenShift,
    OrderRecord,
    Park,
    ReturnRecord,
    Sell,
    ShiftSums,
)


class ShiftRow(NamedTuple):
    """A shift: at which till, who opened it, by which event; `closed` is the event that ended it."""

    till: str
    staff: str
    seq: int
    closed: int | None
    sums: ShiftSums


class Tills(NamedTuple):
    """By name: seqs of orders, of their returns in order, and of parked baskets; and shifts."""

    orders: dict[str, int]
    returns: dict[str, tuple[int, ...]]
    parked: dict[str, int]
    shifts: dict[str, ShiftRow]

    def open_at(self, till: str) -> str | None:
        """The shift that is open at a till."""
        rows = self.shifts.items()
        return next((name for name, row in rows if row.till == till and row.closed is None), None)


def no_tills() -> Tills:
    """Before the first event."""
    return Tills({}, {}, {}, {})


def check(tills: Tills, event: Event) -> None:
    """Nothing, if an event can follow; EventError where it names what is not there."""
    if event.outcome.name != DONE:
        return
    act, settled = event.act, event.settled
    if isinstance(act, OpenShift):
        if tills.open_at(act.till) is not None or event.random in tills.shifts:
            raise EventError("shift_taken", act.till)
        return
    if isinstance(settled, ReturnRecord) and settled.order not in tills.orders:
        raise EventError("order_unknown", settled.order[:64])
    shift = sums.shift_of(event)
    if shift is not None:
        row = tills.shifts.get(shift)
        if row is None or row.closed is not None:
            raise EventError("shift_unknown", shift[:64])


def note(tills: Tills, event: Event) -> None:
    """What an event that passed check() changes."""
    if event.outcome.name != DONE:
        return
    act, settled = event.act, event.settled
    if isinstance(settled, OrderRecord):
        tills.orders[event.random] = event.seq
    elif isinstance(settled, ReturnRecord):
        tills.returns[settled.order] = (*tills.returns.get(settled.order, ()), event.seq)
    if isinstance(act, Sell) and act.parked is not None:
        tills.parked.pop(act.parked, None)
    elif isinstance(act, Park):
        _note_park(tills, event, act)
    _note_shift(tills, event)


def _note_park(tills: Tills, event: Event, act: Park) -> None:
    if act.basket is None:
        tills.parked.pop(act.parked, None)
    else:
        tills.parked[act.parked] = event.seq


def _note_shift(tills: Tills, event: Event) -> None:
    name, act = sums.shift_of(event), event.act
    if name is None:
        return
    if isinstance(act, OpenShift):
        actor = "" if event.actor is UNSET else event.actor
        tills.shifts[name] = ShiftRow(act.till, actor, event.seq, None, sums.after(sums.NOTHING, event))
        return
    row = tills.shifts[name]
    closed = event.seq if isinstance(act, CloseShift) else None
    tills.shifts[name] = row._replace(closed=closed, sums=sums.after(row.sums, event))
