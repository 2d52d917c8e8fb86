"""The terminal: builds everything once, starts the tasks, which prove their work to apps/keeper.py.

    cards, codes, keys   apps/reading.py: reader, scanner and keypad to the desk
    uplink               apps/uplink.py: letters out, messages in
    face                 display, light and tone follow the session

A device without usable settings stops here with the error on its console, before the watchdog runs: it must
be provisioned.
"""

import asyncio

from firmware import release
from firmware.apps import boot_only
from firmware.apps.keeper import Keeper, say, start_anew
from firmware.apps.reading import Reading
from firmware.apps.uplink import Uplink
from firmware.core.aio import TimedOut, sleep_ms, wait_for_ms
from firmware.core.desk import Desk
from firmware.core.face import Face, resting
from firmware.core.outbox import Outbox
from firmware.core.post import Identity
from firmware.core.records import Recorder
from firmware.ports import clock, system

FACE_EVERY_MS = 1000  # how late a dead display is drawn again
SENDER_FIRST_MS = 2  # drawing blocks the loop for up to 25 ms: let the letter out before
LIMITS_MS = {  # duty -> how long it may go without a proof of work
    "reader": 30000,  # five recoveries, each up to 4 s, with their pauses
    "link": 40000,  # its longest step is 20 s
    "face": 10000,
}


class Terminal:
    """One running terminal, around what apps/assembly.py has built."""

    def __init__(self, assembly) -> None:
        device = assembly.device
        self._parts = assembly.parts
        self._uptime = self._parts.uptime
        self.keeper = Keeper(self._parts.watchdog, LIMITS_MS, self._uptime)
        keeper = self.keeper
        self._desk = Desk(
            Identity(device.device, device.board, device.role, release.VERSION),
            Recorder(keeper.boot, keeper.nonce, keeper.clock),
            keeper.clock,
            Outbox(keeper.boot, keeper.nonce, system.below),
            keeper.highest,
            self._changed,
        )
        self._desk.more_counters = self._counters
        self._face = Face(self._parts.display, self._parts.light, self._parts.buzzer)
        self._face_wake = asyncio.Event()
        self._reading = Reading(self._parts, self._desk, keeper.watch, say, system.below)
        self._uplink = Uplink(
            device,
            self._desk,
            assembly.network,
            assembly.trust,
            self._uptime,
            self._link_alive,
            say,
            system.below,
        )

    async def run(self) -> None:
        """For ever."""
        reading = self._reading
        await self.keeper.run((self._show, reading.cards, reading.codes, reading.keys), self._uplink.run)

    def _changed(self) -> None:
        self._uplink.wake.set()
        self._face_wake.set()

    def _link_alive(self) -> None:
        self.keeper.done("link")

    async def _show(self) -> None:
        """Display, light and tone follow the session, whose states end by themselves here."""
        session, desk = self._desk.session, self._desk
        turn, ends_ms = session.turn, 0
        while True:
            now_ms = self._uptime()
            if session.turn != turn:
                turn, ends_ms = session.turn, now_ms + (session.hold_ms or 0)
            elif session.hold_ms is not None and now_ms >= ends_ms:
                session.elapsed()
                continue
            asked = desk.asked(now_ms)
            rest = resting(desk.broken, desk.linked, desk.been_linked, now_ms)
            self._face.show(session, rest, desk.idle_screen, asked)
            self._face.retry()
            self.keeper.done("face")
            await self._face_sleep(FACE_EVERY_MS if session.hold_ms is None else ends_ms - self._uptime())

    async def _face_sleep(self, ms: int) -> None:
        try:
            await wait_for_ms(self._face_wake.wait(), max(1, min(ms, FACE_EVERY_MS)))
            self._face_wake.clear()
            await sleep_ms(SENDER_FIRST_MS)
        except TimedOut:
            return

    def _counters(self) -> tuple:
        return (
            self.keeper.counters(self._face.heap_faults)
            + (("display.faults", self._parts.display.faults),)
            + self._uplink.link.counters()
            + self._reading.counters()
        )


def assembled() -> Terminal:
    """A terminal of this device's parts. The import is in here, or its modules could never be collected."""
    from firmware.apps.assembly import assemble

    return Terminal(assemble())


def main() -> None:
    """Run until the power goes. Returns only by an exception about the settings."""
    clock.keep_floor(release.BUILT_UNIX_S)
    terminal = assembled()
    boot_only.drop()
    try:
        asyncio.run(terminal.run())
    except Exception as error:  # noqa: BLE001 - the last door: written to flash, then the board starts anew
        start_anew(error, terminal.keeper.boot)
