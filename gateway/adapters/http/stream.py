"""The live view as Server-Sent Events, one bounded subscription per reader.

    event: sync|bridge|promises|presence|device|counters   first the present state, then every change
    event: tap                           from now on; what was before is in /v1/taps
    event: act                           what was asked for and booked, from now on
    event: badge|coupon                  what was shown at a terminal beside a till; nobody keeps it
    : here                               a comment each KEEPALIVE_S, so that both ends notice a dead line

A reader that does not keep up is dropped by the live view: its stream ends, it connects again and asks anew.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.live import Data, Live, Note, Subscription

KEEPALIVE_S = 15.0  # common proxies give up after 30 to 60 s
RETRY_MS = 1_000


class EventStream(StreamingResponse):
    """The response that reads one subscription, and closes it however it ends."""

    def __init__(self, live: Live, subscription: Subscription) -> None:
        super().__init__(events(live, subscription), media_type="text/event-stream")
        self._subscription = subscription

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._subscription:
            await super().__call__(scope, receive, send)


async def events(live: Live, subscription: Subscription) -> AsyncIterator[bytes]:
    """The stream's bytes, until the subscription ends."""
    yield b"retry: %d\n\n" % RETRY_MS
    for name, data in present(live):
        yield encode(name, data)
    while True:
        try:
            async with asyncio.timeout(KEEPALIVE_S):
                note = await anext(aiter(subscription), None)  # cancelling it loses nothing
        except TimeoutError:
            yield b": here\n\n"
            continue
        if note is None:
            return
        yield encode(*note)


def present(live: Live) -> Iterator[Note]:
    """What a reader must know before the first change."""
    yield "sync", {"sync": dict(live.sync), "cache": dict(live.cache)}
    yield "bridge", live.bridge
    yield "promises", live.promises
    yield "presence", live.presence
    yield "counters", dict(live.counters.snapshot())
    for device in live.devices.values():
        yield "device", device


def encode(name: str, data: Data) -> bytes:
    """One event; JSON has no bare line break, so one data line is enough."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
