"""Figures of a busy street: 200 beacons at ten adverts a second, and what hearing them costs.

The air runs in a process of its own (python -m hardware_tests.virtual.radio). Here run bumble's host and the
stand-in for BlueZ, measured as what they use without a gateway; and the gateway's own part, measured inside:
from bleak's callback until a beacon is named, counted and placed.
"""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from gateway.adapters.ble import Scanner
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.live import Live
from gateway.presence.keeping import PresenceDb
from gateway.presence.registry import RADIO, Beacon, Radio, Site, Zone
from gateway.presence.service import Presence
from hardware_tests.figures.desks import ZONE, a_desk
from hardware_tests.figures.rows import Row, row
from hardware_tests.virtual.radio.__main__ import GRID_CM, GRID_WIDTH, members
from hardware_tests.virtual.radio.bleak_backend import install
from hardware_tests.virtual.radio.host import over_tcp

BEACONS, INTERVAL_MS = 200, 100
SETTLE_S, MEASURE_S = 1.5, 6.0
AIR_MS_MAX: Final = 400.0  # a second: what the first trial of this radio took
GATEWAY_MS_MAX: Final = 100.0  # a tenth of a core of the machine that also sells
STOP_WAIT_S: Final = 10

Say = Callable[[str], None]


class Cost(NamedTuple):
    """A second's adverts heard, and milliseconds of CPU that air, host and gateway used for them."""

    adverts: float
    air_ms: float
    host_ms: float
    gateway_ms: float
    unresolved: int


class TimedScanner(Scanner):
    """The gateway's, with a stopwatch; `spent_ns` of CPU in `taken` callbacks."""

    spent_ns = taken = 0

    def _detected(self, device: BLEDevice, data: AdvertisementData) -> None:
        begun_ns = time.thread_time_ns()
        super()._detected(device, data)
        self.spent_ns += time.thread_time_ns() - begun_ns
        self.taken += 1


def measure(say: Say) -> list[Row]:
    """All rows of this file."""
    say(f"hearing {BEACONS} beacons, ten adverts a second each")
    cost = _cost()
    each_us = (cost.gateway_ms + cost.host_ms) / cost.adverts * 1e3
    where = f"{BEACONS} beacons at {INTERVAL_MS} ms, {cost.adverts:,.0f} adverts heard a second"
    return [
        row(
            "radio_air_cpu", cost.air_ms, "ms/s", f"{where}; the simulated air, for one listener", AIR_MS_MAX
        ),
        row("radio_host_cpu", cost.host_ms, "ms/s", f"{where}; host and backend, in place of BlueZ"),
        row(
            "radio_gateway_cpu",
            cost.gateway_ms,
            "ms/s",
            f"{where}; bleak's callback to resolved and placed",
            GATEWAY_MS_MAX,
        ),
        row("radio_advert", each_us, "us", f"{where}; host and gateway"),
        row("radio_unresolved", cost.unresolved, "adverts", f"of those heard in {MEASURE_S:.0f} s"),
    ]


def _cost() -> Cost:
    key = secrets.token_bytes(16)
    with tempfile.TemporaryDirectory(prefix="shopbell-figures-") as folder, _air(key) as (pid, address):
        undo = install(over_tcp(address, RADIO))
        try:
            return asyncio.run(_listen(Path(folder), key, pid))
        finally:
            undo()


@contextmanager
def _air(key: bytes) -> Iterator[tuple[int, str]]:
    """The air's process and its address."""
    asked = ["--beacons", str(BEACONS), "--interval-ms", str(INTERVAL_MS), "--key", key.hex()]
    command = [sys.executable, "-m", "hardware_tests.virtual.radio", *asked]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None and child.stdout is not None
    try:
        yield child.pid, child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.wait(STOP_WAIT_S)
        child.stdout.close()


async def _listen(folder: Path, key: bytes, air: int) -> Cost:
    async with BleakScanner(lambda device, data: None):
        await asyncio.sleep(SETTLE_S)
        (host_s,) = await _spent(lambda: [time.process_time()])
    counters = Counters()
    with a_desk(folder, "g1") as desk, closing(PresenceDb(None, counters)) as db:
        clock = Clock(lambda: time.time_ns() // 1_000_000, ZONE)
        presence = Presence(site_of(key), db, desk, Live("g1", counters), clock.moment)
        scanner = TimedScanner("hci0", RADIO, presence, lambda: clock.moment().at, counters)
        scanning = asyncio.create_task(scanner.run())
        await asyncio.sleep(SETTLE_S)
        unresolved = counters.get("presence.adverts") - counters.get("presence.resolved")
        adverts, gateway_s, air_s = await _spent(
            lambda: [scanner.taken, scanner.spent_ns / 1e9, _cpu_s(air)], presence.tick
        )
        unresolved = counters.get("presence.adverts") - counters.get("presence.resolved") - unresolved
        scanning.cancel()
        await asyncio.wait([scanning])
    return Cost(adverts, air_s * 1e3, host_s * 1e3, gateway_s * 1e3, unresolved)


async def _spent(read: Callable[[], list[float]], tick: Callable[[], None] | None = None) -> list[float]:
    """By how much these rose in a second, over MEASURE_S; `tick` is called once a second."""
    before, begun_s = read(), time.monotonic()
    for _ in range(round(MEASURE_S)):
        await asyncio.sleep(1)
        if tick is not None:
            tick()
    took_s = time.monotonic() - begun_s
    return [(after - first) / took_s for first, after in zip(before, read(), strict=True)]


def site_of(key: bytes) -> Site:
    """The crowd as a store's plan: all beacons where they stand, in one zone."""
    width, height = GRID_WIDTH * GRID_CM, BEACONS // GRID_WIDTH * GRID_CM
    shop = Zone(
        zone="shop", name={"zh-CN": "店", "en": "Shop"}, x_cm=0, y_cm=0, width_cm=width, height_cm=height
    )
    beacons = tuple(
        Beacon(
            beacon=each.name,
            key=each.key.hex(),
            zone="shop",
            x_cm=number % GRID_WIDTH * GRID_CM,
            y_cm=number // GRID_WIDTH * GRID_CM,
        )
        for number, each in enumerate(members(key, BEACONS))
    )
    radio = Radio(zone="shop", x_cm=0, y_cm=0)
    return Site(uuid=key.hex(), width_cm=width, height_cm=height, zones=(shop,), radio=radio, beacons=beacons)


def _cpu_s(pid: int) -> float:
    """Seconds of CPU of a process until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
