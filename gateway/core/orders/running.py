"""Letting the programs of a trigger happen for a member: claims, check-ins, grants, visits. Pure.

The trigger is the event's type. What programs take is spent by the rules of every right; what they give is
the member's at once. A grant needs a reason, and somebody who approves above what the role may grant alone.
"""

from collections.abc import Sequence

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.model import Bundle
from gateway.core.orders import spender, staff
from gateway.core.orders.model import Applied, Run, RunRecord
from gateway.core.orders.moving import (
    CREDIT,
    DEBIT,
    EARNED,
    ISSUE,
    USED,
    Step,
    needs_pin,
    owner_of,
    post,
    uses_of,
)
from gateway.core.orders.signing import check_spender
from gateway.core.programs.book import book_of
from gateway.core.programs.caps import caps_of
from gateway.core.programs.firing import fire
from gateway.core.promises import COUPON, Spend
from gateway.core.risk import worth_of
from gateway.core.spending import LIVE

# What nobody at a till can prove that it happened is a gift, if staff say so: their limits count.
GIFTS = (model.GRANT_REQUESTED, model.PAYMENT_CAPTURED, model.TOPPED_UP, "tier.changed", "manual")
VERBS = {
    **dict.fromkeys(GIFTS, staff.GRANT),
    model.MEMBER_ACTIVATED: staff.ENROL,
    model.MEMBER_ENROLLED: staff.ENROL,
    model.INSTRUMENT_LINKED: staff.ENROL,
}
TRIGGERS = (
    *VERBS,
    model.CHECKED_IN,
    model.PRESENCE_SEEN,
    model.COUPON_CLAIMED,
    model.COUPON_REDEEMED,
    model.VISIT_CONSUMED,
)


def run(bundle: Bundle, draft: Draft, act: Run) -> None:
    """Every program of the trigger that happens; refused where the one that was named does not."""
    if draft.given.type not in TRIGGERS:
        raise EventError("undecidable", draft.given.type[:64])
    clerk = staff.clerk_of(bundle, draft, VERBS.get(draft.given.type), act.approver)
    record = _record(bundle, draft, act)
    if draft.given.type == model.GRANT_REQUESTED and not act.reason.strip():
        raise Refusal(model.BAD_AMOUNT)
    if draft.given.type in GIFTS:
        staff.check_limit(bundle, draft, clerk, act.amount, "grant_max")
    _check_named(bundle, draft, act, record)
    worth = _check_pin(bundle, draft, record.applied)
    post(bundle, draft, _steps(bundle, draft, record.applied))
    spender.charge(draft, worth)
    draft.settled = record


def _check_pin(bundle: Bundle, draft: Draft, applied: Sequence[Applied]) -> int:
    """What of this the day bounds by what the member proved, minor units; Refusal without proof, or above."""
    faces = {fact.lot: fact.nature.terms.face for fact in draft.lots()}
    taken = [each for each in applied if each.does == DEBIT and needs_pin(each.unit)]
    lots = [each.lot for each in applied if each.lot is not None]
    if taken or any(spender.is_above(draft, faces.get(lot)) for lot in lots):
        check_spender(draft)
    way = spender.way_of(draft)
    if way is None or not taken:
        return 0
    spends = [Spend(each.amount, "", each.unit) for each in taken if each.amount]
    worth = spender.worth(bundle, way, spends, ())
    spender.check(draft, way, worth)
    return worth


def uses(bundle: Bundle, draft: Draft, act: Run) -> list[Spend]:
    """What the programs that happen take of anybody's lots; Refusal where none may be tried."""
    return uses_of(_steps(bundle, draft, _record(bundle, draft, act).applied))


def _record(bundle: Bundle, draft: Draft, act: Run) -> RunRecord:
    member = draft.facts.member
    if member is None:
        raise Refusal(model.MEMBER_UNKNOWN)
    if member.status not in LIVE:
        raise Refusal(model.MEMBER_BLOCKED)
    given = draft.given
    return fire(bundle, draft.facts, draft.setting, given.random, given.type, act)


def _check_named(bundle: Bundle, draft: Draft, act: Run, record: RunRecord) -> None:
    if act.program is None or any(each.program == act.program for each in record.applied):
        return
    program = book_of(bundle).programs.get(act.program)
    if program is None or program.trigger != draft.given.type:
        raise Refusal(model.PROGRAM_UNKNOWN)
    raise Refusal(model.PROGRAM_MISSED, settled=record)


def _steps(bundle: Bundle, draft: Draft, applied: Sequence[Applied]) -> list[Step]:
    """Counts first, then what is taken, then what is given: nothing of it is returned by pieces."""
    owner = owner_of(draft)
    taken = [each for each in applied if each.does == DEBIT and each.amount]
    given = tuple(each for each in applied if each.does in (CREDIT, ISSUE) and each.amount)
    spends = tuple(Spend(each.amount, owner, each.unit, _lot(each)) for each in taken)
    return [
        *_counts(bundle, draft, applied),
        Step(USED, (), spends=spends),
        Step(EARNED, (), makes=given),
    ]


def _counts(bundle: Bundle, draft: Draft, applied: Sequence[Applied]) -> list[Step]:
    by_program: dict[str, list[Applied]] = {}
    for each in applied:
        by_program.setdefault(each.program, []).append(each)
    return [
        Step(
            USED,
            (),
            program,
            counts=tuple(caps_of(bundle, draft.facts, draft.setting, effects)),
            worth=worth_of(bundle, effects),
        )
        for program, effects in by_program.items()
    ]


def _lot(taken: Applied) -> str | None:
    """The coupon that is taken; of anything else the lots that expire first."""
    return taken.lot if taken.unit.startswith(COUPON) else None
