"""How much a portal may ask for: buckets of tries, each with a bound for a burst and a pace after it.

The portal limits every guest; these bound what all guests together can do through it, so that a portal in
strange hands fills no ledger and guesses no code. They begin full with each start of the gateway.
"""

from collections.abc import Callable
from typing import Final

MINUTE_MS: Final = 60_000

ENROLMENTS_BURST: Final = 600  # a full hall that joins at once
ENROLMENTS_A_MINUTE: Final = 20  # after it: more than a busy store's door; some 100 KiB of ledger a minute
# Eight characters are 10^12 codes: with a million members a burst finds somebody once in 18,000 times.
TRIES_BURST: Final = 60
TRIES_A_MINUTE: Final = 10
RECEIPTS_BURST: Final = 120  # receipts are numbered in their order: whoever counts reads baskets
RECEIPTS_A_MINUTE: Final = 20
EXPORTS_BURST: Final = 20  # each reads all that somebody ever bought here
EXPORTS_A_MINUTE: Final = 4
CHANGES_BURST: Final = 300  # consents, lost cards, goodbyes: an event each, that no switch should fill a disk
CHANGES_A_MINUTE: Final = 60


class Bucket:
    """Holds `burst` tokens at most and gets `a_minute` of them; time is steady milliseconds."""

    def __init__(self, burst: int, a_minute: int, steady_ms: Callable[[], int]) -> None:
        self._most = burst * MINUTE_MS
        self._pace = a_minute
        self._steady_ms = steady_ms
        self._left = self._most
        self._at_ms = steady_ms()

    def empty(self) -> bool:
        """Whether nothing is left to take."""
        now_ms = self._steady_ms()
        self._left = min(self._most, self._left + (now_ms - self._at_ms) * self._pace)
        self._at_ms = now_ms
        return self._left < MINUTE_MS

    def take(self) -> bool:
        """Take one; False where nothing is left."""
        if self.empty():
            return False
        self._left -= MINUTE_MS
        return True


class Limits:
    """The buckets of one door."""

    def __init__(self, steady_ms: Callable[[], int]) -> None:
        self.enrolments = Bucket(ENROLMENTS_BURST, ENROLMENTS_A_MINUTE, steady_ms)
        self.tries = Bucket(TRIES_BURST, TRIES_A_MINUTE, steady_ms)
        self.receipts = Bucket(RECEIPTS_BURST, RECEIPTS_A_MINUTE, steady_ms)
        self.changes = Bucket(CHANGES_BURST, CHANGES_A_MINUTE, steady_ms)
        self.exports = Bucket(EXPORTS_BURST, EXPORTS_A_MINUTE, steady_ms)
