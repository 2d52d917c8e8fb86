"""The terminal: builds everything once, starts the tasks, feeds the watchdog while they prove their work.

    cards, codes, keys   apps/reading.py: reader, scanner and keypad to the desk
    uplink               apps/uplink.py: letters out, messages in
    face                 display, light and tone follow the session
    health               watchdog, clock, witness in flash, memory

A task that dies is our bug: its trace goes to flash and the board starts anew. A full heap is not: the outbox
is in it, so the task is begun again, and the watchdog bites if that does not help. A device without usable
settings stops here with the error on its console, before the watchdog runs: it must be provisioned.
"""

import asyncio
import gc
import io
import sys
import time

from firmware import release
from firmware.apps import boot_only
from firmware.apps.reading import Reading
from firmware.apps.uplink import Uplink
from firmware.core import crash, witness
from firmware.core.aio import TimedOut, sleep_ms, wait_for_ms
from firmware.core.desk import Desk, Identity
from firmware.core.face import Face, resting
from firmware.core.outbox import Outbox
from firmware.core.records import Clock, Recorder
from firmware.core.watch import Watch
from firmware.ports import clock, flash, system
from firmware.protocol.messages import CLOCK_SET

CRASH_FILE = "crash"
WITNESS_FILE = "witness"

HEALTH_EVERY_MS = 1000  # a Pico W's watchdog waits 8.3 s
FACE_EVERY_MS = 1000  # how late a dead display is drawn again
SENDER_FIRST_MS = 2  # drawing blocks the loop for up to 25 ms: let the letter out before
GARBAGE_SHARE = 4  # a quarter of what is free may be garbage: a collection takes 5 to 10 ms on a board
HEAP_PAUSE_MS = 1000  # the other tasks give back what they hold for a letter or a picture within it
COLLECT_EVERY_MS = 5000  # 5 to 10 ms each on a board; keeps the heap in one piece
CRASH_PAUSE_S = 3  # a fault that comes back at once must not fill the broker's log or wear out the flash
CLOCK_DRIFT_S = 60  # TLS judges certificates by years
LIMITS_MS = {  # duty -> how long it may go without a proof of work
    "reader": 30000,  # five recoveries, each up to 4 s, with their pauses
    "link": 40000,  # its longest step is 20 s
    "face": 10000,
}


class Terminal:
    """One running terminal, around what apps/assembly.py has built."""

    def __init__(self, assembly) -> None:
        self.boot, nonce = flash.next_boot()
        device = assembly.device
        self._parts = assembly.parts
        self._uptime = self._parts.uptime
        self._watch = Watch(LIMITS_MS, self._uptime())
        self._highest = witness.HighestSeen(witness.parse(flash.read(WITNESS_FILE)))
        self._clock = Clock(release.BUILT_UNIX_S * 1000)
        self._desk = Desk(
            Identity(device.device, device.board, device.role, release.VERSION),
            Recorder(self.boot, nonce, self._clock),
            self._clock,
            Outbox(self.boot, nonce, system.below),
            self._highest,
            self._changed,
        )
        self._desk.more_counters = self._counters
        self._face = Face(self._parts.display, self._parts.light, self._parts.buzzer)
        self._face_wake = asyncio.Event()
        self._reading = Reading(self._parts, self._desk, self._watch, say, system.below)
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
        self._crashes = crash.count(flash.read(CRASH_FILE))
        self._free_bytes_min = free_bytes()
        self._collected_ms = 0
        self._flash_faults = 0
        self._heap_faults = 0

    async def run(self) -> None:
        """For ever."""
        asyncio.get_event_loop().set_exception_handler(self._task_died)
        self._parts.watchdog.start()
        gc.threshold(free_bytes() // GARBAGE_SHARE)  # pyright: ignore[reportAttributeAccessIssue]
        reading = self._reading
        works = (self._show, reading.cards, reading.codes, reading.keys)
        tasks = [asyncio.create_task(self._lasting(work)) for work in works]
        tasks.append(asyncio.create_task(self._uplink.run()))  # knows by itself what to do without memory
        await self._lasting(self._keep_healthy)
        assert tasks, "held, or they would be collected"

    async def _lasting(self, work) -> None:
        """`work()`, and again where the heap had no room for a step of it: counted, said, tried anew."""
        while True:
            try:
                await work()
            except MemoryError as error:
                self._heap_faults += 1
                say("heap", repr(error))
            await sleep_ms(HEAP_PAUSE_MS)

    def _changed(self) -> None:
        self._uplink.wake.set()
        self._face_wake.set()

    def _link_alive(self) -> None:
        self._watch.done("link", self._uptime())

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
            self._watch.done("face", now_ms)
            await self._face_sleep(FACE_EVERY_MS if session.hold_ms is None else ends_ms - self._uptime())

    async def _face_sleep(self, ms: int) -> None:
        try:
            await wait_for_ms(self._face_wake.wait(), max(1, min(ms, FACE_EVERY_MS)))
            self._face_wake.clear()
            await sleep_ms(SENDER_FIRST_MS)
        except TimedOut:
            return

    async def _keep_healthy(self) -> None:
        while True:
            now_ms = self._uptime()
            overdue = self._watch.overdue(now_ms)
            if overdue:
                say("health", "not fed for", repr(overdue))
            else:
                self._parts.watchdog.feed()
            self._collect(now_ms)
            self._save_witness(now_ms)
            self._correct_clock(now_ms)
            await sleep_ms(HEALTH_EVERY_MS)

    def _collect(self, now_ms: int) -> None:
        if now_ms - self._collected_ms >= COLLECT_EVERY_MS:
            self._collected_ms = now_ms
            self._free_bytes_min = min(self._free_bytes_min, free_bytes())

    def _save_witness(self, now_ms: int) -> None:
        if not self._highest.worth_saving(now_ms):
            return
        self._highest.saved(now_ms)  # also when flash refuses: it is asked again at the next occasion only
        try:
            flash.write(WITNESS_FILE, witness.encode(self._highest.highest))
        except OSError as error:
            self._flash_faults += 1
            say("flash", repr(error))

    def _correct_clock(self, now_ms: int) -> None:
        unix_ms, quality = self._clock.read(now_ms)
        if quality == CLOCK_SET and abs(unix_ms // 1000 - clock.unix_s()) > CLOCK_DRIFT_S:
            clock.set_unix_s(unix_ms // 1000, release.BUILT_UNIX_S)

    def _counters(self) -> tuple:
        return (
            (
                ("crashes", self._crashes),
                ("heap.free_min", self._free_bytes_min),
                ("heap.faults", self._heap_faults + self._face.heap_faults),
                ("display.faults", self._parts.display.faults),
                ("flash.faults", self._flash_faults),
            )
            + self._uplink.link.counters()
            + self._reading.counters()
        )

    def _task_died(self, _loop, context) -> None:
        """Write down why, start anew."""
        start_anew(context["exception"], self.boot)


def start_anew(error: BaseException, boot: int) -> None:
    """Write down why, to console and flash, and reset, whatever fails on the way."""
    try:
        gc.collect()
        out = io.StringIO()
        sys.print_exception(error, out)  # pyright: ignore[reportAttributeAccessIssue]
        sys.stdout.write(out.getvalue())
        flash.write(CRASH_FILE, crash.entry(flash.read(CRASH_FILE), boot, out.getvalue()))
    finally:
        time.sleep(CRASH_PAUSE_S)
        system.reset()


def free_bytes() -> int:
    """What is really free: after a collection."""
    gc.collect()
    return gc.mem_free()  # pyright: ignore[reportAttributeAccessIssue]


def say(*words: str) -> None:
    """One line on the console."""
    sys.stdout.write(" ".join(words) + "\n")


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
        start_anew(error, terminal.boot)
