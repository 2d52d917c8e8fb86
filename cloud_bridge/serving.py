"""Runs an ASGI app until SIGTERM or SIGINT, then lets go of it cleanly, with signals handled by us alone."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn

from cloud_bridge.errors import StartError

STOP_WAIT_S: Final = 3  # for requests under way; a gateway repeats what was cut
CONNECTIONS_MAX: Final = 1_000  # beyond this a request is refused at once instead of slowing every other
KEEP_ALIVE_S: Final = 75  # a bridge asks every second: its connection stays open


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers, which would end the process by the signal again."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured here: serve() below does it."""
        yield


def listen(host: str, port: int, table: str) -> socket.socket:
    """A listening socket. Raises StartError naming the setting if the port is taken or the host not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, not left to the kernel: asyncio sets TCP_NODELAY only on sockets that say so, and without it
    # every answer waits 40 ms for the asker's delayed ACK (measured: 48 ms a request instead of 4).
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(512)
    except OSError as fault:
        sock.close()
        raise StartError(
            f"[{table}] {host}:{port} cannot be listened on ({fault.strerror})",
            f"Stop the other program, or set another {table} port",
        ) from None
    return sock


def configure(app: Any) -> uvicorn.Config:
    """How every server of ours is set."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WAIT_S,
    )


async def serve(app: Any, sock: socket.socket, stopping: Callable[[], None]) -> None:
    """Serve until a signal; `stopping` runs first, to end streams that would hold their connections open."""
    server = _Server(configure(app))

    def stop() -> None:
        server.should_exit = True
        stopping()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve(sockets=[sock])
