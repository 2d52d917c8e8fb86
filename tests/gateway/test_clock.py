"""Time that never goes back, and the civil date of a zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from firmware.protocol.messages import CLOCK_SET, CLOCK_UNKNOWN
from gateway.clock import PROGRAM_FLOOR_MS, STEP_BACK_MS_MAX, Clock
from tests.gateway.rig import NOON_MS

DAY_MS = 86_400_000


class Hands:
    """A clock's hands, moved by the test."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


def at(zone: str, *parts: int) -> int:
    return int(datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000  # type: ignore[arg-type, misc]


def test_a_moment_is_now_with_its_civil_date() -> None:
    assert Clock(Hands(NOON_MS), "Asia/Shanghai").moment() == (NOON_MS, CLOCK_SET, "2026-11-21")


def test_the_date_turns_at_the_zones_midnight() -> None:
    hands = Hands(at("Asia/Shanghai", 2026, 11, 21, 23, 59, 59) + 999)
    clock = Clock(hands, "Asia/Shanghai")
    assert clock.moment().date == "2026-11-21"
    hands.at += 1
    assert clock.moment().date == "2026-11-22"


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_days_of_daylight_saving_are_as_long_as_they_are(day: tuple[int, int, int], hours: int) -> None:
    hands = Hands(at("Europe/Berlin", *day))
    clock = Clock(hands, "Europe/Berlin")
    dates = []
    for _ in range(hours + 1):
        dates.append(clock.moment().date)
        hands.at += 3_600_000
    assert dates.count(dates[0]) == hours


@pytest.mark.parametrize("back_ms", [400 * DAY_MS, STEP_BACK_MS_MAX + 1])
def test_below_the_floor_the_floor_is_given_and_not_trusted(back_ms: int) -> None:
    clock = Clock(Hands(NOON_MS - back_ms), "Asia/Shanghai", NOON_MS)
    assert clock.moment()[:2] == (NOON_MS, CLOCK_UNKNOWN)


def test_a_small_step_back_is_a_correction() -> None:
    clock = Clock(Hands(NOON_MS - STEP_BACK_MS_MAX), "Asia/Shanghai", NOON_MS)
    assert clock.moment()[:2] == (NOON_MS, CLOCK_SET)


def test_no_time_before_this_program_is_true() -> None:
    assert Clock(Hands(0), "UTC").moment() == (PROGRAM_FLOOR_MS, CLOCK_UNKNOWN, "2026-01-01")


def test_moments_never_go_back() -> None:
    hands = Hands(NOON_MS)
    clock = Clock(hands, "UTC")
    seen = []
    for step in (0, 50, -100, 20, -DAY_MS, 3 * DAY_MS, -DAY_MS):
        hands.at += step
        seen.append(clock.moment().at)
    assert seen == sorted(seen)
