"""A UART as the scanner's driver wants it: bounded reads, and a rate that can change."""

import asyncio

from machine import UART, Pin

from firmware.boards import Uart
from firmware.core.aio import TimedOut, wait_for_ms

READ_BYTES = 128  # about what an ESP32 hands on at once
WRITE_WAIT_MS = 200  # the longest frame takes 12 ms at 9600 baud


class UartLine:
    """`wires`: the board's Uart."""

    def __init__(self, wires: Uart, baud: int) -> None:
        self._wires = wires
        self._uart = UART(wires.id, **self._settings(baud))
        self._stream = asyncio.StreamReader(self._uart)  # pyright: ignore[reportArgumentType,reportCallIssue]

    def _settings(self, baud: int) -> dict:
        wires = self._wires
        return {"baudrate": baud, "tx": Pin(wires.tx), "rx": Pin(wires.rx), "rxbuf": wires.rxbuf}

    async def read(self, wait_ms: int) -> bytes:
        """What has arrived, at most READ_BYTES; b"" after `wait_ms` of silence."""
        try:
            return await wait_for_ms(self._stream.read(READ_BYTES), wait_ms) or b""
        except TimedOut:
            return b""

    async def write(self, data: bytes) -> None:
        """Send; what the UART does not take in WRITE_WAIT_MS is given up: the missing answer tells."""
        self._stream.write(data)  # pyright: ignore[reportAttributeAccessIssue]
        try:
            await wait_for_ms(self._stream.drain(), WRITE_WAIT_MS)  # pyright: ignore[reportAttributeAccessIssue]
        except TimedOut:
            return

    def set_baud(self, baud: int) -> None:
        """Run at this rate; what was received and not read is forgotten."""
        self._uart.init(**self._settings(baud))
        while self._uart.any():
            self._uart.read()
