"""One command to the scanner and its reply at a time. It is given a line, never a pin:

    await line.read(wait_ms) -> bytes    what has arrived, at once; b"" after `wait_ms` of silence
    await line.write(data)
    line.set_baud(baud)                  forgets what has not been read

Every wait is bounded by REPLY_WAIT_MS; codes that come in between are kept in `stream`.
"""

from firmware.drivers import gm65_frames as frames
from firmware.protocol.compat import const

REPLY_WAIT_MS = const(500)  # a scanner gives up a frame after 400 ms, so the next try finds it listening
ASK_TRIES = const(3)


class ScannerError(Exception):
    """`reason`: silent, noise, setup_codes_on, settings_refused, settings_lost."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class ScannerLink:
    """`baud` is the rate in use, `now_ms()` a clock that never goes back."""

    def __init__(self, line, now_ms) -> None:
        self.now_ms = now_ms
        self.stream = frames.ScannerStream()
        self.baud = 0
        self._line = line

    def set_baud(self, baud: int) -> None:
        """Talk at this rate."""
        self.baud = baud
        self._line.set_baud(baud)

    async def attempt(self, frame: bytes, length: int) -> "bytes | None":
        """The `length` bytes of data in the reply; None after REPLY_WAIT_MS without one."""
        stream = self.stream
        stream.expect(length)
        until_ms = self.now_ms() + REPLY_WAIT_MS
        try:
            await self._line.write(frame)
            left_ms = REPLY_WAIT_MS
            while stream.reply is None and left_ms > 0:
                await self.listen(left_ms)
                left_ms = until_ms - self.now_ms()
            return stream.reply
        finally:
            stream.forget()

    async def ask(self, frame: bytes, length: int) -> bytes:
        """The same, tried ASK_TRIES times; raises ScannerError("silent")."""
        for _ in range(ASK_TRIES):
            reply = await self.attempt(frame, length)
            if reply is not None:
                return reply
        raise ScannerError("silent")

    async def put(self, field, always: bool = True) -> bool:
        """Bring a field (zone, mask, value) to its value; True if written: `always`, or if it differed."""
        zone, mask, value = field
        old = await self._zone(zone)
        if not always and old & mask == value:
            return False
        await self.ask(frames.write_frame(zone, bytes((old & ~mask & 0xFF | value,))), 1)
        return True

    async def require(self, field, reason: str) -> None:
        """Read a field back; raises ScannerError(reason) when it has another value."""
        zone, mask, value = field
        found = await self._zone(zone)
        if found & mask != value:
            raise ScannerError(reason, "%04x=%02x" % (zone, found))

    async def _zone(self, zone: int) -> int:
        return (await self.ask(frames.read_frame(zone, 1), 1))[0]

    async def listen(self, wait_ms: int) -> None:
        """Sort what arrives within `wait_ms`, or the silence that ends what has begun."""
        quiet_ms = self.stream.quiet_ms()
        data = await self._line.read(wait_ms if quiet_ms is None else min(wait_ms, quiet_ms))
        if data:
            self.stream.feed(data)
        elif quiet_ms is not None and quiet_ms <= wait_ms:
            self.stream.quiet()
