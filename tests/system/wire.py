"""A terminal's wire to the broker: passes bytes on, and can be cut, or deaf in one direction.

Deaf towards the terminal means: what it says arrives, what it is told is held back, and is lost for good when
the wire is cut. So an answer can be lost on the way without any luck.
"""

import asyncio
import contextlib

PIECE_BYTES = 4096


class Wire:
    """Listens on a port of its own and passes everything on to `target`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._hears = asyncio.Event()
        self._hears.set()
        self.connections = 0
        self.held_back = 0

    async def open(self) -> int:
        """Begin to listen; the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no more, and cut."""
        if self._server is not None:
            self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """End what is open; the next connection passes in both directions."""
        waiting = list(self._open)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        self._hears.set()

    async def go_deaf(self) -> None:
        """From now on hold back what the broker says."""
        self._hears.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            await self._carry(reader, writer)
        except asyncio.CancelledError:
            pass  # cut(): the end of the connection below is what was asked for
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both directions, until one of them ends."""
        try:
            broker_reader, broker_writer = await asyncio.open_connection(*self._target)
        except OSError:
            return
        up = asyncio.create_task(self._pump(reader, broker_writer, always=True))
        down = asyncio.create_task(self._pump(broker_reader, writer, always=False))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            broker_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, always: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                if not always and not self._hears.is_set():
                    self.held_back += len(piece)
                    await self._hears.wait()
                writer.write(piece)
                await writer.drain()
