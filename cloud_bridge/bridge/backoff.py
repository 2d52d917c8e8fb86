"""How long to wait after a trouble. Pure: chance is handed in.

Doubling from the trouble's first wait to its bound; jitter takes up to half away, so that a thousand stores
do not return to a restarted HQ in one second.
"""

from collections.abc import Callable
from typing import Final

from cloud_bridge.bridge.errors import Trouble

DOUBLINGS_MAX: Final = 16


class Backoff:
    """Counts troubles in a row. `chance` gives numbers from 0 up to 1."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self.failures = 0

    def next_wait_ms(self, trouble: Trouble) -> int:
        """The wait before the next try."""
        wanted = trouble.wait.first_ms * 2 ** min(self.failures, DOUBLINGS_MAX)
        self.failures += 1
        return int(min(wanted, trouble.wait.max_ms) * (1 - self._chance() / 2))

    def reset(self) -> None:
        """It went well."""
        self.failures = 0
