"""Records that the gateway has not booked yet. Interface is final; the store is memory now, flash later.

    put -> waiting -> due, sent -> waiting for `booked` -> (retry: due again) -> booked: gone

A record leaves on `booked` alone: PUBACK is the broker's word and proves nothing. Fresh records (somebody may
stand there: age within the record's deadline) go first, in order; the backlog of an outage follows in order,
at most BACKLOG_IN_FLIGHT unbooked at a time, so that it never delays a fresh one.

`now_ms` is milliseconds since this boot that never wrap (aio.Uptime); a record's age is computed from it at
each send, and is AGE_UNKNOWN for a record of an earlier boot.
"""

from collections import namedtuple

from firmware.core.backoff import half_jitter_ms
from firmware.core.errors import OutboxFull
from firmware.protocol.messages import AGE_UNKNOWN, encode_body

RECORDS_MAX = 64  # half an hour of taps at a busy counter; the customer is told when it is full
BYTES_MAX = 12288  # of bodies: 64 taps take 4 KiB, 20 of the longest codes 11 KiB of a Pico W's heap
BACKLOG_IN_FLIGHT = 4  # the gateway commits a batch in some milliseconds; more would only queue at the broker
RETRY_BASE_MS = 2000  # a booking takes milliseconds; 2 s means the message or the answer is lost
RETRY_CAP_MS = 30000  # a gateway that is down for hours is asked twice a minute per record

RecordId = namedtuple("RecordId", "boot nonce number")
Due = namedtuple("Due", "id kind body age_ms")


class _Item:
    """One record; `retry_at_ms` is 0 until it was sent."""

    def __init__(self, record_id: RecordId, kind: str, body: bytes, record) -> None:
        self.id = record_id
        self.kind = kind
        self.body = body
        self.born_ms = record.uptime_ms
        self.deadline_ms = record.deadline_ms
        self.was_sent = False
        self.attempts = 0  # since the last resend_all
        self.retry_at_ms = 0


class Outbox:
    """The store, in memory."""

    def __init__(self, boot: int, nonce: bytes, below) -> None:
        self.refused = 0
        self.resends = 0
        self.strangers = 0  # `booked` for a record we do not hold: a second answer
        self.peak = 0
        self._boot = (boot, nonce)
        self._below = below
        self._items: list[_Item] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    def counters(self) -> tuple:
        """What keeping and sending has cost, as (name, value) pairs."""
        return (
            ("outbox.now", len(self._items)),
            ("outbox.peak", self.peak),
            ("outbox.refused", self.refused),
            ("outbox.resends", self.resends),
            ("outbox.strangers", self.strangers),
        )

    def put(self, kind: str, record, payload) -> RecordId:
        """Keep a record until it is booked. Raises OutboxFull (nothing kept), ProtocolError (a bad value)."""
        body = encode_body(kind, record, payload)
        reason = self._no_room(len(body))
        if reason:
            self.refused += 1
            raise OutboxFull(reason)
        record_id = RecordId(record.boot, record.nonce, record.number)
        self._items.append(_Item(record_id, kind, body, record))
        self._bytes += len(body)
        self.peak = max(self.peak, len(self._items))
        return record_id

    def due(self, now_ms: int) -> "list[Due]":
        """What to send now, in this order; tell `sent` of each that was."""
        ready = [item for item in self._items if item.retry_at_ms <= now_ms]
        fresh = [item for item in ready if self._fresh(item, now_ms)]
        backlog = [item for item in ready if not self._fresh(item, now_ms)]
        room = BACKLOG_IN_FLIGHT - self._backlog_in_flight(now_ms)
        return [self._due(item, now_ms) for item in fresh + backlog[: max(0, room)]]

    def sent(self, record_id: RecordId, now_ms: int) -> None:
        """The record went out; it is due again after its retry wait."""
        item = self._find(record_id)
        assert item is not None, "sent what we do not hold"
        item.retry_at_ms = now_ms + half_jitter_ms(item.attempts, RETRY_BASE_MS, RETRY_CAP_MS, self._below)
        item.attempts += 1
        self.resends += item.was_sent
        item.was_sent = True

    def booked(self, record_id: RecordId) -> bool:
        """The gateway committed it: forget it. False when we do not hold it."""
        item = self._find(record_id)
        if item is None:
            self.strangers += 1
            return False
        self._items.remove(item)
        self._bytes -= len(item.body)
        return True

    def resend_all(self) -> None:
        """Everything is due at once: a new connection, or a gateway that started anew."""
        for item in self._items:
            item.retry_at_ms = 0
            item.attempts = 0

    def wait_ms(self, now_ms: int) -> "int | None":
        """How long until `due` gives something by itself; None while nothing is kept."""
        if not self._items:
            return None
        if self.due(now_ms):
            return 0
        return min([item.retry_at_ms for item in self._items if item.retry_at_ms > now_ms]) - now_ms

    def _no_room(self, size: int) -> str:
        if len(self._items) >= RECORDS_MAX:
            return "records"
        if self._bytes + size > BYTES_MAX:
            return "bytes"
        return ""

    def _find(self, record_id: RecordId) -> "_Item | None":
        for item in self._items:
            if item.id == record_id:
                return item
        return None

    def _age_ms(self, item: _Item, now_ms: int) -> int:
        if item.id[:2] != self._boot:
            return AGE_UNKNOWN
        return max(0, now_ms - item.born_ms)

    def _fresh(self, item: _Item, now_ms: int) -> bool:
        return self._age_ms(item, now_ms) <= item.deadline_ms

    def _backlog_in_flight(self, now_ms: int) -> int:
        waiting = [item for item in self._items if item.retry_at_ms > now_ms]
        return len([item for item in waiting if not self._fresh(item, now_ms)])

    def _due(self, item: _Item, now_ms: int) -> Due:
        return Due(item.id, item.kind, item.body, self._age_ms(item, now_ms))
