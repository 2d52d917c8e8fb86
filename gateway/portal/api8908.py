"""GET /api/captive: the captive-portal API of RFC 8908, for the phone that asks.

Android takes at most 4,096 characters, and no "captive" without a page for its user. Addresses are https
always: the API itself is asked by nothing else.
"""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.announce import API_TYPE
from gateway.portal.clerk import Clerk
from gateway.portal.clients import Clients
from gateway.portal.enforcer import Enforcer


class CaptiveApi:
    """Says whether a phone is captive, and for how long it is not."""

    def __init__(
        self, clients: Clients, clerk: Clerk, enforcer: Enforcer, home: str, now_ms: Callable[[], int]
    ) -> None:
        self._clients, self._clerk, self._enforcer = clients, clerk, enforcer
        self._home, self._now_ms = home, now_ms

    async def answer(self, request: Request) -> Response:
        """The phone's state; without a session it is captive."""
        live = self._clerk.live(self._clients.of(request))
        said: dict[str, object] = {
            "captive": live is None or not self._enforcer.is_open(live),
            "user-portal-url": f"{self._home}/",
            "venue-info-url": f"{self._home}/me",
            "can-extend-session": live is not None and self._clerk.may_extend(live),
        }
        if live is not None:
            said["seconds-remaining"] = max(0, (live.ends_ms - self._now_ms()) // 1000)
        headers = {"cache-control": "private, no-store"}
        return Response(msgspec.json.encode(said), headers=headers, media_type=API_TYPE)
