"""Two hundred beacons on one noisy air across the roll-over of every key: of those heard none is missed.

From the controllers' adverts through bleak's callback to what the gateway holds of an identity, by a clock
that jumps. A fifth of the packets is lost, the rest are off by 4 dB; each beacon turns 65,536 s old during
the run, at a moment of its own, and its address and identity change each 16, 32 or 64 s. The walls make no
difference here: nobody is too faint.
"""

import asyncio

import pytest

from firmware.protocol import adverts, eid
from gateway.adapters.ble import Scanner
from gateway.counters import Counters
from gateway.presence.hearing import Hearing
from gateway.presence.registry import RADIO, TAG, Beacon, Site
from hardware_tests.virtual.radio.air import Air, Model
from hardware_tests.virtual.radio.bleak_backend import install
from hardware_tests.virtual.radio.crowd import Member, crowd
from hardware_tests.virtual.radio.host import in_process
from hardware_tests.virtual.radio.link import AirLink
from tests.hardware_tests.radio.sky import fly

BEACONS, MINUTES = 200, 5
UUID = bytes(range(16))
BEGIN_S = 1_700_000_000
ROLL_S = 65_536


def key_of(number: int) -> bytes:
    return number.to_bytes(2, "big") * 8


def members() -> list[Member]:
    """The nth rolls over in the middle of the run, all within three minutes."""
    return [
        Member(f"b{n}", key_of(n), 4 + n % 3, BEGIN_S + 60 + 180 * n // BEACONS - ROLL_S)
        for n in range(BEACONS)
    ]


class Ears:
    """What the gateway's scanner tells, resolved; `rolled`: beacons heard after their key turned."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self.frames = 0
        self.missed: list[tuple[int, bytes]] = []
        self.rolled: set[str] = set()

    def advert(self, scanner: str, frame: adverts.Frame, address: bytes, rssi_dbm: int, at_ms: int) -> None:
        self.frames += 1
        identity = frame.identity
        if frame.kind == adverts.IBEACON:
            whole = self._hearing.whole(identity[:16], identity[16:])
            identity = whole or b""
        heard = self._hearing.heard(identity, address, scanner, rssi_dbm, at_ms) if identity else None
        if heard is None:
            self.missed.append((at_ms, frame.identity))
        elif heard.quantum << heard.beacon.rotation >= ROLL_S:
            self.rolled.add(heard.beacon.beacon)

    def radio(self, works: bool) -> None:
        assert works


class Stuck(eid.Identity):
    """The planted bug: a resolver that does not know the high half of time."""

    def at(self, t: int) -> bytes:
        return super().at(t % ROLL_S)


def play(seed: int, minutes: int) -> tuple[Ears, AirLink]:
    """The run; asserts nothing."""
    beacons = tuple(
        Beacon(beacon=m.name, kind=TAG, key=m.key.hex(), rotation=m.rotation, epoch_s=m.epoch_s)
        for m in members()
    )
    site = Site(uuid=UUID.hex(), width_cm=100, height_cm=100, beacons=beacons)
    hearing = Hearing(site, Counters(), (), BEGIN_S)
    ears = Ears(hearing)

    async def run() -> AirLink:
        loop = asyncio.get_running_loop()
        link = AirLink(Air(seed, Model(floor_dbm=-127)))
        undo = install(in_process(link, RADIO))
        sending = asyncio.create_task(crowd(link, members(), UUID, 1000, lambda: BEGIN_S + loop.time()))
        scanner = Scanner("hci0", RADIO, ears, lambda: int((BEGIN_S + loop.time()) * 1000), Counters())
        scanning = asyncio.create_task(scanner.run())
        for _ in range(minutes * 60):
            hearing.advance(int(BEGIN_S + loop.time()))
            await asyncio.sleep(1)
        for task in (scanning, sending):
            task.cancel()
        await asyncio.wait([scanning, sending])
        undo()
        return link

    return ears, fly(run())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", (1, 2, 3))
def test_none_of_those_heard_is_missed(seed: int) -> None:
    ears, link = play(seed, MINUTES)
    print(f"\nseed {seed}: {link.sent} sent, {ears.frames} frames heard, {len(ears.missed)} missed")
    assert ears.missed == []
    assert ears.rolled == {member.name for member in members()}
    assert ears.frames / link.sent > 0.7


def test_a_resolver_that_does_not_roll_over_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.presence.resolver.Identity", Stuck)
    ears, _ = play(1, 3)
    print(f"\nplanted: {len(ears.missed)} missed of {ears.frames}")
    assert len(ears.missed) > 100
