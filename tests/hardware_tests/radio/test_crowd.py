"""Two hundred beacons on one air: bleak hears them all, each by the identity that is its own just then."""

import asyncio
import subprocess
import sys
from collections import defaultdict

from bleak import BleakScanner
from bumble.hci import Address

from firmware.protocol import adverts, eid
from hardware_tests.virtual.radio.__main__ import members
from hardware_tests.virtual.radio.air import Air, Model
from hardware_tests.virtual.radio.bleak_backend import scanner_class
from hardware_tests.virtual.radio.crowd import Member, crowd
from hardware_tests.virtual.radio.host import Report, begin_scan, in_process, over_tcp
from hardware_tests.virtual.radio.link import AirLink
from tests.hardware_tests.conftest import until
from tests.hardware_tests.radio.sky import fly

KEY = bytes(range(16))
UUID = bytes(reversed(range(16)))
BEGIN_S = 1_700_000_000  # a multiple of 32


def test_two_hundred_beacons_are_heard_by_name() -> None:
    found: dict[bytes, set[str]] = defaultdict(set)
    adverts_heard = 0

    async def run() -> AirLink:
        link = AirLink(Air(9, Model(floor_dbm=-120)))
        loop = asyncio.get_running_loop()
        sending = asyncio.create_task(
            crowd(link, members(KEY, 200), UUID, 100, lambda: BEGIN_S + loop.time())
        )

        def heard(device: object, data: object) -> None:
            nonlocal adverts_heard
            adverts_heard += 1
            for frame in adverts.from_parts(data.service_data, data.manufacturer_data):  # type: ignore[attr-defined]
                found[frame.identity].add(device.address)  # type: ignore[attr-defined]

        async with BleakScanner(heard, backend=scanner_class(in_process(link, "radio"))):
            await asyncio.sleep(2)
        sending.cancel()
        await asyncio.wait([sending])
        return link

    link = fly(run())
    expected = set()
    for member in members(KEY, 200):
        identity = eid.eid(member.key, member.rotation, BEGIN_S)
        expected |= {identity, UUID + eid.short(identity)}
    assert set(found) == expected
    assert all(len(addresses) == 1 for addresses in found.values())
    assert link.sent > 200 * 18 and abs(adverts_heard / link.sent - 0.8) < 0.03
    assert link.controllers == set()


def test_a_beacon_turns_in_the_first_quarter_under_another_address() -> None:
    """Half an hour of one beacon across the roll-over of its key at 65,536 s."""
    said: list[tuple[float, Address, bytes]] = []

    async def run() -> None:
        link = AirLink(Air(2, Model(loss=0.2)))
        loop = asyncio.get_running_loop()
        member = Member("door", KEY, 5, BEGIN_S - 65_536 + 900)
        sending = asyncio.create_task(crowd(link, [member], UUID, 1000, lambda: BEGIN_S + loop.time()))
        radio = await in_process(link, "radio")()

        def heard(report: Report) -> None:
            said.append((loop.time() - 900 + 65_536, report.address, report.data))

        await begin_scan(radio, heard)
        await asyncio.sleep(1_800)
        sending.cancel()

    fly(run())
    assert len(said) > 1_300
    addresses: dict[int, set[Address]] = defaultdict(set)
    early = set()
    for t, address, payload in said:
        frame = adverts.parse(payload)
        assert frame is not None
        short = frame.identity[:4] if frame.kind == adverts.EID else frame.identity[-4:]
        near = {int(t) >> 5, int(t - 8) >> 5}  # the one before, for a quarter of a quantum
        (quantum,) = [q for q in near if eid.short(eid.eid(KEY, 5, q << 5)) == short]
        addresses[quantum].add(address)
        early.add(quantum < int(t) >> 5)
        assert not address.is_public and not address.is_static and not address.is_resolvable
    assert all(len(each) == 1 for each in addresses.values())
    assert len(set.union(*addresses.values())) == len(addresses) >= 56
    assert early == {True, False} and min(addresses) < 2048 <= max(addresses)


def test_an_air_in_a_process_of_its_own_ends_with_who_began_it() -> None:
    async def listen(address: str) -> None:
        radio = await over_tcp(address, "radio")()
        heard: set[bytes] = set()
        await begin_scan(radio, lambda report: heard.add(bytes(report.address)))
        await until(lambda: len(heard) == 3)
        radio.close()

    command = [sys.executable, "-m", "hardware_tests.virtual.radio", "--beacons", "3", "--key", KEY.hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None and child.stdout is not None
        asyncio.run(listen(child.stdout.readline().strip()))
        child.stdin.close()
        assert child.wait(10) == 0
