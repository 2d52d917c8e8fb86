"""What a card or code at a terminal is that is no member's: a badge, a coupon, nothing of ours. Pure.

A badge says nothing of what its owner may do: signing in is an act of its own
(gateway/core/orders/signing.py), and so is whatever a coupon leads to.
"""

from msgspec import UNSET

from gateway.core import model
from gateway.core.model import Bundle, Facts, Input, Outcome
from gateway.core.orders.model import Staff
from gateway.core.orders.staff import role_of

SIGNED_IN = "signed_in"  # whose badge it is begins to work at this terminal
SIGNED_OUT = "signed_out"  # who worked at this terminal showed the badge once more
STAFF_LEFT = "staff_left"  # the badge of somebody who does not work here any more
STAFF_ROLE = "staff_role"  # of somebody whose role the bundle does not know


def recognise(bundle: Bundle, facts: Facts, given: Input, late: bool) -> Outcome:
    """What was shown that no instrument of a member's is."""
    if facts.staff is not UNSET:
        return _badge(bundle, facts, facts.staff, late)
    if facts.coupon is not UNSET:
        return Outcome(late, model.COUPON_SHOWN)
    known = given.setting.cache.generation is not None
    return Outcome(late, model.UNKNOWN, reason=model.NOT_KNOWN if known else model.NO_CACHE)


def _badge(bundle: Bundle, facts: Facts, staff: Staff | None, late: bool) -> Outcome:
    """AT_WORK; BLOCKED for who may not work here any more."""
    if staff is None:
        return Outcome(late, model.BLOCKED, reason=STAFF_LEFT)
    if role_of(bundle, staff) is None:
        return Outcome(late, model.BLOCKED, reason=STAFF_ROLE)
    if facts.attending is UNSET:
        return Outcome(late, model.AT_WORK)
    return Outcome(late, model.AT_WORK, reason=SIGNED_OUT if facts.attending == staff.id else SIGNED_IN)
