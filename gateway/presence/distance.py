"""Whether a sender can be where it is heard: the last question to a clone that copies the address as well.

From how loud something is heard follows how far away it can be at most, taking free space (exponent 2) and
LUCK_DB of luck for it. A beacon of the plan that is heard by a scanner farther away than that is not at its
place; a tag that two scanners hear at once, farther apart than both distances together, is not at both. One
such hearing may be an accident; IN_A_ROW are none.

A clone that is no louder than luck can make it is not found, nor one that stands beside the original.
"""

import math
from typing import Final, NamedTuple

from gateway.presence.registry import BEACON, RADIO, Beacon, Site

LUCK_DB: Final = 18.0  # nearly three standard deviations of shadowing (4) and fading (5) together
EXPONENT: Final = 2.0
IN_A_ROW: Final = 3
TOGETHER_MS: Final = 3_000  # a person walks 4 m meanwhile
ROOM_CM: Final = 200.0  # between where a scanner is drawn and where it hangs
WALK_CM: Final = 400.0
LEVELS_MAX: Final = 4_096  # senders followed; the longest unheard gives way


class _Level(NamedTuple):
    dbm: int
    at_ms: int


class _Sender:
    """Of a tag the last level at each scanner; of a beacon the level at each scanner above which it cannot be
    at its place; and how many impossible hearings came one after the other."""

    __slots__ = ("levels", "limits", "row")

    def __init__(self) -> None:
        self.levels: dict[str, _Level] = {}
        self.limits: dict[str, float] = {}
        self.row = 0


class Distances:
    """Levels of one site's senders, by number, at its scanners, by name."""

    def __init__(self, site: Site) -> None:
        self._at: dict[str, tuple[int, int]] = {
            beacon.beacon: (beacon.x_cm, beacon.y_cm) for beacon in site.beacons if beacon.kind == BEACON
        }
        if site.radio is not None:
            self._at[RADIO] = (site.radio.x_cm, site.radio.y_cm)
        self._beacons = site.beacons
        self._senders: dict[int, _Sender] = {}

    def is_impossible(self, number: int, scanner: str, rssi_dbm: int, at_ms: int) -> bool:
        """Whether a sender cannot be where it was just heard, with all that was heard of it before."""
        if scanner not in self._at:
            return False
        sender = self._senders.get(number)
        if sender is None:
            if len(self._senders) >= LEVELS_MAX:
                self._senders.pop(next(iter(self._senders)))
            sender = self._senders[number] = _Sender()
        beacon = self._beacons[number]
        if beacon.kind == BEACON:
            away = self._is_away(beacon, sender, scanner, rssi_dbm)
        else:
            away = self._is_twice(beacon, sender, scanner, _Level(rssi_dbm, at_ms))
        sender.row = sender.row + 1 if away else 0
        return sender.row >= IN_A_ROW

    def _is_away(self, beacon: Beacon, sender: _Sender, scanner: str, rssi_dbm: int) -> bool:
        limit_dbm = sender.limits.get(scanner)
        if limit_dbm is None:
            apart_cm = self._apart_cm(scanner, beacon.beacon) - ROOM_CM
            limit_dbm = sender.limits[scanner] = _level_dbm(beacon.power_dbm, apart_cm)
        return rssi_dbm > limit_dbm

    def _is_twice(self, tag: Beacon, sender: _Sender, scanner: str, level: _Level) -> bool:
        sender.levels[scanner] = level
        reach_cm = _reach_cm(tag.power_dbm, level.dbm) + ROOM_CM + WALK_CM
        return any(
            self._apart_cm(scanner, other) > reach_cm + _reach_cm(tag.power_dbm, there.dbm)
            for other, there in sender.levels.items()
            if other != scanner and abs(level.at_ms - there.at_ms) <= TOGETHER_MS
        )

    def _apart_cm(self, one: str, other: str) -> float:
        (x, y), (u, v) = self._at[one], self._at[other]
        return math.hypot(x - u, y - v)


def _reach_cm(power_dbm: int, dbm: int) -> float:
    """How far away at most something is that is heard this loud."""
    return float(100.0 * 10.0 ** ((power_dbm - dbm + LUCK_DB) / (10.0 * EXPONENT)))


def _level_dbm(power_dbm: int, apart_cm: float) -> float:
    """The other way round: how loud something may be at most that is so far away."""
    if apart_cm <= 0:
        return math.inf
    return power_dbm + LUCK_DB - 10.0 * EXPONENT * math.log10(apart_cm / 100.0)
