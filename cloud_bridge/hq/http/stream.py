"""The event stream of HQ's pages (SSE): `events`, `gateway`, `import`, `programs`, `exception`, all JSON."""

from collections.abc import AsyncIterator
from typing import Final

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.live import Live, Note, Subscription

HEARTBEAT_S: Final = 15  # proxies close what is silent for a minute


def stream_routes(live: Live, access: Access) -> APIRouter:
    """GET /v1/stream, for staff."""
    router = APIRouter(tags=["staff"])

    @router.get("/v1/stream", dependencies=[Depends(access.staff)], response_class=StreamingResponse)
    async def stream() -> StreamingResponse:
        """What happens, as it happens; after a break, ask anew for what was missed."""
        subscription = live.subscribe()
        if subscription is None:
            raise Refused(503, "stream_full")
        return StreamingResponse(_lines(live, subscription), media_type="text/event-stream")

    return router


async def _lines(live: Live, subscription: Subscription) -> AsyncIterator[bytes]:
    try:
        yield b"retry: 1000\n\n"
        while not subscription.ended:
            note = await subscription.next(HEARTBEAT_S)
            yield b": still here\n\n" if note is None else encode_note(note)
    finally:
        live.forget(subscription)


def encode_note(note: Note) -> bytes:
    """One note as it travels: JSON has no line breaks."""
    name, data = note
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))
