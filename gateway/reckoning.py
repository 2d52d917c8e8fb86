"""The worst loss in money, and the holds, kept up to date for the pages.

What each part means stands in gateway/core/exposure.py. Two speeds: what was given at risk, and what today's
limits still allow, are some rows, reckoned in the loop whenever the log has grown. The worth of everything in
this box is a sum over every lot (millions), so SQLite does it alone, in a thread, on a connection that cannot
write: while it sums, the loop goes on deciding. Then it rests RESTS times as long as it took.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from gateway.clock import Clock
from gateway.core.exposure import Held, exposure
from gateway.core.model import Bundle
from gateway.core.promises import GATEWAY, SUSPENSE, Terms
from gateway.core.units import OURS_ALONE, unit_of, value
from gateway.errors import CacheUnusable, LedgerRefused
from gateway.live import Live
from gateway.storage import layout
from gateway.storage.cache import Cache
from gateway.storage.ledger import Ledger, Transaction

BOX_EVERY_S = 60.0
RESTS = 50  # at most a fiftieth of one core, however many lots there are
HOLDS_COUNTED_MAX = 1_000  # a store has some dozens; a page need not know more
FOR_EVER_MS = 2**53

_LEFT = "granted + minted - returned - spent"
_OURS = f"epoch = ? AND owner <> '{SUSPENSE}' AND {_LEFT} > 0"
# One row for each unit and face: SQLite releases the interpreter's lock while it sums.
_SUMS = (
    f"SELECT unit, json_extract(terms, '$.face') AS face, sum({_LEFT}) FROM lots WHERE {_OURS}"
    " GROUP BY unit, face"
)
# Where several of a unit make one minor unit, each lot rounds up by itself.
_ROUNDED = (
    f"SELECT sum((({_LEFT}) * ? + ? - 1) / ?) FROM lots WHERE {_OURS} AND unit = ?"
    " AND json_extract(terms, '$.face') IS NULL"
)


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
        self._place: Place | None = None
        self._bundle = Bundle()
        self._in_box: int | None = None  # None: not summed yet
        self._box_place: Place | None = None
        self._weighed_ms = 0  # when the sum was last true

    def look(self) -> None:
        """Reckon what may have changed since it was looked at last; costs nothing where nothing has."""
        try:
            with self._cache.reading() as snapshot:
                place = Place(self._ledger.seq, snapshot.bundle_hash, self._clock.moment().date)
                if place == self._place:
                    return
                self._bundle = snapshot.bundle
            with self._ledger.transaction() as page:
                self._reckon(page, place.date)
            self._place = place
        except (CacheUnusable, LedgerRefused):
            self._live.counters.add("exposure.put_off")  # the desk says why, and the next look tries again

    async def run(self) -> None:
        """Sum the box again and again until cancelled."""
        while True:
            started = monotonic()
            await self.weigh()
            await asyncio.sleep(max(BOX_EVERY_S, RESTS * (monotonic() - started)))

    async def weigh(self) -> None:
        """Sum the box once, if anything has changed since it was summed."""
        self.look()
        place, at_ms = self._place, self._clock.moment().at
        if place is None:
            return
        if place != self._box_place:
            try:
                self._in_box = await asyncio.to_thread(in_box, self._path, self._bundle, self._ledger.epoch)
            except sqlite3.Error:
                self._live.counters.add("exposure.put_off")
                return
        self._box_place, self._weighed_ms, self._place = place, at_ms, None
        self.look()

    def _reckon(self, page: Transaction, date: str) -> None:
        gateway = self._ledger.gateway
        found = exposure(self._bundle, gateway, date, _few(page, gateway))
        holds = page.due_holds(FOR_EVER_MS, HOLDS_COUNTED_MAX)
        self._live.set_promises(
            holds=len(holds),
            holds_due_ms=holds[0].until_ms if holds else 0,
            exposure=self._shown(found.at_risk_now, found.still_possible),
        )

    def _shown(self, at_risk_now: int, still_possible: int) -> dict[str, int] | None:
        """As the live view has it; None before the box was summed once."""
        if self._in_box is None:
            return None
        return {
            "at_ms": self._weighed_ms,
            "at_risk_now": at_risk_now,
            "still_possible": still_possible,
            "in_box": self._in_box,
            "worst": at_risk_now + still_possible + self._in_box,
        }


def _few(page: Transaction, gateway: str) -> Iterator[Held]:
    """What was given at risk, and what this gateway itself has: its limits of the day."""
    for row in page.lots(SUSPENSE):
        yield Held(row.key, row.terms, row.part.left)
    for row in page.lots(GATEWAY + gateway):
        if row.key.unit.startswith(OURS_ALONE):
            yield Held(row.key, row.terms, row.part.left)


def in_box(path: Path, bundle: Bundle, epoch: int) -> int:
    """What all rights of this epoch in a ledger's file are worth, in minor units; raises sqlite3.Error."""
    with closing(sqlite3.connect(layout.read_only_uri(path), uri=True)) as db:
        return sum(_worth(db, bundle, epoch, *row) for row in db.execute(_SUMS, (epoch,)).fetchall())


def _worth(db: sqlite3.Connection, bundle: Bundle, epoch: int, code: str, face: int | None, left: int) -> int:
    if code.startswith(OURS_ALONE):
        return 0
    unit = unit_of(bundle, code)
    if face is not None or not unit.worth or unit.worth % unit.per == 0:
        return value(unit, Terms(face=face), left)
    found = db.execute(_ROUNDED, (unit.worth, unit.per, unit.per, epoch, code)).fetchone()
    return int(found[0])
