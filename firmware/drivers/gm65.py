"""Driver of the GM65 family of QR scanners: one scanner that is started, read from, and checked while it
reads.

One task owns a driver: start(), then read_code() again and again; ScannerError means start() anew, after a
pause. It is given a line (gm65_link.py), never a pin.
"""

from firmware.core.modules import borrowed
from firmware.core.reread import Reread
from firmware.drivers import gm65_frames as frames
from firmware.drivers.gm65_link import ScannerError, ScannerLink
from firmware.protocol.compat import const

CHECK_EVERY_MS = const(10000)
MISSES_MAX = const(3)  # unanswered checks in a row that mean it is dead
REREAD_AWAY_MS = const(3000)


class Gm65:
    """One scanner of a gm65_models.Model. `healthy`: started, and its last check was answered."""

    def __init__(self, line, model, now_ms) -> None:
        self._link = ScannerLink(line, now_ms)
        self._model = model
        self._reread = Reread(REREAD_AWAY_MS)
        self._checked_ms = 0
        self._misses = 0
        self.healthy = False
        self.starts = self.missed = 0

    def counters(self) -> tuple:
        """What reading has cost so far, as (name, value) pairs."""
        stream = self._link.stream
        return (
            ("scanner.starts", self.starts),
            ("scanner.missed", self.missed),
            ("scanner.overlong", stream.overlong),
            ("scanner.spilled", stream.spilled),
            ("scanner.stray", stream.stray_replies + stream.broken_replies),
        )

    async def start(self) -> None:
        """Find, silence, set up, lock, verify, and let it read; raises ScannerError."""
        self.healthy = False
        self.starts += 1
        await borrowed("firmware.drivers.gm65_setup", "set_up")(self._link, self._model)
        self._misses = 0
        self._checked_ms = self._link.now_ms()
        self.healthy = True

    async def read_code(self) -> bytes:
        """The next code that is news, 1..512 opaque bytes; raises ScannerError when a start() is needed."""
        link = self._link
        while True:
            while link.stream.codes:
                code = link.stream.codes.pop(0)
                if self._reread.is_news(code, link.now_ms()):
                    return code
            due_ms = self._checked_ms + CHECK_EVERY_MS - link.now_ms()
            if due_ms <= 0 and link.stream.quiet_ms() is None:
                await self._check()
            else:
                await link.listen(max(due_ms, frames.GAP_MS))

    async def _check(self) -> None:
        """Is it alive, still locked, still reading? Raises ScannerError when it is not."""
        link, model = self._link, self._model
        self._checked_ms = link.now_ms()
        alive = frames.heartbeat_frame() if model.heartbeat else frames.read_frame(model.version_zone, 1)
        answered = await link.attempt(alive, 1) is not None
        self._misses = 0 if answered else self._misses + 1
        self.missed += not answered
        try:
            if answered:
                await link.require(model.lock, "setup_codes_on")
                await link.require(model.start[0], "settings_lost")
            elif self._misses >= MISSES_MAX:
                raise ScannerError("silent")
        except ScannerError:
            self.healthy = False
            raise
