"""Letting the programs of a trigger happen for a member, outside any order. Pure.

Every program of the trigger is tried in its order; those that only happen when chosen, where the act names
them. A program with a coupon uses the member's coupon that was shown, else the one that expires first, and
tells it as a debit of one. At most one of an exclusive class. What is asked for counts as paid where the
trigger is payment.captured: a payment outside any order.
"""

from gateway.core.lots import order
from gateway.core.model import PAYMENT_CAPTURED, Bundle, Facts, Setting
from gateway.core.orders.model import Applied, Run, RunRecord
from gateway.core.programs.book import Entry, book_of
from gateway.core.programs.earning import ANY_TENDER
from gateway.core.programs.giving import Giver, debit
from gateway.core.programs.missing import missed_of
from gateway.core.programs.scene import Scene, check_member
from gateway.core.programs.trying import Doing, Verdict, attempt
from gateway.core.promises import LotFact

DEBIT = "debit"


def fire(bundle: Bundle, facts: Facts, setting: Setting, random: str, trigger: str, act: Run) -> RunRecord:
    """What the programs of a trigger give; Refusal where the member cannot be.

    `missed` tells of every program that was tried, but for those that only happen when chosen and were not.
    """
    verdicts = fired(bundle, facts, setting, random, trigger, act)
    return RunRecord(
        tuple(each for verdict in verdicts for each in verdict.applied),
        tuple(
            missed_of(verdict.entry, verdict.unmet, verdict.lot)
            for verdict in verdicts
            if verdict.unmet is not None and _was_asked(verdict.entry, act)
        ),
    )


def fired(
    bundle: Bundle, facts: Facts, setting: Setting, random: str | None, trigger: str, act: Run
) -> list[Verdict]:
    """The verdict of every program of a trigger."""
    check_member(facts, act.member)
    book, scene = book_of(bundle), Scene(bundle, facts, setting)
    scene.asked = act.amount
    scene.paid = {ANY_TENDER: act.amount} if trigger == PAYMENT_CAPTURED else None
    scene.chosen = frozenset(() if act.program is None else (act.program,))
    giver = Giver(book, random)
    doing: dict[str, Doing] = {
        "credit": giver.credit,
        "issue": giver.issue,
        "show": giver.show,
        "debit": debit,
    }
    found = ((entry, _coupon(scene, entry, act.coupon)) for entry in book.of(trigger))
    return [_with_coupon(attempt(scene, entry, bundle, doing, coupon)) for entry, coupon in found]


def _with_coupon(verdict: Verdict) -> Verdict:
    """The coupon that was used, as the debit of one that it is."""
    entry, lot = verdict.entry, verdict.lot
    if lot is None or verdict.unmet is not None or entry.coupon is None:
        return verdict
    program = entry.program
    used = Applied(program.id, program.version, DEBIT, entry.because, 1, lot, unit=entry.coupon)
    return verdict._replace(applied=(used, *verdict.applied))


def _was_asked(entry: Entry, act: Run) -> bool:
    return not entry.program.opt_in or entry.program.id == act.program


def _coupon(scene: Scene, entry: Entry, shown: str | None) -> LotFact | None:
    """The member's coupon that a program would use: the first that can be, else any; where one was shown,
    that one or none."""
    if entry.coupon is None:
        return None
    lots = sorted(scene.purse.lots(scene.owner, entry.coupon), key=order)
    if shown is not None:
        lots = [fact for fact in lots if fact.lot == shown]
    can = [fact for fact in lots if scene.purse.coupon_problem(fact) is None]
    return next(iter(can or lots), None)
