"""A shop of two rooms, eight metres from scanner to scanner, and a tag that is heard there without noise."""

import math

from gateway.presence.field import level_db
from gateway.presence.registry import Beacon, Radio, Site, Zone

NAMES = {"zh-CN": "区", "en": "zone"}
POWER_DBM = -59
DOOR, TILL = (200, 200), (1000, 200)


def zone(name: str, x_cm: int, y_cm: int = 0, width_cm: int = 600, height_cm: int = 400) -> Zone:
    return Zone(zone=name, name=NAMES, x_cm=x_cm, y_cm=y_cm, width_cm=width_cm, height_cm=height_cm)


def beacon(number: int, name: str, in_zone: str, x_cm: int, y_cm: int) -> Beacon:
    return Beacon(beacon=name, key=f"{number:032x}", zone=in_zone, x_cm=x_cm, y_cm=y_cm)


def tag(number: int, name: str) -> Beacon:
    return Beacon(beacon=name, kind="tag", key=f"{number:032x}", power_dbm=POWER_DBM)


def site(*tags: str, radio: Radio | None = None, zones: tuple[Zone, ...] | None = None) -> Site:
    """The shop: `door` left, `till` right, a scanner in the middle of each; and tags of these names."""
    return Site(
        uuid="ab" * 16,
        width_cm=1200,
        height_cm=400,
        zones=(zone("door", 0), zone("till", 600)) if zones is None else zones,
        radio=radio,
        beacons=(
            beacon(1, "beacon-door", "door", *DOOR),
            beacon(2, "beacon-till", "till", *TILL),
            *(tag(100 + number, name) for number, name in enumerate(tags or ("tag-1",))),
        ),
    )


def level_dbm(at: tuple[float, float], scanner: tuple[float, float]) -> int:
    """What a scanner hears of a tag at a place, without shadows and fading."""
    return round(POWER_DBM + level_db(math.dist(at, scanner)))
