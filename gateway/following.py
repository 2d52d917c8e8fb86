"""Following the cache: which generation is in use, how old HQ's word is, and what pages are told of both."""

from gateway.errors import CacheUnusable
from gateway.guard import Guard
from gateway.live import Live
from gateway.storage import layout
from gateway.storage.cache import DAMAGED, READY, Cache, Snapshot
from gateway.storage.ledger import Ledger

CACHE_DAMAGED = "cache_damaged"  # an alarm, by the code that the pages have words for


class Following:
    """Keeps a gateway's cache the one that the bridge points to."""

    def __init__(self, ledger: Ledger, cache: Cache, live: Live, guard: Guard) -> None:
        self._ledger = ledger
        self._cache = cache
        self._live = live
        self._guard = guard
        self._confirmed: str | None = None

    def look(self) -> None:
        """Change to the pointer's generation, confirm it, and show where HQ stands. Raises LedgerRefused."""
        try:
            self._cache.follow()
            self._confirm()
            with self._cache.reading() as snapshot:
                self._show(snapshot)
        except CacheUnusable as problem:
            self.lose(problem)

    def lose(self, problem: CacheUnusable) -> None:
        """Go on without the cache, where it is the one in use that is broken."""
        self._live.counters.add("cache.unusable")
        self._live.raise_alarm(CACHE_DAMAGED)
        if problem.broken:
            self._cache.detach(DAMAGED)
        self._live.set_cache(state=self._cache.state, generation=self._cache.generation)

    def _confirm(self) -> None:
        """Tell the bridge, through the ledger, which generation is in use: it may remove older ones."""
        generation = self._cache.generation
        if generation is not None and generation != self._confirmed:
            self._ledger.put_meta(layout.META_CACHE_GENERATION, generation)
            self._confirmed = generation

    def _show(self, snapshot: Snapshot) -> None:
        self._guard.show(snapshot.rights_epoch)
        if self._cache.state == READY:
            self._live.clear_alarm(CACHE_DAMAGED)
        self._live.set_cache(
            state=self._cache.state,
            generation=self._cache.generation,
            cursor=snapshot.mark.cursor,
            synced_at_ms=snapshot.synced_at_ms,
        )
        self._live.set_sync(
            epoch=self._ledger.epoch,
            seq=self._ledger.seq,
            as_of=snapshot.as_of,
            synced_at_ms=snapshot.synced_at_ms,
        )
