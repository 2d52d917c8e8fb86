"""The worst loss in money, and the holds, kept up to date for the pages.

What each part means stands in gateway/core/exposure.py. Two speeds: what was given at risk in this epoch, and
what today's limits still allow, are some rows, reckoned in the loop whenever the log has grown. The worth of
everything in this box is a sum over every lot (millions), made in a thread by gateway/storage/worst_loss.py
while the loop goes on deciding; it is as old as it says, and rests RESTS times as long as it took.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from gateway.clock import Clock
from gateway.core.exposure import Exposure, Held, exposure
from gateway.core.model import Bundle
from gateway.core.promises import GATEWAY, SUSPENSE
from gateway.core.units import OURS_ALONE
from gateway.errors import CacheUnusable, LedgerDamaged, LedgerRefused
from gateway.live import Data, Live
from gateway.storage.cache import Cache
from gateway.storage.ledger import Ledger, Transaction
from gateway.storage.worst_loss import worst_loss

WEIGH_EVERY_S = 5.0
RESTS = 50  # at most a fiftieth of one core, however many lots there are
HOLDS_COUNTED_MAX = 1_000  # a store has some dozens; a page need not know more
FOR_EVER_MS = 2**53
PUT_OFF = "exposure.put_off"


class Place(NamedTuple):
    """What a reckoning is of: nothing has to be reckoned twice for the same."""

    seq: int
    bundle: str
    date: str


class Reckoning:
    """One gateway's; look() in the loop, run() beside it."""

    def __init__(self, path: Path, ledger: Ledger, cache: Cache, clock: Clock, live: Live) -> None:
        self._path = path
        self._ledger = ledger
        self._cache = cache
        self._clock = clock
        self._live = live
        self._bundle = Bundle()
        self._seen: Place | None = None
        self._now = Exposure(0, 0, 0)  # of this epoch, without the box
        self._weighed: Place | None = None
        self._in_box = self._older = 0  # the box, and what was given at risk in older epochs
        self._weighed_ms = 0  # when both were last true; 0 never

    def look(self) -> None:
        """Reckon what may have changed since it was looked at last; costs little where nothing has."""
        try:
            with self._cache.reading() as snapshot:
                place = Place(self._ledger.seq, snapshot.bundle_hash, self._clock.moment().date)
                self._bundle = snapshot.bundle
            if place != self._seen:
                with self._ledger.transaction() as page:
                    self._reckon(page, place.date)
                self._seen = place
        except (CacheUnusable, LedgerRefused):
            self._live.counters.add(PUT_OFF)  # the desk says why, and the next look tries again

    async def run(self) -> None:
        """Weigh the box again and again until cancelled."""
        while True:
            started = monotonic()
            await self.weigh()
            await asyncio.sleep(max(WEIGH_EVERY_S, RESTS * (monotonic() - started)))

    async def weigh(self) -> None:
        """Sum up every lot, if anything has changed since that was done."""
        self.look()
        place, at_ms = self._seen, self._clock.moment().at
        if place is None:
            return
        if place != self._weighed:
            before = self._now
            try:
                found = await asyncio.to_thread(worst_loss, self._path, self._bundle, place.date)
            except LedgerDamaged:
                self._live.counters.add(PUT_OFF)
                return
            self._in_box = found.in_box
            self._older = max(0, found.at_risk_now - before.at_risk_now)
        self._weighed, self._weighed_ms = place, at_ms
        self._show()

    def _reckon(self, page: Transaction, date: str) -> None:
        gateway = self._ledger.gateway
        self._now = exposure(self._bundle, gateway, date, _few(page, gateway))
        holds = page.due_holds(FOR_EVER_MS, HOLDS_COUNTED_MAX)
        self._live.set_promises(holds=len(holds), holds_due_ms=holds[0].until_ms if holds else 0)
        self._show()

    def _show(self) -> None:
        if self._weighed_ms:
            self._live.set_promises(exposure=self._exposure())

    def _exposure(self) -> Data:
        now = Exposure(self._now.at_risk_now + self._older, self._now.still_possible, self._in_box)
        return {"at_ms": self._weighed_ms, **now._asdict(), "worst": now.worst}


def _few(page: Transaction, gateway: str) -> Iterator[Held]:
    """What was given at risk, and what of its limits this gateway has left."""
    for row in page.lots(SUSPENSE):
        yield Held(row.key, row.terms, row.part.left)
    for row in page.lots(GATEWAY + gateway):
        if row.key.unit.startswith(OURS_ALONE):
            yield Held(row.key, row.terms, row.part.left)
