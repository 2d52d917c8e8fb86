"""Numbering and dating of records, and what the device testifies."""

from firmware.core import crash, witness
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


def test_a_witness_file_is_read_back_or_not_believed():
    for seen in (Witness(0, 0), Witness(3, 99), Witness(1, 10**14)):
        assert witness.parse(witness.encode(seen)) == seen
    for damaged in (None, b"", b"3", b"3 x", b"-1 5", b"1 2 3", b"\xff\xff", b"1 " + b"9" * 16):
        assert witness.parse(damaged) == Witness(0, 0)


def test_crashes_are_counted_and_the_last_trace_kept():
    assert crash.count(None) == crash.count(b"") == crash.count(b"x\n") == 0
    first = crash.entry(None, 3, "Trace one")
    assert first == b"1\nboot 3\nTrace one"
    second = crash.entry(first, 4, "x" * 5000)
    assert crash.count(second) == 2 and len(second) == len(b"2\nboot 4\n") + crash.TRACE_BYTES_MAX
