"""Wakes between gateway and bridge: empty Unix datagrams that say "look", and nothing else.

Losing one costs a poll of WAKE_POLL_MS, so every failure to send is counted and forgotten.
"""

import contextlib
import socket
from pathlib import Path

from gateway.counters import Counters

DATAGRAMS_DRAINED_MAX = 64  # per call: many wakes mean no more than one


class Wake:
    """Our socket to be woken by, and the neighbour's to wake it."""

    def __init__(self, own: Path, neighbour: Path, counters: Counters) -> None:
        self._own = own
        self._neighbour = str(neighbour)
        self._counters = counters
        own.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(own))
        own.chmod(0o600)

    def fileno(self) -> int:
        """Readable when the neighbour woke us."""
        return self._socket.fileno()

    def send(self) -> None:
        """Wake the neighbour, if it is there and not already woken often enough."""
        try:
            self._socket.sendto(b"", self._neighbour)
        except OSError:  # absent, restarting, or its queue is full: its poll finds the work
            self._counters.add("wake.not_sent")

    def drain(self) -> None:
        """Take the wakes that have come."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(DATAGRAMS_DRAINED_MAX):
                self._socket.recv(1)

    def close(self) -> None:
        """Leave no socket behind."""
        self._socket.close()
        self._own.unlink(missing_ok=True)
