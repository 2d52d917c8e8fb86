"""What a sleeping tag remembers: every damaged byte shows, a loss of power costs a day at most."""

from firmware.core import wakes
from firmware.core.wakes import SAVE_EVERY_S, Kept
from firmware.protocol.eid import TAG_START_S

KEPT = Kept(-12345, 0xFFFFFFFF, 7, 65280)


def test_what_is_kept_comes_back():
    assert wakes.decode(wakes.encode(KEPT)) == KEPT
    assert wakes.decode(memoryview(wakes.encode(KEPT))) == KEPT


def test_every_damage_shows():
    good = wakes.encode(KEPT)
    for at in range(len(good)):
        for bit in range(8):
            bad = bytearray(good)
            bad[at] ^= 1 << bit
            assert wakes.decode(bytes(bad)) is None, at
    for size in range(len(good)):
        assert wakes.decode(good[:size]) is None
    assert wakes.decode(good + b"\x00") is None and wakes.decode(b"") is None


def test_a_new_tag_begins_where_the_roll_over_is_near():
    kept = wakes.begun(None, 5000)
    assert wakes.t_ms(kept, 5000) == TAG_START_S * 1000
    assert wakes.t_ms(kept, 6500) == TAG_START_S * 1000 + 1500


def test_after_a_loss_of_power_it_goes_on_from_flash():
    assert wakes.t_ms(wakes.begun(b"700000\n", 99), 99) == 700000000
    for damaged in (b"", b"-5", b"9" * 11, b"4294967296", b"12x", b"\xff\xff"):
        assert wakes.t_ms(wakes.begun(damaged, 0), 0) == TAG_START_S * 1000


def test_flash_is_written_once_a_day():
    kept, writes, t_s = wakes.begun(None, 0), 0, TAG_START_S
    for _ in range(3 * 86400 // 60):
        t_s += 60
        kept, save = wakes.woken(kept, t_s, 3)
        writes += save
        assert t_s - kept.saved_s < SAVE_EVERY_S
    assert writes == 3
    assert (kept.wakes, kept.adverts) == (4320, 12960)


def test_counts_wrap_and_a_clock_that_went_back_is_no_negative_time():
    kept, _save = wakes.woken(KEPT, 65281, 3)
    assert kept.adverts == 2
    assert wakes.t_ms(Kept(-5000, 0, 0, 0), 1000) == 0


def test_telemetry_now_and_then():
    told = [wakes.tells_telemetry(Kept(0, 0, number, 0)) for number in range(30)]
    assert told.count(True) == 3 and told[0]
