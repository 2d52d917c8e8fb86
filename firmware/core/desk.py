"""Everything a terminal decides, without I/O: cards and codes to letters, messages to a session shown.

The tasks of apps/ call it with `now_ms` (milliseconds since boot, never wraps); `changed` is called when face
or sender may have something new to do.
"""

import gc

from firmware.core.errors import OutboxFull
from firmware.core.modules import borrowed
from firmware.core.post import Letter, Post
from firmware.core.presence import Presence
from firmware.core.tap import DEADLINE_MS, FULL, Session
from firmware.protocol import messages
from firmware.protocol.errors import ProtocolError
from firmware.protocol.messages import ASK_NOTHING, SLOT_IDLE, Scan, Tap

READER = 0  # a terminal has one of each; messages leave room for more
SCANNER = 0


class Desk(Post):
    """The terminal's decisions and what they rest on. Plain counters go into the status message."""

    def __init__(self, identity, recorder, clock, outbox, highest, changed) -> None:
        super().__init__(identity, recorder, clock, outbox, highest, changed)
        self.session = Session()
        self.question = None  # its code is in the heap only while one is asked: 4 KB
        self.idle_screen = None
        self.broken = False  # the reader does not answer
        self.taps = 0
        self.scans = 0
        self._presence = Presence()

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
            self.status_due(now_ms)

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
        self.changed()

    def asked(self, now_ms: int):
        """What the display shows of a question: a Screen, a picture's name, or None where there is none."""
        question = self.question
        if question is None:
            return None
        if question.elapsed(now_ms):
            self.changed()
        if question.is_over:
            self.question = None
        return question.shown

    def _record(self, kind: str, payload, now_ms: int) -> None:
        if self.question is not None:
            self.question.left(now_ms)
        if not self.linked:
            gc.collect()  # what is kept for long lies together then: a letter needs 800 bytes in one piece
        try:
            record_id = self.outbox.put(kind, self.recorder.record(now_ms, DEADLINE_MS), payload)
        except OutboxFull:
            self.session.refused()
        except ProtocolError:  # a card or code that the drivers let through and the contract does not
            self.malformed += 1
        else:
            self.session.recorded(record_id, self.linked)
        self.changed()

    # letters to the gateway

    def link_is(self, up: bool, now_ms: int) -> None:
        """The connection stands (all unbooked go again, the status first), or is lost."""
        self.question = None
        if up and self.session.state == FULL:
            self.session.dismissed()  # there will be room again
        super().link_is(up, now_ms)

    def next_letter(self, now_ms: int) -> "Letter | None":
        """What to send now; call `posted` with it before asking again."""
        answer = self._answer()
        if answer is not None:
            return Letter(self.topic("pin"), messages.encode("pin", answer), 0, False, None)
        return super().next_letter(now_ms)

    def posted(self, letter: Letter, now_ms: int) -> None:
        """The letter was handed to the connection."""
        if letter.qos:
            super().posted(letter, now_ms)
        elif self.question is not None:
            self.question.answer = None  # it is nowhere else now

    def wait_ms(self, now_ms: int) -> int:
        """How long until there is a letter by itself."""
        return super().wait_ms(now_ms) if self._answer() is None else 0

    def _answer(self):
        """The answer that has not left yet, if there is one."""
        return None if self.question is None else self.question.answer

    # messages from the gateway

    def _take_booked(self, booked, now_ms: int) -> None:
        self._said_more()
        record_id = self.take_booked(booked, now_ms)
        if record_id is not None:
            self.session.answered(record_id, booked.screen)

    def _take_show(self, show, _now_ms: int) -> None:
        if show.slot == SLOT_IDLE:
            self.idle_screen = show.screen
            return
        self._said_more()
        if show.screen.hold_ms:
            self.session.told(show.screen)

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

    takers = {
        "booked": _take_booked,
        "show": _take_show,
        "time": Post.take_time,
        "command": _take_command,
    }

    def counters(self) -> tuple:
        """(name, value) pairs for the status message."""
        own = (
            ("taps", self.taps),
            ("scans", self.scans),
            ("unshown", self.session.unshown),
            ("reader.broken", int(self.broken)),
        )
        return own + super().counters()
