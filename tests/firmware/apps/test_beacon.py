"""The whole beacon as a MicroPython process on a virtual radio, behind real mosquitto.

The gateway here only answers, so that what is tested is the beacon: what it says on the air, as another radio
hears it, and what it tells of what it hears. Identities turn every second here, every 32 s in a store.
"""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from firmware.core.wakes import FIRST_RESERVE_S
from firmware.protocol import adverts, eid, messages, telemetry
from hardware_tests.virtual.beacon import Beacon
from hardware_tests.virtual.radio.air import SILENT, Air
from hardware_tests.virtual.radio.hci_server import HciServer
from hardware_tests.virtual.radio.link import ADV_NONCONN_IND, ADV_SCAN_IND, Advert, AirLink
from tests.firmware.apps.beacon_bench import (
    BOARD,
    UUID,
    Gateway,
    key_of,
    powered,
    provisioned,
    settings,
    tag_settings,
)
from tests.firmware.apps.conftest import MOSQUITTO, START_S, wait_for_port
from tests.firmware.apps.terminal_bench import run, until
from tests.ports import free_port

pytestmark = pytest.mark.system

ROLL_OVER_MS = 1_800_011_776_000  # a multiple of 65,536 s: the temporary key of every identity changes here
EARLY_MS = 6000
TICKS_PERIOD_MS = 1 << 30
TAGS = 32


class Broker:
    """mosquitto without TLS on loopback."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [MOSQUITTO, "-c", str(self._settings)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_S)
            self._process = None


class Ear:
    """Hears the whole air."""

    name = "ear"

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.heard: list[tuple[Advert, int]] = []
        self._now_ms = now_ms

    def hear(self, advert: Advert, rssi_dbm: int) -> None:
        self.heard.append((advert, self._now_ms()))

    def frames(self, sender: str, kind: int) -> list[tuple[adverts.Frame, bytes, int]]:
        """(frame, address as people write it, when) of what this radio said."""
        found = []
        for advert, unix_ms in self.heard:
            frame = adverts.parse(advert.data)
            if advert.sender == sender and frame is not None and frame.kind == kind:
                found.append((frame, advert.address[::-1], unix_ms))
        return found


class Store:
    """A broker, a gateway that answers, and an air with whoever is put into it."""

    def __init__(self, folder: Path, bundle_folder: Path, unix_ms: int) -> None:
        folder.chmod(0o755)
        self.folder = folder
        self.bundle = bundle_folder
        self.broker = Broker(folder)
        self.broker.start()
        self.gateway = Gateway(self.broker.port, unix_ms)
        self.air = Air(model=SILENT)
        self.link = AirLink(self.air)
        self.ear = Ear(self.gateway.unix_ms)
        self.server = HciServer(self.link)

    def board(self, name: str, **extra: str) -> AbstractAsyncContextManager[Beacon]:
        wanted = settings(name, self.broker.port)
        return powered(provisioned(self.folder, wanted, self.bundle, self.server.address, **extra))

    def close(self) -> None:
        self.gateway.close()
        self.broker.kill()


@pytest.fixture
def store(tmp_path: Path, bundles: dict[str, Path]) -> Iterator[Store]:
    made = Store(tmp_path, bundles[BOARD], ROLL_OVER_MS - EARLY_MS)
    yield made
    made.close()


@asynccontextmanager
async def on_air(store: Store) -> AsyncIterator[None]:
    await store.server.open()
    store.link.listen(store.ear, True)
    try:
        yield
    finally:
        await store.server.close()


def quantum_of(name: str, identity: bytes, unix_ms: int) -> int | None:
    """How many quanta (of 1 s) before now this identity was due; None: it is nobody's."""
    key = eid.Identity(key_of(name), 0)
    for ago in range(-2, 8):
        if key.at(unix_ms // 1000 - ago) == identity:
            return ago
    return None


def test_beacons_turn_over_the_roll_over_and_hear_each_other(store: Store) -> None:
    """One of them while its ticks wrap as well."""
    store.air.place("beacon-b", 400, 0)
    names = ("beacon-a", "beacon-b")

    async def test() -> None:
        wrapping = {"SHOPBELL_TICKS_START": str(TICKS_PERIOD_MS - 4000)}
        async with on_air(store), store.board("beacon-a", **wrapping), store.board("beacon-b"):
            await until("the roll-over and more", lambda: store.gateway.unix_ms() > ROLL_OVER_MS + 3000)
            await until("six turns", lambda: all(len(store.gateway.own(name)) > 6 for name in names))

    run(test())
    for name, other in (names, names[::-1]):
        _check_voice(store, name)
        _check_ears(store, name, other)


def _check_voice(store: Store, name: str) -> None:
    """Every identity fresh, each under one address of its own, all frames of an address the same beacon's."""
    said = store.ear.frames(name, adverts.EID)
    assert len(said) > 20
    assert {quantum_of(name, frame.identity, at) for frame, _address, at in said} <= {0, 1}
    pairs = {(frame.identity, address) for frame, address, _at in said}
    identities, addresses = {identity for identity, _ in pairs}, {address for _, address in pairs}
    assert len(identities) == len(addresses) == len(pairs) > 6
    assert all(address[0] & 0xC0 == 0 for _identity, address in pairs)  # non-resolvable
    assert set(store.gateway.own(name)) >= pairs - {max(said, key=lambda each: each[2])[:2]}
    by_address = {address: identity for identity, address in pairs}
    for frame, address, _at in store.ear.frames(name, adverts.IBEACON):
        assert frame.identity == UUID + by_address[address][:4]
    sealed = store.ear.frames(name, adverts.ETLM)
    assert sealed
    for frame, _address, at in sealed:
        opened = [telemetry.unseal(key_of(name), 0, at // 1000 - ago, frame.detail) for ago in range(3)]
        assert any(opened)
    assert {advert.kind for advert, _at in store.ear.heard} <= {ADV_SCAN_IND, ADV_NONCONN_IND}


def _check_ears(store: Store, name: str, other: str) -> None:
    """What it told of the other one is what the other one said, at the strength of its distance."""
    told = store.gateway.sightings(name)
    assert len(told) > 2
    said = {(frame.identity, address) for frame, address, _at in store.ear.frames(other, adverts.EID)}
    for sighting in told:
        assert (sighting.identity[:8], sighting.identity[8:]) in said
        assert sighting.rssi_dbm == round(store.air.mean_dbm(other, name))
        assert sighting.age_ms < 6000
    assert store.gateway.sightings(name, messages.SIGHTED_IBEACON) == []
    assert set(store.gateway.own(name)) >= set(store.gateway.own(name)[:1])


def test_a_beacon_is_silent_until_it_knows_the_time_and_then_needs_nobody(store: Store) -> None:
    store.gateway.knows_time = False

    async def test() -> None:
        async with on_air(store), store.board("beacon-a") as beacon:
            await until("a status", lambda: "beacon-a" in store.gateway.states)
            await asyncio.sleep(1.5)
            assert store.ear.heard == [] and store.gateway.letters == []
            store.gateway.knows_time = True
            store.gateway.tell_time("beacon-a")
            await until("a voice", lambda: store.ear.frames("beacon-a", adverts.EID))
            store.broker.kill()
            turns = len({frame.identity for frame, _, _ in store.ear.frames("beacon-a", adverts.EID)})
            await until(
                "three more turns without a gateway",
                lambda: (
                    len({frame.identity for frame, _, _ in store.ear.frames("beacon-a", adverts.EID)})
                    >= turns + 3
                ),
            )
            first = store.gateway.states["beacon-a"]
            store.broker.start()
            await until(
                "it is back", lambda: store.gateway.states["beacon-a"].uptime_ms > first.uptime_ms, 60
            )
            before = len(store.gateway.own("beacon-a"))
            await until("it says who it is", lambda: len(store.gateway.own("beacon-a")) > before)
            assert (beacon.starts, beacon.crashes, beacon.watchdog_bites) == (1, 0, 0)

    run(test())
    # What its last status counts is of its return, when four identities at least had been heard.
    assert store.gateway.counter("beacon-a", "air.turns") >= 4
    assert store.gateway.counter("beacon-a", "air.faults") == 0
    assert store.gateway.counter("beacon-a", "link.ups") == 2


def test_a_full_store_fits_into_the_heap(
    store: Store, record_property: Callable[[str, object], None]
) -> None:
    """As many tags as the table holds while they turn, five adverts a second of each, and a stranger."""

    async def crowd(step: int) -> None:
        for number in range(TAGS):
            if number % 4 == 0:
                await asyncio.sleep(0.02)  # more at once than a board's stack holds never come
            address = bytes((number, step // 15, 2, 3, 4, 5))
            identity = bytes((number, step // 15, 0, 0)) + b"tags"
            frame = adverts.eid_frame(identity, -59)
            store.link.transmit(Advert(f"tag-{number}", ADV_NONCONN_IND, 1, address, frame, None))
        stranger = b"\x1e\xff\x4c\x00\x10" + bytes((step % 256,)) * 26
        store.link.transmit(Advert("stranger", ADV_NONCONN_IND, 1, bytes(6), stranger, None))

    async def test() -> None:
        async with on_air(store), store.board("beacon-a"):
            await until("a voice", lambda: store.gateway.own("beacon-a"))
            for step in range(30):
                await crowd(step)
            store.broker.kill()
            store.broker.start()
            await until("it is back", lambda: store.gateway.counter("beacon-a", "link.ups") == 2, 60)

    run(test())
    told = {sighting.identity for sighting in store.gateway.sightings("beacon-a")}
    names = ("heap.free_min", "air.heard", "air.lost", "sightings.told", "sightings.full", "heap.faults")
    figures = {name: store.gateway.counter("beacon-a", name) for name in names}
    print(figures, len(told))
    for name, value in figures.items():
        record_property(name, value)
    assert len(told) == 2 * TAGS  # every one, under both of its identities
    assert figures["heap.faults"] == 0
    assert figures["heap.free_min"] > 16384
    assert all(len(letter.payload) <= 32 for _device, _when, letter in store.gateway.letters)


def test_a_tag_wakes_speaks_and_sleeps_and_keeps_its_time(tmp_path: Path, bundles: dict[str, Path]) -> None:
    """Over the roll-over of its temporary key, and on from its flash after a loss of power."""
    first_s = 65531
    flash = tmp_path / "tag-1"
    flash.mkdir()
    (flash / "t").write_text(f"{first_s}\n")
    link = AirLink(Air(model=SILENT))
    ear = Ear(lambda: time.monotonic_ns() // 1_000_000)
    server = HciServer(link)

    async def test() -> list[tuple[bytes, bytes, int]]:
        await server.open()
        link.listen(ear, True)
        tag = provisioned(tmp_path, tag_settings("tag-1", 1), bundles["esp32_tag"], server.address)
        async with powered(tag):
            await until("nine wakes", lambda: tag.sleeps >= 9)
            assert (tag.crashes, tag.resets) == (0, 0)
            before = _identities(ear, "tag-1")
            await tag.power_off()
            heard = len(ear.heard)
            await tag.power_on()
            await until("another voice", lambda: len(ear.heard) > heard)
        await server.close()
        return before

    before: list[tuple[bytes, bytes, int]] = asyncio.run(test())
    key = eid.Identity(key_of("tag-1"), 0)
    seconds = {key.at(t): t for t in range(first_s, first_s + 60)}
    said = [(seconds[identity], address, at) for identity, address, at in before]
    assert said[0][0] == first_s and said[-1][0] > 65536
    for t, _address, at in said:  # its own clock has gone on through every sleep
        assert abs((t - said[0][0]) * 1000 - (at - said[0][2])) < 2000
    assert len({address for _t, address, _at in said}) >= 9  # another one at each wake
    assert _identities(ear, "tag-1")[len(before)][0] == key.at(first_s + FIRST_RESERVE_S)  # never back
    telemetries = ear.frames("tag-1", adverts.ETLM)
    opened = [telemetry.unseal(key_of("tag-1"), 0, first_s, frame.detail) for frame, _, _ in telemetries]
    assert telemetries and any(opened)
    assert (flash / "t").read_text() == f"{first_s + 2 * FIRST_RESERVE_S}\n"
    assert not (flash / "crash").exists()


def _identities(ear: Ear, name: str) -> list[tuple[bytes, bytes, int]]:
    return [(frame.identity, address, at) for frame, address, at in ear.frames(name, adverts.EID)]
