"""What a board drives and a person notices, light and buzzer; and the watchdog that a board starts."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from firmware import boards

TONES_MAX = 64
HZ_STEP = 20  # of a PWM_HZ frame


def now_ms() -> int:
    """The room's clock."""
    return time.monotonic_ns() // 1_000_000


def level_of(duty: int) -> int:
    """0..255 as rgb_led.py was told, of a duty 0..255: it drives the square of the level."""
    return round(((duty + 0.5) * 256 / 65535) ** 0.5 * 255) if duty else 0


def heard_as(hz: int) -> str:
    """none, yes, no or attention, as a person hears it: yes is high, no is low, attention lies between."""
    if not hz:
        return "none"
    return "yes" if hz >= 2000 else "no" if hz < 1000 else "attention"


class Outputs:
    """`light` 0xRRGGBB, `tone_hz` (0 silent), `tones` the last (now_ms, Hz); `changed` after each change."""

    def __init__(self, board: boards.Board, changed: Callable[[], None]) -> None:
        self._board = board
        self._changed = changed
        self._duties: dict[int, int] = {}
        self._hz = 0
        self.light = 0
        self.tone_hz = 0
        self.tones: deque[tuple[int, int]] = deque(maxlen=TONES_MAX)

    def duty(self, pin: int, duty: int) -> None:
        """A PWM output has this duty, 0..255."""
        self._duties[pin] = duty
        self._update()

    def frequency(self, pin: int, steps: int) -> None:
        """A PWM output has this frequency; only the buzzer's can be noticed."""
        if pin == self._board.buzzer:
            self._hz = steps * HZ_STEP
            self._update()

    def release(self) -> None:
        """The processor is in reset and drives nothing."""
        self._duties.clear()
        self._update()

    def _update(self) -> None:
        red, green, blue = (level_of(self._duties.get(pin, 0)) for pin in self._board.light)
        tone_hz = self._hz if self._duties.get(self._board.buzzer) else 0
        before = self.light, self.tone_hz
        if tone_hz != self.tone_hz:
            self.tones.append((now_ms(), tone_hz))
        self.light, self.tone_hz = red << 16 | green << 8 | blue, tone_hz
        if before != (self.light, self.tone_hz):
            self._changed()


class Watchdog:
    """Calls `bite` once it has been started and was not fed in time; it bites once."""

    def __init__(self, bite: Callable[[], None]) -> None:
        self._bite = bite
        self._limit_ms = 0
        self._handle: asyncio.TimerHandle | None = None

    def start(self, limit_ms: int) -> None:
        """From now on it wants to be fed."""
        self._limit_ms = limit_ms
        self.feed()

    def feed(self) -> None:
        """Begin to wait anew, if it was started."""
        self.stop()
        if self._limit_ms:
            self._handle = asyncio.get_running_loop().call_later(self._limit_ms / 1000, self._bite)

    def stop(self) -> None:
        """The board is reset or dark: it waits no more; start() begins anew."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def reset(self) -> None:
        """Stopped, and not started."""
        self.stop()
        self._limit_ms = 0
