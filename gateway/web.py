"""The HTTP side in the gateway's own loop: its socket, its token, and a server that leaves signals alone."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from gateway.errors import SettingsError
from gateway.live import Live
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from gateway.adapters.http.books import Books

TOKEN_FILE = "gateway.token"
TOKEN_BYTES = 32
TOKEN_CHARACTERS_MIN = 16
BACKLOG = 64  # connections waiting: some pages and a till
CONNECTIONS_MAX = 128  # open at once; uvicorn has no deadline for a request's arrival
STOP_WAIT_S = 1


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the gateway decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGTERM and SIGINT as they are."""
        yield


def open_socket(settings: GatewaySettings) -> socket.socket:
    """The listening socket; raises SettingsError where the port is taken or the host is not ours."""
    host, port = settings.http_host, settings.http_port
    # Named TCP, as create_server() does not: asyncio sets TCP_NODELAY only where a socket says so, and
    # without it an answer of two writes waits 40 ms for the asker's delayed ACK.
    opened = socket.socket(_family(host), socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(BACKLOG)
        return opened
    except OSError as problem:
        opened.close()
        place = f"{host}:{port}"
        hint = "Stop what listens there, or set another http_port in [gateway]"
        raise SettingsError(f"[gateway] cannot listen on {place} ({problem.strerror})", hint) from problem


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def read_token(settings: GatewaySettings) -> str:
    """The bearer token of the API; where no token_file is set, one made once in the run folder."""
    path = Path(settings.token_file) if settings.token_file else Path(settings.run_dir) / TOKEN_FILE
    if not settings.token_file and not path.exists():
        write_private(path, secrets.token_urlsafe(TOKEN_BYTES) + "\n")
    token = read_secret(path, "token_file")
    if len(token) < TOKEN_CHARACTERS_MIN:
        hint = f"Give at least {TOKEN_CHARACTERS_MIN} random characters"
        raise SettingsError(f"[gateway] token_file: {path} holds too short a token", hint)
    return token


def read_secret(path: Path, key: str) -> str:
    """The one line of a secret file; raises SettingsError naming the key, never the content."""
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as problem:
        hint = "Make the file readable for the gateway, or change the setting"
        raise SettingsError(
            f"[gateway] {key}: cannot read {path} ({type(problem).__name__})", hint
        ) from problem


def write_private(path: Path, text: str) -> None:
    """A file that its owner alone can read, from the first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def build_server(live: Live, settings: GatewaySettings, token: str, books: "Books") -> Server:
    """The server of console and API, to be run with serve(sockets=[...])."""
    # Imported here: pages and their templates are most of the start-up time, and only this needs them.
    from gateway.adapters.http import build_app
    from gateway.adapters.http.sessions import read_key

    return Server(
        uvicorn.Config(
            build_app(live, settings, token, books, read_key(settings.data_dir)),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=STOP_WAIT_S,
            server_header=False,
        )
    )
