"""What every device says and is told, without I/O: letters out, messages in, a status now and then.

The tasks of apps/ call it with `now_ms` (milliseconds since boot, never wraps); `changed` is called when the
sender may have something new to do. A message that breaks the contract is counted and dropped. A kind of
device is a class of its own on top: it records what happens and takes what only it is told.
"""

from collections import namedtuple

from firmware.core.mqtt_wire import Will
from firmware.core.outbox import RecordId
from firmware.protocol import cbor, messages, topics
from firmware.protocol.compat import const
from firmware.protocol.errors import ProtocolError
from firmware.protocol.messages import STATE_OFFLINE, STATE_ONLINE, Status

STATUS_EVERY_MS = 60000  # the counters on the console are at most a minute old; 1,440 messages a day
COUNTERS_MAX = 32  # the contract's bound; what does not fit is the last of the parts
_ARRAY = const(0x80)  # an empty one is the last byte of a status without counters

Identity = namedtuple("Identity", "device board role firmware")
Letter = namedtuple("Letter", "topic payload qos retain record_id")  # record_id None: a status or an answer


class Post:
    """`takers` of a kind of device: kind of message -> its function (device, message, now_ms)."""

    takers = {}

    def __init__(self, identity: Identity, recorder, clock, outbox, highest, changed) -> None:
        self.linked = False
        self.been_linked = False
        self.malformed = 0
        self.foreign = 0
        self.outbox = outbox
        self.highest = highest
        self.clock = clock
        self.recorder = recorder
        self.changed = changed
        self.more_counters = lambda: ()  # pairs of the parts and the link, put in by the application
        self._identity = identity
        self._gateway_run = b""
        self._status_at_ms = 0

    # letters to the gateway

    def will(self, now_ms: int) -> Will:
        """What the broker says of us when we fall silent."""
        return Will(self.topic("status"), self._status(STATE_OFFLINE, now_ms), 1, True)

    def link_is(self, up: bool, now_ms: int) -> None:
        """The connection stands (all unbooked go again, the status first), or is lost."""
        self.linked = up
        if up:
            self.been_linked = True
            self.outbox.resend_all()
            self._status_at_ms = now_ms
        self.changed()

    def next_letter(self, now_ms: int) -> "Letter | None":
        """What to send now; call `posted` with it before asking again."""
        if now_ms >= self._status_at_ms:
            return Letter(self.topic("status"), self._status(STATE_ONLINE, now_ms), 1, True, None)
        for item in self.outbox.due(now_ms):
            payload = messages.seal(item.kind, item.body, item.age_ms, self.highest.highest)
            return Letter(self.topic(item.kind), payload, 1, False, item.id)
        return None

    def posted(self, letter: Letter, now_ms: int) -> None:
        """The letter was handed to the connection."""
        if letter.record_id is None:
            self._status_at_ms = now_ms + STATUS_EVERY_MS
        else:
            self.outbox.sent(letter.record_id, now_ms)

    def wait_ms(self, now_ms: int) -> int:
        """How long until there is a letter by itself."""
        status_ms = max(0, self._status_at_ms - now_ms)
        due_ms = self.outbox.wait_ms(now_ms)
        return status_ms if due_ms is None else min(status_ms, due_ms)

    def status_due(self, now_ms: int) -> None:
        """Something that the status tells has changed: send it at once."""
        self._status_at_ms = now_ms
        self.changed()

    def topic(self, kind: str) -> str:
        """Ours for what we say."""
        return topics.up(self._identity.device, kind)

    # messages from the gateway

    def received(self, topic: str, payload: bytes, now_ms: int) -> None:
        """A message to this device; anything the contract does not allow is counted and changes nothing."""
        try:
            device, direction, kind = topics.parse(topic)
            take = self.takers.get(kind)
            if device != self._identity.device or direction != "down" or take is None:
                self.foreign += 1
                return
            message = messages.decode(kind, payload)
        except ProtocolError:
            self.malformed += 1
            return
        take(self, message, now_ms)
        self.changed()

    def take_booked(self, booked, _now_ms: int) -> "RecordId | None":
        """The record that the gateway has now; None if we do not hold it."""
        self.highest.saw(booked.epoch, booked.seq)
        record_id = RecordId(booked.boot, booked.nonce, booked.number)
        return record_id if self.outbox.booked(record_id) else None

    def take_time(self, time, now_ms: int) -> bool:
        """The gateway's time; True if it is another run of the gateway than before."""
        self.clock.learn(time.unix_ms, time.quality, now_ms)
        if time.gateway_run == self._gateway_run:
            return False
        self._gateway_run = time.gateway_run
        self.outbox.resend_all()
        return True

    # the status

    def _status(self, state: int, now_ms: int) -> bytes:
        who = self._identity
        recorder, highest = self.recorder, self.highest.highest
        data = messages.encode(
            "status",
            Status(
                state,
                recorder.boot,
                recorder.nonce,
                now_ms,
                highest,
                who.firmware,
                who.board,
                who.role,
                (),
            ),
        )
        return self._with_counters(data)

    def _with_counters(self, status: bytes) -> bytes:
        """A status that ends in no counters, with ours: one by one, since all of them as a message, as its
        checked copy and as bytes are 4 KB of a heap that a full outbox leaves little of (measured)."""
        counters = self.counters()[:COUNTERS_MAX]
        out = bytearray(status[:-1])
        out.extend(cbor.head(_ARRAY, len(counters)))
        for counter in counters:
            out.extend(cbor.encode(counter))
        return bytes(out)

    def counters(self) -> tuple:
        """(name, value) pairs for the status message; a kind of device puts its own before them."""
        own = (
            ("malformed", self.malformed),
            ("foreign", self.foreign),
            ("clock.refused", self.clock.refused),
        )
        return own + self.outbox.counters() + tuple(self.more_counters())
