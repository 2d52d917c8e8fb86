"""The floor plan as arithmetic: where a tag may be, and how loud it would then be at each scanner.

A zone is stood for by SIDE x SIDE points in the middles of equal parts of it. What a scanner hears of a
tag falls with the distance d by 10 * EXPONENT * log10(d) decibels below what it hears at one metre; tags and
scanners are taken to be RISE_M apart in height, so nothing is infinitely near. Both are a model: walls,
shelves and people are noise to it.

Invariants: points of one zone stand together, in the plan's order; levels has a row of their length for
every scanner that has a place.
"""

import math
from typing import NamedTuple

from gateway.presence.registry import BEACON, RADIO, Site, Zone

SIDE, SIDE_OF_MANY = 3, 2  # nine points tell a zone's near end from its far one; a point costs a microsecond
MANY_ZONES = 12  # and where there are so many, zones are small
EXPONENT = 2.5  # of path loss in a shop; free space has 2
RISE_M = 0.5  # a pocket and a ceiling are further apart, a shelf and a bag are nearer


class Point(NamedTuple):
    """Where a tag may be: the number of the zone, and the place in centimetres."""

    zone: int
    x_cm: float
    y_cm: float


class Field(NamedTuple):
    """All points, and of each scanner the decibels it hears of a tag there, above what it hears at 1 m."""

    zones: tuple[str, ...]
    points: tuple[Point, ...]
    levels: dict[str, tuple[float, ...]]
    owners: tuple[frozenset[str], ...]  # of each zone: the scanners that stand for it


def field_of(site: Site) -> Field:
    """The site's field; without zones it has no points, and nothing can be placed."""
    side = SIDE if len(site.zones) <= MANY_ZONES else SIDE_OF_MANY
    points = tuple(point for number, zone in enumerate(site.zones) for point in _points(number, zone, side))
    stands = {beacon.beacon: beacon for beacon in site.beacons if beacon.kind == BEACON and beacon.zone}
    places = {name: (stand.zone, stand.x_cm, stand.y_cm) for name, stand in stands.items()}
    if site.radio is not None:
        places[RADIO] = (site.radio.zone, site.radio.x_cm, site.radio.y_cm)
    owners = tuple(
        frozenset(name for name, place in places.items() if place[0] == zone.zone) for zone in site.zones
    )
    levels = {name: tuple(_level(point, x, y) for point in points) for name, (_, x, y) in places.items()}
    return Field(tuple(zone.zone for zone in site.zones), points, levels, owners)


def level_db(distance_cm: float) -> float:
    """How far below what is heard at one metre something lies at a distance: 0 at 1 m, negative beyond."""
    return -10 * EXPONENT * math.log10(math.hypot(distance_cm / 100, RISE_M))


def _points(number: int, zone: Zone, side: int) -> list[Point]:
    parts = [(part + 0.5) / side for part in range(side)]
    return [
        Point(number, zone.x_cm + zone.width_cm * across, zone.y_cm + zone.height_cm * down)
        for down in parts
        for across in parts
    ]


def _level(point: Point, x_cm: float, y_cm: float) -> float:
    return level_db(math.hypot(point.x_cm - x_cm, point.y_cm - y_cm))
