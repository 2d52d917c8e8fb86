"""Deciding what somebody asks for: each act's rule, and one way out for all refusals. Pure.

Invariants: a refused act moves nothing; whatever facts are given, deciding ends in a Decision or EventError.
"""

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from gateway.core import people, posting, reversal, rights
from gateway.core.draft import TRANSFERS_MAX, Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.model import BAD_AMOUNT, DONE, Bundle, Decision, Facts, Input, Outcome
from gateway.core.promises import (
    Ask,
    Change,
    Enrol,
    Expire,
    Fence,
    GiveBack,
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
    draft = Draft(facts, given)
    try:
        _RULES[type(given.act)](bundle, draft, given.act)
        if len(draft.transfers) > TRANSFERS_MAX:
            raise Refusal(BAD_AMOUNT)
    except Refusal as no:
        return Decision(given, facts, Outcome(False, no.name, reason=no.reason))
    return draft.decision(Outcome(False, DONE))


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
}
