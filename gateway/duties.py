"""What falls due without anybody asking: a new epoch, holds timed out, recalls given back, lots expired; and
the names and PINs of members whom HQ has erased, and the PINs of staff who left, forgotten.

All of a tick's duties share one commit; each has a bound, so that a till never waits long behind them, and
what is left over is done by the next tick.
"""

from collections.abc import Iterable
from itertools import islice

from gateway.acting import Acting
from gateway.batch import Batch
from gateway.clock import dates_in
from gateway.core import model
from gateway.core.errors import EventError
from gateway.core.lots import is_over
from gateway.core.people import ERASED
from gateway.core.promises import (
    MEMBER,
    STAFF,
    TIMED_OUT,
    Expire,
    Fence,
    GiveBack,
    LotFact,
    Release,
    TakeGrants,
)
from gateway.core.rights import EXPIRED_TOGETHER_MAX
from gateway.counters import Counters
from gateway.lot_finder import takeable
from gateway.storage.cache import CachedLot
from gateway.storage.knowledge import due, lot_facts

HOLDS_A_TICK_MAX = 20  # an event each, of a quarter of a millisecond
EXPIRIES_A_TICK_MAX = 5  # events of 100 lots each: a day's 10,000 lots are gone in 20 seconds
RECALLS_A_TICK_MAX = 200  # lots read that were recalled in this epoch, given back or not
RECALLS_EVERY_MS = 10_000  # and whenever the cache has moved: what a hold keeps back may be free by then
LOTS_DUE_READ_MAX = 500  # lots past the store's day; those whose own zone has not ended it are left for later
PEOPLE_A_TICK_MAX = 20  # rows of names looked at, round and round: 1,000 members enrolled here in a minute
PINS_A_TICK_MAX = 5  # likewise: 300 members' PINs in a minute
# A lot may end by the day of another zone, so the calendar is not only looked at when the store's day turns.
EXPIRY_EVERY_MS = 3_600_000


class Duties:
    """Remembers what need not be looked for again; one for each desk."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._expired: tuple[str, int] = ("", 0)  # civil date and time up to which nothing was left to expire
        self._looked_at = 0  # the event of the last name looked at
        self._pin_looked_at = ""  # the owner of the last PIN looked at
        self._recalled: tuple[model.CacheMark | None, int] = (None, 0)  # the cache all read, and when
        self._recalls_read = 0  # of the present round

    def do(self, batch: Batch, acting: Acting) -> None:
        """Book what is due now; a duty whose facts make no sense is counted, and keeps nothing else back."""
        duties = [self._time_out, self._forget_people, self._forget_pins]
        duties += [self._fence] if acting.rights.frozen else [self._give_back]
        if acting.room and not acting.rights.frozen:
            duties.append(self._expire)
        for duty in duties:
            try:
                duty(batch, acting)
            except EventError:
                self._counters.add("duties.undecidable")

    def forget(self) -> None:
        """What was done last was not written: look for all of it again."""
        self._expired, self._recalled, self._recalls_read = ("", 0), (None, 0), 0

    def _fence(self, batch: Batch, acting: Acting) -> None:
        """Begin the epoch that HQ has begun for this gateway."""
        if batch.cache.rights_epoch > batch.page.epoch:
            fence = Fence(batch.cache.rights_epoch)
            if acting.book(model.RIGHT_FENCED, fence, ()):
                self._counters.add("rights.fences")

    def _time_out(self, batch: Batch, acting: Acting) -> None:
        for hold in batch.page.due_holds(batch.setting.at, HOLDS_A_TICK_MAX):
            if acting.release(Release(hold.id, TIMED_OUT)):
                self._counters.add("holds.timed_out")

    def _forget_people(self, batch: Batch, acting: Acting) -> None:
        """Erase the names of members enrolled here whom HQ has erased since."""
        rows = batch.page.people(self._looked_at, PEOPLE_A_TICK_MAX)
        for row in rows:
            member = batch.lookup.member(row.member)
            if member is not None and member.status == ERASED:
                batch.page.erase_person(row.member)
                self._counters.add("people.erased")
        self._looked_at = rows[-1].seq if rows else 0

    def _forget_pins(self, batch: Batch, acting: Acting) -> None:
        """Erase the PINs of whoever is nobody here any more."""
        owners = batch.page.pins.owners(self._pin_looked_at, PINS_A_TICK_MAX)
        for owner in owners:
            if _is_gone(batch, owner):
                batch.page.pins.forget(owner)
                self._counters.add("pins.erased")
        self._pin_looked_at = owners[-1] if owners else ""

    def _give_back(self, batch: Batch, acting: Acting) -> None:
        """Return what HQ wants; what it granted and nobody took is taken for that first."""
        mark, at, start = batch.cache.mark, batch.setting.at, self._recalls_read
        if not start and self._recalled[0] == mark and at - self._recalled[1] < RECALLS_EVERY_MS:
            return
        said = list(islice(batch.cache.recalled(), start, start + RECALLS_A_TICK_MAX))
        taken = [fact for fact in _recalled(batch, said) if takeable(fact, at)]
        if taken:
            acting.book(model.RIGHT_GRANTED, TakeGrants(), taken)
        wanted = [fact for fact in _recalled(batch, said) if fact.left > fact.held]
        if wanted and acting.book(model.RIGHT_RETURNED, GiveBack(), wanted):
            self._counters.add("rights.returns")
        if len(said) < RECALLS_A_TICK_MAX:
            self._recalls_read, self._recalled = 0, (mark, at)
        else:
            self._recalls_read += RECALLS_A_TICK_MAX

    def _expire(self, batch: Batch, acting: Acting) -> None:
        date, at = batch.setting.date, batch.setting.at
        if self._expired[0] == date and at - self._expired[1] < EXPIRY_EVERY_MS:
            return
        for _ in range(EXPIRIES_A_TICK_MAX):
            lots = _over(batch)
            event = acting.book(model.LOT_EXPIRED, Expire(), lots) if lots else None
            if event is None:
                self._expired = (date, at)
                return
            self._counters.add("lots.expired", len(event.transfers))


def _is_gone(batch: Batch, owner: str) -> bool:
    """Whether HQ has erased a member, or somebody works here no more."""
    if owner.startswith(STAFF):
        row = batch.cache.catalogue.staff(owner.removeprefix(STAFF))
        return row is not None and not row.works_here
    member = batch.lookup.member(owner.removeprefix(MEMBER))
    return member is not None and member.status == ERASED


def _recalled(batch: Batch, said: Iterable[CachedLot]) -> list[LotFact]:
    """Those of these lots of which HQ still wants something back."""
    facts = (lot_facts(batch.page, batch.cache, (lot.owner,), lot.unit, lot.lot) for lot in said)
    return [fact for (fact,) in facts if fact.recall]


def _over(batch: Batch) -> list[LotFact]:
    """Lots whose last day is over where it ends, as many as one event takes."""
    setting = batch.setting
    rows = batch.page.expired(setting.date, LOTS_DUE_READ_MAX)
    dates = dates_in({row.terms.zone for row in rows if row.terms.zone}, setting.at)
    over = [row for row in rows if is_over(row.terms, setting, dates)]
    return list(due(batch.page, batch.cache, over[:EXPIRED_TOGETHER_MAX]))
