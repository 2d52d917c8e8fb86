"""When and where a lot that is used up was used, as far as this store's own log knows."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.core.book import LotKey
from gateway.core.event import Event
from gateway.core.promises import SPENT, SUSPENSE, LotFact
from gateway.storage.ledger import Transaction


class Used(NamedTuple):
    """`at` in unix milliseconds, None where another store or HQ used it; `till` None where no till did."""

    at: int | None
    till: str | None


ELSEWHERE = Used(None, None)


def is_used_up(fact: LotFact) -> bool:
    """Whether no log has anything left of a lot, as far as is known."""
    return fact.left + fact.offered + fact.elsewhere <= fact.owed


def used(page: Transaction, facts: Iterable[LotFact]) -> Used:
    """The last use of any of these lots in this log."""
    found = [event for fact in facts for event in _uses(page, fact)]
    if not found:
        return ELSEWHERE
    last = max(found, key=lambda event: event.seq)
    return Used(last.at, getattr(last.act, "till", None))


def _uses(page: Transaction, fact: LotFact) -> Iterable[Event]:
    """The newest event of a lot, and of what was given of it at risk, if it used something."""
    for owner in (fact.nature.owner, SUSPENSE):
        seq = page.last(LotKey(owner, fact.nature.unit, fact.lot))
        if seq is not None:
            event = page.event(seq)
            if any(each.debit_lot == fact.lot and each.credit == SPENT for each in event.transfers):
                yield event
