"""The PN532 driver against a simulated chip with faults: hangs, hit and lost bytes, noise, late answers."""

import asyncio

import pytest
from pn532_bench import (
    CLASSIC,
    DESFIRE,
    LINKS,
    SELECT,
    UID,
    Bench,
    after_start,
    exchange_all,
    poll,
    reason,
    started,
)

from firmware.drivers.pn532_talk import ReaderError
from hardware_tests.virtual.chips.cards_isodep import IsoDepCard, long_answers

POLL_ANSWER_BYTES = 28
EXCHANGE_ANSWER_BYTES = 12
HANG_MS_MAX = 2500  # how long any call may take on a chip that is dead


@pytest.fixture(params=LINKS)
def bench(request):
    return Bench(request.param)


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
