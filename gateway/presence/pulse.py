"""How often something speaks, learned from itself, and so: from when on its silence means something.

Invariants: nothing is known before GAPS_MIN gaps; a pause of the listener is no gap.
"""

from collections import deque

GAPS_KEPT = 16  # as Home Assistant's habluetooth keeps: enough to forget one odd gap, few enough to adapt
GAPS_MIN = 4
UNKNOWN_MS = 10_000  # what is taken for the interval meanwhile: a beacon's report of what stays
MISSED_MAX = 8  # at 60 % loss eight in a row are missed once in 60; with a second scanner, once in 3,500
FLOOR_MS = 20_000  # below this, silence is a person between the tag and the scanner
CEILING_MS = 900_000  # a visit ends after this, so nothing need wait longer


class Pulse:
    """The learned interval of one speaker."""

    def __init__(self, interval_ms: int | None = None) -> None:
        """`interval_ms` was learned before; None is not known."""
        self._gaps: deque[int] = deque(maxlen=GAPS_KEPT)
        if interval_ms is not None:
            self._gaps.extend([interval_ms] * GAPS_MIN)
        self._last_ms: int | None = None

    def beat(self, at_ms: int) -> None:
        """It spoke; what comes out of order teaches nothing."""
        if self._last_ms is not None and at_ms > self._last_ms:
            self._gaps.append(at_ms - self._last_ms)
        self._last_ms = max(at_ms, self._last_ms or at_ms)

    def pause(self) -> None:
        """The listener did not listen: the next gap is not the speaker's."""
        self._last_ms = None

    @property
    def known(self) -> bool:
        """Whether the interval is its own."""
        return len(self._gaps) >= GAPS_MIN

    @property
    def interval_ms(self) -> int:
        """The median gap; UNKNOWN_MS while too few are known."""
        return sorted(self._gaps)[len(self._gaps) // 2] if self.known else UNKNOWN_MS

    @property
    def silence_ms(self) -> int:
        """From so much silence on, it is gone."""
        return min(CEILING_MS, max(FLOOR_MS, MISSED_MAX * self.interval_ms))
