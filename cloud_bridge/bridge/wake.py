"""Bells that say "look now": empty Unix datagrams between processes, events between loops of this one.

A lost ring costs a poll and nothing else, so none is ever waited for.
"""

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import Final

from cloud_bridge.errors import StartError

DATAGRAMS_READ_MAX: Final = 64  # of a burst; the rest are read in the loop's next round
DATAGRAM_BYTES: Final = 1  # they are empty; a longer one means no more


class Nudge:
    """A bell between two loops of this process; rung before anybody waits, it is heard all the same."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Whoever waits, or waits next, goes on at once."""
        self._rung.set()

    async def wait(self, wait_ms: int) -> None:
        """Until it rings, or this long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), wait_ms / 1_000)
        self._rung.clear()


class Bell(Nudge):
    """Our socket: rings whoever waits."""

    def __init__(self, path: Path) -> None:
        """Bind the socket; its place is ours alone by the instance's lock. Raises StartError."""
        super().__init__()
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            path.unlink(missing_ok=True)
            self._socket.bind(str(path))
        except OSError as fault:
            self._socket.close()
            raise StartError(
                f"[bridge] {path} cannot be made ({fault})",
                "Use a run_dir that is ours and has a shorter path",
            ) from None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen on this loop."""
        loop.add_reader(self._socket.fileno(), self._read)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop listening."""
        loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _read(self) -> None:
        self.ring()
        with contextlib.suppress(BlockingIOError):
            for _ in range(DATAGRAMS_READ_MAX):
                self._socket.recv(DATAGRAM_BYTES)


class Ringer:
    """Rings somebody else's bell, if there is one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def ring(self) -> bool:
        """Whether it was heard; a bell that is absent or full looks by itself within a poll."""
        try:
            self._socket.sendto(b"", str(self._path))
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Let go."""
        self._socket.close()
