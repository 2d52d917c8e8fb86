"""Invariant 7, by arithmetic of its own: what a reversal gave back, against what its original posted.

After d of n pieces, exactly floor(a * d / n) of every transfer of a must have come back, to the lot it came
from, or to EXPIRED where that lot's last day is over. Of what was earned no more than that may be taken, and
exactly that where the rule is `unlimited`.
"""

from collections import Counter, defaultdict

from gateway.core.event import Event
from gateway.core.model import DONE
from gateway.core.promises import EXPIRED, ISSUER, RETURN, RISK, SPENT, UNLIMITED, Post, Reverse, Transfer
from tests.simulation.calendar import LotDays
from tests.simulation.verdict import Violation

Side = tuple[str, str]  # owner and lot of the original


class ReversalJudge:
    """Every event that may be reversed, and what of it was."""

    def __init__(self, days: LotDays) -> None:
        self._days = days
        self._posted: dict[str, Event] = {}
        self._done: Counter[str] = Counter()
        self._back: defaultdict[str, Counter[Side]] = defaultdict(Counter)

    def judge(self, name: str, event: Event, exact: bool) -> None:
        """Take in an event; not `exact` where an earlier part of this log was lost with its image."""
        if event.outcome.name != DONE:
            return
        if isinstance(event.act, Post) and event.act.returnable:
            self._posted[event.random] = event
        elif isinstance(event.act, Reverse):
            self._judge(name, event, event.act, exact)

    def _judge(self, name: str, event: Event, act: Reverse, exact: bool) -> None:
        original = self._posted.get(act.of)
        if original is None:
            raise Violation(7, f"{name}: reverses what was never posted here")
        pieces = original.act.returnable if isinstance(original.act, Post) else 0
        before, done = self._done[act.of], self._done[act.of] + act.pieces
        if done > pieces:
            raise Violation(7, f"{name}: {done} of {pieces} pieces given back")
        self._done[act.of] = done
        came = self._restored(name, event, original)
        back = self._back[act.of]
        back.update(came)
        due = _shares(original, done, pieces, SPENT)
        if exact and +back != due:
            raise Violation(7, f"{name}: {dict(+back)} came back so far, not {dict(due)}")
        if any(amount > each for amount, each in _pairs(back, _shares(original, pieces, pieces, SPENT))):
            raise Violation(7, f"{name}: more came back than was used")
        earned = _shares(original, done, pieces, ISSUER) - _shares(original, before, pieces, ISSUER)
        self._judge_earned(name, event, act, earned, exact)

    def _restored(self, name: str, event: Event, original: Event) -> Counter[Side]:
        """What came back to each lot of the original; what went to EXPIRED counts for those that are over."""
        came: Counter[Side] = Counter()
        expired: Counter[str] = Counter()
        for each in event.transfers:
            if each.debit != SPENT:
                continue
            if each.credit == EXPIRED:
                expired[each.unit] += each.amount
            else:
                came[each.credit, str(each.credit_lot)] += each.amount
        for unit, amount in expired.items():
            self._share_out(name, event, original, unit, amount, came)
        return came

    def _share_out(
        self, name: str, event: Event, original: Event, unit: str, amount: int, came: Counter[Side]
    ) -> None:
        of, act = original.random, original.act
        pieces = act.returnable if isinstance(act, Post) else 0
        due = _shares(original, self._done[of], pieces, SPENT)
        for each in _used(original):
            side = (each.debit, str(each.debit_lot))
            if each.unit == unit and self._days.is_over(event, side[1]):
                share = min(amount, due[side] - self._back[of][side] - came[side])
                came[side] += share
                amount -= share
        if amount:
            raise Violation(7, f"{name}: {amount} {unit} went to expired though no lot of it is over")

    def _judge_earned(self, name: str, event: Event, act: Reverse, due: Counter[Side], exact: bool) -> None:
        taken: Counter[Side] = Counter()
        for each in event.transfers:
            if each.credit == ISSUER:
                taken[ISSUER, str(each.debit_lot)] += each.amount
        if exact and any(amount > each for amount, each in _pairs(taken, due)):
            raise Violation(7, f"{name}: took back {dict(taken)} of what was earned, not {dict(due)}")
        if exact and act.earned == UNLIMITED and taken != due:
            raise Violation(7, f"{name}: took back {dict(taken)} of what was earned, not all of {dict(due)}")


def _shares(original: Event, done: int, pieces: int, side: str) -> Counter[Side]:
    """What so many pieces of an event come to, by owner and lot; `side` is SPENT or ISSUER."""
    found: Counter[Side] = Counter()
    for each in original.transfers if side == ISSUER else _used(original):
        if side == SPENT:
            found[each.debit, str(each.debit_lot)] += each.amount * done // pieces
        elif each.debit == ISSUER and not each.unit.startswith((RISK, RETURN)):
            found[ISSUER, str(each.credit_lot)] += each.amount * done // pieces
    return +found


def _used(original: Event) -> list[Transfer]:
    return [each for each in original.transfers if each.credit == SPENT and not each.phase]


def _pairs(one: Counter[Side], other: Counter[Side]) -> list[tuple[int, int]]:
    return [(amount, other[side]) for side, amount in one.items()]
