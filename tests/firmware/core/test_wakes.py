"""What a sleeping tag remembers: every damaged byte shows, and no second is ever said twice."""

from firmware.core import wakes
from firmware.core.wakes import FIRST_RESERVE_S, RESERVE_S, Kept
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
    assert wakes.second(kept, 5000) == TAG_START_S
    assert wakes.second(kept, 6500) == TAG_START_S + 1


def test_after_a_loss_of_power_it_goes_on_from_flash():
    assert wakes.second(wakes.begun(b"700000\n", 99), 99) == 700000
    for damaged in (b"", b"-5", b"9" * 11, b"4294967296", b"12x", b"\xff\xff"):
        assert wakes.second(wakes.begun(damaged, 0), 0) == TAG_START_S


def test_counts_wrap_and_a_clock_that_went_back_is_no_negative_time():
    assert wakes.spoken(KEPT, 3) == Kept(-12345, 2, 8, 65280)
    assert wakes.second(Kept(-5000, 0, 0, 0), 1000) == 0
    last = wakes.reserving(Kept(0, 0, 1, 0), 0xFFFFFFFF)
    assert last is not None and wakes.decode(wakes.encode(last)) == last


def test_telemetry_now_and_then():
    told = [wakes.tells_telemetry(Kept(0, 0, number, 0)) for number in range(30)]
    assert told.count(True) == 3 and told[0]


class Cut(Exception):
    """The battery is out."""


class Tag:
    """A tag's flash, memory and clock, as apps/tag.py uses them; power may go at any write."""

    def __init__(self):
        self.flash = None
        self.memory = b""
        self.clock_ms = 0
        self.said = []
        self.writes = 0
        self.cut_at = None  # (which write from now on, whether flash has the new content)

    def lose_power(self):
        self.memory, self.clock_ms = b"", 0

    def wake(self):
        kept = wakes.decode(self.memory) or wakes.begun(self.flash, self.clock_ms)
        t_s = wakes.second(kept, self.clock_ms)
        reserved = wakes.reserving(kept, t_s)
        if reserved is not None:
            kept = reserved
            self._write(wakes.flash_text(kept))
        self.said.append(t_s)
        self.memory = wakes.encode(wakes.spoken(kept, 3))

    def _write(self, data):
        self.writes += 1
        if self.cut_at is not None:
            number, written = self.cut_at
            self.cut_at = (number - 1, written)
            if number == 0:
                if written:
                    self.flash = data
                self.cut_at = None
                raise Cut
        self.flash = data

    def live(self, seconds, step_s=5):
        for _ in range(seconds // step_s):
            self.wake()
            self.clock_ms += step_s * 1000


def never_twice(said):
    return len(set(said)) == len(said) and sorted(said) == said


def test_flash_is_written_four_times_a_day():
    tag = Tag()
    tag.live(3 * 86400, 300)
    assert tag.writes == 13  # a short reserve, then one every six hours
    assert never_twice(tag.said) and tag.said[-1] - tag.said[0] == 3 * 86400 - 300
    assert tag.said[-1] < int(tag.flash)


def test_no_second_is_said_twice_whenever_the_power_goes():
    for lived_s in (0, 5, 10, FIRST_RESERVE_S - 5, FIRST_RESERVE_S, FIRST_RESERVE_S + 5, RESERVE_S + 700):
        tag = Tag()
        tag.live(lived_s, 5 if lived_s <= FIRST_RESERVE_S + 5 else 60)
        tag.lose_power()
        tag.live(100)
        assert never_twice(tag.said), lived_s
        assert tag.said[-1] - tag.said[0] < lived_s + 100 + RESERVE_S + FIRST_RESERVE_S


def test_power_cut_at_every_write_never_goes_back():
    for number in range(5):
        for written in (False, True):
            tag = Tag()
            tag.cut_at = (number, written)
            try:
                tag.live(3 * RESERVE_S, 60)
                cut = False
            except Cut:
                cut = True
            assert cut == (number < 4), number
            tag.cut_at = None
            tag.lose_power()
            tag.live(2 * FIRST_RESERVE_S, 60)
            assert never_twice(tag.said), (number, written)


def test_contacts_that_bounce_cost_minutes():
    tag = Tag()
    for _ in range(20):
        tag.live(5)
        tag.lose_power()
    tag.live(5)
    assert never_twice(tag.said) and tag.said[-1] - TAG_START_S == 20 * FIRST_RESERVE_S  # 3 h 20 min
