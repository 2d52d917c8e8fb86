"""The orders of a month, out of a ledger that is read only, and what a trial makes of them."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from gateway.core.event import Event
from gateway.core.model import Bundle
from gateway.storage.reader import Reader, reading
from shopbell.errors import ShopbellError
from shopbell.program_orders import Outcome, Trial, booked

LAST = "last"
PROGRESS_EVENTS = 100


class Month(NamedTuple):
    """Civil days, both inclusive, as "YYYY-MM-DD"."""

    first: str
    last: str


def month_of(text: str, newest: str) -> Month:
    """As "2026-10", or the month before the newest event's. Raises ShopbellError."""
    try:
        start = date.fromisoformat(f"{newest[:7] if text == LAST else text}-01")
    except ValueError:
        raise ShopbellError(f"--month {text!r} is no month", "write it as 2026-10, or last") from None
    if text == LAST:
        start = (start - timedelta(days=1)).replace(day=1)
    after = (start + timedelta(days=31)).replace(day=1)
    return Month(start.isoformat(), (after - timedelta(days=1)).isoformat())


def try_month(
    ledger: Path,
    month: str,
    bundle: Bundle,
    mine: Collection[str],
    offered: bool,
    progress: Callable[[int, int], None],
) -> tuple[Month, Outcome]:
    """What the programs `mine` would have made of a month's orders; with none, what was booked.

    `progress` is told how many events are done, of how many at most. Raises ShopbellError, LedgerDamaged.
    """
    with reading(ledger) as reader:
        if not reader.head:
            raise ShopbellError(f"{ledger} holds no events", "name another ledger with --orders")
        span = month_of(month, _event(reader, reader.head).date)
        if not mine:
            return span, booked(bundle, _between(reader, span.first, span.last, progress))
        trial = Trial(bundle, mine, offered)
        before = date.fromisoformat(span.first) - timedelta(days=trial.days_before + 1)
        for event in _between(reader, before.isoformat(), span.last, progress):
            if event.date < span.first:
                trial.remember(event)
            else:
                trial.take(event)
        return span, trial.outcome()


def _between(reader: Reader, first: str, last: str, progress: Callable[[int, int], None]) -> Iterator[Event]:
    start, end = _first_of(reader, first), _first_of(reader, _after(last)) - 1
    for stored in reader.last(reader.head - start + 1):
        done = stored.event.seq - start
        if not done % PROGRESS_EVENTS:
            progress(done, end - start + 1)
        if stored.event.seq > end:
            return
        yield stored.event
    progress(1, 1)


def _after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _first_of(reader: Reader, day: str) -> int:
    """The seq of the first event on or after a day; the clock of a ledger never goes back."""
    low, high = 1, reader.head + 1
    while low < high:
        middle = (low + high) // 2
        if _event(reader, middle).date < day:
            low = middle + 1
        else:
            high = middle
    return low


def _event(reader: Reader, seq: int) -> Event:
    stored = reader.event(seq)
    assert stored is not None  # seqs are contiguous from 1 to the head
    return stored.event
