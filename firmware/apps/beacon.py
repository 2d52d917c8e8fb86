"""The beacon: says who it is on the air, tells the gateway whom it hears. All duties prove their work.

    voice    the set of frames in turn; at each turn of identity a new address, told to the gateway
    ears     packets from the radio's ring to the table of sightings
    uplink   apps/uplink.py: letters out, messages in

Until the gateway has told the time a beacon listens and is silent: it cannot know which of its identities is
due. Later it needs nobody: its own clock is off by seconds a day, less than the gateway allows.

A radio that fails is switched off and on; core.watch counts, and the watchdog is the last remedy. So is one
that hears nothing for SILENCE_MS: some stop without a word (h2zero/NimBLE-Arduino issue 308).
A device without usable settings stops here with the error on its console, before the watchdog runs.
"""

import asyncio
import os

from firmware import release
from firmware.apps import boot_only
from firmware.apps.keeper import Keeper, say, start_anew
from firmware.apps.uplink import Uplink
from firmware.core.aio import sleep_ms
from firmware.core.hearing import Hearing
from firmware.core.outbox import Outbox
from firmware.core.outpost import Outpost
from firmware.core.post import Identity
from firmware.core.records import Recorder
from firmware.core.schedule import FrameSet, Turn, t_ms
from firmware.ports import clock, system, temperature
from firmware.ports.radio import ADVERT_INTERVAL_US
from firmware.protocol import adverts, eid, telemetry
from firmware.protocol.messages import CLOCK_SET

SILENCE_MS = 90000  # beacons hear each other ten times a second: a minute and a half is no coincidence
SILENCE_MS_MAX = 3600000  # doubled up to this, where nobody is near
EARS_WAIT_MS = 1000
UNSURE_MS = 500  # how soon the clock is asked again
RADIO_PAUSE_MS = 1000  # before a radio that was switched off and on is spoken to
MAINS_MV = 0  # what telemetry says of no battery
LIMITS_MS = {  # duty -> how long it may go without a proof of work
    "voice": 30000,  # five restarts of the radio with their pauses
    "ears": 30000,
    "link": 40000,  # its longest step is 20 s
}


class Beacon:
    """One running beacon, around what apps/beacon_assembly.py has built."""

    def __init__(self, assembly) -> None:
        device = assembly.device
        self._device = device
        self._radio = assembly.radio
        self._uptime = assembly.uptime
        self.keeper = Keeper(assembly.watchdog, LIMITS_MS, self._uptime)
        keeper = self.keeper
        self._outpost = Outpost(
            Identity(device.device, device.board, device.role, release.VERSION),
            Recorder(keeper.boot, keeper.nonce, keeper.clock),
            keeper.clock,
            Outbox(keeper.boot, keeper.nonce, system.below),
            keeper.highest,
            self._changed,
        )
        self._outpost.more_counters = self.counters
        self._uplink = Uplink(
            device,
            self._outpost,
            assembly.network,
            assembly.trust,
            self._uptime,
            self._link_alive,
            say,
            system.below,
        )
        self._identity = eid.Identity(device.identity_key, device.rotation)
        self._turn = Turn(device.rotation, system.below)
        self._frames = FrameSet()
        self._hearing = Hearing(device.uuid, self._heard)
        self._eid = b""
        self._adverts = 0
        self._turns = 0
        self._faults = 0
        self._restarts = 0

    async def run(self) -> None:
        """For ever."""
        self._radio.start()
        self._radio.listen()
        await self.keeper.run((self._voice, self._ears), self._uplink.run)

    def _changed(self) -> None:
        self._uplink.wake.set()

    def _link_alive(self) -> None:
        self.keeper.done("link")

    # what it says

    async def _voice(self) -> None:
        while True:
            try:
                wait_ms = self._say_next()
                self.keeper.watch.recovered(True)
            except OSError as error:
                say("radio", repr(error))
                self._faults += 1
                self.keeper.watch.recovered(False)
                self._restart_radio()
                wait_ms = RADIO_PAUSE_MS
            self.keeper.done("voice")
            await sleep_ms(wait_ms)

    def _say_next(self) -> int:
        """Put the next frame on the air; how long it stays there."""
        now_ms = self._uptime()
        unix_ms, quality = self._outpost.clock.read(now_ms)
        if quality != CLOCK_SET:
            return UNSURE_MS
        if self._turn.at(t_ms(unix_ms, self._device.epoch_s)) or not self._eid:
            self._become()
        kind, hold_ms = self._frames.following(now_ms)
        self._radio.advertise(self._payload(kind, now_ms))
        self._adverts += hold_ms * 1000 // ADVERT_INTERVAL_US
        return hold_ms

    def _become(self) -> None:
        """Another identity under another address."""
        address = self._radio.renew_address()
        self._radio.listen()
        self._eid = self._identity.at(self._turn.t())
        self._turns += 1
        self._frames.turned()
        self._outpost.advertises(self._eid, address)

    def _payload(self, kind: int, now_ms: int) -> bytes:
        device = self._device
        if kind == adverts.EID:
            return adverts.eid_frame(self._eid, device.power_dbm)
        if kind == adverts.IBEACON:
            return adverts.ibeacon(device.uuid, eid.short(self._eid), device.power_dbm)
        told = telemetry.Telemetry(MAINS_MV, temperature.steps(), self._adverts, now_ms // 100)
        salt = os.urandom(telemetry.SALT_BYTES)
        return adverts.etlm(telemetry.seal(device.identity_key, device.rotation, self._turn.t(), told, salt))

    def _restart_radio(self) -> None:
        """Off and on; the identity begins anew with it, under another address."""
        self._eid = b""
        try:
            self._radio.stop()
            self._radio.start()
            self._radio.listen()
        except OSError as error:  # the voice meets it again, and core.watch counts
            say("radio", "restart", repr(error))

    # what it hears

    async def _ears(self) -> None:
        silence_ms = SILENCE_MS
        heard, until_ms = self._radio.packets, self._uptime() + silence_ms
        while True:
            self._take_in()
            now_ms = self._uptime()
            if self._radio.packets != heard:
                silence_ms = SILENCE_MS
                heard, until_ms = self._radio.packets, now_ms + silence_ms
            elif now_ms >= until_ms:
                silence_ms = min(2 * silence_ms, SILENCE_MS_MAX)
                until_ms = now_ms + silence_ms
                self._restarts += 1
                self._restart_radio()
            self.keeper.done("ears")
            await self._radio.wait(EARS_WAIT_MS)

    def _take_in(self) -> None:
        """What the ring holds, to the table."""
        packet = self._radio.heard()
        while packet is not None:
            self._hearing.take(*packet)
            packet = self._radio.heard()

    def _heard(self, kind: int, identity: bytes, address: bytes, rssi_dbm: int) -> None:
        self._outpost.sightings.heard(kind, identity, address, rssi_dbm, self._uptime())

    def counters(self) -> tuple:
        """(name, value) pairs of the air, of staying alive and of the link."""
        air = (
            ("air.adverts", self._adverts),
            ("air.turns", self._turns),
            ("air.heard", self._radio.packets),
            ("air.lost", self._radio.lost),
            ("air.malformed", self._hearing.malformed),
            ("air.restarts", self._restarts),
            ("air.faults", self._faults),
        )
        return air + self.keeper.counters() + self._uplink.link.counters()


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
