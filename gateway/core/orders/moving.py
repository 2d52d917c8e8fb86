"""The steps of an order or a run as transfers: what is used, counted and made. Pure.

A count's lot that an event makes is the period's and not the event's: it is made before the step's first
transfer, so that no return takes it back.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from gateway.core import model
from gateway.core.draft import TRANSFERS_MAX, Draft, Refusal
from gateway.core.model import Bundle, Member
from gateway.core.orders.model import Applied, PartShare
from gateway.core.orders.settling import MONEY, Split
from gateway.core.programs.caps import Cap, is_guessed
from gateway.core.promises import COUPON, MEMBER, POINTS, SPENT, LotFact, Spend, Terms
from gateway.core.risk import Risk
from gateway.core.spending import spend
from gateway.core.units import unit_of

CREDIT, ISSUE, DEBIT = "credit", "issue", "debit"  # what Applied.does says of effects that move units

Rule = Literal["used", "earned", "whole"]
USED: Rule = "used"
EARNED: Rule = "earned"
WHOLE: Rule = "whole"


class Step(NamedTuple):
    """One stretch of transfers: what is used, counted and made, and how it goes back."""

    rule: Rule
    split: Split
    program: str = ""
    spends: tuple[Spend, ...] = ()
    counts: tuple[Cap, ...] = ()
    worth: int = 0  # of what is counted, minor units of money
    makes: tuple[Applied, ...] = ()


def post(bundle: Bundle, draft: Draft, steps: Sequence[Step]) -> tuple[PartShare, ...]:
    """Every step's transfers, and which of them are whose."""
    risk = Risk(draft)
    parts = []
    for step in steps:
        lots = [_lot_of(draft, cap) for cap in step.counts]
        first = len(draft.transfers)
        for lot, cap in zip(lots, step.counts, strict=True):
            _use(bundle, draft, risk, cap, step.worth, lot)
        for each in step.spends:
            spend(bundle, draft, risk, each)
        for made in step.makes:
            _make(draft, made)
        amount = len(draft.transfers) - first
        parts.append(PartShare(step.rule, first, amount, step.split, step.program))
    return tuple(parts)


def uses_of(steps: Sequence[Step]) -> list[Spend]:
    """What steps use of lots that were there before them, in their order."""
    counted = [spend_of(cap) for step in steps for cap in step.counts if not cap.mint]
    return [each for step in steps for each in step.spends] + counted


def spend_of(cap: Cap) -> Spend:
    """A count as what is spent for it."""
    return Spend(cap.amount, cap.owner, cap.unit)


def owner_of(draft: Draft) -> str:
    """The member as an owner of lots; "" for a walk-in."""
    member = draft.facts.member
    return "" if member is None else MEMBER + member.id


def keeps_count(member: Member | None) -> bool:
    """Whether this store keeps the counts of what a member may do so many times."""
    return member is not None and (member.status == "provisional" or member.at_home is True)


def needs_pin(unit: str) -> bool:
    """Whether a unit is spendable value, which no card alone may spend."""
    return unit == POINTS or unit.startswith(MONEY)


def _lot_of(draft: Draft, cap: Cap) -> LotFact | None:
    """The lot of a count that this event has to make; None where it is known."""
    return draft.mint(cap.owner, cap.unit, cap.mint, Terms()) if cap.mint else None


def _use(bundle: Bundle, draft: Draft, risk: Risk, cap: Cap, worth: int, lot: LotFact | None) -> None:
    """Spend what a program's happening takes of its limit; one that this store only guesses, at risk."""
    unit = unit_of(bundle, cap.unit)
    if is_guessed(unit, cap.owner, keeps_count(draft.facts.member)):
        risk.bear(unit, cap.owner, worth)
    if lot is None:
        spend(bundle, draft, risk, spend_of(cap), worth)
        return
    if cap.amount > draft.free(lot):
        raise Refusal(model.NOT_ENOUGH)
    if draft.rights.frozen:
        raise Refusal(model.RIGHTS_FROZEN)
    draft.take(lot, cap.amount, SPENT)


def _make(draft: Draft, made: Applied) -> None:
    """A lot for the member of what a program gives; coupons are lots of 1."""
    owner = owner_of(draft)
    if not owner:
        raise Refusal(model.MEMBER_UNKNOWN)
    terms = Terms() if made.terms is None else made.terms
    single = made.unit.startswith(COUPON)
    if single and made.amount > TRANSFERS_MAX:
        raise Refusal(model.BAD_AMOUNT)
    for amount in [1] * made.amount if single else [made.amount]:
        draft.mint(owner, made.unit, amount, terms)
