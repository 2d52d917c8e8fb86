"""A beacon's part on the air, around a radio (ports/radio.py): what is said next, what was heard, and a radio
that fails or falls deaf.

A radio that fails is switched off and on. So is one that has heard nothing for SILENCE_MS: some stop without
a word (h2zero/NimBLE-Arduino issue 308). Both begin the identity anew, under another address.
"""

from firmware.core.hearing import Hearing
from firmware.core.schedule import FrameSet, Turn, t_ms
from firmware.protocol import adverts, eid, telemetry
from firmware.protocol.messages import CLOCK_SET

SILENCE_MS = 90000  # beacons hear each other ten times a second: a minute and a half is no coincidence
SILENCE_MS_MAX = 3600000  # doubled up to this, where nobody is near
UNSURE_MS = 500  # how soon the clock is asked again
RADIO_PAUSE_MS = 1000  # before a radio that was switched off and on is spoken to
MAINS_MV = 0  # what telemetry says of no battery


class OnAir:
    """`device` is a beacon's settings; `chance` has below(n) and noise(size); `temperature()` is telemetry's;
    `say(words...)` logs."""

    def __init__(self, device, radio, outpost, chance, temperature, say) -> None:
        self._device = device
        self._radio = radio
        self._outpost = outpost
        self._noise = chance.noise
        self._temperature = temperature
        self._say = say
        self._identity = eid.Identity(device.identity_key, device.rotation)
        self._turn = Turn(device.rotation, chance.below)
        self._frames = FrameSet()
        self._hearing = Hearing(device.uuid, self._heard)
        self._eid = b""
        self._adverts = 0
        self._turns = 0
        self._faults = 0
        self._restarts = 0
        self._now_ms = 0
        self._packets = 0
        self._silence_ms = SILENCE_MS
        self._silent_until_ms = SILENCE_MS

    def counters(self) -> tuple:
        """What was said and heard, and what it cost, as (name, value) pairs."""
        return (
            ("air.adverts", self._adverts),
            ("air.turns", self._turns),
            ("air.heard", self._radio.packets),
            ("air.lost", self._radio.lost),
            ("air.malformed", self._hearing.malformed),
            ("air.restarts", self._restarts),
            ("air.faults", self._faults),
        )

    # what it says

    def speak(self, now_ms: int) -> "tuple[int, bool]":
        """Put the next frame on the air: (how long it stays there, whether the radio did as it was told)."""
        try:
            return self._speak(now_ms), True
        except OSError as error:
            self._say("radio", repr(error))
            self._faults += 1
            self._restart()
            return RADIO_PAUSE_MS, False

    def _speak(self, now_ms: int) -> int:
        unix_ms, quality = self._outpost.clock.read(now_ms)
        if quality != CLOCK_SET:
            return UNSURE_MS
        if self._turn.at(t_ms(unix_ms, self._device.epoch_s)) or not self._eid:
            self._become()
        kind, hold_ms = self._frames.following(now_ms)
        self._radio.advertise(self._payload(kind, now_ms))
        self._adverts += hold_ms // self._radio.interval_ms
        return hold_ms

    def _become(self) -> None:
        """Another identity under another address."""
        self._eid = b""
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
        told = telemetry.Telemetry(MAINS_MV, self._temperature(), self._adverts, now_ms // 100)
        salt = self._noise(telemetry.SALT_BYTES)
        return adverts.etlm(telemetry.seal(device.identity_key, device.rotation, self._turn.t(), told, salt))

    def _restart(self) -> None:
        """Off and on."""
        self._eid = b""
        try:
            self._radio.stop()
            self._radio.start()
            self._radio.listen()
        except OSError as error:  # met again when it is to speak
            self._say("radio", "restart", repr(error))

    # what it hears

    def take_in(self, now_ms: int) -> None:
        """What the radio has heard, to the table; a deaf one is restarted."""
        self._now_ms = now_ms
        packet = self._radio.heard()
        while packet is not None:
            self._hearing.take(*packet)
            packet = self._radio.heard()
        if self._radio.packets != self._packets:
            self._packets = self._radio.packets
            self._silence_ms = SILENCE_MS
        elif now_ms >= self._silent_until_ms:
            self._silence_ms = min(2 * self._silence_ms, SILENCE_MS_MAX)
            self._restarts += 1
            self._restart()
        else:
            return
        self._silent_until_ms = now_ms + self._silence_ms

    def _heard(self, kind: int, identity: bytes, address: bytes, rssi_dbm: int) -> None:
        self._outpost.sightings.heard(kind, identity, address, rssi_dbm, self._now_ms)
