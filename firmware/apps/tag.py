"""The tag: wakes, says who it is, sleeps deeply. It hears nobody and knows no network.

    wake -> own time -> a new address -> BURST_MS of the EID, now and then telemetry -> sleep until `wake_s`

It wakes some tens of milliseconds early or late by chance, so that two tags do not meet for ever. A new
address at each wake: the board cannot take the one it had. Each wake is bounded by the watchdog; a fault
leaves its trace in flash, and the tag sleeps a minute before the next try, or it would empty its battery.
"""

import asyncio
import io
import os
import sys

from firmware import boards
from firmware.core import crash, wakes
from firmware.core.aio import Uptime, sleep_ms
from firmware.ports import battery, beacon_settings, ble, flash, nap, system, temperature
from firmware.ports.radio import Radio
from firmware.ports.watchdog import Watchdog
from firmware.protocol import adverts, eid, telemetry

BURST_MS = 250  # three adverts on three channels each: one gets through where every second packet is lost
WAKE_SPREAD_MS = 100
FAULT_SLEEP_MS = 60000
CRASH_FILE = "crash"
TIME_FILE = "t"


class Wake:
    """One time awake."""

    def __init__(self, device, radio) -> None:
        self._device = device
        self._radio = radio
        self._uptime = Uptime()
        remembered = wakes.decode(nap.remembered())
        self._kept = remembered or wakes.begun(flash.read(TIME_FILE), nap.clock_ms())

    async def run(self) -> int:
        """Say it; how long to sleep then."""
        device = self._device
        t_s, kept = self._reserved()
        identity = eid.Identity(device.identity_key, device.rotation).at(t_s)
        self._radio.start()
        self._radio.renew_address()
        said = await self._say(adverts.eid_frame(identity, device.power_dbm))
        if wakes.tells_telemetry(kept):
            said += await self._say(self._telemetry(t_s, kept.adverts))
        self._radio.stop()
        nap.keep(wakes.encode(wakes.spoken(kept, said)))
        return max(1, device.wake_s * 1000 - self._uptime() + system.below(WAKE_SPREAD_MS))

    def _reserved(self) -> "tuple[int, wakes.Kept]":
        """The second to say, and what is kept then: flash already holds a later one."""
        t_s = wakes.second(self._kept, nap.clock_ms())
        kept = wakes.reserving(self._kept, t_s)
        if kept is None:
            return t_s, self._kept
        flash.write(TIME_FILE, wakes.flash_text(kept))
        return t_s, kept

    async def _say(self, payload: bytes) -> int:
        """A burst of it; how many adverts."""
        self._radio.advertise(payload)
        await sleep_ms(BURST_MS)
        return BURST_MS // self._radio.interval_ms + 1

    def _telemetry(self, t_s: int, said: int) -> bytes:
        device = self._device
        own_ds = max(0, t_s - eid.TAG_START_S) * 10
        told = telemetry.Telemetry(
            battery.millivolts(device.battery_pin), temperature.steps(), said, own_ds & 0xFFFFFFFF
        )
        salt = os.urandom(telemetry.SALT_BYTES)
        return adverts.etlm(telemetry.seal(device.identity_key, device.rotation, t_s, told, salt))


def main() -> None:
    """One time awake, then deep sleep. Returns only by an exception about the settings."""
    device = beacon_settings.read_tag()
    Watchdog(boards.load(device.board).wdt_ms).start()
    try:
        sleep_for_ms = asyncio.run(Wake(device, Radio(ble.stack())).run())
    except Exception as error:  # noqa: BLE001 - the last door: written to flash, then the board sleeps
        sleep_for_ms = FAULT_SLEEP_MS
        write_down(error)
    nap.sleep(sleep_for_ms)


def write_down(error: BaseException) -> None:
    """Why this wake failed, to console and flash."""
    out = io.StringIO()
    sys.print_exception(error, out)  # pyright: ignore[reportAttributeAccessIssue]
    sys.stdout.write(out.getvalue())
    flash.write(CRASH_FILE, crash.entry(flash.read(CRASH_FILE), 0, out.getvalue()))
