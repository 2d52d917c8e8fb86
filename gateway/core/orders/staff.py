"""Who asks at a till, in which shift, and how far they may go alone. Pure.

An actor "staff:<id>" is a signed-in member of staff: known here, of a role that may, and for what moves money
within an open shift. Everybody else holds a token of the gateway ("pos", "staff:console") or is the gateway:
no role limits them, and their shift is optional. A device asks for nothing but runs of programs.
"""

from typing import NamedTuple

from msgspec import UNSET, UnsetType

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.model import Bundle
from gateway.core.orders.model import ShiftFact, Staff
from gateway.core.programs.model import Role
from gateway.core.promises import STAFF

CONSOLE = "staff:console"
DEVICE = "device:"
SELL, RETURN, VOID, PRICE, GRANT, ENROL, PIN, SHIFT, APPROVE = (
    "sell", "return", "void", "price", "grant", "enrol", "pin", "shift", "approve",
)  # fmt: skip
NO_SHIFT = ""


class Clerk(NamedTuple):
    """Who asks: role None for a token, which no role limits; `shift` NO_SHIFT where none is open."""

    staff: Staff | None
    role: Role | None
    shift: str


def clerk_at(bundle: Bundle, draft: Draft, verb: str, till: str, approver: str | None = None) -> Clerk:
    """Who asks at this till for what moves money; Refusal where they may not, or have no shift."""
    clerk = clerk_of(bundle, draft, verb, approver)
    shift = _shift_at(draft.facts.shift, till)
    if shift is None and clerk.role is not None:
        raise Refusal(model.SHIFT_UNKNOWN)
    return clerk._replace(shift=NO_SHIFT if shift is None else shift.shift)


def clerk_of(bundle: Bundle, draft: Draft, verb: str | None, approver: str | None = None) -> Clerk:
    """Who asks, wherever they are; `verb` None: any role may. Refusal where they may not."""
    _check_approver(draft, approver)
    actor = draft.given.actor
    if actor is UNSET:
        raise EventError("undecidable", "actor")
    if not actor.startswith(STAFF) or actor == CONSOLE:
        if verb is not None and actor.startswith(DEVICE):
            raise Refusal(model.NOT_ALLOWED)
        return Clerk(None, None, NO_SHIFT)
    staff = draft.facts.staff
    if staff is UNSET or staff is None or STAFF + staff.id != actor:
        raise Refusal(model.STAFF_UNKNOWN)
    role = role_of(bundle, staff)
    if role is None or (verb is not None and verb not in role.may):
        raise Refusal(model.NOT_ALLOWED)
    return Clerk(staff, role, NO_SHIFT)


def check_limit(bundle: Bundle, draft: Draft, clerk: Clerk, amount: int, limit: str) -> None:
    """Nothing, if the role's field `limit` covers an amount or somebody who may approves; else Refusal."""
    if clerk.role is None or amount <= getattr(clerk.role, limit):
        return
    check_approved(bundle, draft, clerk)


def check_role(draft: Draft, clerk: Clerk, roles: set[str]) -> None:
    """Nothing, if who asks or who approves has one of these roles; Refusal otherwise."""
    approver = draft.facts.approver
    known = None if approver is UNSET else approver
    if clerk.staff is None or clerk.staff.role in roles:
        return
    if known is None or known.role not in roles:
        raise Refusal(model.APPROVAL_NEEDED if known is None else model.NOT_ALLOWED)


def check_approved(bundle: Bundle, draft: Draft, clerk: Clerk) -> None:
    """Nothing, if somebody else who may approves; Refusal otherwise."""
    approver = draft.facts.approver
    if approver is UNSET or approver is None:
        raise Refusal(model.APPROVAL_NEEDED)
    role = role_of(bundle, approver)
    alone = clerk.staff is not None and clerk.staff.id == approver.id
    if alone or role is None or APPROVE not in role.may:
        raise Refusal(model.NOT_ALLOWED)


def role_of(bundle: Bundle, staff: Staff) -> Role | None:
    """What this bundle says of somebody's role."""
    roles = () if bundle.roles is UNSET else bundle.roles
    return next((role for role in roles if role.code == staff.role), None)


def _check_approver(draft: Draft, named: str | None) -> None:
    """Who approves is who was named: conditions of programs read it, so nobody may be there unasked."""
    approver = draft.facts.approver
    known = None if approver is UNSET else approver
    if known is None and named is not None:
        raise Refusal(model.STAFF_UNKNOWN)
    if known is not None and known.id != named:
        raise EventError("bad_facts", "approver")


def _shift_at(shift: ShiftFact | UnsetType | None, till: str) -> ShiftFact | None:
    return shift if shift is not UNSET and shift is not None and shift.till == till else None
