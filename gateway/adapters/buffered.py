"""paho's client with one system call where it makes many.

paho reads each packet with three recv() calls and writes each with a send() of its own: at 64 taps in
flight that is a third of the gateway's time. Here received bytes are read ahead in blocks, and sent bytes
leave in one send() when flush() is called, which the link does once a batch. Nothing of MQTT is touched:
only the two methods through which paho reaches its socket are replaced (a test holds paho to having them).

Bounds: at most READ_AHEAD_BYTES are read ahead; above WRITE_BEHIND_BYTES paho is told that the socket is
full.
"""

import ssl
from typing import Any

from paho.mqtt import client as paho

READ_AHEAD_BYTES = 64 << 10  # what a loopback socket holds
WRITE_BEHIND_BYTES = 1 << 20  # a batch of 256 full screens is 280 kB


class BufferedClient(paho.Client):
    """A paho client whose reads come from `pending` bytes and whose writes wait for flush()."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ahead = memoryview(b"")
        self._behind = bytearray()

    @property
    def pending(self) -> bool:
        """Whether bytes were read that paho has not taken yet."""
        return len(self._ahead) > 0

    def flush(self, closing: Any = None) -> bool:
        """Hand what waits to the socket; True when all of it went. OSError where the connection broke.

        `closing` is the socket that paho lets go of at this moment: its last chance to say DISCONNECT.
        """
        opened = closing or self._sock
        if opened is None:
            self._behind.clear()
        elif self._behind:
            try:
                del self._behind[: opened.send(self._behind)]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
        return not self._behind

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self._ahead:
            self._ahead = memoryview(super()._sock_recv(READ_AHEAD_BYTES))
        taken = bytes(self._ahead[:bufsize])
        self._ahead = self._ahead[bufsize:]
        return taken

    def _sock_send(self, buf: bytes | bytearray) -> int:
        if len(self._behind) >= WRITE_BEHIND_BYTES:
            raise BlockingIOError
        self._behind += buf
        return len(buf)
