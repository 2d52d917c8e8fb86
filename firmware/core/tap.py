"""The tap session: what the customer at the terminal is told about the card or code just read.

One table. A session is about one record; only the answer to that record is shown, so an answer that comes
after another card, or after the session ended, never greets the wrong customer.

    idle -> waiting -> slow -> saved -> idle       each by `elapsed`
            waiting, slow, saved -> showing        by `answered`, for the screen's hold_ms
    without a link: any -> saved at once;  with a full outbox: any -> full

What tells the customer to ask somebody stays until it is dismissed: by a key, the next card, another screen.
"""

from firmware.protocol.compat import const
from firmware.protocol.messages import HOLD_STAYS

IDLE = const(0)
WAITING = const(1)  # read, sent; an answer usually comes within one frame, so nothing flickers
SLOW = const(2)  # "please wait"
SAVED = const(3)  # "saved, will be booked"
FULL = const(4)  # "cannot take more": the only case in which a tap is not kept
SHOWING = const(5)  # a screen of the gateway

RECORDED = const(0)
RECORDED_OFFLINE = const(1)
REFUSED = const(2)
ANSWERED = const(3)
ANSWERED_BLANK = const(4)  # booked, nothing to show
TOLD = const(5)  # the gateway shows something without a tap
ELAPSED = const(6)

_NEVER = const(255)
_EVENTS = const(7)

# fmt: off
TABLE = bytes((  # a row per state, a column per event: 42 bytes where a dictionary took 3.5 KB of heap
    # recorded  offline refused answered blank   told     elapsed
    WAITING,    SAVED,  FULL,   _NEVER,  _NEVER, SHOWING, _NEVER,  # idle
    SLOW,       SAVED,  FULL,   SHOWING, IDLE,   _NEVER,  SLOW,    # waiting
    SLOW,       SAVED,  FULL,   SHOWING, IDLE,   _NEVER,  SAVED,   # slow
    SLOW,       SAVED,  FULL,   SHOWING, IDLE,   SHOWING, IDLE,    # saved
    SLOW,       SAVED,  FULL,   _NEVER,  _NEVER, SHOWING, IDLE,    # full
    SLOW,       SAVED,  FULL,   _NEVER,  _NEVER, SHOWING, IDLE,    # showing: the name is another customer's
))
# fmt: on

HOLDS_MS = (
    0,
    300,  # waiting: an answer within this time shows no "please wait" before it
    2700,  # slow: three seconds in all; longer feels broken
    4000,  # saved: two short lines in two languages
    0,  # full: stays, as any refusal
)
DEADLINE_MS = 7000  # WAITING + SLOW + SAVED: past it the gateway books the record and has us show nothing


def after(state: int, event: int) -> "int | None":
    """The next state; None for what cannot happen in this one."""
    following = TABLE[state * _EVENTS + event]
    return None if following == _NEVER else following


class Session:
    """State of the one display. `unshown` counts answers that came too late or for another card."""

    def __init__(self) -> None:
        self.state = IDLE
        self.screen = None  # of the gateway, while SHOWING
        self.unshown = 0
        self.turn = 0  # counts what happened: a state entered again starts its time again
        self._record_id = None

    def recorded(self, record_id, linked: bool) -> None:
        """A card or code was read and kept; the session is about it now."""
        self._happened(RECORDED if linked else RECORDED_OFFLINE)
        self._record_id = record_id

    def refused(self) -> None:
        """A card or code was read and could not be kept."""
        self._happened(REFUSED)

    def answered(self, record_id, screen) -> bool:
        """The gateway booked a record; True if its screen is for the customer who stands here."""
        if record_id != self._record_id:
            self.unshown += 1
            return False
        self._happened(ANSWERED if screen.hold_ms else ANSWERED_BLANK, screen)
        return True

    def told(self, screen) -> bool:
        """The gateway wants to show something now; False while a customer waits for an answer."""
        if after(self.state, TOLD) is None:
            self.unshown += 1
            return False
        self._happened(TOLD, screen)
        return True

    def dismissed(self) -> bool:
        """A key was pressed; True if that ended what was shown."""
        if self.state not in (SAVED, FULL, SHOWING):
            return False
        self._happened(ELAPSED)
        return True

    @property
    def stays(self) -> bool:
        """Whether what is shown waits for a key. A full terminal does not: its heap is full of records as
        well, and the keypad's driver would not fit beside them."""
        return self.state == SHOWING and self.hold_ms is None

    def elapsed(self) -> None:
        """`hold_ms` of the state is over."""
        self._happened(ELAPSED)

    @property
    def hold_ms(self) -> "int | None":
        """How long the present state lasts; None = until something happens."""
        if self.screen is not None:
            return None if self.screen.hold_ms == HOLD_STAYS else self.screen.hold_ms
        return HOLDS_MS[self.state] or None

    def _happened(self, event: int, screen=None) -> None:
        following = after(self.state, event)
        assert following is not None, "an impossible turn"
        self.state = following
        self.turn += 1
        self.screen = screen if self.state == SHOWING else None
        if self.state not in (WAITING, SLOW, SAVED):
            self._record_id = None
