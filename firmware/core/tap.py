"""The tap session: what the customer at the terminal is told about the card or code just read.

One table. A session is about one record; only the answer to that record is shown, so an answer that comes
after another card, or after the session ended, never greets the wrong customer.

    idle -> waiting -> slow -> saved -> idle       each by `elapsed`
            waiting, slow, saved -> showing        by `answered`, for the screen's hold_ms
    without a link: any -> saved at once;  with a full outbox: any -> full
"""

IDLE = "idle"
WAITING = "waiting"  # read, sent; an answer usually comes within one frame, so nothing flickers
SLOW = "slow"  # "please wait"
SAVED = "saved"  # "saved, will be booked"
FULL = "full"  # "cannot take more": the only case in which a tap is not kept
SHOWING = "showing"  # a screen of the gateway

RECORDED = "recorded"
RECORDED_OFFLINE = "recorded_offline"
REFUSED = "refused"
ANSWERED = "answered"
ANSWERED_BLANK = "answered_blank"  # booked, nothing to show
TOLD = "told"  # the gateway shows something without a tap
ELAPSED = "elapsed"

TABLE = {
    (IDLE, RECORDED): WAITING,
    (WAITING, RECORDED): SLOW,
    (SLOW, RECORDED): SLOW,
    (SAVED, RECORDED): SLOW,
    (FULL, RECORDED): SLOW,
    (SHOWING, RECORDED): SLOW,  # at once: the name on the display is another customer's
    (WAITING, ANSWERED): SHOWING,
    (SLOW, ANSWERED): SHOWING,
    (SAVED, ANSWERED): SHOWING,
    (WAITING, ANSWERED_BLANK): IDLE,
    (SLOW, ANSWERED_BLANK): IDLE,
    (SAVED, ANSWERED_BLANK): IDLE,
    (IDLE, TOLD): SHOWING,
    (SAVED, TOLD): SHOWING,
    (FULL, TOLD): SHOWING,
    (SHOWING, TOLD): SHOWING,
    (WAITING, ELAPSED): SLOW,
    (SLOW, ELAPSED): SAVED,
    (SAVED, ELAPSED): IDLE,
    (FULL, ELAPSED): IDLE,
    (SHOWING, ELAPSED): IDLE,
}
for _state in (IDLE, WAITING, SLOW, SAVED, FULL, SHOWING):
    TABLE[_state, RECORDED_OFFLINE] = SAVED
    TABLE[_state, REFUSED] = FULL

HOLDS_MS = {
    WAITING: 300,  # an answer within this time shows no "please wait" before it
    SLOW: 2700,  # three seconds in all: longer feels broken
    SAVED: 4000,  # two short lines in two languages
    FULL: 4000,
}
DEADLINE_MS = 7000  # WAITING + SLOW + SAVED: past it the gateway books the record and has us show nothing


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
        if (self.state, TOLD) not in TABLE:
            self.unshown += 1
            return False
        self._happened(TOLD, screen)
        return True

    def elapsed(self) -> None:
        """`hold_ms` of the state is over."""
        self._happened(ELAPSED)

    @property
    def hold_ms(self) -> "int | None":
        """How long the present state lasts; None = until something happens."""
        if self.screen is not None:
            return self.screen.hold_ms
        return HOLDS_MS.get(self.state)

    def _happened(self, event: str, screen=None) -> None:
        self.state = TABLE[self.state, event]
        self.turn += 1
        self.screen = screen if self.state == SHOWING else None
        if self.state not in (WAITING, SLOW, SAVED):
            self._record_id = None
