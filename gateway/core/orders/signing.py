"""A member of staff begins to work, and a PIN is set: who did it, never the digits. Pure."""

from msgspec import UNSET

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.model import Bundle
from gateway.core.orders import spender, staff
from gateway.core.orders.model import SetPin, SignIn
from gateway.core.orders.spender import RIGHT
from gateway.core.promises import MEMBER, STAFF
from gateway.core.spending import LIVE

_PIN_REFUSALS = {"wrong": model.PIN_WRONG, "locked": model.PIN_LOCKED}


def sign_in(bundle: Bundle, draft: Draft, act: SignIn) -> None:
    """Somebody whom this store knows, of a role that the bundle knows, and by PIN only with the right one."""
    known = draft.facts.staff
    if known is UNSET or known is None or known.id != act.staff:
        raise Refusal(model.STAFF_UNKNOWN)
    if act.by == "pin":
        check_pin(draft)
    if staff.role_of(bundle, known) is None:
        raise Refusal(model.NOT_ALLOWED)


def set_pin(bundle: Bundle, draft: Draft, act: SetPin) -> None:
    """A PIN of a member's or of staff's; whoever works here sets their own, and others' only if they may."""
    own = draft.given.actor == act.owner
    if act.owner.startswith(STAFF) and act.owner != STAFF:
        staff.clerk_of(bundle, draft, None if own else staff.APPROVE)
    elif act.owner.startswith(MEMBER):
        staff.clerk_of(bundle, draft, staff.PIN)
        _check_member(draft, act.owner)
    else:
        raise Refusal(model.BAD_AMOUNT)


def check_pin(draft: Draft) -> None:
    """Nothing, if the right PIN was typed for this act; Refusal otherwise."""
    found = draft.facts.pin
    if found != RIGHT:
        raise Refusal(_PIN_REFUSALS.get(str(found), model.PIN_NEEDED))


def check_spender(draft: Draft) -> None:
    """As check_pin(), or a code that the member has shown stands for it; no staff signs in by one."""
    if draft.facts.pin is not UNSET or spender.shown(draft) is None:
        check_pin(draft)


def _check_member(draft: Draft, owner: str) -> None:
    member = draft.facts.member
    if member is None or MEMBER + member.id != owner:
        raise Refusal(model.MEMBER_UNKNOWN)
    if member.status not in LIVE:
        raise Refusal(model.MEMBER_BLOCKED)
