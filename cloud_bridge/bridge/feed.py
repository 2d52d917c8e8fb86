"""Brings HQ's changes down into the cache: small transactions with pauses, or a snapshot where none lead on.

Every row of a page is checked before the first is written; a page that is wrong anywhere is refused whole.
The gateway reads the same file meanwhile: a commit of 500 rows costs its decisions least, and the pause lets
the waiting ones through.

Lots that HQ gave in answer to an ask do not wait for their turn in a long feed: they are written first,
before a page is asked for, and only while the cache has not reached their cursor. The feed keeps the newest
change of each row, so what is written already is older, what is asked for then as new or newer, and no row
goes back.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from cloud_bridge.asks import RightsGiven
from cloud_bridge.bridge.cache import Cache, Mark, check_bundle
from cloud_bridge.bridge.door import HqDoor
from cloud_bridge.bridge.errors import CacheDamaged, Gone, HqNonsense, LedgerAbsent, LedgerUnreadable
from cloud_bridge.bridge.generations import Generations
from cloud_bridge.bridge.ledger import Ledger
from cloud_bridge.bridge.snapshot import take_snapshot
from cloud_bridge.bridge.status import Status
from cloud_bridge.bridge.wake import Nudge, Ringer
from cloud_bridge.wire import Changes, LotRow, Row, WireError, read_row

PAUSE_S_MAX: Final = 0.05  # after a commit that took longer, the card is busy with somebody else
# "HQ was heard" is written at least this often; more would wear the card for nothing.
SYNCED_WRITE_MS: Final = 60_000
# What another store gives back comes within its own poll and two requests: look often while a till waits.
HURRY_S: Final = 1.5
HURRY_POLL_MS: Final = 100
OFFERED_MAX: Final = 16  # answers; a till has asked one thing


class Feed:
    """One way down, of the gateway `name`; `gateway` is its bell: it re-attaches, or reads its position anew.

    `offered` is rung when lots were offered: take them at once.
    """

    def __init__(
        self,
        name: str,
        generations: Generations,
        ledger: Ledger,
        door: HqDoor,
        gateway: Ringer,
        status: Status,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.offered = Nudge()
        self._steady_s = steady_s
        self._hurry_until_s = 0.0
        self._name = name
        self._generations = generations
        self._ledger = ledger
        self._door = door
        self._gateway = gateway
        self._status = status
        self._cache: Cache | None = None
        self._given: deque[RightsGiven] = deque()
        self._untried = False  # a snapshot was taken, and HQ has not gone on from it yet

    async def step(self, now_ms: int) -> bool:
        """One page or one snapshot; True if there is more to do at once. Raises Trouble."""
        cache = await self._attach()
        if cache is None:
            return await self._take_snapshot(now_ms)
        self._sweep()
        await self._take_given(cache)
        try:
            changes = await self._door.changes(cache.generation, cache.mark.cursor)
        except Gone:
            self._refuse_to_run_in_circles()
            self._status.count("gone")
            self._status.log.warning("HQ cannot continue the feed: taking a snapshot")
            return await self._take_snapshot(now_ms)
        self._untried = False
        return await self._take(cache, changes, now_ms)

    def offer(self, given: RightsGiven) -> None:
        """Lots fresh from HQ, or what it has of them; the newest OFFERED_MAX answers wait here."""
        self._hurry_until_s = self._steady_s() + HURRY_S
        self._given.append(given)
        if len(self._given) > OFFERED_MAX:
            self._given.popleft()
            self._status.count("rights_left_to_feed")
        self.offered.ring()

    async def pause(self, poll_ms: int) -> None:
        """Until lots are offered, or the next poll is due: soon, while a till may wait for a right."""
        await self.offered.wait(self.wait_ms(poll_ms))

    def wait_ms(self, poll_ms: int) -> int:
        """How long until the next poll, which is usually every `poll_ms`."""
        return min(poll_ms, HURRY_POLL_MS) if self._steady_s() < self._hurry_until_s else poll_ms

    def close(self) -> None:
        """Let go of the cache."""
        if self._cache is not None:
            self._cache.close()
        self._cache = None

    async def _attach(self) -> Cache | None:
        """The cache in force, open and whole; None if a snapshot must take its place."""
        generation = self._generations.current()
        held = self._cache
        if held is not None and held.generation == generation and held.in_place():
            return held
        self.close()
        if generation is None:
            return None
        try:
            self._cache = await asyncio.to_thread(
                Cache, self._generations.path(generation), generation, self._name
            )
        except CacheDamaged as damage:
            self._status.count(damage.code)
            self._status.log.error("cache damaged: taking a snapshot", detail=damage.detail)
            return None
        self._show(self._cache)
        return self._cache

    async def _take_snapshot(self, now_ms: int) -> bool:
        """A new generation in force; the present one, if any, stays readable until the gateway leaves it."""
        self._given.clear()  # older than the snapshot will be
        await take_snapshot(self._door, self._generations, self._status, self._name, now_ms)
        self._status.count("snapshots")
        self._untried = True
        self._gateway.ring()
        return True

    def _refuse_to_run_in_circles(self) -> None:
        """Raises HqNonsense if HQ disowns its own last snapshot; the next one is taken after a wait."""
        untried, self._untried = self._untried, False
        if untried:
            raise HqNonsense("HQ does not know the snapshot it just gave")

    async def _take_given(self, cache: Cache) -> None:
        """Write what was offered and the cache has not reached; of another epoch, the feed brings both."""
        while self._given:
            given, mark = self._given.popleft(), cache.mark
            if given.rows and given.cursor > mark.cursor and given.rights_epoch == mark.rights_epoch:
                await self._write(cache, list(given.rows), mark)

    async def _take(self, cache: Cache, changes: Changes, now_ms: int) -> bool:
        rows = _checked(changes)
        old = cache.mark
        mark = mark_after(changes, old, now_ms)
        due = not 0 <= now_ms - old.synced_at_ms < SYNCED_WRITE_MS
        if due or old != mark._replace(synced_at_ms=old.synced_at_ms):
            await self._write(cache, rows, mark)
        self._status.count("rows", len(rows))
        if any(self._is_granted(row) for row in rows):
            self._hurry_until_s = 0.0
        self._show(cache)
        return changes.more

    def _is_granted(self, row: Row) -> bool:
        """Whether a row brings a right of ours."""
        part = row.parts.get(self._name) if isinstance(row, LotRow) else None
        return part is not None and part.granted > 0

    async def _write(self, cache: Cache, rows: list[Row], mark: Mark) -> None:
        started = time.monotonic()
        try:
            await asyncio.to_thread(cache.apply, rows, mark)
        except CacheDamaged:
            self.close()  # the next step checks the whole file and takes a snapshot if it must
            raise
        self._gateway.ring()
        await asyncio.sleep(min(time.monotonic() - started, PAUSE_S_MAX))

    def _sweep(self) -> None:
        """Remove generations the gateway has left behind; while the ledger cannot say so, none."""
        try:
            confirmed = self._ledger.confirmed_generation()
        except (LedgerAbsent, LedgerUnreadable):
            return  # the follower reads the same ledger and tells
        for generation in self._generations.sweep(confirmed):
            self._status.count("generations_removed")
            self._status.log.info("cache generation removed", generation=generation)

    def _show(self, cache: Cache) -> None:
        mark = cache.mark
        self._status.set_cache(generation=cache.generation, cursor=mark.cursor, as_of=mark.as_of)


def mark_after(changes: Changes, old: Mark, now_ms: int) -> Mark:
    """Where the cache stands after a page. While more is to come, some rows behind HQ's new seq of our events
    are not here yet, and the old seq is what is true."""
    as_of = old.as_of if changes.more else changes.as_of
    return Mark(changes.cursor, as_of, changes.rights_epoch, now_ms)


def _checked(changes: Changes) -> list[Row]:
    """Every row of a page, checked. Raises HqNonsense."""
    try:
        rows = [read_row(change) for change in changes.rows]
        for row in rows:
            check_bundle(row)
    except WireError as fault:
        raise HqNonsense(f"changes: {fault.detail}") from None
    return rows
