"""A beacon's part on the air, with a radio that fails in every way: on both Pythons."""

from collections import namedtuple

from firmware.core import on_air
from firmware.core.on_air import RADIO_PAUSE_MS, SILENCE_MS, SILENCE_MS_MAX, UNSURE_MS, OnAir
from firmware.core.records import Clock
from firmware.core.schedule import FRAME_MS
from firmware.core.sightings import Sightings
from firmware.protocol import adverts, eid, telemetry

Device = namedtuple("Device", "identity_key rotation uuid epoch_s power_dbm")
Chance = namedtuple("Chance", "below noise")
KEY = b"0123456789abcdef"
UUID = bytes(range(16))
ME = Device(KEY, 5, UUID, 0, -59)
UNIX_S = 1800000000 // 32 * 32
ADDRESS = b"\x3a\x02\x03\x04\x05\x06"


class Radio:
    """Says and hears what it is told to; calls named in `fail` raise OSError."""

    interval_ms = 100

    def __init__(self):
        self.packets = self.lost = 0
        self.calls = []
        self.fail = ()
        self.said = []
        self.waiting = []
        self.addresses = 0

    def _called(self, name):
        self.calls.append(name)
        if name in self.fail:
            raise OSError(5)

    def start(self):
        self._called("start")

    def stop(self):
        self._called("stop")

    def listen(self):
        self._called("listen")

    def renew_address(self):
        self._called("renew_address")
        self.addresses += 1
        return b"\x3a" + self.addresses.to_bytes(5, "big")

    def advertise(self, payload):
        self._called("advertise")
        self.said.append(payload)

    def hear(self, payload, rssi_dbm=-61):
        self.packets += 1
        self.waiting.append((ADDRESS, rssi_dbm, payload))

    def heard(self):
        return self.waiting.pop(0) if self.waiting else None


class Outpost:
    def __init__(self):
        self.clock = Clock(0)
        self.sightings = Sightings()
        self.own = []

    def advertises(self, identity, address):
        self.own.append((identity, address))


def made(unix_ms=UNIX_S * 1000, device=ME):
    radio, outpost = Radio(), Outpost()
    if unix_ms is not None:
        outpost.clock.learn(unix_ms, 1, 0)
    chance = Chance(lambda below: below // 2, lambda size: b"s" * size)
    return OnAir(device, radio, outpost, chance, lambda: 25 * 256, lambda *words: None), radio, outpost


def speak(air, start_ms, end_ms):
    """Speak on as the beacon does."""
    now_ms = start_ms
    while now_ms < end_ms:
        hold_ms, _worked = air.speak(now_ms)
        assert hold_ms > 0
        now_ms += hold_ms
    return now_ms


def count(air, name):
    return dict(air.counters())["air." + name]


def test_without_the_time_it_is_silent():
    air, radio, outpost = made(None)
    assert air.speak(0) == (UNSURE_MS, True)
    assert radio.said == [] and outpost.own == []


def test_each_quantum_has_one_identity_one_address_and_its_frames():
    air, radio, outpost = made()
    speak(air, 0, 45000)
    first, second = [eid.eid(KEY, 5, UNIX_S + 32 * number) for number in range(2)]
    assert outpost.own == [(first, b"\x3a\x00\x00\x00\x00\x01"), (second, b"\x3a\x00\x00\x00\x00\x02")]
    assert radio.calls.count("renew_address") == 2 and count(air, "turns") == 2
    frames = [adverts.parse(payload) for payload in radio.said]
    assert {frame.identity for frame in frames if frame.kind == adverts.EID} == {first, second}
    short = {frame.identity for frame in frames if frame.kind == adverts.IBEACON}
    assert short == {UUID + first[:4], UUID + second[:4]}
    sealed = [frame.detail for frame in frames if frame.kind == adverts.ETLM]
    told = telemetry.unseal(KEY, 5, UNIX_S, sealed[0])
    assert told is not None and told[:2] == (0, 25 * 256)
    assert telemetry.unseal(KEY, 5, UNIX_S + 32, sealed[-1]) is not None
    assert told.adverts == 5  # behind one frame
    assert count(air, "adverts") == 5 * (len(frames) - len(sealed)) + 3 * len(sealed)


def test_a_turn_comes_late_by_chance_and_the_address_with_it():
    air, _radio, outpost = made()
    speak(air, 0, 32000)
    assert len(outpost.own) == 1
    speak(air, 32000, 36000)
    assert len(outpost.own) == 1  # half of the first quarter: 4 s
    speak(air, 36000, 36000 + FRAME_MS)
    assert len(outpost.own) == 2


def test_a_beacon_with_an_epoch_of_its_own():
    air, _radio, outpost = made(device=Device(KEY, 5, UUID, UNIX_S - 65280, -59))
    air.speak(0)
    assert outpost.own[0][0] == eid.eid(KEY, 5, 65280)


def test_a_radio_that_fails_is_switched_off_and_on_and_begins_anew():
    for name in ("renew_address", "advertise"):
        air, radio, outpost = made()
        radio.fail = (name,)
        assert air.speak(0) == (RADIO_PAUSE_MS, False)
        assert radio.calls[-3:] == ["stop", "start", "listen"]
        assert count(air, "faults") == 1
        radio.fail = ()
        assert air.speak(1000) == (FRAME_MS, True)
        address = b"\x3a\x00\x00\x00\x00" + bytes([radio.addresses])
        assert outpost.own[-1] == (eid.eid(KEY, 5, UNIX_S), address)  # the same quantum, another address


def test_a_radio_that_fails_to_listen_after_a_turn_is_not_spoken_with_as_if_it_had_turned():
    air, radio, outpost = made()
    radio.fail = ("listen",)
    assert air.speak(0)[1] is False and outpost.own == []
    radio.fail = ()
    air.speak(1000)
    assert len(outpost.own) == 1 and radio.said


def test_a_radio_that_does_not_come_back_fails_every_time_and_never_raises():
    air, radio, _outpost = made()
    radio.fail = ("start", "stop", "listen", "renew_address", "advertise")
    assert [air.speak(number * 1000)[1] for number in range(6)] == [False] * 6
    assert count(air, "faults") == 6


def test_what_is_heard_goes_to_the_table_with_its_time():
    air, radio, outpost = made()
    radio.hear(adverts.eid_frame(b"\x01" * 8, -59))
    radio.hear(b"\x02\x01\x06")
    radio.hear(adverts.ibeacon(UUID, b"\x02" * 4, -59), -80)
    air.take_in(5000)
    told = outpost.sightings.worth_telling(5100)
    assert sorted([(each.kind, each.rssi_dbm, each.age_ms) for each in told]) == [
        (1, -61, 100),
        (2, -80, 100),
    ]
    assert count(air, "heard") == 3


def test_a_deaf_radio_is_restarted_ever_more_rarely_until_it_hears():
    air, radio, _outpost = made()
    restarts = []
    for now_ms in range(0, 12 * SILENCE_MS_MAX, 30000):
        before = count(air, "restarts")
        air.take_in(now_ms)
        if count(air, "restarts") > before:
            restarts.append(now_ms)
    assert restarts[:4] == [SILENCE_MS, 3 * SILENCE_MS, 7 * SILENCE_MS, 15 * SILENCE_MS]
    assert restarts[-1] - restarts[-2] == SILENCE_MS_MAX
    radio.hear(b"")
    air.take_in(now_ms)
    air.take_in(now_ms + SILENCE_MS - 1)
    assert count(air, "restarts") == len(restarts)
    air.take_in(now_ms + SILENCE_MS)
    assert count(air, "restarts") == len(restarts) + 1


def test_a_restart_of_a_deaf_radio_that_fails_is_borne():
    air, radio, _outpost = made()
    radio.fail = ("stop",)
    air.take_in(SILENCE_MS)
    assert count(air, "restarts") == 1
    assert on_air.SILENCE_MS == 90000
