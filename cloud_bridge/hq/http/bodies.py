"""Bodies of requests, bounded in size and in time: uvicorn itself waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request

from cloud_bridge.hq.http.access import Refused
from cloud_bridge.wire import HEAD_HEADER

HEAD_DIGITS_MAX: Final = 18
BODY_WAIT_S: Final = 30  # a common batch is 600 kB; on a slow line the follower sends smaller ones
PIECE_WAIT_S: Final = 30  # an upload may take hours, but not stand still


def head_of(request: Request) -> int | None:
    """The seq that a gateway says its log has reached; None if it does not say."""
    text = request.headers.get(HEAD_HEADER, "")
    return int(text) if text.isdecimal() and len(text) <= HEAD_DIGITS_MAX else None


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body. Raises Refused (413, 408)."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced[:12]) > bytes_max:
        raise Refused(413, "too_large", bytes=bytes_max)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WAIT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > bytes_max:
                    raise Refused(413, "too_large", bytes=bytes_max)
    except TimeoutError:
        raise Refused(408, "too_slow", seconds=BODY_WAIT_S) from None
    return bytes(body)


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises Refused (408) when nothing comes for PIECE_WAIT_S."""
    stream = aiter(request.stream())
    while True:
        try:
            piece = await asyncio.wait_for(anext(stream), PIECE_WAIT_S)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refused(408, "too_slow", seconds=PIECE_WAIT_S) from None
        yield piece
