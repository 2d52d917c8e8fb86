"""The HTTP side in the portal's own loop: its socket, and a server that leaves signals alone.

An answer is a head and a body, which uvicorn gives to the kernel one after the other; here both go by one
call. With a crowd on a busy machine these calls cost more than anything else the portal did.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.errors import SettingsError
from gateway.portal.settings import PortalSettings

BACKLOG: Final = 512  # connections waiting: a full store's phones at once
CONNECTIONS_MAX: Final = 1_024  # open at once; nginx in front holds slow ones back
KEEP_ALIVE_S: Final = 15
STOP_WAIT_S: Final = 1


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the portal decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGTERM and SIGINT as they are."""
        yield


class Gathering:
    """A transport that writes at the end of the loop's turn all that was written in it; else as it was."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Hold it until the turn ends."""
        if not self._held:
            asyncio.get_running_loop().call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        """Write what is held, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            held, self._held = b"".join(self._held), []
            self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Http(HttpToolsProtocol):
    """uvicorn's own, on a gathering transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A guest, or nginx, connects."""
        super().connection_made(Gathering(transport))  # type: ignore[arg-type]


def build_server(app: Starlette) -> Server:
    """The server of an app, to be run with serve(sockets=[...])."""
    return Server(
        uvicorn.Config(
            app,
            http=Http,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,  # clients.py reads the one header that nginx sets
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_WAIT_S,
            server_header=False,
        )
    )


def open_socket(settings: PortalSettings) -> socket.socket:
    """The listening socket; raises SettingsError where the port is taken or the host is not ours."""
    place = settings.http_host, settings.http_port
    # Named TCP, as create_server() does not: asyncio sets TCP_NODELAY only where a socket says so.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(place)
        opened.listen(BACKLOG)
        return opened
    except OSError as problem:
        opened.close()
        hint = "Stop what listens there, or set another http_port in [portal]"
        reason = f"[portal] cannot listen on {place[0]}:{place[1]} ({problem.strerror})"
        raise SettingsError(reason, hint) from problem
