"""What HQ tells its pages as it happens: a bounded stream of notes, and when each gateway last spoke.

Notes come from any thread and are handed to the loop that serves the pages. A page that does not keep up is
dropped and counted; it reconnects and draws itself anew. Kept in memory: after a restart a gateway's next
question, a second later, fills it again.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

SUBSCRIBERS_MAX: Final = 64  # pages open at once at headquarters
NOTES_WAITING_MAX: Final = 256  # one page that sleeps this long draws anew anyway

Note = tuple[str, dict[str, Any]]


class Contact(NamedTuple):
    """A gateway's last word: unix ms, and the seq it says its log has reached (None: it did not say)."""

    at_ms: int
    head: int | None


class Subscription:
    """One page's bounded queue of notes."""

    def __init__(self) -> None:
        self._waiting: deque[Note] = deque()
        self._ready = asyncio.Event()
        self._closed = False

    def offer(self, note: Note) -> bool:
        """Queue a note; False if the page is too slow and the subscription is closed now."""
        self._closed = self._closed or len(self._waiting) >= NOTES_WAITING_MAX
        if not self._closed:
            self._waiting.append(note)
        self._ready.set()
        return not self._closed

    def close(self) -> None:
        """End it after what is queued."""
        self._closed = True
        self._ready.set()

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._closed and not self._waiting

    async def next(self, wait_s: float) -> Note | None:
        """The next note; None if none came for this long, or it has ended."""
        if not self._waiting and not self._closed:
            self._ready.clear()
            try:
                await asyncio.wait_for(self._ready.wait(), wait_s)
            except TimeoutError:
                return None
        return self._waiting.popleft() if self._waiting else None


class Live:
    """The hub. `count` is called with the name of what was dropped or refused."""

    def __init__(self, count: Callable[[str], None]) -> None:
        self._count = count
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscribers: list[Subscription] = []
        self.contacts: dict[str, Contact] = {}

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop that serves the pages; before this, notes reach nobody."""
        self._loop = loop

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """Send a note to every page, from any thread."""
        if self._loop is not None and self._subscribers:
            self._loop.call_soon_threadsafe(self._tell, (name, data))

    def subscribe(self) -> Subscription | None:
        """A new subscription; None if SUBSCRIBERS_MAX pages read already."""
        if len(self._subscribers) >= SUBSCRIBERS_MAX:
            self._count("stream_refused")
            return None
        subscription = Subscription()
        self._subscribers.append(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Take a subscription off the list, if it is on it."""
        if subscription in self._subscribers:
            self._subscribers.remove(subscription)

    def close(self) -> None:
        """End every subscription: HQ is stopping."""
        for subscription in tuple(self._subscribers):
            subscription.close()

    def _tell(self, note: Note) -> None:
        for subscription in tuple(self._subscribers):
            if not subscription.offer(note):
                self._count("stream_dropped")
                self.forget(subscription)
