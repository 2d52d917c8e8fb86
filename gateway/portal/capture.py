"""Requests that were meant for somebody else: every Host that is not ours is led to our page.

Never by the names of probes: makers invent new ones, and in China they are others. A short body goes along,
because some browsers do not follow a redirect without one; the connection closes, because one that was open
before its phone was let through would reach us afterwards too. A page of ours that was opened without TLS is
led to itself with it, while there is a good certificate.
"""

import html
from collections.abc import Callable, Iterable
from typing import Final

from shopbell.look.guard import App, Receive, Scope, Send, host_name

READING: Final = frozenset({"GET", "HEAD"})
BODY: Final = "<!doctype html><title>Wi-Fi</title><p><a href='{0}'>Wi-Fi: {0}</a></p>\n"


class Capture:
    """ASGI middleware before all others. `names` are our hosts, `home` is where our pages are now."""

    def __init__(
        self, app: App, names: Iterable[str], home: Callable[[], str], count: Callable[[str], None]
    ) -> None:
        self._app = app
        self._names = frozenset(names)
        self._home = home
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] != "http" or self._is_ours(scope)
        target = self._secured(scope) if ours else self._home() + "/"
        if not target:
            await self._app(scope, receive, send)
            return
        if not ours:
            self._count("portal.captured")
        headers, body = answer(target)
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _is_ours(self, scope: Scope) -> bool:
        hosts = [value for key, value in scope["headers"] if key == b"host"]
        return len(hosts) == 1 and host_name(hosts[0].decode("latin-1")) in self._names

    def _secured(self, scope: Scope) -> str:
        """Where a page of ours that was opened without TLS is with it; empty where it is good as it is."""
        home = self._home()
        if scope["type"] != "http" or scope["method"] not in READING or not home.startswith("https:"):
            return ""
        schemes = [value for key, value in scope["headers"] if key == b"x-forwarded-proto"]
        if schemes != [b"http"]:
            return ""
        query = scope["query_string"].decode("latin-1")
        path: str = scope["raw_path"].decode("latin-1")
        return home + path + (f"?{query}" if query else "")


def answer(target: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The redirect to an address of ours: headers and a body that says it to people."""
    body = BODY.format(html.escape(target, quote=True)).encode()
    headers = [
        (b"location", target.encode("latin-1")),
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    return headers, body
