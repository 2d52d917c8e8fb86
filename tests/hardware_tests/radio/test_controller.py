"""The controller: what a Bluetooth 4.2 chip does where bumble's own is lenient, told in bytes of HCI."""

import asyncio

import pytest

from hardware_tests.virtual.radio import controller
from hardware_tests.virtual.radio.air import Model
from tests.hardware_tests.radio.sky import (
    ADVERTISE,
    ADVERTISE_WHAT,
    ALL_EVENTS,
    DISALLOWED,
    INVALID,
    OK,
    RANDOM_ADDRESS,
    RESET,
    SCAN,
    SCAN_HOW,
    UNKNOWN,
    Host,
    pair,
)

IND, SCAN_IND, NONCONN, RSP = 0, 2, 3, 4
A_NRPA = bytes.fromhex("0102030405") + b"\x06"


def test_each_kind_is_sent_at_its_strength_and_interval() -> None:
    for kind in (IND, SCAN_IND, NONCONN):

        async def play(far: Host, near: Host, kind: int = kind) -> None:
            assert await near.scan() == OK
            assert await far.advertise(b"\x02\x01\x06", kind, interval=320) == OK  # 200 ms
            await asyncio.sleep(20)
            assert {(r.kind, r.data, r.rssi_dbm) for r in near.reports} == {(kind, b"\x02\x01\x06", -59)}
            gaps = [late.at_s - r.at_s for r, late in zip(near.reports, near.reports[1:], strict=False)]
            assert 0.2 <= min(gaps) < 0.202 and 0.208 < max(gaps) <= 0.2101  # advDelay is 0..10 ms
            assert far.reports == []

        pair(play)


def test_nobody_hears_themselves() -> None:
    async def play(far: Host, near: Host) -> None:
        for host in (far, near):
            await host.scan()
            await host.advertise()
        await asyncio.sleep(1)
        for host, other in ((far, near), (near, far)):
            assert {r.address for r in host.reports} == {bytes(other.controller.public_address)}

    pair(play)


def test_only_who_asks_is_answered_and_with_the_answer() -> None:
    async def play(far: Host, near: Host) -> None:
        await near.scan(active=1)
        await far.advertise(b"\x02\x01\x06", SCAN_IND, answer=b"\x03\x09hi")
        await asyncio.sleep(1.05)
        adverts = [r for r in near.reports if r.kind == SCAN_IND]
        answers = [r for r in near.reports if r.kind == RSP]
        assert len(adverts) == len(answers) >= 9
        assert {r.data for r in answers} == {b"\x03\x09hi"}
        await near.tell(SCAN, b"\0\0")
        near.reports.clear()
        await near.scan(active=0)
        await asyncio.sleep(1)
        assert {r.kind for r in near.reports} == {SCAN_IND}

    pair(play)


def test_what_nobody_may_ask_is_not_asked() -> None:
    async def play(far: Host, near: Host) -> None:
        await near.scan(active=1)
        await far.advertise(b"\x02\x01\x06", NONCONN, answer=b"\x03\x09hi")
        await asyncio.sleep(1)
        assert {r.kind for r in near.reports} == {NONCONN}

    pair(play)


def test_a_narrow_window_hears_its_share() -> None:
    async def play(far: Host, near: Host) -> None:
        await near.scan(interval=1600, window=160)  # 1 s, a tenth of it
        await far.advertise()
        await asyncio.sleep(300)
        assert 0.07 < len(near.reports) / link_sent(far) < 0.13

    pair(play)


def link_sent(host: Host) -> int:
    return host.controller.air_link.sent


def test_duplicates_are_filtered_by_address_whatever_they_say() -> None:
    async def play(far: Host, near: Host) -> None:
        await near.scan(filtered=1)
        await far.advertise(b"\x02\x01\x06")
        await asyncio.sleep(1)
        await far.tell(ADVERTISE_WHAT, b"\x03\x02\x01\x04" + bytes(28))
        await asyncio.sleep(1)
        assert len(near.reports) == 1
        await near.tell(SCAN, b"\0\0")
        await near.scan(filtered=1)  # begins anew
        await asyncio.sleep(1)
        assert [r.data for r in near.reports] == [b"\x02\x01\x06", b"\x02\x01\x04"]

    pair(play)


def test_the_filter_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "DUPLICATES_MAX", 2)

    async def play(far: Host, near: Host) -> None:
        await near.scan(filtered=1)
        for number in (1, 2, 3, 1):
            await far.tell(ADVERTISE, b"\0")
            await far.tell(RANDOM_ADDRESS, bytes((number,)) + A_NRPA[1:])
            await far.advertise(own=1)
            await asyncio.sleep(0.5)
        assert [r.address[0] for r in near.reports] == [1, 2, 3, 1]

    pair(play)


def test_an_address_changes_only_in_silence() -> None:
    async def play(far: Host, near: Host) -> None:
        assert await far.advertise(own=1) == INVALID  # it has none yet
        assert await far.tell(RANDOM_ADDRESS, A_NRPA) == OK
        assert await far.advertise(own=1) == OK
        assert await far.tell(RANDOM_ADDRESS, A_NRPA[::-1]) == DISALLOWED
        await far.tell(ADVERTISE, b"\0")
        await far.scan()
        assert await far.tell(RANDOM_ADDRESS, A_NRPA[::-1]) == DISALLOWED
        await far.tell(SCAN, b"\0\0")
        assert await far.tell(RANDOM_ADDRESS, A_NRPA[::-1]) == OK
        await near.scan()
        await far.advertise(own=1)
        await asyncio.sleep(0.5)
        assert {(r.address_type, r.address) for r in near.reports} == {(1, A_NRPA[::-1])}

    pair(play)


def test_data_may_change_while_it_is_said_and_parameters_may_not() -> None:
    async def play(far: Host, near: Host) -> None:
        await near.scan()
        await far.advertise(b"\x02\x01\x06")
        await asyncio.sleep(0.25)
        assert await far.tell(ADVERTISE_WHAT, b"\x03\x02\x01\x04" + bytes(28)) == OK
        await asyncio.sleep(0.25)
        assert {r.data for r in near.reports} == {b"\x02\x01\x06", b"\x02\x01\x04"}
        assert await far.advertise() == DISALLOWED
        assert await near.tell(SCAN_HOW, bytes((0, 48, 0, 48, 0, 0, 0))) == DISALLOWED

    pair(play)


@pytest.mark.parametrize(
    ("kind", "interval", "status"),
    [
        (IND, 0x1F, INVALID),
        (IND, 0x20, OK),
        (IND, 0x4001, INVALID),
        (NONCONN, 0x9F, INVALID),
        (NONCONN, 0xA0, OK),
        (SCAN_IND, 0x9F, INVALID),
        (SCAN_IND, 0xA0, OK),
        (1, 0xA0, INVALID),
    ],
)
def test_intervals_have_limits(kind: int, interval: int, status: int) -> None:
    async def play(far: Host, near: Host) -> None:
        assert await far.advertise(kind=kind, interval=interval) == status

    pair(play)


@pytest.mark.parametrize(("interval", "window"), [(48, 49), (3, 3), (0x4001, 48), (48, 0)])
def test_scan_windows_have_limits(interval: int, window: int) -> None:
    async def play(far: Host, near: Host) -> None:
        assert await near.scan(interval=interval, window=window) == INVALID

    pair(play)


def test_a_host_that_asks_for_no_events_hears_nothing() -> None:
    async def play(far: Host, near: Host) -> None:
        await far.advertise()
        await near.scan(masked=b"\xff\xff\xff\xff\xff\x1f\x00\x00")  # the mask after a reset
        await asyncio.sleep(1)
        assert near.reports == []
        await near.tell(0x0C01, ALL_EVENTS)
        await near.tell(0x2001, b"\xfd" + bytes(7))  # all but advertising reports
        await asyncio.sleep(1)
        assert near.reports == []
        await near.tell(0x2001, b"\x02" + bytes(7))
        await asyncio.sleep(1)
        assert len(near.reports) > 8

    pair(play)


def test_reset_ends_everything() -> None:
    async def play(far: Host, near: Host) -> None:
        await far.tell(RANDOM_ADDRESS, A_NRPA)
        await far.advertise(own=1)
        await near.scan()
        await asyncio.sleep(0.5)
        assert await far.tell(RESET) == OK
        assert await near.tell(RESET) == OK
        count, sent = len(near.reports), link_sent(far)
        await asyncio.sleep(1)
        assert (len(near.reports), link_sent(far)) == (count, sent)
        assert await far.advertise(own=1) == INVALID  # the address is gone too

    pair(play)


@pytest.mark.parametrize("opcode", [0x2036, 0x2037, 0x2039, 0x2041, 0x2042, 0x203E, 0x200D, 0xFC99])
def test_what_it_has_not_is_an_unknown_command(opcode: int) -> None:
    async def play(far: Host, near: Host) -> None:
        assert await far.tell(opcode, bytes(25)) == UNKNOWN

    pair(play)


def test_a_run_repeats_itself_with_its_seed() -> None:
    def run(seed: int) -> list[tuple[float, int]]:
        found: list[tuple[float, int]] = []

        async def play(far: Host, near: Host) -> None:
            await near.scan()
            await far.advertise()
            await asyncio.sleep(10)
            found.extend((r.at_s, r.rssi_dbm) for r in near.reports)

        pair(play, Model(), seed)
        return found

    assert run(3) == run(3) != run(4)
    assert 60 < len(run(3)) < 95  # a fifth is lost


def test_a_listener_may_fail_or_leave_while_it_hears() -> None:
    async def play(far: Host, near: Host) -> None:
        class Fragile:
            heard = 0

            def on_packet(self, packet: bytes) -> None:
                if packet[1] == 0x3E:
                    self.heard += 1
                    if self.heard == 2:
                        near.controller.leave()
                    raise RuntimeError("a listener's mistake")

        fragile = Fragile()
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        await near.scan()
        near.controller.host = fragile
        await far.advertise()
        await asyncio.sleep(1)
        assert fragile.heard == 2 and link_sent(far) >= 9

    pair(play)
