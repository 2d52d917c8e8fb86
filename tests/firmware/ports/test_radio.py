"""The radio's port on both Pythons: packets are copies, a burst is counted, addresses change in silence."""

import asyncio

from fake_ble import Ble

from firmware.ports import radio
from firmware.ports.radio import RING_PACKETS, Radio

ADDRESS = b"\x01\x02\x03\x04\x05\x06"
OTHER = b"\x11\x12\x13\x14\x15\x16"


def started(**settings):
    ble = Ble(**settings)
    made = Radio(ble)
    made.start()
    made.listen()
    return made, ble


def test_packets_are_copies_in_order():
    made, ble = started()
    ble.hear(ADDRESS, -60, b"\x02\x01\x06")
    ble.hear(OTHER, -127, b"")
    ble.hear(OTHER, 20, b"\xff" * 31)
    packets = [made.heard() for _ in range(4)]
    assert packets == [(ADDRESS, -60, b"\x02\x01\x06"), (OTHER, -127, b""), (OTHER, 20, b"\xff" * 31), None]
    assert ble.spoilt == made.packets == 3


def test_a_burst_fills_the_ring_and_the_rest_is_counted():
    made, ble = started()
    for number in range(RING_PACKETS + 9):
        ble.hear(ADDRESS, -number, bytes([number]))
    assert (made.packets, made.lost) == (RING_PACKETS + 9, 9)
    for number in range(RING_PACKETS):
        assert made.heard() == (ADDRESS, -number, bytes([number]))
    assert made.heard() is None
    ble.hear(OTHER, -1, b"x")
    assert made.heard() == (OTHER, -1, b"x")


def test_the_ring_goes_round():
    made, ble = started()
    for number in range(10 * RING_PACKETS):
        ble.hear(ADDRESS, -50, number.to_bytes(2, "big") * (number % 16))
        assert made.heard() == (ADDRESS, -50, number.to_bytes(2, "big") * (number % 16))
    assert made.lost == 0


def test_an_overlong_packet_is_no_packet_of_ours():
    made, ble = started()
    ble.hear(ADDRESS, -60, bytes(32))
    assert made.heard() is None and made.lost == 1


def test_an_address_is_changed_in_silence_only():
    made, ble = started()
    made.advertise(b"one")
    first = made.renew_address()
    assert ble.on_air is None and ble.scanning is None
    made.listen()
    made.advertise(b"two")
    second = made.renew_address()
    assert first != second and len(second) == 6 and first[0] & 0xC0 == 0
    assert type(second) is bytes


def test_what_is_said_is_said_non_connectable_ten_times_a_second():
    made, ble = started()
    made.advertise(b"\x02\x01\x06")
    assert ble.on_air == (radio.ADVERT_INTERVAL_MS * 1000, b"\x02\x01\x06")
    assert ble.scanning == (0, 30000, 30000)


def test_listening_twice_is_listening_once():
    made, ble = started()
    made.listen()
    assert ble.scanning is not None
    assert made.heard() is None and made.packets == 0  # the end of a scan is no packet


def test_a_stack_without_a_buffer_of_its_own_is_borne():
    _made, ble = started(has_rxbuf=False)
    assert ble.scanning is not None


def test_off_and_on_forgets_what_was_not_taken():
    made, ble = started()
    ble.hear(ADDRESS, -60, b"x")
    made.stop()
    assert made.heard() is None
    made.start()
    made.listen()
    ble.hear(OTHER, -60, b"y")
    assert made.heard() == (OTHER, -60, b"y")


def test_failures_are_oserror():
    for name in ("gap_advertise", "gap_scan", "config"):
        made, ble = started()
        ble.fail = (name,)
        try:
            made.renew_address()
        except OSError:
            continue
        raise AssertionError(name)


def test_waiting_ends_with_a_packet_or_with_time():
    made, ble = started()

    async def play():
        await made.wait(5)
        assert made.heard() is None
        waiting = asyncio.create_task(made.wait(60000))
        await asyncio.sleep(0)
        ble.hear(ADDRESS, -60, b"x")
        await waiting
        assert made.heard() is not None
        ble.hear(ADDRESS, -60, b"y")
        await made.wait(60000)  # something is there already

    asyncio.run(play())
