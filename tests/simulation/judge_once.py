"""What one log must never do by itself: redeem a coupon twice, greet by a card that it was told is lost, or
greet twice by one rotating code.

Rights bound what all stores do together (invariant 3, in truth.py); one store knows its own doings, so not
even a policy of risk may let it give the same coupon twice.
"""

from collections import Counter
from collections.abc import Callable

from msgspec import UNSET

from gateway.core.event import Event
from gateway.core.evidence import FRESH
from gateway.core.model import DONE, GREETED
from gateway.core.promises import COUPON, SPENT, Change
from tests.simulation.verdict import Violation

ENDED = ("lost", "locked")


class OnceJudge:
    """Coupons redeemed, cards reported and codes shown in one log.

    `allowed` says how often a lot was given anew by HQ, having been written off; `reopened` whether anybody
    set an instrument active again.
    """

    def __init__(self, allowed: Callable[[str], int], reopened: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self._reopened = reopened
        self._redeemed: Counter[str] = Counter()
        self._lost: set[str] = set()
        self._shown: set[tuple[str | None, int]] = set()

    def judge(self, name: str, event: Event, whole: bool) -> None:
        """Take in an event; not `whole` where a later part of this log was lost with its disk."""
        act = event.act
        if isinstance(act, Change) and event.outcome.name == DONE and act.status in ENDED:
            self._lost.add(act.instrument)
        known = event.facts.instrument.id if event.facts.instrument else ""
        if event.outcome.name == GREETED and known in self._lost and not self._reopened(known):
            raise Violation(20, f"{name}: {known} was greeted")
        self._judge_code(name, event)
        for each in event.transfers:
            if not each.unit.startswith(COUPON) or each.phase:
                continue
            if each.credit == SPENT:
                self._redeem(name, str(each.debit_lot), each.amount, whole)
            elif each.debit == SPENT and isinstance(each.credit_lot, str):
                self._redeemed[each.credit_lot] -= each.amount

    def _judge_code(self, name: str, event: Event) -> None:
        shown = event.evidence
        if shown is None or shown.level != FRESH or shown.step is UNSET:
            return
        code = shown.key, shown.step
        if event.outcome.name == GREETED and code in self._shown:
            raise Violation(22, f"{name}: {code} greeted again")
        self._shown.add(code)

    def _redeem(self, name: str, lot: str, amount: int, whole: bool) -> None:
        self._redeemed[lot] += amount
        if whole and self._redeemed[lot] > 1 + self._allowed(lot):
            raise Violation(3, f"{name}: {lot} redeemed {self._redeemed[lot]} times in one store")
