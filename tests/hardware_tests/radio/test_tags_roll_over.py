"""Three real tags across the 65,536 s at which their keys turn, 20 % loss, 4 dB noise: bleak to resolver.

The firmware is the tag's own, in MicroPython; each wakes once a second under a new address.
"""

import asyncio
import time
from pathlib import Path

import pytest
from bleak import BleakScanner

from firmware import boards, bundle, release
from firmware.protocol import adverts
from gateway.counters import Counters
from gateway.presence.hearing import Hearing
from gateway.presence.registry import TAG, Beacon, Site
from hardware_tests.virtual.firmware_process import Firmware
from hardware_tests.virtual.radio.air import Model
from hardware_tests.virtual.radio.bleak_backend import scanner_class
from hardware_tests.virtual.radio.host import over_tcp
from tests.hardware_tests.conftest import until
from tests.hardware_tests.radio.boards import AirRoom

pytestmark = pytest.mark.system

BOARD = "esp32_tag"
ROTATIONS = (1, 2, 3)
BEGIN_T = 65_536 - 2
ROLLED_T = 65_536 + 2
SECRET = "000102030405060708090a0b0c0d0e0f"


def test_every_advert_heard_is_resolved(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    bundle.build(boards.load(BOARD), folder, release.BUILT_UNIX_S, bundle.APPS["tag"])
    firmware = Firmware(folder, boards.load(BOARD).bench_heap_kib)
    counters, resolved, addresses = Counters(), dict.fromkeys(ROTATIONS, 0), set()

    async def run() -> int:
        async with AirRoom(tmp_path, Model()) as room:
            for rotation in ROTATIONS:
                key = f"{rotation:02x}{SECRET[2:]}"
                tag = room.add(f"tag-{rotation}", firmware, identity_key=key, rotation=rotation, wake_s=1)
                (tmp_path / tag.name / "t").write_bytes(b"%d\n" % BEGIN_T)
                room.link.air.place(tag.name, 300 * rotation, 0)
            await asyncio.gather(*(tag.power_on() for tag in room.boards))
            hearing = Hearing(site(int(time.time()) - BEGIN_T), counters, (), int(time.time()))
            heard = 0

            def take(device: object, data: object) -> None:
                nonlocal heard
                now_ms = time.time_ns() // 1_000_000
                for frame in adverts.from_parts(data.service_data, {}):  # type: ignore[attr-defined]
                    if frame.kind == adverts.EID:
                        heard += 1
                        address = bytes.fromhex(device.address.replace(":", ""))  # type: ignore[attr-defined]
                        addresses.add(address)
                        found = hearing.heard(frame.identity, address, "radio", data.rssi, now_ms)  # type: ignore[attr-defined]
                        assert found is not None, f"missed at {now_ms}"
                        late = now_ms // 1000 - found.beacon.epoch_s >= ROLLED_T
                        resolved[found.beacon.rotation] += late

            async with BleakScanner(take, backend=scanner_class(over_tcp(room.server.address, "radio"))):
                await until(lambda: all(count > 3 for count in resolved.values()), str(resolved))
            assert all(not board.crashes for board in room.boards)
            return heard

    heard = asyncio.run(run())
    assert counters.get("presence.resolved") == heard > 3 * 9
    assert len(addresses) >= 3 * 4  # one a wake


def site(epoch_s: int) -> Site:
    tags = tuple(
        Beacon(beacon=f"tag-{n}", kind=TAG, key=f"{n:02x}{SECRET[2:]}", rotation=n, epoch_s=epoch_s)
        for n in ROTATIONS
    )
    return Site(uuid="ff" * 16, width_cm=1_000, height_cm=1_000, beacons=tags)
