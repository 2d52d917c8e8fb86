"""A question of the gateway that is answered on the keypad: a PIN, shown as dots, or a choice of one digit.

    open --a PIN and OK, a digit of a choice--> sent --something else is shown, or SENT_MS--> over
    open --clear with nothing typed, no key for so many seconds, a dead keypad, a card--> over

Invariants: one answer at most; digits are in memory only, and only until the answer has left or the link has
gone. Nothing here is ever written to flash, console or outbox. Loaded while a question is asked.
"""

from firmware.protocol.compat import const
from firmware.protocol.messages import (
    ASK_CHOICE,
    DIGITS_MAX,
    DISPLAY_HEIGHT,
    DISPLAY_WIDTH,
    DOTS_HEIGHT,
    ENDED_CLEARED,
    ENDED_DIGITS,
    ENDED_NO_KEYPAD,
    ENDED_TIMEOUT,
    TONE_NONE,
    Pin,
    Screen,
    Strip,
)

OK = "#"
CLEAR = "*"
WAIT = "wait"  # the terminal's own picture
SENT_MS = 5000  # argon2id takes up to half a second of the gateway, behind others; longer feels broken

_CELL = const(12)  # columns of a dot with the space beside it
_DOT = b"\x3c\x7e\xff\xff\xff\xff\x7e\x3c\x00\x00\x00\x00"


class Question:
    """`shown` is what the display shows for it: a Screen, WAIT, or None where it is over; `answer` is the Pin
    that has not left yet, set to None once it has; `open` says whether keys are for it."""

    def __init__(self, command, now_ms: int) -> None:
        self.session = command.session
        self.shown = command.screen
        self.answer = None
        self.open = True
        self._command = command
        self._typed = ""
        self._ends_ms = now_ms + command.seconds * 1000

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of it."""
        return self.shown is None and self.answer is None

    def pressed(self, key: "str | None", now_ms: int) -> None:
        """A key; letters mean nothing. None: there is no keypad that answers."""
        if not self.open:
            return
        self._ends_ms = now_ms + self._command.seconds * 1000
        if key is None:
            self._end(ENDED_NO_KEYPAD, now_ms)
        elif key == CLEAR and not self._typed:
            self._end(ENDED_CLEARED, now_ms)
        elif key == OK and self._typed:
            self._end(ENDED_DIGITS, now_ms)
        elif key == CLEAR:
            self._type("")
        elif key in "0123456789" and len(self._typed) < DIGITS_MAX:
            self._type(self._typed + key)
            if self._command.ask == ASK_CHOICE:
                self._end(ENDED_DIGITS, now_ms)

    def left(self, now_ms: int) -> None:
        """Whoever was asked is gone: another card or code came."""
        if self.open:
            self._end(ENDED_CLEARED, now_ms)
        self.answered()

    def elapsed(self, now_ms: int) -> bool:
        """Time passed; True if that ended something."""
        if self.shown is None or now_ms < self._ends_ms:
            return False
        if self.open:
            self._end(ENDED_TIMEOUT, now_ms)
        self.answered()
        return True

    def answered(self) -> None:
        """The gateway shows something else now: no more "please wait"."""
        if not self.open:
            self.shown = None

    def _end(self, ended: int, now_ms: int) -> None:
        digits = self._typed if ended == ENDED_DIGITS else ""
        self.answer = Pin(self.session, ended, digits)
        self.open = False
        self.shown = WAIT if digits else None
        self._typed = ""
        self._ends_ms = now_ms + SENT_MS

    def _type(self, typed: str) -> None:
        """The question with a dot for each digit in its last rows; no tone: it has sounded."""
        self._typed = typed
        hold_ms, light, _tone, strips = self._command.screen
        dots = (_dots(len(typed)),) if typed else ()
        self.shown = Screen(hold_ms, light, TONE_NONE, strips + dots)


def _dots(count: int) -> Strip:
    """So many dots, in the middle of the last rows."""
    upper = bytes([column << 4 & 0xFF for column in _DOT])
    lower = bytes([column >> 4 for column in _DOT])
    width = count * _CELL
    left = (DISPLAY_WIDTH - width) // 2
    return Strip(left, DISPLAY_HEIGHT - DOTS_HEIGHT, width, DOTS_HEIGHT, upper * count + lower * count)
