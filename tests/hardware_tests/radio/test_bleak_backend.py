"""bleak on the virtual radio: its public calls run unchanged, and it errs as BlueZ does."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import bleak
import pytest
from bleak import BleakScanner
from bleak.args.bluez import OrPattern
from bleak.assigned_numbers import AdvertisementDataType
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakBluetoothNotAvailableError, BleakError

from hardware_tests.virtual.radio import bleak_backend
from hardware_tests.virtual.radio.air import SILENT, Air
from hardware_tests.virtual.radio.bleak_backend import install, scanner_class
from hardware_tests.virtual.radio.host import in_process, over_tcp
from hardware_tests.virtual.radio.link import AirLink
from tests.hardware_tests.radio.sky import ADVERTISE, ADVERTISE_WHAT, RANDOM_ADDRESS, Host, fly
from tests.ports import free_port

FEAA = "0000feaa-0000-1000-8000-00805f9b34fb"
UUIDS = bytes.fromhex("0303aafe")
EID = bytes.fromhex("020106" + "0303aafe" + "0d16aafe30ee0102030405060708")
TELEMETRY = bytes.fromhex("020106" + "0303aafe" + "0516aafe2001")
IBEACON = bytes.fromhex("020106" + "1aff4c000215") + bytes(range(16)) + bytes.fromhex("00010002c5")
NAMED = b"\x02\x01\x06\x05\x09bell\x02\x0a\xf8"

Play = Callable[[AirLink, Host], Coroutine[Any, Any, None]]


def on_air(play: Play, **options: bool) -> None:
    """One sender a metre from the scanner; plain BleakScanner() hears it."""

    async def run() -> None:
        link = AirLink(Air(1, SILENT))
        link.air.place("radio", 100, 0)
        undo = install(in_process(link, "radio"), **options)
        try:
            await play(link, Host("door", link))
        finally:
            undo()

    fly(run())


async def renew(host: Host, address: bytes, payload: bytes) -> None:
    await host.tell(ADVERTISE, b"\0")
    await host.tell(RANDOM_ADDRESS, address[::-1])
    await host.advertise(payload, own=1)


async def say(host: Host, payload: bytes) -> None:
    await host.tell(ADVERTISE_WHAT, bytes((len(payload),)) + payload.ljust(31, b"\0"))


def test_discover_and_find() -> None:
    async def play(link: AirLink, door: Host) -> None:
        await renew(door, bytes.fromhex("0a0b0c0d0e0f"), NAMED)
        found = await BleakScanner.discover(1, return_adv=True)
        ((device, data),) = found.values()
        assert (device.address, device.name, data.local_name) == ("0A:0B:0C:0D:0E:0F", "bell", "bell")
        assert (data.rssi, data.tx_power) == (-59, -8)
        by_address = await BleakScanner.find_device_by_address("0a:0b:0c:0d:0e:0f", timeout=2)
        by_name = await BleakScanner.find_device_by_name("bell", timeout=2)
        assert by_address is not None and by_name is not None and by_address.address == by_name.address
        assert await BleakScanner.find_device_by_address("0a:0b:0c:0d:0e:0e", timeout=1) is None
        assert link._listeners == ()

    on_air(play)


def test_frames_of_one_address_are_merged_and_another_begins_anew() -> None:
    async def play(link: AirLink, door: Host) -> None:
        heard: list[tuple[BLEDevice, AdvertisementData]] = []
        async with BleakScanner(lambda device, data: heard.append((device, data))):
            await renew(door, bytes.fromhex("010203040506"), EID)
            await asyncio.sleep(0.5)
            assert heard[-1][1].service_data == {FEAA: EID[11:]} and heard[-1][1].manufacturer_data == {}
            assert heard[-1][1].service_uuids == [FEAA]
            await say(door, IBEACON)
            await asyncio.sleep(0.5)
            assert heard[-1][1].service_data == {FEAA: EID[11:]}
            assert heard[-1][1].manufacturer_data == {0x004C: IBEACON[7:]}
            await say(door, TELEMETRY)
            await asyncio.sleep(0.5)
            assert heard[-1][1].service_data == {FEAA: b"\x20\x01"}
            assert heard[-1][1].manufacturer_data == {0x004C: IBEACON[7:]}
            first = heard[0][1]  # what was handed on does not change
            assert first.service_data == {FEAA: EID[11:]} and first.manufacturer_data == {}
            await renew(door, bytes.fromhex("010203040507"), TELEMETRY)
            await asyncio.sleep(0.5)
            assert heard[-1][0].address == "01:02:03:04:05:07" and heard[-1][1].manufacturer_data == {}

    on_air(play)


def test_one_callback_for_each_advert_heard() -> None:
    async def play(link: AirLink, door: Host) -> None:
        heard: list[AdvertisementData] = []
        await door.advertise(EID, kind=2)  # may be asked, has nothing to answer
        scanner = BleakScanner(lambda device, data: heard.append(data))
        await scanner.start()
        await asyncio.sleep(5)
        await scanner.stop()
        count = len(heard)
        assert abs(count - 5 / 0.105) <= 2
        await asyncio.sleep(5)
        assert len(heard) == count

    on_air(play)


def test_service_uuids_choose() -> None:
    async def play(link: AirLink, door: Host) -> None:
        heard: list[AdvertisementData] = []
        async with BleakScanner(lambda device, data: heard.append(data), service_uuids=[FEAA]):
            await door.advertise(NAMED)
            await asyncio.sleep(1)
            assert heard == []
            await say(door, EID)
            await asyncio.sleep(1)
            assert heard

    on_air(play)


def test_passive_scanning_wants_patterns_and_keeps_to_them() -> None:
    async def play(link: AirLink, door: Host) -> None:
        with pytest.raises(BleakError, match="or_patterns"):
            BleakScanner(scanning_mode="passive")
        heard: list[AdvertisementData] = []
        pattern = OrPattern(0, AdvertisementDataType.SERVICE_DATA_UUID16, b"\xaa\xfe\x30")
        await door.advertise(TELEMETRY, kind=2, answer=EID)
        async with BleakScanner(
            lambda device, data: heard.append(data),
            scanning_mode="passive",
            bluez={"or_patterns": [pattern]},
        ):
            await asyncio.sleep(1)
            assert heard == []  # nor was the answer asked for
            await say(door, EID)
            await asyncio.sleep(1)
            assert {each.service_data[FEAA] for each in heard} == {EID[11:]}

    on_air(play)


def test_duplicates_are_filtered_if_wanted() -> None:
    async def play(link: AirLink, door: Host) -> None:
        heard: list[AdvertisementData] = []
        await door.advertise(EID)
        async with BleakScanner(lambda device, data: heard.append(data)):
            await asyncio.sleep(5)
        assert len(heard) == 1

    on_air(play, filter_duplicates=True)


def test_an_address_unheard_for_long_is_forgotten() -> None:
    async def play(link: AirLink, door: Host) -> None:
        async with BleakScanner() as scanner:
            await renew(door, bytes.fromhex("010203040506"), EID)
            await asyncio.sleep(1)
            await renew(door, bytes.fromhex("010203040507"), EID)
            await asyncio.sleep(bleak_backend.KEPT_S - 2)
            assert len(scanner.discovered_devices) == 2
            await asyncio.sleep(3)
            assert [each.address for each in scanner.discovered_devices] == ["01:02:03:04:05:07"]

    on_air(play)


def test_addresses_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bleak_backend, "DEVICES_MAX", 3)

    async def play(link: AirLink, door: Host) -> None:
        async with BleakScanner() as scanner:
            for number in range(6):
                await renew(door, bytes((1, 2, 3, 4, 5, number)), EID)
                await asyncio.sleep(0.2)
            assert [each.address[-2:] for each in scanner.discovered_devices] == ["03", "04", "05"]

    on_air(play)


def test_without_a_radio_bleak_says_so_and_undo_takes_it_back() -> None:
    before = bleak.get_platform_scanner_backend_type

    async def run() -> None:
        scanner = BleakScanner()
        with pytest.raises(BleakBluetoothNotAvailableError):
            await scanner.start()
        await scanner.stop()

    undo = install(over_tcp(f"127.0.0.1:{free_port()}", "radio"))
    assert bleak.get_platform_scanner_backend_type is not before
    asyncio.run(run())
    undo()
    assert bleak.get_platform_scanner_backend_type is before


def test_a_radio_that_never_answers_is_none() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def run(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hardware_tests.virtual.radio.host.ANSWER_S_MAX", 0.05)
        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(BleakBluetoothNotAvailableError):
            await BleakScanner(backend=scanner_class(over_tcp(address, "radio"))).start()
        server.close()

    with pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(run(monkeypatch))


def test_malformed_payloads_are_skipped() -> None:
    device = bleak_backend.Device()
    for cut in range(len(EID)):
        device.take(EID[:cut])
    device.take(b"\x00" + EID)  # a length of 0 ends it
    device.take(b"\xff" + EID)
    assert device.service_data == {}
    device.take(EID)
    assert device.service_data == {FEAA: EID[11:]}
