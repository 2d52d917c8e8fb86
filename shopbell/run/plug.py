"""The internet plug: a TCP proxy between the bridge and HQ that can be pulled.

Pulled, it resets what is open and refuses what comes: the bridge sees what a store sees whose line is cut at
its own router. The port stays the same when the plug goes in again.
"""

import asyncio
import contextlib
import socket
import struct

PIECE_BYTES = 65536
# The bridge holds one or two connections; the bound only keeps a fault from opening files for ever.
CONNECTIONS_MAX = 64
RESET = struct.pack("ii", 1, 0)


class Plug:
    """Listens on one address and passes everything on to another. `refused` counts what found it full."""

    def __init__(self, host: str, port: int, target_host: str, target_port: int) -> None:
        self._address, self._target = (host, port), (target_host, target_port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.refused = 0

    @property
    def on(self) -> bool:
        """Whether the plug is in."""
        return self._server is not None

    async def put_in(self) -> None:
        """Listen; nothing if it does already. Raises OSError if the port is taken."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, *self._address)

    async def pull(self) -> None:
        """Refuse new connections and reset the open ones; returns when they are gone."""
        if self._server is not None:
            self._server.close()
            self._server = None
        waiting = list(self._open)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._open) >= CONNECTIONS_MAX or not self.on:
            self.refused += 1
            reset(writer)
            return
        self._open.add(task)
        try:
            await self._carry(reader, writer)
        except asyncio.CancelledError:
            # Cancelled by pull(): the reset below is the effect that was asked for.
            pass
        finally:
            self._open.discard(task)
            reset(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both directions of one connection, until both have ended or one fails."""
        try:
            target_reader, target_writer = await asyncio.open_connection(*self._target)
        except OSError:
            return
        try:
            await asyncio.gather(pump(reader, target_writer), pump(target_reader, writer))
        except OSError:
            return
        finally:
            reset(target_writer)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction until its end, which is passed on as an end. Raises OSError if either side breaks."""
    while piece := await reader.read(PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, if it is still open: no lingering, nothing delivered later."""
    end = writer.get_extra_info("socket")
    if end is not None and not writer.is_closing():
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
