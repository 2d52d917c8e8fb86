"""When to try a broken connection again. Pure: chance and time come in, waits go out."""

from collections.abc import Callable

WAIT_MS_MIN = 100  # a restarted broker is back in less
WAIT_MS_MAX = 5_000  # a shop's broker is on the same machine: waiting longer only hides that it is back
STABLE_MS = 10_000  # a connection that held this long starts the waits anew


class Backoff:
    """Doubling waits with full jitter; `chance` gives 0.0 up to but not 1.0."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._bound_ms = WAIT_MS_MIN

    def failed(self, held_ms: int) -> int:
        """Milliseconds to wait after a connection that held `held_ms` (0: it never stood)."""
        if held_ms >= STABLE_MS:
            self._bound_ms = WAIT_MS_MIN
        wait_ms = WAIT_MS_MIN + int(self._chance() * (self._bound_ms - WAIT_MS_MIN))
        self._bound_ms = min(WAIT_MS_MAX, self._bound_ms * 2)
        return wait_ms
