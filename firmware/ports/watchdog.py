"""The board's watchdog: once started it resets the board unless it is fed, and nothing stops it again."""

from machine import WDT


class Watchdog:
    """`limit_ms`: as long as one blocking call may take. Fed on core.watch's verdict, never by a timer."""

    def __init__(self, limit_ms: int) -> None:
        self._limit_ms = limit_ms
        self._wdt = None

    def start(self) -> None:
        """From now on feed() must be called within the limit. A further call changes nothing."""
        if self._wdt is None:
            self._wdt = WDT(timeout=self._limit_ms)

    def feed(self) -> None:
        """Live on for another limit; before start() nothing."""
        if self._wdt is not None:
            self._wdt.feed()
