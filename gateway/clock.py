"""The gateway's time: never before what it already booked, with the civil date of the store's zone.

A Pi has no clock of its own after a power cut, so the time has a floor: this program's making, then the last
event. Below the floor the floor is given, with quality CLOCK_UNKNOWN.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from firmware.protocol.messages import CLOCK_SET, CLOCK_UNKNOWN

PROGRAM_FLOOR_MS = 1_767_225_600_000  # 2026-01-01 UTC: no earlier time can be true
STEP_BACK_MS_MAX = 5_000  # a time server's ordinary correction; more is a clock that lost its way


class Moment(NamedTuple):
    """`at` in unix milliseconds, `quality` as in `time`, `date` as YYYY-MM-DD in the store's zone."""

    at: int
    quality: int
    date: str


class Clock:
    """Turns a source of unix milliseconds into moments that never go back."""

    def __init__(self, now_ms: Callable[[], int], zone: str, floor_ms: int = 0) -> None:
        self._now_ms = now_ms
        self.zone = zone
        self._zone = ZoneInfo(zone)
        self._floor_ms = max(PROGRAM_FLOOR_MS, floor_ms)
        self._date = ""
        self._date_from_ms = 0
        self._date_until_ms = 0

    def moment(self) -> Moment:
        """Now."""
        now_ms = self._now_ms()
        trusted = now_ms >= self._floor_ms - STEP_BACK_MS_MAX
        self._floor_ms = at = max(now_ms, self._floor_ms)
        if not self._date_from_ms <= at < self._date_until_ms:
            self._turn_page(at)
        return Moment(at, CLOCK_SET if trusted else CLOCK_UNKNOWN, self._date)

    def _turn_page(self, at: int) -> None:
        """Find the civil day of `at` and its two ends; daylight saving may put them 23 or 25 hours apart."""
        day = datetime.fromtimestamp(at / 1000, self._zone).date()
        self._date = day.isoformat()
        self._date_from_ms = self._midnight_ms(day.year, day.month, day.day)
        after = day + timedelta(days=1)
        self._date_until_ms = self._midnight_ms(after.year, after.month, after.day)

    def _midnight_ms(self, year: int, month: int, day: int) -> int:
        return int(datetime(year, month, day, tzinfo=self._zone).timestamp()) * 1000


def time_in(zone: str, at: int) -> str:
    """The civil time of day in a zone that is known, "HH:MM"."""
    return datetime.fromtimestamp(at / 1_000, ZoneInfo(zone)).strftime("%H:%M")


def dates_in(zones: Iterable[str], at: int) -> dict[str, str]:
    """The civil date in each of these zones at unix milliseconds; zones that nobody knows are left out."""
    found = {}
    for zone in zones:
        try:
            found[zone] = datetime.fromtimestamp(at / 1_000, ZoneInfo(zone)).date().isoformat()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return found
