"""The PN532 driver against the simulated chip, over UART and I2C: cards, APDUs, damage, hangs, the field."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from pn532_bench import LINKS, Bench

from firmware.drivers.pn532_talk import ReaderError
from hardware_tests.virtual.chips.cards_isodep import IsoDepCard, echo, long_answers

ROOT = Path(__file__).resolve().parents[3]
DESFIRE = "desfire:04de5f1eacc040"
CLASSIC = "classic:04a1b2c3"
ULTRALIGHT = "ultralight:04112233445566"
SELECT = bytes.fromhex("00a4040007d276000085010100")
UID = bytes.fromhex("04de5f1eacc040")
POLL_ANSWER_BYTES = 28
EXCHANGE_ANSWER_BYTES = 12
HANG_MS_MAX = 2500  # how long any call may take on a chip that is dead


@pytest.fixture(params=LINKS)
def bench(request):
    return Bench(request.param)


async def started(bench):
    return await bench.reader.start()


async def poll(bench):
    target = await bench.reader.poll()
    assert not bench.chip.field_on
    return target


async def select(bench):
    """The R-APDU of a SELECT on the card in the field."""
    await bench.reader.poll(hold=True)
    assert bench.chip.field_on
    answer = await bench.reader.exchange(SELECT)
    await bench.reader.release()
    assert not bench.chip.field_on
    return answer


def after_start(bench, act):
    async def run(bench):
        await started(bench)
        return await act(bench)

    return bench.run(run)


def reason(bench, act):
    with pytest.raises(ReaderError) as caught:
        bench.run(act)
    return caught.value.reason


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


async def exchange_all(bench, apdus):
    await bench.reader.poll(hold=True)
    answers = [await bench.reader.exchange(apdu) for apdu in apdus]
    await bench.reader.release()
    return answers


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

    assert reason(bench, lambda bench: _after_start(bench, leave)) == "card_gone"
    assert not bench.chip.field_on
    bench.chip.enter(card)
    assert bench.run(poll).uid == card.uid


async def _after_start(bench, act):
    await started(bench)
    return await act(bench)


def test_a_hung_chip_is_noticed_within_a_bound_and_recovered_by_reset(bench):
    bench.card(DESFIRE)

    async def hang_and_recover(bench):
        await bench.reader.poll(hold=True)
        bench.chip.faults.hung = True  # with the field on
        before_ms = bench.clock.now_ms()
        assert not await bench.reader.healthy()
        with pytest.raises(ReaderError):
            await bench.reader.poll()
        assert bench.clock.now_ms() - before_ms < HANG_MS_MAX
        assert bench.chip.field_on
        await bench.reader.recover()
        assert not bench.chip.field_on
        assert await bench.reader.healthy()
        assert (await bench.reader.poll()).uid == UID

    after_start(bench, hang_and_recover)
    assert bench.chip.resets == 1
    assert dict(bench.reader.counters())["reader.recoveries"] == 1


@pytest.mark.parametrize("link", LINKS)
def test_without_a_reset_line_a_hung_chip_is_told_of_within_a_bound(link):
    bench = Bench(link, reset_wired=False)
    bench.run(started)
    bench.chip.faults.hung = True
    before_ms = bench.clock.now_ms()
    assert reason(bench, lambda bench: bench.reader.recover()) in ("no_ack", "link")
    assert bench.clock.now_ms() - before_ms < 2 * HANG_MS_MAX


def test_a_chip_that_lost_its_power_is_unhealthy_or_fails_the_poll_and_starts_again(bench):
    bench.run(started)
    bench.chip.reset(0)
    bench.chip.reset(1)
    bench.card(CLASSIC)

    async def again(bench):
        if await bench.reader.healthy():
            with pytest.raises(ReaderError):
                await bench.reader.poll()
        await bench.reader.recover()
        return await poll(bench)

    assert bench.run(again) is not None


def drop(faults, at):
    faults.drop_at = at


def flipped(mask):
    def flip(faults, at):
        faults.flip = (at, mask)

    return flip


HITS = [(link, flipped(mask)) for link in LINKS for mask in (0x01, 0x80, 0xFF)] + [("uart", drop)]


@pytest.mark.parametrize(("link", "fault"), HITS)  # no byte gets lost on I2C, where the host clocks
def test_any_byte_of_a_poll_answer_may_be_hit(link, fault):
    bench = Bench(link)
    card = bench.card(DESFIRE)

    async def each(bench):
        for at in range(POLL_ANSWER_BYTES):
            fault(bench.chip.faults, at)
            assert (await poll(bench)).uid == card.uid, at

    after_start(bench, each)


@pytest.mark.parametrize(("link", "fault"), HITS)
def test_any_byte_of_an_exchange_answer_may_be_hit(link, fault):
    bench = Bench(link)
    bench.card(DESFIRE)

    async def each(bench):
        for at in range(EXCHANGE_ANSWER_BYTES):
            await bench.reader.poll(hold=True)
            fault(bench.chip.faults, at)
            assert await bench.reader.exchange(SELECT) == b"\x90\x00", at
            await bench.reader.release()
            assert not bench.chip.field_on

    after_start(bench, each)


def test_a_frame_hidden_in_a_cards_answer_is_never_taken_for_the_chips():
    """Each byte of an answer is hit while the card's data contains a whole frame saying something else."""
    hidden = bytes.fromhex("0000ff05fbd541006a82fe00")
    bench = Bench("uart")
    bench.chip.enter(IsoDepCard(UID, lambda apdu: hidden + b"\x90\x00"))

    async def each(bench):
        for at in range(30):
            for mask in (0x01, 0x10, 0xFF):
                await bench.reader.poll(hold=True)
                bench.chip.faults.flip = (at, mask)
                assert await bench.reader.exchange(SELECT) == hidden + b"\x90\x00", (at, mask)
                await bench.reader.release()

    after_start(bench, each)


@pytest.mark.parametrize(
    "noise", ["00", "55", "00ff", "00ffffff", "0000ff00ff00", "0000ffff0000", "d5410090"]
)
def test_noise_before_an_answer_changes_nothing(noise):
    bench = Bench("uart")
    bench.card(DESFIRE)

    async def noisy(bench):
        for _ in range(3):
            bench.chip.faults.noise = bytes.fromhex(noise)
            assert (await bench.reader.poll()).uid == UID

    after_start(bench, noisy)


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 6, 7, 13, 64])
def test_bytes_may_arrive_in_any_pieces(piece):
    bench = Bench("uart")
    bench.end.piece = piece
    bench.chip.enter(IsoDepCard(UID, long_answers))
    read = bytes.fromhex("00b0000000")
    assert after_start(bench, lambda bench: exchange_all(bench, [read])) == [bytes(range(256)) + b"\x90\x00"]


def test_an_answer_that_comes_too_late_is_aborted_and_never_taken_for_the_next(bench):
    bench.card(DESFIRE)

    async def late(bench):
        bench.chip.faults.delay_ms = 700
        with pytest.raises(ReaderError):
            await bench.reader.poll()
        bench.chip.faults.delay_ms = 0
        bench.chip.leave(bench.chip.cards[0])
        assert await poll(bench) is None

    after_start(bench, late)


def test_a_cancelled_poll_leaves_nothing_behind(bench):
    bench.card(DESFIRE)

    async def cancel(bench):
        for steps in range(40):
            task = asyncio.ensure_future(bench.reader.poll())
            for _ in range(steps):
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await bench.reader.healthy()
            assert (await poll(bench)).uid == UID

    after_start(bench, cancel)


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
    assert bench.run(poll).uid == UID


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


@pytest.mark.parametrize("name", ["test_pn532.py", "test_pn532_frames.py"])
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
