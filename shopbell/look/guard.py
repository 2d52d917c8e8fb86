"""What stands before every page of ours: it knows its own name, refuses foreign posts, sets safe headers.

Plain ASGI middleware that imports no framework, shared by the gateway's console, HQ and the bench.

- Host: a web page elsewhere can point a name of its own at this machine (DNS rebinding) and then read us as
  its own site. It cannot make a browser send a bare address or a name it does not own, so addresses,
  localhost and the names given are let in, and every other Host is refused.
- Origin: a request that changes something must come from a page of this very host, or carry neither Origin
  nor Sec-Fetch-Site, as programs do; those are stopped by the token instead.
- Headers: no inline script, framing or sniffing; no referrer to others; no caching unless a route says so.
  Pages of ours that are shown in a page of ours (the bench's phone) name each other's origin.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; "
)
POLICY: Final = _POLICY + "frame-ancestors 'none'"
Headers = tuple[tuple[bytes, bytes], ...]
HEADERS: Final[Headers] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Not "no-referrer": browsers would post our own forms with "Origin: null", as strangers may.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-store"),
)
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware.

    names: the host names this server answers to, besides addresses and localhost.
    refused: called with "host" or "origin" for each refusal, to be counted.
    framed_by: the origins, separated by spaces, whose pages may show ours in a frame; empty: none.
    frames: the origins, separated by spaces, whose pages ours may show in a frame; empty: none.
    """

    def __init__(
        self,
        app: App,
        names: Iterable[str] = (),
        refused: Callable[[str], None] | None = None,
        framed_by: str = "",
        frames: str = "",
    ) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names) | {"localhost"}
        self._refused = refused or _uncounted
        self._headers = headers(framed_by, frames)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send, self._headers))
        else:
            await _answer(_with_headers(send, self._headers), *refusal)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        host = _header(scope, b"host")
        if not host_allowed(host, self._names):
            self._refused("host")
            return 421, "This server does not answer to that name. Open it by its address, or as localhost."
        if scope["method"] not in SAFE_METHODS and not same_origin(scope, host):
            self._refused("origin")
            return 403, "A change must come from this server's own page. Open the page itself and try there."
        return None


def headers(framed_by: str = "", frames: str = "") -> Headers:
    """The headers of every answer, for pages that these origins may frame and that may frame those."""
    if not framed_by and not frames:
        return HEADERS
    shown = f"; frame-src {frames}" if frames else ""
    policy = f"{_POLICY}frame-ancestors {framed_by or repr('none')}{shown}"
    # Where a frame is allowed, X-Frame-Options must be silent: it knows no list of origins.
    kept = (pair for pair in HEADERS[1:] if not (framed_by and pair[0] == b"x-frame-options"))
    return ((HEADERS[0][0], policy.encode()), *kept)


def _uncounted(reason: str) -> None:
    """For servers that keep no counters."""


def host_allowed(host: str, names: Iterable[str]) -> bool:
    """Whether a Host header ("name", "name:port", "1.2.3.4:80", "[::1]:80") is an address or one of names."""
    name = host_name(host)
    return name in names or _is_address(name)


def host_name(host: str) -> str:
    """The name part of a Host header, lower case, without port, brackets or a closing dot."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def same_origin(scope: Scope, host: str) -> bool:
    """Whether the sender of a change is a page of this host, or no browser page at all."""
    origin, site = _header(scope, b"origin"), _header(scope, b"sec-fetch-site")
    if origin:
        return origin.partition("://")[2].lower() == host.lower()
    return site in ("", "same-origin", "none")


def _header(scope: Scope, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _with_headers(send: Send, headers: Headers) -> Send:
    """A send that adds our headers to the response; what the route set itself stays."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", ()))
            given = {key.lower() for key, _ in own}
            message["headers"] = own + [pair for pair in headers if pair[0] not in given]
        await send(message)

    return send_with_headers


async def _answer(send: Send, status: int, sentence: str) -> None:
    body = sentence.encode() + b"\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
