"""How many codes may be tried: per client and in the whole store. Pure: the time is a value.

A right code costs nothing. A guess at a resume code is right once in 537 million while 2,048 are out, at a
member code once in a million where a brand has a million members; the store's bound holds where somebody
makes up new addresses. Reached, it stops codes for everybody until the hour is over: pages that are open, and
all that happens at the till, go on.
"""

from collections import OrderedDict, deque
from typing import Final

WINDOW_MS: Final = 3_600 * 1_000
CODES_WRONG_MAX: Final = 10  # of one client in an hour; a person mistypes three times and then asks
RECEIPTS_MAX: Final = 30  # of one client in an hour, right or wrong: they are numbered in their order
STORE_MAX: Final = 2_000  # wrong ones of all in an hour: a resume code is guessed once in 30 years
CLIENTS_MAX: Final = 1_024  # remembered; as many as a guests' network has addresses


class Tries:
    """Tries within the last hour, `each` of one client."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._clients: OrderedDict[str, deque[int]] = OrderedDict()
        self._store: deque[int] = deque()

    def begin(self, client: str, now_ms: int) -> bool:
        """Count one try before it is made; False where it may not be made."""
        own = self._clients.setdefault(client, deque())
        self._clients.move_to_end(client)
        if len(self._clients) > CLIENTS_MAX:
            self._clients.popitem(last=False)
        _forget(own, now_ms)
        _forget(self._store, now_ms)
        if len(own) >= self._each or len(self._store) >= STORE_MAX:
            return False
        own.append(now_ms)
        self._store.append(now_ms)
        return True

    def right(self, client: str) -> None:
        """The last try of a client was right: it costs nothing."""
        for tries in (self._clients.get(client), self._store):
            if tries:
                tries.pop()


def _forget(tries: deque[int], now_ms: int) -> None:
    while tries and abs(now_ms - tries[0]) >= WINDOW_MS:
        tries.popleft()
