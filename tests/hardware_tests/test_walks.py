"""The simulated walks, the rules beside ours, and how they are scored."""

from itertools import pairwise
from statistics import mean, stdev

import pytest

from hardware_tests.figures.walks import (
    MOVED,
    POWER_DBM,
    REPORT_S,
    SCENES,
    Hearing,
    Reports,
    Scene,
    Stop,
    walk,
    way,
)
from hardware_tests.figures.zone_rules import (
    STALE_S,
    Chooser,
    Ewma,
    Filter,
    Hugging,
    Kalman,
    Latest,
    Trimmed,
    distance_m,
)
from hardware_tests.figures.zone_scores import LATE_S, Score, tally
from hardware_tests.figures.zones import FALSE_MAX, OURS, compare, dominating, lines

PAIR = Scene("by hand", MOVED.stands, (Stop("a", 3, 2, 300), Stop("b", 5, 2, 300)))


def scored(*said: tuple[str | None, int]) -> tuple[int, list[int | None], int, int]:
    """What a walk by hand scores: false changes, delays, wrong and unknown seconds."""
    named = [zone for zone, seconds in said for _ in range(seconds)]
    found = tally(PAIR, list(way(PAIR)), named)
    return found.false, found.delays, found.wrong_s, found.unknown_s


def test_a_walk_follows_from_its_seed() -> None:
    assert walk(MOVED, 1) == walk(MOVED, 1)
    assert walk(MOVED, 1) != walk(MOVED, 2)


def test_a_walk_is_as_loud_as_the_model_says() -> None:
    heard = [each for seed in range(5) for second in walk(MOVED, seed)[:1200] for each in second]
    levels = [each.rssi_dbm for each in heard if each.scanner == "a"]
    assert len(levels) / (5 * 1200) == pytest.approx(1 - MOVED.loss, abs=0.02)
    assert mean(levels) == pytest.approx(POWER_DBM - 25 * 0.477, abs=1.0)  # 3 m
    assert stdev(levels) == pytest.approx(6.4, abs=0.6)


def test_a_walking_tag_goes_one_metre_a_second() -> None:
    scene = next(each for each in SCENES if each.walks)
    places = list(way(scene))
    steps = [abs(two.x_m - one.x_m) for one, two in pairwise(places)]
    assert max(steps) == pytest.approx(1.0)
    assert sum(place.still for place in places) == sum(stop.seconds for stop in scene.stops)


def test_a_deaf_scanner_hears_nothing_while_it_is_deaf() -> None:
    scene = next(each for each in SCENES if each.deaf)
    (name, since, until) = scene.deaf[0]
    seconds = walk(scene, 1)
    heard = [second for second, heard in enumerate(seconds) if any(each.scanner == name for each in heard)]
    assert [second for second in heard if since <= second < until] == []
    assert len([second for second in heard if second < since]) > 200


def test_a_beacon_reports_means_when_they_change_and_every_so_often() -> None:
    reports = Reports()
    told = [reports.told(second, [Hearing(second * 1000, "a", -70)]) for second in range(21)]
    assert [second for second, each in enumerate(told) if each] == [0, REPORT_S, 2 * REPORT_S]
    changed = reports.told(22, [Hearing(22_000, "a", -60), Hearing(22_500, "a", -64)])
    assert changed == [Hearing(22_500, "a", -62)]


def test_two_changes_too_many_are_two_false_ones() -> None:
    assert scored(("a", 100), ("b", 10), ("a", 190), ("b", 300)) == (2, [0], 0, 0)


def test_the_first_naming_and_not_knowing_are_no_changes() -> None:
    assert scored((None, 10), ("a", 100), (None, 50), ("a", 140), ("b", 300)) == (0, [0], 0, 40)


def test_a_delay_runs_from_the_move_and_one_too_late_is_none() -> None:
    assert scored(("a", 300), ("a", 17), ("b", 283))[:2] == (0, [17])
    assert scored(("a", 300), ("a", LATE_S), ("b", 180)) == (0, [None], 0, 0)
    assert scored(("a", 600)) == (0, [None], 300 - LATE_S, 0)


def test_a_wrong_zone_counts_once_the_tag_has_long_been_there() -> None:
    assert scored(("a", 200), ("b", 50), ("a", 50), ("b", 300))[2] == 50


@pytest.mark.parametrize("made", [Latest(), Ewma(0.3), Trimmed(15), Kalman(0.0008, 4), Hugging(20)])
def test_every_filter_calls_what_is_louder_nearer(made: Filter) -> None:
    for second in range(60):
        far = made.heard(-80, second * 1000)
    for second in range(60, 400):
        near = made.heard(-60, second * 1000)
    assert near > far


def test_filters_are_what_their_descriptions_say() -> None:
    ewma, trimmed, hugging = Ewma(0.5), Trimmed(5), Hugging(3)
    assert [ewma.heard(level, 0) for level in (-60, -70, -70)] == [-60, -65, -67.5]
    levels = [
        trimmed.heard(level, second * 1000) for second, level in enumerate((-60, -70, -70, -70, -90, -70))
    ]
    assert levels[-2:] == [-70, -70]
    assert distance_m(-59) == 1.0
    assert hugging.heard(-84, 0) == -10.0
    assert hugging.heard(-59, 1) == -1.0  # the far one is no further than the near one since


def test_a_chooser_keeps_what_it_has_by_margin_and_dwell() -> None:
    chooser = Chooser(Latest, margin=6, dwell_s=5)

    def said(second: int, a: int, b: int) -> str | None:
        chooser.heard(Hearing(second * 1000, "a", a))
        chooser.heard(Hearing(second * 1000, "b", b))
        return chooser.zone(second * 1000)

    assert said(0, -60, -70) == "a"
    assert [said(second, -70, -65) for second in range(1, 10)] == ["a"] * 9
    assert [said(second, -70, -64) for second in range(10, 16)] == ["a"] * 5 + ["b"]
    assert chooser.zone((15 + STALE_S + 1) * 1000) is None


def test_a_rule_that_is_calmer_and_quicker_dominates() -> None:
    def one(false: float, delay_s: float) -> Score:
        return Score(false, delay_s, 1.0, 0.0, 0.0)

    scores = {"x": one(0.5, 60), "y": one(2, 20), "z": one(0.4, 30), OURS: one(0.5, 40)}
    assert dominating(scores) == ["z"]


def test_on_a_few_walks_the_engine_is_calm_and_not_dominated() -> None:
    scores = compare(MOVED, range(200, 208))
    assert scores[OURS].false <= 1.5 * FALSE_MAX
    assert dominating(scores) == []
    assert len(lines(MOVED, scores)) == 2 + len(scores)
