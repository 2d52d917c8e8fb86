"""Following the cache: which generation is in use, how old HQ's word is, and what pages are told of both."""

from gateway.errors import CacheUnusable
from gateway.guard import Guard
from gateway.live import Live
from gateway.storage import layout
from gateway.storage.cache import DAMAGED, READY, Cache, Snapshot
from gateway.storage.ledger import Ledger

CACHE_DAMAGED = "cache_damaged"  # alarms, by the codes that the pages have words for
BUNDLE_REFUSED = "bundle_refused"  # the programs that the cache has are not HQ's: the last good ones stay

SIGNATURE_BYTES = 64  # of Ed25519


class Following:
    """Keeps a gateway's cache the one that the bridge points to."""

    def __init__(self, ledger: Ledger, cache: Cache, live: Live, guard: Guard) -> None:
        self._ledger = ledger
        self._cache = cache
        self._live = live
        self._guard = guard
        self._confirmed: str | None = None
        self._refused: str | None = None  # the bundle that was last counted as not HQ's
        self._take_up_bundle()

    def look(self) -> None:
        """Change to the pointer's generation, confirm it, and show where HQ stands. Raises LedgerRefused."""
        try:
            self._cache.follow()
            self._confirm()
            with self._cache.reading() as snapshot:
                self._show(snapshot)
            self._watch_bundle()
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

    def _take_up_bundle(self) -> None:
        """The programs that the last run had in force: the cache may have none that is HQ's."""
        kept = self._ledger.meta(layout.META_BUNDLE)
        if isinstance(kept, bytes):
            self._cache.bundles.remember(kept[SIGNATURE_BYTES:], kept[:SIGNATURE_BYTES])
        self._kept = self._cache.bundles.in_force.hash

    def _watch_bundle(self) -> None:
        """Keep the bundle in force for the next run, and say where the cache has one that is not HQ's."""
        bundles = self._cache.bundles
        if bundles.judged and bundles.in_force.hash != self._kept:
            good = bundles.in_force
            self._ledger.put_meta(layout.META_BUNDLE, good.signature + good.body)
            self._kept = good.hash
        if bundles.refused is None:
            self._live.clear_alarm(BUNDLE_REFUSED)
        else:
            self._live.raise_alarm(BUNDLE_REFUSED)
            if bundles.refused != self._refused:
                self._live.counters.add("cache.bundles_refused")
        self._refused = bundles.refused

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
