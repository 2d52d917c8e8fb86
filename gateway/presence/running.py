"""Lets presence live: a tick each second, the search for lost clocks in between, visits into the book, and a
look at the file of beacons.

The search takes steps of some milliseconds, SEARCH_S apart, and only while something unknown was heard: at
most a tenth of a core. A visit that cannot be booked just now is asked for again with the next tick.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from gateway.acting import BUSY, DISK_LOW, LEDGER_REFUSES, Refused, Request, Verdict, is_done
from gateway.counters import Counters
from gateway.presence.service import Presence

TICK_S: Final = 1.0
SEARCH_S: Final = 0.1
TRANSIENT: Final = (BUSY, DISK_LOW, LEDGER_REFUSES)

Ask = Callable[[Request], Awaitable[Verdict]]


class File(Protocol):
    """The file of beacons: gateway/presence/reloading.py."""

    async def look(self) -> None:
        """Take up what is new in it."""
        ...


async def live(presence: Presence, file: File, ask: Ask, counters: Counters) -> None:
    """Until cancelled."""
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    while True:
        if loop.time() >= due_s:
            due_s = loop.time() + TICK_S
            await file.look()
            presence.tick()
            await book(presence, ask, counters)
        searching = presence.search()
        await asyncio.sleep(min(SEARCH_S if searching else TICK_S, max(0.0, due_s - loop.time())))


async def book(presence: Presence, ask: Ask, counters: Counters) -> None:
    """Book the visits that wait; the first that cannot be keeps the others waiting too."""
    for request in presence.arrivals.waiting():
        try:
            verdict = await ask(request)
        except Refused as problem:
            if problem.code in TRANSIENT:
                counters.add("presence.bookings_later")
                return
            counters.add("presence.bookings_refused")
        else:
            if is_done(verdict.event):
                counters.add("presence.visits")
            else:
                counters.add("presence.bookings_refused")
        presence.arrivals.booked(request)
