"""Takes a firmware process's connections on 127.0.0.1; the first line of each names its part."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping
from typing import cast

from hardware_tests.virtual.parts import Part

HELLO_BYTES_MAX = 32
HOST = "127.0.0.1"


class UnknownPart(ValueError):
    """A first line that names no part of this board: the firmware and the board data disagree."""


def parse_hello(line: bytes) -> tuple[str, tuple[int, ...]]:
    """("uart 1", (9600,)), ("i2c 0", ()) or ("pins", ()); raises UnknownPart."""
    words = line.decode("ascii", "replace").split()
    try:
        numbers = tuple(int(word) for word in words[1:])
    except ValueError as error:
        raise UnknownPart(f"first line {line!r}") from error
    if len(words) == 3 and words[0] == "uart":
        return f"uart {numbers[0]}", numbers[1:]
    if len(words) == 2 and words[0] == "i2c":
        return f"i2c {numbers[0]}", ()
    if words == ["pins"]:
        return "pins", ()
    raise UnknownPart(f"first line {line!r}")


class _Connection(asyncio.Protocol):
    """One connection, before and after its first line."""

    def __init__(self, parts: Mapping[str, Part], refused: Callable[[str], None]) -> None:
        self._parts = parts
        self._refused = refused
        self._hello = b""
        self._part: Part | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # Without it an answer takes 44 ms (micropython.md 7).
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        if self._part is None:
            self._hello += data
            if b"\n" not in self._hello and len(self._hello) <= HELLO_BYTES_MAX:
                return
            line, _, data = self._hello.partition(b"\n")
            self._attach(line)
        if data and self._part is not None:
            self._part.received(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._part is not None:
            self._part.closed(self._send)

    def _attach(self, line: bytes) -> None:
        try:
            name, arguments = parse_hello(line)
            if name not in self._parts:
                raise UnknownPart(f"{name} is not wired on this board")
        except UnknownPart as error:
            self._refused(str(error))
            if self._transport is not None:
                self._transport.abort()
            return
        self._part = self._parts[name]
        self._part.opened(self._send, arguments)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


class PartsServer:
    """Listens while open; `port` is chosen by the system. `refused` keeps the last few complaints."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self._server: asyncio.Server | None = None
        self.refused: list[str] = []
        self.port = 0

    async def open(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self._parts, self._complain), HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(TimeoutError):  # 3.12 waits for connections as well
                await asyncio.wait_for(self._server.wait_closed(), 1)

    def _complain(self, text: str) -> None:
        self.refused = [*self.refused[-9:], text]
