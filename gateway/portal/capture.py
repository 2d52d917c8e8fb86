"""Requests that were meant for somebody else: every Host that is not ours is led to our page.

Never by the names of probes: makers invent new ones, and in China they are others. A short body goes along,
because some browsers do not follow a redirect without one; the connection closes, because one that was open
before its phone was let through would reach us afterwards too.
"""

from collections.abc import Callable, Iterable
from typing import Final

from shopbell.look.guard import App, Receive, Scope, Send, host_name

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
        self._answers: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_ours(scope):
            await self._app(scope, receive, send)
            return
        self._count("portal.captured")
        headers, body = self._answer(self._home() + "/")
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _is_ours(self, scope: Scope) -> bool:
        hosts = [value for key, value in scope["headers"] if key == b"host"]
        return len(hosts) == 1 and host_name(hosts[0].decode("latin-1")) in self._names

    def _answer(self, home: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        if home not in self._answers:
            body = BODY.format(home).encode()
            self._answers[home] = (
                [
                    (b"location", home.encode()),
                    (b"content-type", b"text/html; charset=utf-8"),
                    (b"content-length", b"%d" % len(body)),
                    (b"cache-control", b"no-store"),
                    (b"connection", b"close"),
                ],
                body,
            )
        return self._answers[home]
