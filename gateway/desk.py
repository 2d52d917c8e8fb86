"""The desk: takes a batch of messages, books it in one commit, and gives back the answers that may be sent.

Order, always: decode, look up, decide, commit, announce the head, wake the bridge, show, answer. Whatever
leaves serve() is durable. A message that breaks the contract is counted by reason and changes nothing; it
never fails its batch. A batch that could not be written is answered with silence: devices send again what
was not booked.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from time import perf_counter_ns
from typing import NamedTuple

from firmware.protocol import messages, topics
from firmware.protocol.errors import ProtocolError
from gateway.booking import Booking, Entry, Message
from gateway.clock import Clock, Moment
from gateway.core.model import CORE_VERSION, LEDGER_BEHIND, Position, Setting
from gateway.errors import CacheUnusable, LedgerRefused
from gateway.live import Live
from gateway.ports import Inbound, Outbound, Painter
from gateway.registry import Due, Registry
from gateway.storage import layout
from gateway.storage.cache import DAMAGED, READY, Cache, Snapshot
from gateway.storage.head import Head
from gateway.storage.ledger import Ledger
from gateway.storage.wake import Wake

TOPICS_KEPT_MAX = 4_096  # four kinds a device
# Alarms, by the code that the pages have words for; LEDGER_BEHIND is another.
LEDGER_REFUSES = "ledger_refuses"
CACHE_DAMAGED = "cache_damaged"

_parsed = lru_cache(maxsize=TOPICS_KEPT_MAX)(topics.parse)


class Store(NamedTuple):
    """The files a desk writes and reads."""

    ledger: Ledger
    cache: Cache
    head: Head
    wake: Wake


class Work(NamedTuple):
    """What one batch brings to book; `witness` is a device that saw a receipt this ledger does not hold."""

    records: list[Message]
    due: list[Due]
    witness: tuple[str, Position] | None


class Desk:
    """Serves batches of one gateway, one at a time; `run` is 8 random bytes new at each start."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        painter: Painter,
        live: Live,
        registry: Registry,
        run: bytes,
        steady_ms: Callable[[], int],
    ) -> None:
        self._ledger, self._cache, self._head, self._wake = store
        self._clock = clock
        self._painter = painter
        self._live = live
        self._counters = live.counters
        self._registry = registry
        self._run = run
        self._steady_ms = steady_ms
        self._witness_booked = False
        self._confirmed: str | None = None

    def serve(self, batch: Sequence[Inbound]) -> Sequence[Outbound]:
        """Answers to a batch, durable; silence where nothing could be written. Raises LedgerUnsafe."""
        started_ns = perf_counter_ns()
        moment = self._clock.moment()
        decoded = [message for inbound in batch if (message := self._decode(inbound)) is not None]
        records = [message for message in decoded if message.kind != "status"]
        statuses = [message for message in decoded if message.kind == "status"]
        for device, _, status in statuses:
            self._registry.heard(device, status, moment.at)
        work = Work(records, self._registry.due(self._steady_ms()), self._ahead(decoded))
        entries = self._book(work, moment) if any(work) else []
        self._show(entries, started_ns)
        online = [device for device, _, status in statuses if status.state == messages.STATE_ONLINE]
        return [*(entry.answer for entry in entries), *self._times(online, moment)]

    def greet(self) -> Sequence[Outbound]:
        """The time, for every device heard of; its run tells them to send again what is not booked."""
        return self._times(self._registry.devices(), self._clock.moment())

    def tick(self) -> None:
        """What is due without a message: held-back statuses, another cache generation, HQ's position."""
        self.serve(())
        self.look()

    def look(self) -> None:
        """Follow the cache's pointer, confirm the generation in use, and show where HQ stands."""
        try:
            self._cache.follow()
            self._confirm()
            with self._cache.reading() as snapshot:
                self._show_cache(snapshot)
        except CacheUnusable as problem:
            self._lose_cache(problem)
        except LedgerRefused:
            self._refuse()

    def _decode(self, inbound: Inbound) -> Message | None:
        try:
            device, direction, kind = _parsed(inbound.topic)
            if direction != "up":  # our own words, on a topic we never subscribed to
                raise ProtocolError("bad_topic", "direction")
            return Message(device, kind, messages.decode(kind, inbound.payload))
        except ProtocolError as problem:
            self._counters.add("wire." + problem.reason)
            return None

    def _ahead(self, decoded: list[Message]) -> tuple[str, Position] | None:
        if self._witness_booked:
            return None
        here = (self._ledger.epoch, self._ledger.seq)
        for device, _, content in decoded:
            if content.witness > here:
                return device, Position(*content.witness)
        return None

    def _book(self, work: Work, moment: Moment) -> list[Entry]:
        try:
            return self._commit_even_without_cache(work, moment)
        except LedgerRefused:
            self._refuse()
            return []

    def _commit_even_without_cache(self, work: Work, moment: Moment) -> list[Entry]:
        try:
            return self._commit(work, moment)
        except CacheUnusable as problem:
            self._lose_cache(problem)
            return self._commit(work, moment)

    def _commit(self, work: Work, moment: Moment) -> list[Entry]:
        before = self._ledger.seq
        with self._ledger.transaction() as page, self._cache.reading() as snapshot:
            setting = _setting(snapshot, moment, self._clock.zone)
            booking = Booking(page, snapshot, setting, self._painter, self._ledger.epoch)
            entries = booking.records(work.records)
            for due in work.due:
                booking.status(due)
            if work.witness:
                booking.behind(*work.witness, Position(self._ledger.epoch, before))
        self._settle(work, before)
        return entries

    def _settle(self, work: Work, before: int) -> None:
        """The batch is durable: vouch for it, wake the bridge, remember what need not be booked again."""
        self._registry.settle(work.due, self._steady_ms())
        self._live.clear_alarm(LEDGER_REFUSES)
        if work.witness:
            self._witness_booked = True
            self._live.raise_alarm(LEDGER_BEHIND)
        if self._ledger.seq != before:
            self._head.announce(self._ledger.epoch, self._ledger.seq)
            self._wake.send()

    def _show(self, entries: list[Entry], started_ns: int) -> None:
        if not entries:
            return
        took_us = (perf_counter_ns() - started_ns) // 1000
        taps = [entry.tap for entry in entries]
        for tap in taps:
            tap["decide_us"] = took_us
        self._counters.add("booked.batches")
        self._counters.add("booked.records", len(taps))
        self._counters.add("booked.duplicates", sum(tap["duplicate"] for tap in taps))
        self._live.add_taps(taps)
        self._live.set_sync(seq=self._ledger.seq)

    def _show_cache(self, snapshot: Snapshot) -> None:
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

    def _confirm(self) -> None:
        """Tell the bridge, through the ledger, which generation is in use: it may remove older ones."""
        generation = self._cache.generation
        if generation is not None and generation != self._confirmed:
            self._ledger.put_meta(layout.META_CACHE_GENERATION, generation)
            self._confirmed = generation

    def _lose_cache(self, problem: CacheUnusable) -> None:
        self._counters.add("cache.unusable")
        self._live.raise_alarm(CACHE_DAMAGED)
        if problem.broken:
            self._cache.detach(DAMAGED)
        self._live.set_cache(state=self._cache.state, generation=self._cache.generation)

    def _refuse(self) -> None:
        self._counters.add("ledger.batches_refused")
        self._live.raise_alarm(LEDGER_REFUSES)

    def _times(self, devices: Sequence[str], moment: Moment) -> list[Outbound]:
        if not devices:
            return []
        payload = messages.encode("time", messages.Time(moment.at, moment.quality, self._run))
        return [Outbound(topics.down(device, "time"), payload) for device in devices]


def _setting(snapshot: Snapshot, moment: Moment, zone: str) -> Setting:
    return Setting(
        moment.at, snapshot.bundle_hash, snapshot.mark, moment.quality, CORE_VERSION, moment.date, zone
    )
