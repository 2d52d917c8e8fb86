"""How long the answer to a wrong token is held back. Pure: the time is a value.

A token is 256 random bits, so nobody guesses it; holding back keeps a broken program from hammering the Pi,
and the counters make it visible. Only wrong answers wait: whoever has the token is never locked out by
somebody else behind the same address.
"""

from collections import OrderedDict
from typing import Final

FREE: Final = 3  # a person mistypes; that costs nothing
WAIT_MS_FIRST: Final = 250
WAIT_MS_MAX: Final = 4_000  # longer only holds our own connections open
FORGET_MS: Final = 15 * 60 * 1_000
ADDRESSES_MAX: Final = 256  # the least recently wrong leaves first; a store has some dozens


class Attempts:
    """Wrong tokens per address, bounded."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def wrong(self, address: str, now_ms: int) -> int:
        """Count one wrong token; how many ms to hold the answer back."""
        count, at_ms = self._wrong.pop(address, (0, now_ms))
        count = 1 if now_ms - at_ms > FORGET_MS else count + 1
        self._wrong[address] = (count, now_ms)
        if len(self._wrong) > ADDRESSES_MAX:
            self._wrong.popitem(last=False)
        return _wait_ms(count)

    def right(self, address: str) -> None:
        """Forget an address's wrong tokens."""
        self._wrong.pop(address, None)


def _wait_ms(count: int) -> int:
    over = count - FREE
    return 0 if over <= 0 else min(WAIT_MS_MAX, WAIT_MS_FIRST * 2 ** min(over - 1, 8))
