"""Everything a terminal decides, without I/O: cards and codes in, letters out, messages in, a session shown.

The tasks of apps/ call it with `now_ms` (milliseconds since boot, never wraps); `changed` is called when face
or sender may have something new to do. A message that breaks the contract is counted and dropped.
"""

import gc
from collections import namedtuple

from firmware.core.errors import OutboxFull
from firmware.core.modules import borrowed
from firmware.core.mqtt_wire import Will
from firmware.core.outbox import RecordId
from firmware.core.presence import Presence
from firmware.core.tap import DEADLINE_MS, FULL, Session
from firmware.protocol import cbor, messages, topics
from firmware.protocol.compat import const
from firmware.protocol.errors import ProtocolError
from firmware.protocol.messages import (
    ASK_NOTHING,
    SLOT_IDLE,
    STATE_OFFLINE,
    STATE_ONLINE,
    Scan,
    Status,
    Tap,
)

STATUS_EVERY_MS = 60000  # the counters on the console are at most a minute old; 1,440 messages a day
_ARRAY = const(0x80)  # an empty one is the last byte of a status without counters
READER = 0  # a terminal has one of each; messages leave room for more
SCANNER = 0

Identity = namedtuple("Identity", "device board role firmware")
Letter = namedtuple("Letter", "topic payload qos retain record_id")  # record_id None: a status or an answer


class Desk:
    """The terminal's decisions and what they rest on. Plain counters go into the status message."""

    def __init__(self, identity: Identity, recorder, clock, outbox, highest, changed) -> None:
        self.session = Session()
        self.question = None  # its code is in the heap only while one is asked: 4 KB
        self.idle_screen = None
        self.linked = False
        self.been_linked = False
        self.broken = False  # the reader does not answer
        self.taps = 0
        self.scans = 0
        self.malformed = 0
        self.foreign = 0
        self.outbox = outbox
        self.highest = highest
        self.clock = clock
        self.more_counters = lambda: ()  # pairs of the parts and the link, put in by the application
        self._identity = identity
        self._recorder = recorder
        self._presence = Presence()
        self._changed = changed
        self._gateway_run = b""
        self._status_at_ms = 0

    # what happens at the counter

    def polled(self, target, now_ms: int) -> None:
        """The reader looked: a Target, or None for an empty field."""
        arrived = self._presence.polled(target)
        if arrived is not None:
            self.taps += 1
            self._record("tap", Tap(READER, *arrived), now_ms)

    def scanned(self, code: bytes, now_ms: int) -> None:
        """The scanner read a code that is news."""
        self.scans += 1
        self._record("scan", Scan(SCANNER, code), now_ms)

    def reader_is(self, working: bool, now_ms: int) -> None:
        """The reader answers, or does not."""
        if self.broken == working:
            self.broken = not working
            self._status_at_ms = now_ms
            self._changed()

    @property
    def wants_keys(self) -> bool:
        """Whether a key would mean anything now."""
        return self.session.stays if self.question is None else self.question.open

    def keypad_said(self, key: "str | None", dead: bool, now_ms: int) -> None:
        """A key was pressed, for the question or to be done with what is shown; or none, perhaps because the
        keypad is dead: then nobody can answer."""
        if self.question is not None and (key or dead):
            self.question.pressed(key, now_ms)
        elif key:
            self.session.dismissed()
        else:
            return
        self._changed()

    def asked(self, now_ms: int):
        """What the display shows of a question: a Screen, a picture's name, or None where there is none."""
        question = self.question
        if question is None:
            return None
        if question.elapsed(now_ms):
            self._changed()
        if question.is_over:
            self.question = None
        return question.shown

    def _record(self, kind: str, payload, now_ms: int) -> None:
        if self.question is not None:
            self.question.left(now_ms)
        if not self.linked:
            gc.collect()  # what is kept for long lies together then: a letter needs 800 bytes in one piece
        try:
            record_id = self.outbox.put(kind, self._recorder.record(now_ms, DEADLINE_MS), payload)
        except OutboxFull:
            self.session.refused()
        except ProtocolError:  # a card or code that the drivers let through and the contract does not
            self.malformed += 1
        else:
            self.session.recorded(record_id, self.linked)
        self._changed()

    # letters to the gateway

    def will(self, now_ms: int) -> Will:
        """What the broker says of us when we fall silent."""
        return Will(self._topic("status"), self._status(STATE_OFFLINE, now_ms), 1, True)

    def link_is(self, up: bool, now_ms: int) -> None:
        """The connection stands (all unbooked go again, the status first), or is lost."""
        self.linked = up
        self.question = None
        if up:
            self.been_linked = True
            if self.session.state == FULL:
                self.session.dismissed()  # there will be room again
            self.outbox.resend_all()
            self._status_at_ms = now_ms
        self._changed()

    def next_letter(self, now_ms: int) -> "Letter | None":
        """What to send now; call `posted` with it before asking again."""
        answer = self._answer()
        if answer is not None:
            return Letter(self._topic("pin"), messages.encode("pin", answer), 0, False, None)
        if now_ms >= self._status_at_ms:
            return Letter(self._topic("status"), self._status(STATE_ONLINE, now_ms), 1, True, None)
        for item in self.outbox.due(now_ms):
            payload = messages.seal(item.kind, item.body, item.age_ms, self.highest.highest)
            return Letter(self._topic(item.kind), payload, 1, False, item.id)
        return None

    def posted(self, letter: Letter, now_ms: int) -> None:
        """The letter was handed to the connection."""
        if not letter.qos:
            if self.question is not None:
                self.question.answer = None  # it is nowhere else now
        elif letter.record_id is None:
            self._status_at_ms = now_ms + STATUS_EVERY_MS
        else:
            self.outbox.sent(letter.record_id, now_ms)

    def wait_ms(self, now_ms: int) -> int:
        """How long until there is a letter by itself."""
        if self._answer() is not None:
            return 0
        status_ms = max(0, self._status_at_ms - now_ms)
        due_ms = self.outbox.wait_ms(now_ms)
        return status_ms if due_ms is None else min(status_ms, due_ms)

    def _answer(self):
        """The answer that has not left yet, if there is one."""
        return None if self.question is None else self.question.answer

    # messages from the gateway

    def received(self, topic: str, payload: bytes, now_ms: int) -> None:
        """A message to this device; anything the contract does not allow is counted and changes nothing."""
        try:
            device, direction, kind = topics.parse(topic)
            take = self._TAKERS.get(kind)
            if device != self._identity.device or direction != "down" or take is None:
                self.foreign += 1
                return
            message = messages.decode(kind, payload)
        except ProtocolError:
            self.malformed += 1
            return
        take(self, message, now_ms)
        self._changed()

    def _take_booked(self, booked, _now_ms: int) -> None:
        self.highest.saw(booked.epoch, booked.seq)
        self._said_more()
        record_id = RecordId(booked.boot, booked.nonce, booked.number)
        if self.outbox.booked(record_id):
            self.session.answered(record_id, booked.screen)

    def _take_show(self, show, _now_ms: int) -> None:
        if show.slot == SLOT_IDLE:
            self.idle_screen = show.screen
            return
        self._said_more()
        if show.screen.hold_ms:
            self.session.told(show.screen)

    def _take_time(self, time, now_ms: int) -> None:
        self.clock.learn(time.unix_ms, time.quality, now_ms)
        if time.gateway_run != self._gateway_run:
            self._gateway_run = time.gateway_run
            self.outbox.resend_all()

    def _take_command(self, command, now_ms: int) -> None:
        if command.ask == ASK_NOTHING:
            if self.question is not None and self.question.session == command.session:
                self.question = None
        elif self.linked:
            self.question = None  # its code goes before it comes again
            self.question = borrowed("firmware.core.question", "Question")(command, now_ms)

    def _said_more(self) -> None:
        """No more "please wait": the gateway shows something."""
        if self.question is not None:
            self.question.answered()

    _TAKERS = {"booked": _take_booked, "show": _take_show, "time": _take_time, "command": _take_command}

    # inside

    def _topic(self, kind: str) -> str:
        return topics.up(self._identity.device, kind)

    def _status(self, state: int, now_ms: int) -> bytes:
        who = self._identity
        recorder, highest = self._recorder, self.highest.highest
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
        counters = self.counters()
        out = bytearray(status[:-1])
        out.extend(cbor.head(_ARRAY, len(counters)))
        for counter in counters:
            out.extend(cbor.encode(counter))
        return bytes(out)

    def counters(self) -> tuple:
        """(name, value) pairs for the status message, at most 32."""
        own = (
            ("taps", self.taps),
            ("scans", self.scans),
            ("malformed", self.malformed),
            ("foreign", self.foreign),
            ("unshown", self.session.unshown),
            ("clock.refused", self.clock.refused),
            ("reader.broken", int(self.broken)),
        )
        return (own + self.outbox.counters() + tuple(self.more_counters()))[:COUNTERS_MAX]


COUNTERS_MAX = 32  # the contract's bound; what does not fit is the last of the parts
