"""Watches whether the internet is there: pages must not promise it, and with the internet away netd leads the
guests' questions for names to the resolver that answers every one, so that their phones open our page at all.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.counters import Counters
from gateway.log import Log
from gateway.portal.fetch import Fetched, Unfetched

EVERY_S: Final = 10.0
DOUBT_S: Final = 2.0  # after one lost answer: an outage is known within EVERY_S + DOUBT_S and two waits
MISSES_MAX: Final = 2  # one lost answer is no outage; one answer is the internet
GOOD: Final = (200, 204)  # a redirect is somebody else's captive portal

Fetch = Callable[[str], Awaitable[Fetched]]


class WanWatch:
    """Asks one address again and again. `up` is what is known; without an address it is taken as there."""

    def __init__(
        self, url: str, fetch: Fetch, told: Callable[[bool], None], counters: Counters, log: Log
    ) -> None:
        self._url, self._fetch, self._told = url, fetch, told
        self._counters, self._log = counters, log
        self._misses = 0
        self.up = True

    async def run(self) -> None:
        """Look for ever."""
        self._told(self.up)
        while self._url:
            wait_s = await self.look()
            await asyncio.sleep(wait_s)

    async def look(self) -> float:
        """Ask once, and tell where it has changed; in how many seconds to ask again."""
        there = await self._there()
        self._misses = 0 if there else self._misses + 1
        up = there or (self.up and self._misses < MISSES_MAX)
        if up != self.up:
            self.up = up
            self._counters.add("portal.wan_changed")
            self._log.info("portal.wan", up=up)
            self._told(up)
        return DOUBT_S if self.up and not there else EVERY_S

    async def _there(self) -> bool:
        try:
            return (await self._fetch(self._url)).status in GOOD
        except Unfetched:
            self._counters.add("portal.wan_missed")
            return False
