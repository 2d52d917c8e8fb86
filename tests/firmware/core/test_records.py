"""Numbering and dating of records, and what the device testifies."""

from firmware.core.records import Clock, Recorder
from firmware.core.witness import SAVE_EVERY_MS, HighestSeen
from firmware.protocol.messages import Record, Witness

NONCE = b"12345678"


def test_numbers_count_up_and_time_is_unknown_until_learned():
    clock = Clock(1000)
    recorder = Recorder(3, NONCE, clock)
    assert recorder.record(50, 7000) == Record(3, NONCE, 1, 50, 0, 0, 7000)
    assert clock.learn(1700000000000, 1, 100)
    assert recorder.record(150, 7000) == Record(3, NONCE, 2, 150, 1700000000050, 1, 7000)


def test_a_gateway_without_time_or_from_the_past_is_not_believed():
    clock = Clock(1700000000000)
    assert not clock.learn(1800000000000, 0, 0)
    assert not clock.learn(1699999999999, 1, 0)
    assert clock.read(5) == (0, 0)
    assert clock.refused == 1
    assert clock.learn(1700000000000, 1, 5)
    assert not clock.learn(5, 1, 0)
    assert clock.read(6) == (1700000000001, 1)


def test_the_highest_position_wins_epoch_first():
    seen = HighestSeen(Witness(1, 5))
    for epoch, seq, highest in ((1, 4, (1, 5)), (1, 9, (1, 9)), (2, 1, (2, 1)), (1, 99, (2, 1))):
        seen.saw(epoch, seq)
        assert seen.highest == highest
        assert isinstance(seen.highest, Witness)


def test_flash_is_written_rarely():
    seen = HighestSeen(Witness(1, 5))
    assert not seen.worth_saving(0)
    seen.saw(1, 6)
    assert seen.worth_saving(0)
    seen.saved(0)
    seen.saw(1, 7)
    assert not seen.worth_saving(SAVE_EVERY_MS - 1)
    assert seen.worth_saving(SAVE_EVERY_MS)
    seen.saw(2, 1)
    assert seen.worth_saving(1)
