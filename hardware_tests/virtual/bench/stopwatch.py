"""How long a customer waits: from the card entering the field to the display showing the answer. Pure.

The display also changes for other reasons ("please wait" after 300 ms), and a screen reaches it in several
writes. So the answer is the burst of changes that begins when the gateway has decided: it tells the bench
over HTTP within some milliseconds of telling the terminal over MQTT, LOOKBACK_MS covers either order. The
last change before QUIET_MS of silence is the moment the answer stood there whole.
"""

from typing import Final

QUIET_MS: Final = 60  # one screen takes 20 to 30 ms over a 400 kHz bus
LOOKBACK_MS: Final = 25
GIVE_UP_MS: Final = 10_000  # past the longest deadline nothing is shown any more


class Stopwatch:
    """One terminal's; times are monotonic milliseconds."""

    def __init__(self) -> None:
        self._entered_ms: float | None = None
        self._answered_ms: float | None = None
        self._changed_ms: float | None = None

    def entered(self, now_ms: float) -> None:
        """A card or code is held to the terminal: start anew."""
        self._entered_ms, self._answered_ms, self._changed_ms = now_ms, None, None

    def changed(self, now_ms: float) -> None:
        """The display changed."""
        if self._entered_ms is not None:
            self._changed_ms = now_ms

    def answered(self, now_ms: float) -> None:
        """The gateway decided."""
        if self._entered_ms is None or self._answered_ms is not None:
            return
        self._answered_ms = now_ms
        if self._changed_ms is not None and self._changed_ms < now_ms - LOOKBACK_MS:
            self._changed_ms = None

    def take(self, now_ms: float) -> int | None:
        """The wait in ms, once, when the answer stands there; else None."""
        if self._entered_ms is None or now_ms - self._entered_ms > GIVE_UP_MS:
            self._entered_ms = None
            return None
        if self._answered_ms is None or self._changed_ms is None or now_ms - self._changed_ms < QUIET_MS:
            return None
        wait_ms = self._changed_ms - self._entered_ms
        self._entered_ms = None
        return round(wait_ms)
