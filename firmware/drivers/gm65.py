"""Driver of the GM65 family of QR scanners: found, locked, verified, then read from.

It is given a line, never a pin:

    await line.read(wait_ms) -> bytes    what has arrived, at once; b"" after `wait_ms` of silence
    await line.write(data)
    line.set_baud(baud)                  forgets what has not been read

One task owns a driver: start(), then read_code() again and again; ScannerError means start() anew, after a
pause. Printed setup codes are obeyed from the factory on and could change rate, mode or output, so nothing
is read before they are switched off and read back as off; every check while reading looks at that again.
"""

from firmware.core.aio import Uptime
from firmware.core.reread import Reread
from firmware.drivers import gm65_frames as frames
from firmware.drivers.gm65_models import GM65, Model
from firmware.protocol.compat import const

PROBE_BAUDS = (9600, 115200, 9600, 115200)  # from the factory; as saved by us; each once more
# An ESP32 hands bytes on 120 at a time (rxfifo_full_thresh, micropython issue 7833): 125 ms at 9600 baud,
# which looks like the silence after a code, but 10 ms at this rate.
WORK_BAUD = const(115200)
WORK_BAUD_BYTES = b"\x1a\x00"
REPLY_WAIT_MS = const(500)  # a scanner gives up a frame after 400 ms, so the next try finds it listening
ASK_TRIES = const(3)
CHECK_EVERY_MS = const(10000)
MISSES_MAX = const(3)  # unanswered checks in a row that mean it is dead
REREAD_AWAY_MS = const(3000)


class ScannerError(Exception):
    """`reason`: silent, noise, setup_codes_on, settings_refused, settings_lost."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Gm65:
    """One scanner. `healthy`: started, and its last check was answered."""

    def __init__(self, line, model: Model = GM65, now_ms=None, reread_away_ms: int = REREAD_AWAY_MS) -> None:
        self._line = line
        self._model = model
        self._now_ms = now_ms or Uptime()
        self._stream = frames.ScannerStream()
        self._reread = Reread(reread_away_ms)
        self._checked_ms = 0
        self._misses = 0
        self._baud = PROBE_BAUDS[0]
        self.healthy = False
        self.starts = self.missed = 0

    def counters(self) -> tuple:
        """What reading has cost so far, as (name, value) pairs."""
        stream = self._stream
        return (
            ("scanner.starts", self.starts),
            ("scanner.missed", self.missed),
            ("scanner.overlong", stream.overlong),
            ("scanner.spilled", stream.spilled),
            ("scanner.stray", stream.stray_replies + stream.broken_replies),
            ("scanner.reread", self._reread.suppressed),
        )

    async def start(self) -> None:
        """Find, silence, set up, lock, verify, and let it read; raises ScannerError."""
        self.healthy = False
        self.starts += 1
        if self._model.lock is None:
            raise ScannerError("setup_codes_on", self._model.name)
        await self._find()
        await self._order(self._model.stop)
        changed = await self._set_up()
        if await self._speed_up() or changed:
            await self._ask(frames.save_frame(), 1)
        await self._verify()
        self._stream.codes.clear()  # seen before it was locked
        await self._order(self._model.start)
        self._misses = 0
        self._checked_ms = self._now_ms()
        self.healthy = True

    async def read_code(self) -> bytes:
        """The next code that is news, 1..512 opaque bytes; raises ScannerError when a start() is needed."""
        while True:
            while self._stream.codes:
                code = self._stream.codes.pop(0)
                if self._reread.is_news(code, self._now_ms()):
                    return code
            due_ms = self._checked_ms + CHECK_EVERY_MS - self._now_ms()
            if due_ms <= 0 and self._stream.quiet_ms() is None:
                await self._check()
            else:
                await self._listen(max(due_ms, frames.GAP_MS))

    async def _find(self) -> None:
        for baud in PROBE_BAUDS:
            self._set_baud(baud)
            if await self._try(frames.read_frame(self._model.version_zone, 1), 1) is not None:
                return
        raise ScannerError("silent")

    async def _set_up(self) -> bool:
        """Bring every setting to its value; True when one had another (a save costs the scanner's flash)."""
        changed = False
        for zone, mask, value in self._model.settings + (self._model.lock,):
            old = (await self._read(zone, 1))[0]
            if old & mask != value:
                await self._ask(frames.write_frame(zone, bytes((old & ~mask & 0xFF | value,))), 1)
                changed = True
        return changed

    async def _speed_up(self) -> bool:
        """Move to WORK_BAUD if the scanner follows; True when it did."""
        slow = self._baud
        if slow == WORK_BAUD:
            return False
        # No manual says at which rate this is answered, so only what follows is believed.
        await self._try(frames.write_frame(self._model.baud_zone, WORK_BAUD_BYTES), 1)
        for baud in (WORK_BAUD, slow, WORK_BAUD, slow):
            self._set_baud(baud)
            answer = await self._try(frames.read_frame(self._model.baud_zone, 2), 2)
            if answer is not None:
                return answer == WORK_BAUD_BYTES
        raise ScannerError("silent", "baud")

    async def _verify(self) -> None:
        """Read every setting back; while it is stopped, any byte but a reply makes the reading void."""
        heard = self._heard()
        await self._expect_field(self._model.lock, "setup_codes_on")
        for field in self._model.stop + self._model.settings:
            await self._expect_field(field, "settings_refused")
        if self._heard() != heard or self._stream.quiet_ms() is not None:
            raise ScannerError("noise")

    async def _expect_field(self, field, reason: str) -> None:
        zone, mask, value = field
        found = (await self._read(zone, 1))[0]
        if found & mask != value:
            self.healthy = False
            raise ScannerError(reason, "%04x=%02x" % (zone, found))

    async def _order(self, fields) -> None:
        """Write these fields whether or not they have their value already: a trigger is an order."""
        for zone, mask, value in fields:
            old = (await self._read(zone, 1))[0]
            await self._ask(frames.write_frame(zone, bytes((old & ~mask & 0xFF | value,))), 1)

    async def _check(self) -> None:
        """Is it alive, still locked, still reading? Raises ScannerError when it needs a start()."""
        self._checked_ms = self._now_ms()
        model = self._model
        alive = frames.heartbeat_frame() if model.heartbeat else frames.read_frame(model.version_zone, 1)
        if await self._try(alive, 1) is None:
            self.missed += 1
            self._misses += 1
            if self._misses >= MISSES_MAX:
                self.healthy = False
                raise ScannerError("silent")
            return
        self._misses = 0
        await self._expect_field(model.lock, "setup_codes_on")
        await self._expect_field(model.start[0], "settings_lost")

    async def _read(self, zone: int, count: int) -> bytes:
        return await self._ask(frames.read_frame(zone, count), count)

    async def _ask(self, frame: bytes, length: int) -> bytes:
        """Data of the reply; raises ScannerError("silent") after ASK_TRIES."""
        for _ in range(ASK_TRIES):
            reply = await self._try(frame, length)
            if reply is not None:
                return reply
        self.healthy = False
        raise ScannerError("silent")

    async def _try(self, frame: bytes, length: int) -> "bytes | None":
        """Data of the reply; None after REPLY_WAIT_MS without one."""
        stream = self._stream
        stream.expect(length)
        asked_ms = self._now_ms()
        try:
            await self._line.write(frame)
            left_ms = REPLY_WAIT_MS
            while stream.reply is None and left_ms > 0:
                await self._listen(left_ms)
                left_ms = asked_ms + REPLY_WAIT_MS - self._now_ms()
            return stream.reply
        finally:
            stream.forget()

    async def _listen(self, wait_ms: int) -> None:
        """Sort what arrives within `wait_ms`, or the silence that ends what has begun."""
        quiet_ms = self._stream.quiet_ms()
        data = await self._line.read(wait_ms if quiet_ms is None else min(wait_ms, quiet_ms))
        if data:
            self._stream.feed(data)
        elif quiet_ms is not None and quiet_ms <= wait_ms:
            self._stream.quiet()

    def _heard(self) -> int:
        stream = self._stream
        lost = stream.overlong + stream.spilled + stream.stray_replies + stream.broken_replies
        return len(stream.codes) + lost

    def _set_baud(self, baud: int) -> None:
        self._baud = baud
        self._line.set_baud(baud)
