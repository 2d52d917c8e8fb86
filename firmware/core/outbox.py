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
from firmware.protocol.compat import const
from firmware.protocol.messages import AGE_UNKNOWN, encode_body

# What a Pico W holds and can still send: a tap takes 190 bytes of bench heap (docs/decisions/0009).
RECORDS_MAX = 32  # ten minutes of taps at a busy counter; the customer is told when it is full
BYTES_MAX = 4096  # of bodies: 32 taps have 1.7 KiB, 7 of the longest codes 3.8
BACKLOG_IN_FLIGHT = 4  # the gateway commits a batch in some milliseconds; more would only queue at the broker
RETRY_BASE_MS = 2000  # a booking takes milliseconds; 2 s means the message or the answer is lost
RETRY_CAP_MS = 30000  # a gateway that is down for hours is asked twice a minute per record

RecordId = namedtuple("RecordId", "boot nonce number")
Due = namedtuple("Due", "id kind body age_ms")


# What is kept of a record is a list, not an object: on the bench 190 bytes a tap instead of 374.
_START = const(0)  # (boot, nonce), one tuple for all of a boot
_NUMBER = const(1)
_KIND = const(2)
_BODY = const(3)
_BORN_MS = const(4)
_DEADLINE_MS = const(5)
_RETRY_AT_MS = const(6)  # 0: due
_ATTEMPTS = const(7)  # since the last resend_all; _NEVER before the first
_NEVER = const(-1)


class Outbox:
    """The store, in memory."""

    def __init__(self, boot: int, nonce: bytes, below) -> None:
        self.refused = 0
        self.resends = 0
        self.strangers = 0  # `booked` for a record we do not hold: a second answer
        self.peak = 0
        self._boot = (boot, nonce)
        self._below = below
        self._items: list[list] = []
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
        try:
            return self._keep(kind, record, encode_body(kind, record, payload))
        except MemoryError:
            self.refused += 1
            raise OutboxFull("memory") from None

    def _keep(self, kind: str, record, body: bytes) -> RecordId:
        reason = self._no_room(len(body))
        if reason:
            self.refused += 1
            raise OutboxFull(reason)
        start = (record.boot, record.nonce)
        if start == self._boot:
            start = self._boot
        record_id = RecordId(record.boot, record.nonce, record.number)  # before it is kept: it may not fit
        self._items.append(
            [start, record.number, kind, body, record.uptime_ms, record.deadline_ms, 0, _NEVER]
        )
        self._bytes += len(body)
        self.peak = max(self.peak, len(self._items))
        return record_id

    def due(self, now_ms: int):
        """Generates what to send now, in this order; tell `sent` of each that was."""
        for item in self._items:
            if item[_RETRY_AT_MS] <= now_ms and self._fresh(item, now_ms):
                yield self._due(item, now_ms)
        room = BACKLOG_IN_FLIGHT - self._backlog_in_flight(now_ms)
        for item in self._items:
            if room > 0 and item[_RETRY_AT_MS] <= now_ms and not self._fresh(item, now_ms):
                room -= 1
                yield self._due(item, now_ms)

    def sent(self, record_id: RecordId, now_ms: int) -> None:
        """The record went out; it is due again after its retry wait."""
        item = self._find(record_id)
        assert item is not None, "sent what we do not hold"
        self.resends += item[_ATTEMPTS] != _NEVER
        attempts = max(0, item[_ATTEMPTS])
        item[_RETRY_AT_MS] = now_ms + half_jitter_ms(attempts, RETRY_BASE_MS, RETRY_CAP_MS, self._below)
        item[_ATTEMPTS] = attempts + 1

    def booked(self, record_id: RecordId) -> bool:
        """The gateway committed it: forget it. False when we do not hold it."""
        item = self._find(record_id)
        if item is None:
            self.strangers += 1
            return False
        self._items.remove(item)
        self._bytes -= len(item[_BODY])
        return True

    def expire(self, age_ms: int, now_ms: int) -> int:
        """Forget the records that are so old; how many. For what promises nothing: a tap waits for ever."""
        stale = [item for item in self._items if self._age_ms(item, now_ms) >= age_ms]
        for item in stale:
            self._items.remove(item)
            self._bytes -= len(item[_BODY])
        return len(stale)

    def resend_all(self) -> None:
        """Everything is due at once: a new connection, or a gateway that started anew."""
        for item in self._items:
            item[_RETRY_AT_MS] = 0
            item[_ATTEMPTS] = min(item[_ATTEMPTS], 0)

    def wait_ms(self, now_ms: int) -> "int | None":
        """How long until `due` gives something by itself; None while nothing is kept."""
        if not self._items:
            return None
        for _ in self.due(now_ms):
            return 0
        return min([item[_RETRY_AT_MS] for item in self._items if item[_RETRY_AT_MS] > now_ms]) - now_ms

    def _no_room(self, size: int) -> str:
        if len(self._items) >= RECORDS_MAX:
            return "records"
        if self._bytes + size > BYTES_MAX:
            return "bytes"
        return ""

    def _find(self, record_id: RecordId) -> "list | None":
        for item in self._items:
            if item[_NUMBER] == record_id.number and item[_START] == record_id[:2]:
                return item
        return None

    def _age_ms(self, item: list, now_ms: int) -> int:
        if item[_START] is not self._boot:
            return AGE_UNKNOWN
        return max(0, now_ms - item[_BORN_MS])

    def _fresh(self, item: list, now_ms: int) -> bool:
        return self._age_ms(item, now_ms) <= item[_DEADLINE_MS]

    def _backlog_in_flight(self, now_ms: int) -> int:
        count = 0
        for item in self._items:
            if item[_RETRY_AT_MS] > now_ms and not self._fresh(item, now_ms):
                count += 1
        return count

    def _due(self, item: list, now_ms: int) -> Due:
        boot, nonce = item[_START]
        record_id = RecordId(boot, nonce, item[_NUMBER])
        return Due(record_id, item[_KIND], item[_BODY], self._age_ms(item, now_ms))
