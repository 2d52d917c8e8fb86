"""Invariant 11: civil days, reckoned here once more with the standard library's own calendar."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.core.event import Event
from gateway.core.model import DONE, LOT_EXPIRED
from gateway.core.orders.model import Sell
from gateway.core.promises import RISK, SPENT, Hold, Nature, Post
from tests.simulation.verdict import Violation


class LotDays:
    """The natures of all lots that a log was told of, and what time may be done to each."""

    def __init__(self) -> None:
        self._natures: dict[str, Nature] = {}
        self._last_at = 0

    def judge(self, name: str, event: Event) -> None:
        """Take in an event; what it uses must be in time, what it expires must be over."""
        for new in event.lots or ():
            self._natures.setdefault(new.lot, new.nature)
        if event.at < self._last_at:
            raise Violation(11, f"{name}: its time is before that of the event before")
        self._last_at = event.at
        if event.date != civil_date(event.at, event.zone):
            raise Violation(11, f"{name}: {event.date} is not its civil date")
        if event.outcome.name == DONE and isinstance(event.act, Post | Hold | Sell):
            self._judge_uses(name, event)
        if event.type == LOT_EXPIRED:
            self._judge_expiry(name, event)

    def nature(self, lot: str) -> Nature:
        """What this log was told of a lot."""
        if lot not in self._natures:
            raise Violation(2, f"lot {lot} is moved and was never told")
        return self._natures[lot]

    def is_over(self, event: Event, lot: str) -> bool:
        """Whether a lot's last day had ended when the event happened."""
        terms = self.nature(lot).terms
        return (
            terms.expires_on is not None and civil_date(event.at, terms.zone or event.zone) > terms.expires_on
        )

    def _judge_uses(self, name: str, event: Event) -> None:
        for each in event.transfers:
            if each.credit != SPENT or not isinstance(each.debit_lot, str) or each.unit.startswith(RISK):
                continue
            if self.is_over(event, each.debit_lot):
                raise Violation(11, f"{name}: {each.unit} {each.debit_lot} was over, and was used")
            if self.nature(each.debit_lot).terms.vests_at > event.at:
                raise Violation(11, f"{name}: {each.unit} {each.debit_lot} had not vested, and was used")

    def _judge_expiry(self, name: str, event: Event) -> None:
        for each in event.transfers:
            if not self.is_over(event, str(each.debit_lot)):
                raise Violation(11, f"{name}: {each.unit} {each.debit_lot} was expired before its day ended")


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def civil_date(at_ms: int, zone: str) -> str:
    """The civil day of a moment in a zone."""
    return datetime.fromtimestamp(at_ms / 1_000, _zone(zone)).date().isoformat()
