"""The beacon: says who it is on the air, tells the gateway whom it hears. All duties prove their work.

    voice    the set of frames in turn; at each turn of identity a new address, told to the gateway
    ears     packets from the radio's ring to the table of sightings
    uplink   apps/uplink.py: letters out, messages in

Until the gateway has told the time a beacon listens and is silent: it cannot know which of its identities is
due. Later it needs nobody: its own clock is off by seconds a day, less than the gateway allows.

A radio that cannot be mended by switching it off and on stops the watchdog from being fed (core.watch). A
device without usable settings stops here with the error on its console, before the watchdog runs.
"""

import asyncio
import os
from collections import namedtuple

from firmware import release
from firmware.apps import boot_only
from firmware.apps.keeper import Keeper, say, start_anew
from firmware.apps.uplink import Uplink
from firmware.core.aio import sleep_ms
from firmware.core.on_air import OnAir
from firmware.core.outbox import Outbox
from firmware.core.outpost import Outpost
from firmware.core.post import Identity
from firmware.core.records import Recorder
from firmware.ports import clock, system, temperature

EARS_WAIT_MS = 1000
LIMITS_MS = {  # duty -> how long it may go without a proof of work
    "voice": 30000,  # five restarts of the radio with their pauses
    "ears": 30000,
    "link": 40000,  # its longest step is 20 s
}

Chance = namedtuple("Chance", "below noise")


class Beacon:
    """One running beacon, around what apps/beacon_assembly.py has built."""

    def __init__(self, assembly) -> None:
        device = assembly.device
        self._radio = assembly.radio
        self._uptime = assembly.uptime
        self.keeper = Keeper(assembly.watchdog, LIMITS_MS, self._uptime)
        keeper = self.keeper
        outpost = Outpost(
            Identity(device.device, device.board, device.role, release.VERSION),
            Recorder(keeper.boot, keeper.nonce, keeper.clock),
            keeper.clock,
            Outbox(keeper.boot, keeper.nonce, system.below),
            keeper.highest,
            self._changed,
        )
        outpost.more_counters = self._counters
        chance = Chance(system.below, os.urandom)
        self._air = OnAir(device, self._radio, outpost, chance, temperature.steps, say)
        self._uplink = Uplink(
            device,
            outpost,
            assembly.network,
            assembly.trust,
            self._uptime,
            self._link_alive,
            say,
            system.below,
        )

    async def run(self) -> None:
        """For ever."""
        self._radio.start()
        self._radio.listen()
        await self.keeper.run((self._voice, self._ears), self._uplink.run)

    def _changed(self) -> None:
        self._uplink.wake.set()

    def _link_alive(self) -> None:
        self.keeper.done("link")

    async def _voice(self) -> None:
        while True:
            hold_ms, worked = self._air.speak(self._uptime())
            self.keeper.watch.recovered(worked)
            self.keeper.done("voice")
            await sleep_ms(hold_ms)

    async def _ears(self) -> None:
        while True:
            self._air.take_in(self._uptime())
            self.keeper.done("ears")
            await self._radio.wait(EARS_WAIT_MS)

    def _counters(self) -> tuple:
        return self._air.counters() + self.keeper.counters() + self._uplink.link.counters()


def assembled() -> Beacon:
    """A beacon of this device's parts. The import is in here, or its modules could never be collected."""
    from firmware.apps.beacon_assembly import assemble

    return Beacon(assemble())


def main() -> None:
    """Run until the power goes. Returns only by an exception about the settings."""
    clock.keep_floor(release.BUILT_UNIX_S)
    beacon = assembled()
    boot_only.drop()
    try:
        asyncio.run(beacon.run())
    except Exception as error:  # noqa: BLE001 - the last door: written to flash, then the board starts anew
        start_anew(error, beacon.keeper.boot)
