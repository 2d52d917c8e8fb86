"""The door of the HTTP side: who carries the token comes in, by header, by cookie, or once by address.

    Authorization: Bearer <token>      programs
    Cookie: shopbell_gateway=<mark>    pages; the mark is derived from the token, so a cookie reveals no token
    GET /?token=<token>                the link printed at start: sets the cookie, goes on without the token
    POST /session  token=<token>       the form of the sign-in page

Every comparison takes the same time. Open without it: /health, the look's files, the sign-in form.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn
from urllib.parse import parse_qs

from starlette.requests import Request

from gateway.adapters.http.attempts import Attempts
from gateway.counters import Counters

COOKIE: Final = "shopbell_gateway"  # cookies know no ports: HQ and the bench on this host have other names
COOKIE_AGE_S: Final = 30 * 24 * 3600
FORM_BYTES_MAX: Final = 1_024
HELD_BACK_MAX: Final = 32  # wrong answers waiting at once; each is an open connection
WRONG_TOKEN: Final = "http.wrong_token"
HELD_BACK: Final = "http.held_back_full"

Sleep = Callable[[float], Awaitable[None]]


class Refused(Exception):
    """The token is wrong (401), or too many wrong ones wait already (429)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Door:
    """Checks requests against one token; counts and holds back wrong ones without stopping the loop."""

    def __init__(self, token: str, counters: Counters, sleep: Sleep = asyncio.sleep) -> None:
        assert token, "an empty token would let everybody in"
        self._token = token.encode()
        self._mark = hmac.new(self._token, b"shopbell gateway cookie", hashlib.sha256).hexdigest()
        self._counters = counters
        self._attempts = Attempts()
        self._sleep = sleep
        self._held_back = 0

    async def admit(self, request: Request) -> bool:
        """Whether the request carries the token or its mark; False if it carries neither. Raises Refused."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            await self.check(request, bearer.strip())
            return True
        return _same(request.cookies.get(COOKIE, ""), self._mark.encode())

    async def check(self, request: Request, token: str) -> None:
        """Return at once if token is right, else hold the answer back and raise Refused."""
        if not _same(token, self._token):
            self._counters.add(WRONG_TOKEN)
            await self.wrong(request)
        self.right(request)

    async def wrong(self, request: Request) -> NoReturn:
        """Hold the answer back, the longer the more that was wrong an address has shown; raise Refused."""
        await self._hold_back(self._attempts.wrong(_address(request), _now_ms()))
        raise Refused(401)

    def right(self, request: Request) -> None:
        """Forget what an address showed wrong before."""
        self._attempts.right(_address(request))

    async def _hold_back(self, wait_ms: int) -> None:
        if self._held_back >= HELD_BACK_MAX:
            self._counters.add(HELD_BACK)
            raise Refused(429)
        self._held_back += 1
        try:
            await self._sleep(wait_ms / 1_000)
        finally:
            self._held_back -= 1

    def cookie(self) -> str:
        """The Set-Cookie value of somebody who showed the token."""
        return f"{COOKIE}={self._mark}; Path=/; Max-Age={COOKIE_AGE_S}; HttpOnly; SameSite=Strict"


async def form_token(request: Request) -> str:
    """The token field of a posted form; empty if it is not there or the form is larger than any token."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            return ""
    return parse_qs(body.decode("latin-1")).get("token", [""])[0].strip()


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _same(given: str, wanted: bytes) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
