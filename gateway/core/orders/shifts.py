"""Opening a shift, moving cash, and closing it with what was counted. Pure.

A shift is named by the random of the event that opened it. One is open at a till at most.
"""

from msgspec import UNSET

from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.model import Bundle
from gateway.core.orders import staff
from gateway.core.orders.model import CloseShift, MoveCash, OpenShift, ShiftRecord
from gateway.core.orders.sums import are_sound, expected


def open_shift(bundle: Bundle, draft: Draft, act: OpenShift) -> None:
    """A shift begins, where none is open at the till."""
    staff.clerk_of(bundle, draft, staff.SHIFT)
    if draft.facts.shift is UNSET:
        raise EventError("bad_facts", "shift")
    if draft.facts.shift is not None:
        raise Refusal(model.SHIFT_TAKEN)


def move_cash(bundle: Bundle, draft: Draft, act: MoveCash) -> None:
    """Cash goes into the drawer, or out of it."""
    clerk = staff.clerk_at(bundle, draft, staff.SHIFT, act.till)
    _check_shift(clerk, act.shift)
    if not act.amount:
        raise Refusal(model.BAD_AMOUNT)


def close_shift(bundle: Bundle, draft: Draft, act: CloseShift) -> None:
    """The shift ends; what is missing or too much in the drawer is told, and approved above the limit."""
    clerk = staff.clerk_at(bundle, draft, staff.SHIFT, act.till, act.approver)
    _check_shift(clerk, act.shift)
    sums = draft.facts.sums
    if sums is UNSET or not are_sound(sums):
        raise EventError("bad_facts", "sums")
    due = expected(sums)
    difference = act.counted - due
    staff.check_limit(bundle, draft, clerk, abs(difference), "return_max")
    if abs(due) > AMOUNT_MAX:
        raise EventError("bad_facts", "sums")
    draft.settled = ShiftRecord(act.shift, act.till, sums, act.counted, difference, due)


def _check_shift(clerk: staff.Clerk, shift: str) -> None:
    if not shift or clerk.shift != shift:
        raise Refusal(model.SHIFT_UNKNOWN)
