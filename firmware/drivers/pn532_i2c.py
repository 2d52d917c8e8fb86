"""The PN532 on I2C, address 24: every read begins with a status byte, bit 0 = a frame waits.

A read gives the frame from its start, but whether a second read of the same response does is not certain on
all silicon; so a response longer than the first read is asked for again by a NACK and then read whole.
All transfers go through one buffer made at the start. The bus is synchronous: 276 bytes take 7 ms at 400 kHz.
"""

from firmware.core.aio import sleep_ms
from firmware.drivers.pn532_frames import FRAME_BYTES_MAX, NACK, measure
from firmware.drivers.pn532_talk import ReaderError
from firmware.protocol.compat import const

ADDRESS = const(0x24)
_STATUS_PAUSE_MS = const(4)  # between two looks at the status byte
_IRQ_WAIT_MS = const(50)  # an interrupt that got lost costs no more than this
_WRITE_TRIES = const(4)  # a sleeping chip does not acknowledge while its oscillator starts (2 ms)
_WRITE_PAUSE_MS = const(2)
_AGAIN_WAIT_MS = const(50)
_READY = const(1)
_AROUND = const(7)  # preamble, start, LEN, LCS, DCS, postamble
_AROUND_EXTENDED = const(10)


def frame_bytes(begin) -> int:
    """The size of the response that begins with these bytes, 8 at most; 0 if it is none."""
    if bytes(begin[:3]) != b"\x00\x00\xff":
        return 0
    length = measure(begin[3:])
    return 0 if length < 0 else length + (_AROUND_EXTENDED if begin[3] & begin[4] == 0xFF else _AROUND)


class Pn532I2c:
    """The link over a machine.I2C. `irq` has `await wait(timeout_ms)`, for the line to fall; None to poll."""

    def __init__(self, i2c, irq=None) -> None:
        self.uses_irq = irq is not None
        self._i2c = i2c
        self._irq = irq
        self._buffer = memoryview(bytearray(1 + FRAME_BYTES_MAX))

    async def wake(self, attempt: int) -> None:
        """Nothing to do: the address of the first frame wakes the chip, and `write` tries again."""

    async def quiet(self) -> None:
        """Nothing to do: the chip sends nothing unasked."""

    async def write(self, frame: bytes) -> None:
        """Sends a frame; raises ReaderError when the chip never acknowledges."""
        for _ in range(_WRITE_TRIES):
            try:
                self._i2c.writeto(ADDRESS, frame)
                return
            except OSError:
                await sleep_ms(_WRITE_PAUSE_MS)
        raise ReaderError("link")

    async def read(self, wait_ms: int, size: int):
        """The frame that waits, as a view valid until the next call; b"" after `wait_ms`."""
        await sleep_ms(0)  # a chip that is always ready must not hold up the other tasks
        if not await self._ready(wait_ms) or not self._transfer(size):
            return b""
        whole = frame_bytes(self._buffer[1 : 1 + min(size, 8)])
        if whole > size:
            await self.write(NACK)
            if not await self._ready(_AGAIN_WAIT_MS) or not self._transfer(whole):
                return b""
        return self._buffer[1 : 1 + max(size, whole)]

    async def _ready(self, wait_ms: int) -> bool:
        """True once the status byte says so; looks at least once."""
        fell = False
        while not self._transfer(0):
            if wait_ms <= 0:
                return False
            if self._irq is None or fell:  # a line that stays low without a frame tells nothing
                await sleep_ms(_STATUS_PAUSE_MS)
                wait_ms -= _STATUS_PAUSE_MS
                fell = False
                continue
            slice_ms = min(wait_ms, _IRQ_WAIT_MS)
            fell = await self._irq.wait(slice_ms)
            if not fell:
                wait_ms -= slice_ms
        return True

    def _transfer(self, size: int) -> bool:
        """Reads the status and `size` bytes into the buffer; False if the chip is busy or not there."""
        try:
            self._i2c.readfrom_into(ADDRESS, self._buffer[: 1 + size])
        except OSError:
            return False
        return self._buffer[0] == _READY
