"""When a beacon becomes another and what it says: with a clock that is set, wraps and jumps."""

from firmware.core import schedule
from firmware.core.schedule import FRAME_MS, FrameSet, Turn, t_ms
from firmware.protocol import adverts

ROTATION = 5
LENGTH_MS = 32000
WRAP_S = 1 << 32


class Luck:
    """below(n) gives these shares of n in turn; keeps what it was asked."""

    def __init__(self, *shares):
        self.shares = list(shares)
        self.asked = []

    def __call__(self, below):
        self.asked.append(below)
        return int(below * self.shares.pop(0)) if self.shares else 0


def turns(turn, start_ms, end_ms, step_ms=100):
    """(quantum, when) of every turn in this time."""
    found = []
    for now_ms in range(start_ms, end_ms, step_ms):
        if turn.at(now_ms % (WRAP_S * 1000)):
            found.append((turn.quantum, now_ms))
    return found


def test_a_turn_comes_in_the_first_quarter_of_each_quantum_by_chance():
    turn = Turn(ROTATION, Luck(0.5, 0.0, 0.99))
    found = turns(turn, 1000, 4 * LENGTH_MS)
    assert [quantum for quantum, _when in found] == [0, 1, 2, 3]
    assert [when - quantum * LENGTH_MS for quantum, when in found] == [1000, 4000, 0, 8000]
    assert [quantum * 32 for quantum, _when in found][-1] == turn.t() == 96


def test_luck_is_asked_for_a_quarter():
    luck = Luck()
    turns(Turn(ROTATION, luck), 0, 3 * LENGTH_MS)
    assert luck.asked == [8000] * 3


def test_a_clock_set_back_over_the_border_changes_nothing():
    turn = Turn(ROTATION, Luck())
    assert turn.at(LENGTH_MS + 10)
    assert not turn.at(LENGTH_MS - 10)
    assert turn.quantum == 1
    assert not turn.at(LENGTH_MS + 20)
    assert turn.at(2 * LENGTH_MS) and turn.quantum == 2


def test_a_clock_set_by_more_is_followed():
    turn = Turn(ROTATION, Luck(0.0, 0.9))
    turn.at(100 * LENGTH_MS)
    assert turn.at(40 * LENGTH_MS) and turn.quantum == 40
    assert turn.at(42 * LENGTH_MS) and turn.quantum == 42  # two ahead: no waiting for luck


def test_seconds_wrap():
    turn = Turn(ROTATION, Luck())
    last = WRAP_S // 32 - 1
    found = turns(turn, (WRAP_S - 64) * 1000, (WRAP_S + 32) * 1000)
    assert [quantum for quantum, _when in found] == [last - 1, last, 0]
    assert not turn.at((WRAP_S - 1) * 1000 + 500)  # set back over the wrap


def test_a_quantum_of_a_second_is_no_special_case():
    found = turns(Turn(0, Luck()), 0, 5000)
    assert found == [(0, 0), (1, 1000), (2, 2000), (3, 3000), (4, 4000)]


def test_the_own_time_of_a_beacon():
    assert t_ms(1_700_000_000_123, 0) == 1_700_000_000_123
    assert t_ms(1_700_000_000_123, 1_699_934_720) == 65_280_123
    assert t_ms(5000, 10) == (WRAP_S - 5) * 1000


def test_frames_take_turns_and_telemetry_comes_in_between():
    frames = FrameSet()
    frames.turned()
    now_ms, kinds = 0, []
    while now_ms < 20000:
        kind, hold_ms = frames.following(now_ms)
        kinds.append(kind)
        now_ms += hold_ms
    assert kinds[:4] == [adverts.EID, adverts.ETLM, adverts.IBEACON, adverts.EID]
    assert kinds.count(adverts.ETLM) == 2
    others = [kind for kind in kinds if kind != adverts.ETLM]
    assert others == [adverts.EID, adverts.IBEACON] * (len(others) // 2) + [adverts.EID] * (len(others) % 2)


def test_another_identity_says_itself_first():
    frames = FrameSet()
    for now_ms in range(0, 60000, FRAME_MS):  # however often it turns
        frames.turned()
        assert frames.following(now_ms)[0] == adverts.EID
    assert frames.following(60000)[0] == adverts.ETLM
    assert schedule.FRAMES[0] == adverts.EID
