"""The Pi's radio: hears what is on the air, and is begun anew when it fails, is gone or only pretends."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import bleak
import pytest
from bleak.backends import BleakBackend
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError

from firmware.protocol import adverts, eid
from firmware.protocol.adverts import Frame
from gateway.adapters import ble
from gateway.adapters.ble import Scanner
from gateway.counters import Counters
from hardware_tests.virtual.radio.air import SILENT, Air
from hardware_tests.virtual.radio.bleak_backend import install
from hardware_tests.virtual.radio.host import in_process
from hardware_tests.virtual.radio.link import AirLink
from tests.hardware_tests.radio.sky import ADVERTISE, ADVERTISE_WHAT, RANDOM_ADDRESS, Host, fly

SAID, UUID = b"\1\2\3\4\5\6\7\x08", b"u" * 16
ADDRESS = bytes.fromhex("010203040506")
IBEACON = adverts.ibeacon(UUID, eid.short(SAID), -59)
OTHERS = adverts.ibeacon(UUID, b"\xff" * 4, -59)
EID = adverts.eid_frame(SAID, -59)


class Ears:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Frame, bytes, int]] = []
        self.works: list[bool] = []

    def advert(self, scanner: str, frame: Frame, address: bytes, rssi_dbm: int, at_ms: int) -> None:
        self.heard.append((scanner, frame, address, rssi_dbm))

    def radio(self, works: bool) -> None:
        self.works.append(works)


class Rig:
    def __init__(self) -> None:
        self.ears, self.counters = Ears(), Counters()
        now_ms = lambda: int(asyncio.get_running_loop().time() * 1_000)  # noqa: E731
        self.scanner = Scanner("hci0", "radio", self.ears, now_ms, self.counters)

    async def run(self, seconds: float) -> None:
        """Let it run so long, then stop it."""
        task = asyncio.create_task(self.scanner.run())
        await asyncio.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def count(self, name: str) -> int:
        return self.counters.get("ble." + name)


def on_air(rig: Rig, play: Callable[[Host], Any], seconds: float) -> None:
    """A sender five metres from the radio, for so long."""

    async def run() -> None:
        link = AirLink(Air(1, SILENT))
        link.air.place("radio", 500, 0)
        undo = install(in_process(link, "radio"))
        try:
            door = Host("door", link)
            listening = asyncio.create_task(rig.run(seconds))
            await asyncio.sleep(0.1)
            await play(door)
            await listening
        finally:
            undo()

    fly(run())


async def advertise(host: Host, *payloads: bytes, every_s: float = 1.0) -> None:
    """These in turn under one address, then silence."""
    await host.tell(RANDOM_ADDRESS, ADDRESS[::-1])
    await host.advertise(payloads[0], own=1)
    for payload in payloads[1:]:
        await asyncio.sleep(every_s)
        await host.tell(ADVERTISE_WHAT, bytes((len(payload),)) + payload.ljust(31, b"\0"))
    await asyncio.sleep(every_s)
    await host.tell(ADVERTISE, b"\0")


def test_what_is_on_the_air_is_heard_with_address_and_level() -> None:
    rig = Rig()
    on_air(rig, lambda door: advertise(door, EID), 5)
    assert 8 <= len(rig.ears.heard) <= 11
    ((scanner, frame, address, rssi_dbm),) = set(rig.ears.heard)
    assert (scanner, frame.kind, frame.identity, address, rssi_dbm) == (
        "radio",
        adverts.EID,
        SAID,
        ADDRESS,
        -76,
    )
    assert rig.ears.works == [True]


def test_frames_that_the_system_merges_are_heard_once_each() -> None:
    rig = Rig()
    on_air(rig, lambda door: advertise(door, EID, IBEACON, EID), 5)
    assert {frame.kind for _, frame, _, _ in rig.ears.heard} == {adverts.EID}
    assert len(rig.ears.heard) == rig.count("adverts")
    rig = Rig()
    on_air(rig, lambda door: advertise(door, EID, OTHERS), 5)
    assert {frame.kind for _, frame, _, _ in rig.ears.heard} == {adverts.EID, adverts.IBEACON}


def test_what_is_no_beacons_or_spoilt_is_dropped() -> None:
    rig = Rig()
    on_air(rig, lambda door: advertise(door, b"\x02\x01\x06\x05\x09bell"), 5)
    assert (rig.ears.heard, rig.count("adverts")) == ([], 0)
    bad = EID[:7] + bytes((EID[7] - 1,)) + EID[8:-1]
    on_air(rig, lambda door: advertise(door, bad), 5)
    assert (rig.ears.heard, rig.count("bad_frames")) == ([], 1)


def test_silence_begins_it_anew_and_says_so() -> None:
    rig = Rig()
    on_air(rig, lambda door: advertise(door, EID), 300)
    assert rig.count("silences") == rig.count("starts") - 1 >= 2
    assert rig.ears.works == [True, False] * rig.count("silences") + [True]


class Broken(BaseBleakScanner):
    """A system in which something is broken; what is in `problems` is raised at one start after the other."""

    problems: list[BaseException | None] = []
    started = stopped = 0

    def __init__(self, callback: Any, uuids: Any, mode: str, **more: Any) -> None:
        super().__init__(callback, uuids)
        assert (mode, more["bluez"]) == ("active", {"adapter": "hci0"})

    async def start(self) -> None:
        Broken.started += 1
        problem = Broken.problems.pop(0) if Broken.problems else None
        if problem is not None:
            raise problem

    async def stop(self) -> None:
        Broken.stopped += 1
        raise BleakError("stopped twice")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> type[Broken]:
    Broken.problems, Broken.started, Broken.stopped = [], 0, 0
    chosen = lambda: (Broken, BleakBackend.BLUEZ_DBUS)  # noqa: E731
    monkeypatch.setattr(bleak, "get_platform_scanner_backend_type", chosen)
    return Broken


NO_RADIO = BleakBluetoothNotAvailableError("no adapter", BleakBluetoothNotAvailableReason.NO_BLUETOOTH)


@pytest.mark.parametrize(
    "problem", [NO_RADIO, BleakError("x"), OSError("no bus"), EOFError(), ble.FAILURES[-1]("x")]
)
def test_a_system_that_fails_is_tried_again_until_it_works(broken: type[Broken], problem: Exception) -> None:
    broken.problems = [problem] * 3
    rig = Rig()
    fly(rig.run(60))
    assert (rig.count("failures"), rig.count("starts"), broken.started) == (3, 1, 4)
    assert rig.ears.works == [False, True]


def test_an_adapter_that_is_gone_is_asked_for_ever_more_seldom(broken: type[Broken]) -> None:
    broken.problems = [NO_RADIO] * 1_000
    rig = Rig()
    fly(rig.run(3_600))
    assert 12 <= broken.started <= 20
    assert rig.ears.works == [False]


def test_a_scanner_that_only_pretends_is_stopped_and_begun_anew(broken: type[Broken]) -> None:
    rig = Rig()
    fly(rig.run(1_000))
    assert rig.count("silences") >= 9
    assert broken.started == broken.stopped == rig.count("starts")


def test_our_own_mistakes_are_not_swallowed(broken: type[Broken]) -> None:
    broken.problems = [AssertionError("ours")]
    with pytest.raises(AssertionError):
        fly(Rig().scanner.run())


class Device:
    """What a callback gets of a device, on a system that makes up names."""

    address = "F00D0000-1111-2222-3333-444455556666"


def data(service: bytes) -> AdvertisementData:
    return AdvertisementData(None, {}, {ble.EDDYSTONE: service}, [], None, -60, ())


def test_a_made_up_name_is_no_address_and_payloads_take_no_room() -> None:
    rig = Rig()

    async def hear() -> None:
        for number in range(ble.PARSED_MAX + 10):
            service = b"\x30\xee" + number.to_bytes(8, "big")
            for _ in range(2):
                rig.scanner._detected(Device(), data(service))  # type: ignore[arg-type]

    fly(hear())
    assert {address for _, _, address, _ in rig.ears.heard} == {b""}
    assert len(rig.ears.heard) == 2 * (ble.PARSED_MAX + 10)
    assert len(rig.scanner._parsed) <= ble.PARSED_MAX
