"""Losses, the roll-over at 65,536 s, drift and lost clocks: of what is heard, nothing is missed.

A hearing is missed if no beacon is named for it: it is neither resolved at once nor by the search.
"""

import random

import pytest

from firmware.protocol import eid
from gateway.presence.hearing import CLOCK_LOST
from gateway.presence.registry import Beacon
from tests.gateway.presence.beaconry import (
    DOOR,
    LIN,
    MIA,
    NOON_S,
    SHELF,
    TURN_S,
    Ear,
    Speaker,
    a_site,
    a_tag,
    an_ear,
    seconds,
)

DAY_S = 86_400
OLD = a_tag("tag-old", epoch_s=NOON_S - 3 * DAY_S)


def live(
    ear: Ear, speaker: Speaker, first_s: float, count: int, step_s: float = 1.0, loss: float = 0.0
) -> list[float]:
    """Hear a speaker as a gateway does; the times at which it was accepted. Nothing heard may be missed."""
    rng, accepted, heard, before = random.Random(count), [], 0, ear.count("resolved")
    for now_s in seconds(first_s, count, step_s):
        ear.hearing.advance(int(now_s))
        if rng.random() >= loss:
            heard += 1
            if ear.hear(speaker, now_s) is not None:
                accepted.append(now_s - first_s)
        ear.search(now_s, 1)
    ear.search(first_s + count * step_s, 60)
    assert ear.count("resolved") - before == heard
    return accepted


@pytest.mark.parametrize("rotation", [4, 5, 6])
def test_over_the_roll_over_with_a_fifth_lost_every_hearing_is_accepted(rotation: int) -> None:
    tag = a_tag("tag", NOON_S - eid.TAG_START_S + 120, rotation)
    ear, speaker = an_ear(a_site(DOOR, tag)), Speaker(tag)
    first, last = speaker.t(NOON_S) >> 16, speaker.t(NOON_S + 1_200) >> 16
    assert (first, last) == (0, 1)
    accepted = live(ear, speaker, NOON_S, 1_200, loss=0.2)
    assert len(accepted) == ear.count("resolved") > 900


@pytest.mark.parametrize("ppm", [-150, 150])
def test_a_quartz_that_runs_wrong_for_days_is_followed(ppm: int) -> None:
    ear, speaker = an_ear(), Speaker(LIN, ppm=ppm)
    accepted = live(ear, speaker, NOON_S, 20_000, step_s=13.0, loss=0.2)
    assert len(accepted) == ear.count("resolved") > 15_000
    assert abs(speaker.t(NOON_S + 260_000) - (NOON_S + 260_000 - LIN.epoch_s)) > 35
    assert ear.hearing.take_news() == []


def test_a_tag_that_counts_by_a_resistor_is_followed_as_well() -> None:
    ear, speaker = an_ear(), Speaker(LIN, ppm=5_000)
    accepted = live(ear, speaker, NOON_S, 2_000, step_s=5.0, loss=0.2)
    assert len(accepted) == ear.count("resolved")
    assert ear.hearing.take_news() == []


@pytest.mark.parametrize("away_s", [3 * DAY_S, 30 * DAY_S])
@pytest.mark.parametrize("ppm", [-150, 150])
def test_after_weeks_away_a_tag_is_taken_up_again_and_nobody_alarmed(away_s: int, ppm: int) -> None:
    ear, speaker = an_ear(), Speaker(LIN, ppm=ppm)
    live(ear, speaker, NOON_S, 100)
    accepted = live(ear, speaker, NOON_S + away_s, 200)
    assert accepted[0] <= TURN_S
    assert ear.hearing.take_news() == []


@pytest.mark.parametrize("off_s", [DAY_S - 60, 7_000, 200, -200, -7_000, 60 - DAY_S])
def test_a_clock_a_day_off_is_found_and_accepted_from_its_next_turn_on(off_s: int) -> None:
    """A tag that the store never heard in its true time: ahead as one that was reset, or behind."""
    ear, speaker = an_ear(a_site(DOOR, OLD)), Speaker(OLD, off_s)
    accepted = live(ear, speaker, NOON_S, 200, loss=0.2)
    assert accepted[0] <= 2 * TURN_S
    assert len(accepted) >= 0.75 * ear.count("resolved")


@pytest.mark.parametrize("off_s", [DAY_S - 60, 7_000])
def test_a_clock_that_jumps_ahead_is_told_and_taken_over(off_s: int) -> None:
    ear = an_ear()
    live(ear, Speaker(LIN), NOON_S, 300)
    accepted = live(ear, Speaker(LIN, off_s), NOON_S + 500, 200, loss=0.2)
    assert accepted[0] <= 2 * TURN_S
    assert ear.hearing.take_news() == [(CLOCK_LOST, "tag-lin")]
    assert not ear.hearing.is_doubtful(2, NOON_S + 600)  # nobody can have recorded what is to come


def test_a_clock_that_falls_back_is_told_and_proves_nothing_until_it_has_caught_up() -> None:
    """Its identities were heard before: nobody can tell it from a recording."""
    ear = an_ear()
    live(ear, Speaker(LIN), NOON_S, 300)
    assert live(ear, Speaker(LIN, -5_000), NOON_S + 5_200, 300) != []
    assert ear.hearing.take_news() == [(CLOCK_LOST, "tag-lin")]
    assert ear.hearing.is_doubtful(2, NOON_S + 5_600)
    assert not ear.hearing.is_doubtful(2, NOON_S + 5_600 + DAY_S)
    ear = an_ear()
    live(ear, Speaker(LIN), NOON_S, 300)
    assert live(ear, Speaker(LIN, -5_000), NOON_S + 5_000, 250) == []


def test_a_tag_that_was_never_switched_on_may_begin_on_any_day() -> None:
    registered = a_tag("tag-new", epoch_s=NOON_S - eid.TAG_START_S - 40 * DAY_S)
    ear = an_ear(a_site(DOOR, registered))
    accepted = live(ear, Speaker(registered, -40 * DAY_S), NOON_S, 200)
    assert accepted[0] <= 2 * TURN_S
    assert ear.hearing.take_news() == []


def test_a_beacon_on_a_wrong_time_is_told_and_never_followed() -> None:
    ear = an_ear()
    assert live(ear, Speaker(SHELF, 4_000), NOON_S, 200) == []
    assert ear.hearing.take_news() == [(CLOCK_LOST, "beacon-shelf")]
    assert ear.hearing.judge([], NOON_S * 1_000)
    assert live(ear, Speaker(SHELF), NOON_S + 400, 100) != []


def test_many_lost_clocks_are_found_one_beside_the_other() -> None:
    tags = [a_tag(f"tag-{number}", epoch_s=NOON_S - 3 * DAY_S) for number in range(6)]
    ear = an_ear(a_site(*tags))
    speakers = [Speaker(tag, 10_000 * (number - 3)) for number, tag in enumerate(tags)]
    accepted = set()
    for now_s in seconds(NOON_S, 200):
        ear.hearing.advance(int(now_s))
        for speaker in speakers:
            heard = ear.hear(speaker, now_s)
            if heard is not None:
                accepted.add(heard.beacon.beacon)
        ear.search(now_s, 1)
    assert len(accepted) == 6


def restarted(ear: Ear, at_s: float, *beacons: Beacon) -> Ear:
    return an_ear(a_site(*beacons), at_s, ear.hearing.take_changed())


def test_over_a_restart_the_clock_is_known_and_what_was_heard_stays_heard() -> None:
    site = (DOOR, LIN, MIA)
    ear, speaker = an_ear(a_site(*site)), Speaker(LIN, ppm=150)
    live(ear, speaker, NOON_S, 5_000, step_s=13.0)
    at_s = NOON_S + 65_200
    later = restarted(ear, at_s, *site)
    assert later.hear(speaker, at_s) is not None
    assert later.hear(speaker, at_s, said=speaker.says(at_s - 4 * TURN_S)) is None
    assert later.hear(speaker, at_s + 1) is not None


def test_a_tag_that_loses_its_power_three_times_in_an_hour_is_taken_up_each_time() -> None:
    """It begins ahead of all it has shown, by what it had reserved; the gateway too restarts in between."""
    site, ahead_s, at_s = (DOOR, LIN), 0, NOON_S
    ear = an_ear(a_site(*site))
    live(ear, Speaker(LIN), at_s, 300)
    for reserved_s in (6 * 3_600, 600, 5 * 3_600 + 17):
        ahead_s, at_s = ahead_s + reserved_s, at_s + 1_200
        accepted = live(ear, Speaker(LIN, ahead_s), at_s, 200)
        assert accepted[0] <= 2 * TURN_S
        assert accepted == [float(each) for each in range(int(accepted[0]), 200)]
        assert ear.hearing.take_news() == [(CLOCK_LOST, "tag-lin")]
        ear = restarted(ear, at_s + 300, *site)
        assert live(ear, Speaker(LIN, ahead_s), at_s + 300, 60) == [float(each) for each in range(60)]
        assert ear.hearing.take_news() == []
        assert ear.count("replayed") == 0


def test_a_battery_that_bounces_is_no_clone() -> None:
    """Ten minutes ahead, seconds after it was heard in time."""
    ear = an_ear()
    live(ear, Speaker(LIN), NOON_S, 100)
    accepted = live(ear, Speaker(LIN, 600), NOON_S + 105, 100)
    assert accepted[0] <= TURN_S
    assert accepted == [float(each) for each in range(int(accepted[0]), 100)]
    assert ear.count("cloned") == 0
    ear.hearing.advance(NOON_S + 300)
    assert ear.hearing.take_news() == [(CLOCK_LOST, "tag-lin")]


def test_a_new_key_begins_anew_over_a_restart() -> None:
    ear = an_ear(a_site(LIN))
    live(ear, Speaker(LIN), NOON_S, 5_000, step_s=13.0)
    at_s = NOON_S + 65_000
    fresh = Beacon(beacon="tag-lin", kind="tag", key="ab" * 16, epoch_s=int(at_s) - eid.TAG_START_S)
    later = restarted(ear, at_s, fresh)
    assert later.hear(Speaker(fresh), at_s) is not None
    assert later.count("rows_dropped") == 1


def test_rows_of_a_time_that_never_was_are_dropped() -> None:
    ear = an_ear(a_site(DOOR), NOON_S + 40 * DAY_S)
    ear.hear(Speaker(DOOR), NOON_S + 40 * DAY_S)
    now = restarted(ear, NOON_S, DOOR)
    assert now.hear(Speaker(DOOR), NOON_S) is not None
    assert now.count("rows_dropped") == 1
