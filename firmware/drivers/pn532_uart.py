"""The PN532's high-speed UART: 115200 8N1. Owns the wake-up preamble, quiet and bounded waiting.

A sleeping chip loses the bytes that wake it, so a preamble goes first (nfcpy: ten 00; Adafruit: 55 55, 00s).
A chip that waits for the rest of a frame, because the host was reset in the middle of one, takes a long one.
"""

import asyncio

from firmware.core.aio import TimedOut, wait_for_ms
from firmware.drivers.pn532_frames import FRAME_BYTES_MAX
from firmware.drivers.pn532_talk import ReaderError
from firmware.protocol.compat import const

_WRITE_WAIT_MS = const(200)  # the longest frame takes 24 ms
_QUIET_MS = const(10)  # far above one byte's 87 us
_QUIET_READS_MAX = const(32)
_READ_BYTES = const(64)
_PREAMBLE = b"\x55\x55" + bytes(14)


class Pn532Uart:
    """The link over a machine.UART; `stream` is its asyncio stream, None to make one (MicroPython)."""

    uses_irq = False

    def __init__(self, uart, stream=None) -> None:
        self._uart = uart
        self._stream = asyncio.StreamReader(uart) if stream is None else stream

    async def wake(self, attempt: int) -> None:
        """Wakes the chip; from the second attempt on also ends a frame it may be waiting for."""
        await self._send(bytes(FRAME_BYTES_MAX) if attempt else _PREAMBLE)

    async def write(self, frame: bytes) -> None:
        """Sends a frame; what arrived before it is stale and dropped. Raises ReaderError."""
        self._uart.read()
        await self._send(frame)

    async def read(self, wait_ms: int, size: int):
        """1 to `size` bytes; b"" after `wait_ms`."""
        try:
            return await wait_for_ms(self._stream.read(size), wait_ms)
        except TimedOut:
            return b""

    async def quiet(self) -> None:
        """Drops what arrives until nothing does for _QUIET_MS."""
        for _ in range(_QUIET_READS_MAX):
            if not await self.read(_QUIET_MS, _READ_BYTES):
                return

    async def _send(self, data: bytes) -> None:
        self._stream.write(data)  # pyright: ignore[reportAttributeAccessIssue] - MicroPython's does both ways
        try:
            await wait_for_ms(self._stream.drain(), _WRITE_WAIT_MS)  # pyright: ignore[reportAttributeAccessIssue]
        except TimedOut:
            raise ReaderError("link") from None
