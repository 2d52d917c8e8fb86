"""The JSON API, the event stream and the metrics: what the live view holds, as it holds it (shapes.py)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.adapters.http.answers import json, problem
from gateway.adapters.http.metrics import MEDIA_TYPE, Metrics
from gateway.adapters.http.stream import EventStream
from gateway.live import SUBSCRIBERS_MAX, TAPS_KEPT_MAX, Live

TAPS_DEFAULT: Final = 100


class Api:
    """One endpoint per address; every one of them stands behind the door."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._metrics = Metrics(live)

    async def taps(self, request: Request) -> Response:
        """GET /v1/taps?limit=: the newest taps first."""
        limit = parse_limit(request.query_params.get("limit", str(TAPS_DEFAULT)))
        if limit is None:
            return problem(400, "limit is not a whole number above 0", f"give 1 to {TAPS_KEPT_MAX}")
        return json({"taps": self._live.taps(limit)})

    async def devices(self, request: Request) -> Response:
        """GET /v1/devices."""
        return json({"devices": list(self._live.devices.values())})

    async def sync(self, request: Request) -> Response:
        """GET /v1/sync: the log's position, the cache's and the bridge."""
        return json({"sync": self._live.sync, "cache": self._live.cache, "bridge": self._live.bridge})

    async def presence(self, request: Request) -> Response:
        """GET /v1/presence: the floor plan, what is heard, who is in the store."""
        return json(self._live.presence)

    async def counters(self, request: Request) -> Response:
        """GET /v1/counters: name to count."""
        return json(self._live.counters.snapshot())

    async def stream(self, request: Request) -> Response:
        """GET /v1/stream: Server-Sent Events."""
        subscription = self._live.subscribe()
        if subscription is None:
            return problem(503, f"{SUBSCRIBERS_MAX} readers follow already", "close a page, then try again")
        return EventStream(self._live, subscription)

    async def metrics(self, request: Request) -> Response:
        """GET /metrics."""
        return Response(self._metrics.text(), headers={"content-type": MEDIA_TYPE})


def parse_limit(text: str) -> int | None:
    """1 to TAPS_KEPT_MAX, larger numbers cut to it; None for what is no such number."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return min(int(text), TAPS_KEPT_MAX) or None
