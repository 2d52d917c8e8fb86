"""The desk: takes a batch of messages or acts, books it in one commit, and gives back what may be answered.

Order, always: decode, look up, decide, commit, announce the head, wake the bridge, show, answer. Whatever
leaves serve() or act() is durable. A message that breaks the contract is counted by reason and changes
nothing; it never fails its batch. A batch that could not be written is answered with silence, and devices
send again what was not booked; acts are refused, and may be asked for again under the same key.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from time import perf_counter_ns
from typing import NamedTuple, Protocol, TypeVar

from firmware.protocol import answers, messages, outcomes, topics
from firmware.protocol.errors import ProtocolError
from gateway.acting import LEDGER_REFUSES, Acting, Refused, Request, Standing, Verdict
from gateway.attending import Attendance, Badge
from gateway.badging import Coupon
from gateway.batch import Batch
from gateway.booking import Booking, Entry, Guest, Message, Shown, act_shown
from gateway.clock import Clock, Moment
from gateway.core.model import CORE_VERSION, REFUSED, Position, RightsFact, Setting
from gateway.duties import Duties
from gateway.errors import CacheUnusable, LedgerRefused
from gateway.following import Following
from gateway.guard import Guard, Witness
from gateway.live import Data, Live
from gateway.ports import Inbound, Outbound, Painter
from gateway.registry import Due, Registry
from gateway.showings import Showing, Showings, Turn
from gateway.storage import layout
from gateway.storage.bridge_status import RUNNING
from gateway.storage.cache import Cache, Snapshot
from gateway.storage.head import Head
from gateway.storage.ledger import Ledger, Transaction
from gateway.storage.wake import Wake

BOOKED_KINDS = ("tap", "scan")
LIVE = "pin"  # the kind of message that is no record, and carries no witness
HEARD = "sighting"  # the kind that is a record for its sender, and is not booked
NO_SCREEN = answers.encode_screen(messages.Screen(0, 0, messages.TONE_NONE, ()))
TOPICS_KEPT_MAX = 4_096  # four kinds a device
# A bridge that has HQ's ear talks to it at every beat; three missed are silence, as of the bridge itself.
HQ_SILENT_MS = layout.BRIDGE_SILENT_MS
HQ_TROUBLE = "hq_"  # how the bridge's troubles with HQ begin; its others do not keep HQ from answering

Done = TypeVar("Done")

_parsed = lru_cache(maxsize=TOPICS_KEPT_MAX)(topics.parse)


class Store(NamedTuple):
    """The files a desk writes and reads."""

    ledger: Ledger
    cache: Cache
    head: Head
    wake: Wake


class Work(NamedTuple):
    """What one batch brings to book; `witness` saw a receipt that this ledger does not hold."""

    records: Sequence[Message]
    due: Sequence[Due]
    witness: Witness | None


class Lane(Protocol):
    """Who takes what is not booked: gateway/lane.py."""

    def heard(self, device: str, pin: messages.Pin) -> None:
        """A keypad answered."""
        ...

    def lost(self, device: str) -> None:
        """A terminal went offline."""
        ...

    def met(self, guest: Guest) -> None:
        """A member was greeted at a kiosk, and that is booked."""
        ...

    def handed(self, handed: Badge | Coupon) -> None:
        """A badge or a coupon was shown, and that is booked."""
        ...


class Presence(Protocol):
    """Who takes in what beacons hear: gateway/presence/service.py."""

    def report(self, device: str, letter: messages.Upward) -> None:
        """A device's sightings."""
        ...


def _always() -> bool:
    return True


class Desk:
    """Serves batches of one gateway, one at a time; `run` is 8 random bytes new at each start, `room` says
    whether the disk has room for promising anything new, `shop` is the id of the store it stands in,
    `showings` what codes may stand for a PIN (None: none may). `lane`
    and `presence` are put in by whoever has them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        painter: Painter,
        live: Live,
        registry: Registry,
        run: bytes,
        steady_ms: Callable[[], int],
        room: Callable[[], bool] = _always,
        shop: str = "",
        showings: Showings | None = None,
    ) -> None:
        self._ledger, self._cache, self._head, self._wake = store
        self._clock = clock
        self._painter = painter
        self._live = live
        self._counters = live.counters
        self._registry = registry
        self._run = run
        self._steady_ms = steady_ms
        self._room = room
        self._shop = shop
        self._showings = Showings() if showings is None else showings
        self.lane: Lane | None = None
        self.attendance: Attendance | None = None
        self.presence: Presence | None = None
        self._guard = Guard(store.ledger, live, store.head.before)
        self._duties = Duties(live.counters)
        self._following = Following(store.ledger, store.cache, live, self._guard)

    def serve(self, batch: Sequence[Inbound]) -> Sequence[Outbound]:
        """Answers to a batch, durable; silence where nothing could be written. Raises LedgerUnsafe."""
        started_ns = perf_counter_ns()
        moment = self._clock.moment()
        decoded = [message for inbound in batch if (message := self._decode(inbound)) is not None]
        records = [message for message in decoded if message.kind in BOOKED_KINDS]
        statuses = [message for message in decoded if message.kind == "status"]
        for device, _, status in statuses:
            self._registry.heard(device, status, moment.at)
        self._hear(decoded)
        work = Work(records, self._registry.due(self._steady_ms()), self._guard.untold)
        entries = self._book(lambda: self._serve(work, moment)) or [] if any(work) else []
        for entry in entries:
            self._note(entry.tap, entry.showing)
        self._show([entry.tap for entry in entries], started_ns)
        self._hand_on(decoded, entries)
        online = [device for device, _, status in statuses if status.state == messages.STATE_ONLINE]
        answers = [*(entry.answer for entry in entries), *self._take_in(decoded)]
        return [*answers, *self._times(online, moment)]

    def act(self, requests: Sequence[Request]) -> list[Verdict | Refused]:
        """Verdicts on acts in their order, durable; Refused where nothing was booked. Raises LedgerUnsafe."""
        moment = self._clock.moment()
        verdicts = self._book(lambda: self._act(requests, moment))
        if verdicts is None:
            return [Refused(LEDGER_REFUSES) for _ in requests]
        for verdict in verdicts:
            self._count(verdict)
        self._live.set_sync(seq=self._ledger.seq)
        return verdicts

    def show(self, place: str, text: str) -> Shown | None:
        """What a code proves that is shown at a till, booked as a scan; None where nothing could be written.
        Raises LedgerUnsafe."""
        started_ns = perf_counter_ns()
        moment = self._clock.moment()
        shown = self._book(lambda: self._meet(place, text, moment))
        if shown is not None:
            self._note(shown.tap, shown.showing)
            self._show([shown.tap], started_ns)
        return shown

    def consult(self, ask: Callable[[Batch, Acting], Done]) -> Done:
        """What `ask` finds out as if it were a batch; nothing of it is booked. Raises as the ledger does."""
        return self._even_without_cache(lambda: self._consult(ask))

    def greet(self) -> Sequence[Outbound]:
        """The time, for every device heard of; its run tells them to send again what is not booked."""
        return self._times(self._registry.devices(), self._clock.moment())

    def begin(self) -> None:
        """Vouch for what the ledger holds; where the last run vouched for more, rights are frozen first."""
        self.serve(())
        if self._guard.untold is None:
            self._head.announce(self._ledger.epoch, self._ledger.seq)

    def tick(self) -> None:
        """What is due without a message: held-back statuses, what falls due by itself, another cache
        generation, HQ's position."""
        self.serve(())
        moment = self._clock.moment()
        if self._book(lambda: self._do_duties(moment)) is None:
            self._duties.forget()
        self.look()

    def look(self) -> None:
        """Follow the cache's pointer, confirm the generation in use, and show where HQ stands."""
        try:
            self._following.look()
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

    def _hear(self, decoded: Sequence[Message]) -> None:
        """Whether a device has seen more than the ledger holds."""
        here = (self._ledger.epoch, self._ledger.seq)
        for device, kind, content in decoded:
            if kind != LIVE and content.witness > here:
                self._guard.hear(Witness(device, Position(*content.witness)))

    def _take_in(self, decoded: Sequence[Message]) -> list[Outbound]:
        """Sightings are answered at the present end of the book, with nothing of theirs in it; with silence
        where nothing is booked yet."""
        heard = [message for message in decoded if message.kind == HEARD]
        if not heard:
            return []
        self._counters.add("presence.letters", len(heard))
        if self.presence is not None:
            for device, _, letter in heard:
                self.presence.report(device, letter)
        epoch, seq = self._ledger.epoch, self._ledger.seq
        return [_taken_in(message, epoch, seq) for message in heard] if seq else []

    def _hand_on(self, decoded: Sequence[Message], entries: Sequence[Entry]) -> None:
        """What is live goes to its lane, after all that is booked."""
        if self.lane is None:
            return
        for device, kind, content in decoded:
            if kind == LIVE:
                self.lane.heard(device, content)
            elif kind == "status" and content.state == messages.STATE_OFFLINE:
                self.lane.lost(device)
        for entry in entries:
            if entry.guest is not None:
                self.lane.met(entry.guest)
            if entry.handed is not None:
                self.lane.handed(entry.handed)

    def _book(self, write: Callable[[], Done]) -> Done | None:
        """What `write` gives, once it is durable; None where the ledger took nothing."""
        before = self._ledger.seq
        try:
            done = self._even_without_cache(write)
        except LedgerRefused:
            self._refuse()
            return None
        if self._ledger.seq != before:
            self._live.clear_alarm(LEDGER_REFUSES)
            self._head.announce(self._ledger.epoch, self._ledger.seq)
            self._wake.send()
        return done

    def _even_without_cache(self, write: Callable[[], Done]) -> Done:
        try:
            return write()
        except CacheUnusable as problem:
            self._following.lose(problem)
            return write()

    @contextmanager
    def _batch(self, moment: Moment) -> Iterator[Batch]:
        with self._ledger.transaction() as page, self._cache.reading() as snapshot:
            yield self._batch_of(page, snapshot, moment)

    def _consult(self, ask: Callable[[Batch, Acting], Done]) -> Done:
        with self._ledger.reading() as page, self._cache.reading() as snapshot:
            batch = self._batch_of(page, snapshot, self._clock.moment())
            return ask(batch, self._acting(batch))

    def _batch_of(self, page: Transaction, snapshot: Snapshot, moment: Moment) -> Batch:
        setting = _setting(snapshot, moment, self._clock.zone)
        return Batch(page, snapshot, setting, self._ledger.gateway, self._shop)

    def _serve(self, work: Work, moment: Moment) -> list[Entry]:
        if work.witness:
            self._guard.freeze(work.witness.seen)
        before = Position(self._ledger.epoch, self._ledger.seq)
        with self._batch(moment) as batch:
            booking = Booking(
                batch, self._painter, self._registry.role, lambda: self._acting(batch), self.attendance
            )
            entries = booking.records(work.records)
            for due in work.due:
                booking.status(due)
            if work.witness:
                booking.behind(*work.witness, before)
        self._registry.settle(work.due, self._steady_ms())
        if work.witness:
            self._guard.told(work.witness)
        return entries

    def _meet(self, place: str, text: str, moment: Moment) -> Shown:
        with self._batch(moment) as batch:
            return Booking(batch, self._painter).show(place, text)

    def _act(self, requests: Sequence[Request], moment: Moment) -> list[Verdict | Refused]:
        with self._batch(moment) as batch:
            acting = self._acting(batch)
            verdicts = [acting.ask(request) for request in requests]
        acting.shown.settle()
        return verdicts

    def _do_duties(self, moment: Moment) -> bool:
        with self._batch(moment) as batch:
            self._duties.do(batch, self._acting(batch))
        return True

    def _acting(self, batch: Batch) -> Acting:
        snapshot = batch.cache
        self._guard.compare(snapshot.rights_epoch, snapshot.as_of)
        rights = RightsFact(
            batch.page.epoch,
            self._guard.frozen(snapshot.rights_epoch),
            is_online(self._live.bridge),
            snapshot.synced_at_ms,
        )
        return Acting(batch, Standing(rights, self._room()), self._counters, Turn(self._showings))

    def _count(self, verdict: Verdict | Refused) -> None:
        if isinstance(verdict, Refused) or verdict.duplicate:
            return
        outcome = verdict.event.outcome
        self._counters.add(f"acts.{outcome.name}")
        if outcome.name == REFUSED:
            self._live.count_refused(str(outcome.reason))
        self._live.tell_act(act_shown(verdict.event))

    def _show(self, taps: list[Data], started_ns: int) -> None:
        if not taps:
            return
        took_us = (perf_counter_ns() - started_ns) // 1000
        for tap in taps:
            tap["decide_us"] = took_us
        self._counters.add("booked.batches")
        self._counters.add("booked.records", len(taps))
        self._counters.add("booked.duplicates", sum(tap["duplicate"] for tap in taps))
        self._live.add_taps(taps)
        self._live.set_sync(seq=self._ledger.seq)

    def _note(self, tap: Data, showing: Showing | None) -> None:
        """Who is where, as far as a code of theirs may stand for a PIN; what came before says nothing new."""
        if showing is not None:
            self._showings.note(showing)
        elif tap["member"] is not None and not tap["duplicate"]:
            self._showings.met(tap["device"], tap["member"])

    def _refuse(self) -> None:
        self._counters.add("ledger.batches_refused")
        self._live.raise_alarm(LEDGER_REFUSES)

    def _times(self, devices: Sequence[str], moment: Moment) -> list[Outbound]:
        if not devices:
            return []
        payload = messages.encode("time", messages.Time(moment.at, moment.quality, self._run))
        return [Outbound(topics.down(device, "time"), payload) for device in devices]


def _taken_in(message: Message, epoch: int, seq: int) -> Outbound:
    record = message.content.record
    booked = record.boot, record.nonce, record.number, epoch, seq, outcomes.SEEN, NO_SCREEN
    return Outbound(topics.down(message.device, "booked"), answers.encode_booked(*booked))


def is_online(bridge: Data) -> bool:
    """Whether HQ answered the bridge of late, by what the bridge says: both times are of its own clock."""
    return (
        bridge["state"] == RUNNING
        and not (bridge["trouble"] and bridge["trouble"]["code"].startswith(HQ_TROUBLE))
        and bridge["heard_ms"] - bridge["last_contact_ms"] <= HQ_SILENT_MS
    )


def _setting(snapshot: Snapshot, moment: Moment, zone: str) -> Setting:
    return Setting(
        moment.at, snapshot.bundle_hash, snapshot.mark, moment.quality, CORE_VERSION, moment.date, zone
    )
