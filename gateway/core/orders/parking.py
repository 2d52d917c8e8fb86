"""Keeping a basket under a name for later, or forgetting it. Pure."""

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.model import Bundle
from gateway.core.orders import staff
from gateway.core.orders.model import Park


def park(bundle: Bundle, draft: Draft, act: Park) -> None:
    """The basket waits under its name from now on; None forgets what waited there."""
    staff.clerk_at(bundle, draft, staff.SELL, act.till)
    if act.basket is None:
        check_parked(draft, act.parked)
    elif not act.basket.lines:
        raise Refusal(model.BAD_AMOUNT)


def check_parked(draft: Draft, name: str | None) -> None:
    """Nothing, if no name is given or a basket waits under it; Refusal otherwise."""
    if name is not None and draft.facts.parked is not True:
        raise Refusal(model.PARKED_UNKNOWN)
