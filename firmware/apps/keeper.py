"""What keeps any device alive: the watchdog fed while its duties prove their work, its clock, its witness.

A task that dies is our bug: its trace goes to flash and the board starts anew. A full heap is not: the outbox
is in it, so the task is begun again, and the watchdog bites if that does not help.
"""

import asyncio
import gc
import io
import sys
import time

from firmware import release
from firmware.core import crash, witness
from firmware.core.aio import sleep_ms
from firmware.core.records import Clock
from firmware.core.watch import Watch
from firmware.ports import clock, flash, system
from firmware.protocol.messages import CLOCK_SET

CRASH_FILE = "crash"
WITNESS_FILE = "witness"

HEALTH_EVERY_MS = 1000  # a Pico W's watchdog waits 8.3 s
GARBAGE_SHARE = 4  # a quarter of what is free may be garbage: a collection takes 5 to 10 ms on a board
HEAP_PAUSE_MS = 1000  # the other tasks give back what they hold for a letter or a picture within it
COLLECT_EVERY_MS = 5000  # 5 to 10 ms each on a board; keeps the heap in one piece
CRASH_PAUSE_S = 3  # a fault that comes back at once must not fill the broker's log or wear out the flash
CLOCK_DRIFT_S = 60  # TLS judges certificates by years


class Keeper:
    """`limits_ms`: duty -> how long it may go without a proof of work. One for each device."""

    def __init__(self, watchdog, limits_ms: "dict[str, int]", uptime) -> None:
        self.boot, self.nonce = flash.next_boot()
        self.watch = Watch(limits_ms, uptime())
        self.clock = Clock(release.BUILT_UNIX_S * 1000)
        self.highest = witness.HighestSeen(witness.parse(flash.read(WITNESS_FILE)))
        self._watchdog = watchdog
        self._uptime = uptime
        self._crashes = crash.count(flash.read(CRASH_FILE))
        self._free_bytes_min = free_bytes()
        self._collected_ms = 0
        self._flash_faults = 0
        self._heap_faults = 0

    async def run(self, works: tuple, uplink) -> None:
        """All the device's work, for ever. `uplink` knows by itself what to do without memory."""
        asyncio.get_event_loop().set_exception_handler(self._task_died)
        self._watchdog.start()
        gc.threshold(free_bytes() // GARBAGE_SHARE)  # pyright: ignore[reportAttributeAccessIssue]
        tasks = [asyncio.create_task(self._lasting(work)) for work in works]
        tasks.append(asyncio.create_task(uplink()))
        await self._lasting(self._keep_healthy)
        assert tasks, "held, or they would be collected"

    def done(self, duty: str) -> None:
        """The duty did its work."""
        self.watch.done(duty, self._uptime())

    def counters(self, heap_faults: int = 0) -> tuple:
        """What living on has cost, as (name, value) pairs; `heap_faults` are those met elsewhere."""
        return (
            ("crashes", self._crashes),
            ("heap.free_min", self._free_bytes_min),
            ("heap.faults", self._heap_faults + heap_faults),
            ("flash.faults", self._flash_faults),
        )

    async def _lasting(self, work) -> None:
        """`work()`, and again where the heap had no room for a step of it: counted, said, tried anew."""
        while True:
            try:
                await work()
            except MemoryError as error:
                self._heap_faults += 1
                say("heap", repr(error))
            await sleep_ms(HEAP_PAUSE_MS)

    async def _keep_healthy(self) -> None:
        while True:
            now_ms = self._uptime()
            overdue = self.watch.overdue(now_ms)
            if overdue:
                say("health", "not fed for", repr(overdue))
            else:
                self._watchdog.feed()
            self._collect(now_ms)
            self._save_witness(now_ms)
            self._correct_clock(now_ms)
            await sleep_ms(HEALTH_EVERY_MS)

    def _collect(self, now_ms: int) -> None:
        if now_ms - self._collected_ms >= COLLECT_EVERY_MS:
            self._collected_ms = now_ms
            self._free_bytes_min = min(self._free_bytes_min, free_bytes())

    def _save_witness(self, now_ms: int) -> None:
        if not self.highest.worth_saving(now_ms):
            return
        self.highest.saved(now_ms)  # also when flash refuses: it is asked again at the next occasion only
        try:
            flash.write(WITNESS_FILE, witness.encode(self.highest.highest))
        except OSError as error:
            self._flash_faults += 1
            say("flash", repr(error))

    def _correct_clock(self, now_ms: int) -> None:
        unix_ms, quality = self.clock.read(now_ms)
        if quality == CLOCK_SET and abs(unix_ms // 1000 - clock.unix_s()) > CLOCK_DRIFT_S:
            clock.set_unix_s(unix_ms // 1000, release.BUILT_UNIX_S)

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
