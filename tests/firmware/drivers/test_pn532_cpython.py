"""The PN532 driver against the simulated chip, over UART and I2C: cards, APDUs, the field, the bus."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from pn532_bench import (
    CLASSIC,
    DESFIRE,
    LINKS,
    UID,
    ULTRALIGHT,
    Bench,
    after_start,
    exchange_all,
    poll,
    reason,
    select,
    started,
)

from hardware_tests.virtual.chips.cards_isodep import IsoDepCard, echo, long_answers

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=LINKS)
def bench(request):
    return Bench(request.param)


def test_start_brings_up_the_strictest_chip_and_leaves_the_field_off(bench):
    assert bench.run(started) == (0x32, 1, 6, 7)
    assert not bench.chip.field_on
    assert bench.clock.now_ms() < 300


def test_start_switches_off_a_field_left_on_by_an_earlier_run(bench):
    bench.card(DESFIRE)

    async def leave_it_on(bench):
        await started(bench)
        await bench.reader.poll(hold=True)
        assert bench.chip.field_on

    bench.run(leave_it_on)
    bench.run(started)
    assert not bench.chip.field_on


@pytest.mark.parametrize("swallowed", [1, 20, 200, 262])
def test_start_frees_a_uart_chip_that_waits_for_the_rest_of_a_frame(swallowed):
    bench = Bench("uart", reset_wired=False)
    bench.run(started)
    bench.chip.uart_in(bytes.fromhex("0000ffffff0109f6d4") + bytes(265 - swallowed))
    assert bench.run(started) == (0x32, 1, 6, 7)


def test_poll_finds_nothing_then_each_kind_of_card(bench):
    assert after_start(bench, poll) is None
    for spec, expected in (
        (CLASSIC, (1, bytes.fromhex("04a1b2c3"), 0x0004, 0x08, b"")),
        (ULTRALIGHT, (1, bytes.fromhex("04112233445566"), 0x0044, 0x00, b"")),
        (DESFIRE, (3, UID, 0x0344, 0x20, bytes.fromhex("067777710280"))),
    ):
        card = bench.card(spec)
        assert bench.run(poll) == expected
        bench.chip.leave(card)
    assert bench.run(poll) is None


def test_a_long_uid_and_a_long_ats_are_read(bench):
    ats = bytes([40]) + bytes.fromhex("77777102") + bytes(35)
    bench.chip.enter(IsoDepCard(bytes(range(1, 11)), echo, ats=ats))
    target = after_start(bench, poll)
    assert (target.uid, target.ats) == (bytes(range(1, 11)), ats)


def test_a_resting_card_is_found_by_every_poll(bench):
    for spec in (CLASSIC, ULTRALIGHT, DESFIRE):
        card = bench.card(spec)

        async def rest(bench, card=card):
            for _ in range(5):
                target = await poll(bench)
                assert target is not None and target.uid == card.uid

        after_start(bench, rest)
        bench.chip.leave(card)


def test_of_two_cards_one_is_read_whole(bench):
    uids = {bench.card(CLASSIC).uid, bench.card(DESFIRE).uid}
    assert after_start(bench, poll).uid in uids


def test_a_card_that_comes_late_is_found_by_the_next_poll(bench):
    async def late(bench):
        assert await poll(bench) is None
        bench.card(CLASSIC)
        return await poll(bench)

    assert after_start(bench, late) is not None


def test_an_apdu_is_answered(bench):
    bench.card(DESFIRE)
    assert after_start(bench, select) == b"\x90\x00"


def test_the_longest_short_answer_comes_through(bench):
    bench.chip.enter(IsoDepCard(UID, long_answers))
    read = bytes.fromhex("00b0000000")
    answers = after_start(bench, lambda bench: exchange_all(bench, [read, read]))
    assert answers == [bytes(range(256)) + b"\x90\x00"] * 2


def test_longer_answers_come_in_pieces_up_to_a_bound(bench):
    bench.chip.enter(IsoDepCard(UID, long_answers))
    [answer] = after_start(bench, lambda bench: exchange_all(bench, [bytes.fromhex("00b00000000258")]))
    assert answer == bytes(index & 0xFF for index in range(600)) + b"\x90\x00"
    too_long = bytes.fromhex("00b00000000800")
    assert reason(bench, lambda bench: exchange_all(bench, [too_long])) == "too_long"
    assert not bench.chip.field_on


@pytest.mark.parametrize("size", [5, 61, 62, 125, 126, 262, 263, 600])
def test_commands_of_every_length_reach_the_card(bench, size):
    bench.chip.enter(
        IsoDepCard(UID, lambda apdu: apdu[-200:] + b"\x90\x00", ats=bytes.fromhex("057577710280")[:5])
    )
    apdu = bytes(index & 0xFF for index in range(size))
    assert after_start(bench, lambda bench: exchange_all(bench, [apdu])) == [apdu[-200:] + b"\x90\x00"]


def test_a_card_that_asks_for_time_gets_it(bench):
    bench.chip.enter(IsoDepCard(UID, echo, waits=3))
    assert after_start(bench, lambda bench: exchange_all(bench, [b"abcd"])) == [b"abcd\x90\x00"]


@pytest.mark.parametrize("spec", [DESFIRE, ULTRALIGHT])
def test_a_card_that_leaves_ends_the_exchange_and_the_field(bench, spec):
    card = bench.card(spec)

    async def leave(bench):
        await bench.reader.poll(hold=True)
        bench.chip.leave(card)
        await bench.reader.exchange(b"\x30\x00")

    bench.run(started)
    assert reason(bench, leave) == "card_gone"
    assert not bench.chip.field_on
    bench.chip.enter(card)
    assert bench.run(poll).uid == card.uid


def test_calls_from_several_tasks_take_turns(bench):
    bench.card(DESFIRE)

    async def together(bench):
        return await asyncio.gather(
            bench.reader.poll(), bench.reader.healthy(), bench.reader.poll(), bench.reader.healthy()
        )

    first, healthy, second, also_healthy = after_start(bench, together)
    assert (first.uid, second.uid, healthy, also_healthy) == (UID, UID, True, True)


def test_i2c_reads_are_short_until_an_answer_is_long():
    bench = Bench("i2c")
    bench.card(DESFIRE)
    after_start(bench, poll)
    assert bench.bus.longest_read == 49


def test_a_chip_whose_responses_can_be_read_once_only_gives_long_answers_too():
    bench = Bench("i2c", i2c_reads_once=True)
    bench.chip.enter(IsoDepCard(UID, long_answers))
    read = bytes.fromhex("00b0000000")
    assert after_start(bench, lambda bench: exchange_all(bench, [read])) == [bytes(range(256)) + b"\x90\x00"]


def test_i2c_reads_beyond_the_frame_may_give_anything():
    for filler in (0x00, 0x55, 0xFF):
        bench = Bench("i2c", i2c_filler=filler)
        bench.card(DESFIRE)
        assert after_start(bench, select) == b"\x90\x00"


def test_the_irq_line_spares_the_bus_and_its_loss_is_survived():
    bench = Bench("i2c-irq")
    bench.card(DESFIRE)
    assert after_start(bench, poll).uid == UID
    assert bench.irq.edges > 0
    bench.irq.broken = True
    before_ms = bench.clock.now_ms()
    assert bench.run(poll).uid == UID
    assert bench.clock.now_ms() - before_ms < 400


def test_an_irq_line_stuck_low_costs_neither_cards_nor_the_other_tasks():
    bench = Bench("i2c-irq")
    bench.card(DESFIRE)
    bench.irq.stuck_low = True
    assert after_start(bench, poll).uid == UID


def test_what_arrived_before_a_command_is_dropped():
    bench = Bench("uart")
    bench.card(DESFIRE)

    async def after_noise(bench):
        bench.end._arrived = b"\x55\x13\x00\xff"
        return await poll(bench)

    assert after_start(bench, after_noise).uid == UID
    assert {value for _, value in bench.reader.counters()} == {0}


def test_reading_costs_nothing_on_a_sound_link(bench):
    bench.card(DESFIRE)

    async def many(bench):
        for _ in range(10):
            await poll(bench)

    after_start(bench, many)
    assert {value for _, value in bench.reader.counters()} == {0}


def test_a_tap_is_read_in_little_time(bench):
    bench.card(DESFIRE)
    bench.run(started)
    before_ms = bench.clock.now_ms()
    bench.run(poll)
    assert bench.clock.now_ms() - before_ms < 60


@pytest.mark.parametrize("name", ["test_pn532.py", "test_pn532_frames.py", "test_pn532_i2c.py"])
def test_the_shared_tests_pass_on_micropython(name):
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "micropython"),
            "tests/firmware/on_micropython.py",
            f"tests/firmware/drivers/{name}",
        ],
        cwd=ROOT,
        env={"MICROPYPATH": f"{ROOT}:.frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
