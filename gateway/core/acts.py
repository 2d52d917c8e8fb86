"""Deciding what somebody asks for: each act's rule, and one way out for all refusals. Pure.

Invariants: a refused act moves nothing; whatever facts are given, deciding ends in a Decision or EventError.
"""

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from gateway.core import people, posting, presence, reversal, rights
from gateway.core.draft import TRANSFERS_MAX, Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.model import (
    BAD_AMOUNT,
    CASH_MOVED,
    CONSENT_CHANGED,
    DONE,
    MEMBER_FORGOTTEN,
    ORDER_COMMITTED,
    ORDER_PARKED,
    ORDER_RETURNED,
    ORDER_VOIDED,
    PIN_SET,
    PRESENCE_SEEN,
    SHIFT_CLOSED,
    SHIFT_OPENED,
    SIGNED_IN,
    Bundle,
    Decision,
    Facts,
    Input,
    Outcome,
)
from gateway.core.orders import parking, returning, running, selling, shifts, signing
from gateway.core.orders.model import (
    CloseShift,
    GoBack,
    MoveCash,
    OpenShift,
    Park,
    Run,
    Sell,
    SetPin,
    SignIn,
)
from gateway.core.promises import (
    Ask,
    Change,
    Consent,
    Enrol,
    Expire,
    Fence,
    Forget,
    GiveBack,
    Here,
    Hold,
    Link,
    Merge,
    Post,
    Release,
    Reverse,
    TakeGrants,
)

Rule = Callable[[Bundle, Draft, Any], None]  # the act is of the class it stands for in _RULES


def decide_act(bundle: Bundle, facts: Facts, given: Input) -> Decision:
    """The event that an act becomes: DONE with its transfers, REFUSED, or ASKED with none."""
    if given.act is UNSET:
        raise EventError("undecidable", given.type[:64])
    _check_type(given)
    draft = Draft(facts, given)
    try:
        _RULES[type(given.act)](bundle, draft, given.act)
        if len(draft.transfers) > TRANSFERS_MAX:
            raise Refusal(BAD_AMOUNT)
    except Refusal as no:
        return Decision(given, facts, Outcome(False, no.name, reason=no.reason), settled=no.settled)
    return draft.decision(Outcome(False, DONE))


def _check_type(given: Input) -> None:
    """Most acts are told by one type of event, so that whoever reads types reads them right."""
    act = given.act
    wanted = _TYPES.get(type(act))
    if isinstance(act, GoBack) and act.void:
        wanted = ORDER_VOIDED
    if wanted is not None and given.type != wanted:
        raise EventError("undecidable", given.type[:64])


_TYPES: dict[type, str] = {  # a run's is the trigger that it runs
    Sell: ORDER_COMMITTED,
    GoBack: ORDER_RETURNED,
    Park: ORDER_PARKED,
    SignIn: SIGNED_IN,
    OpenShift: SHIFT_OPENED,
    MoveCash: CASH_MOVED,
    CloseShift: SHIFT_CLOSED,
    SetPin: PIN_SET,
    Consent: CONSENT_CHANGED,
    Forget: MEMBER_FORGOTTEN,
    Here: PRESENCE_SEEN,
}

_RULES: dict[type, Rule] = {
    Post: posting.post,
    Hold: posting.hold,
    Release: posting.release,
    Reverse: reversal.reverse,
    Expire: rights.expire,
    TakeGrants: rights.take_grants,
    GiveBack: rights.give_back,
    Ask: rights.ask,
    Fence: rights.fence,
    Enrol: people.enrol,
    Link: people.link,
    Change: people.change,
    Merge: people.merge,
    Consent: people.consent,
    Forget: people.forget,
    Here: presence.here,
    Sell: selling.sell,
    GoBack: returning.go_back,
    Park: parking.park,
    Run: running.run,
    SignIn: signing.sign_in,
    OpenShift: shifts.open_shift,
    MoveCash: shifts.move_cash,
    CloseShift: shifts.close_shift,
    SetPin: signing.set_pin,
}
