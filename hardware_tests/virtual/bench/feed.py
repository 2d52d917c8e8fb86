"""What the page hears, as Server-Sent Events: each note replaces the one of its key that was not sent yet.

Everything the page shows is a present state, so a slow reader misses steps and never the result, and what
waits for it is bounded by the number of keys.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

READERS_MAX: Final = 16  # one person looks at one or two
SEND_MS_MIN: Final = 25  # a screen's several writes become one frame for the page
KEEPALIVE_S: Final = 15.0

Notes = dict[str, tuple[str, Any]]  # key -> (event name, data)


class Reader:
    """One open page."""

    def __init__(self) -> None:
        self._waiting: Notes = {}
        self._ready = asyncio.Event()
        self._closed = False

    def offer(self, key: str, name: str, data: Any) -> None:
        """Queue a note, in place of an older one of this key."""
        self._waiting[key] = (name, data)
        self._ready.set()

    def close(self) -> None:
        """End after what waits."""
        self._closed = True
        self._ready.set()

    async def next(self) -> Notes | None:
        """What waits, as soon as something does; empty after KEEPALIVE_S of nothing, None at the end."""
        try:
            async with asyncio.timeout(KEEPALIVE_S):
                await self._ready.wait()
        except TimeoutError:
            return {}
        if self._closed and not self._waiting:
            return None
        waiting, self._waiting = self._waiting, {}
        if not self._closed:
            self._ready.clear()
        return waiting


class Feed:
    """All open pages."""

    def __init__(self) -> None:
        self._readers: list[Reader] = []

    def tell(self, key: str, name: str, data: Any) -> None:
        """Send a note to every page."""
        for reader in self._readers:
            reader.offer(key, name, data)

    def join(self) -> Reader | None:
        """A new reader; None when READERS_MAX read already."""
        if len(self._readers) >= READERS_MAX:
            return None
        reader = Reader()
        self._readers.append(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        if reader in self._readers:
            self._readers.remove(reader)

    def close(self) -> None:
        """End every page's stream."""
        for reader in self._readers:
            reader.close()


class FeedResponse(StreamingResponse):
    """The response that reads one place in the feed, and gives it back however it ends."""

    def __init__(self, feed: Feed, reader: Reader, present: Notes) -> None:
        super().__init__(_lines(reader, present), media_type="text/event-stream")
        self._feed, self._reader = feed, reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.leave(self._reader)


async def _lines(reader: Reader, present: Notes) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n" + encode(present)
    while (notes := await reader.next()) is not None:
        yield encode(notes) or b": here\n\n"
        await asyncio.sleep(SEND_MS_MIN / 1_000)


def encode(notes: Notes) -> bytes:
    """The notes as events."""
    return b"".join(
        b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
        for name, data in notes.values()
    )
