"""A shop with every kind of beacon and visitor, as the live view has it, and a day's counts."""

from typing import Any

NOW_MS = 1_767_232_800_000
MINUTE_MS = 60_000
DAY = "2026-01-01"


def zone(name: str, words: tuple[str, str], x_cm: int) -> dict[str, Any]:
    return {
        "zone": name,
        "name": dict(zip(("zh-CN", "en"), words, strict=True)),
        "x_cm": x_cm,
        "y_cm": 30,
        "width_cm": 340,
        "height_cm": 640,
    }


def sender(name: str, state: str = "ok", **changes: Any) -> dict[str, Any]:
    plain = {
        "beacon": name,
        "kind": "beacon",
        "state": state,
        "since_ms": NOW_MS - 9 * MINUTE_MS,
        "heard_ms": NOW_MS - 2_000,
        "rssi_dbm": -67,
        "battery_mv": None,
        "zone": "door",
        "x_cm": 120,
        "y_cm": 560,
    }
    return plain | changes


def person(member: str, name: str | None = "林**", **changes: Any) -> dict[str, Any]:
    plain = {
        "member": member,
        "name": name,
        "zone": "door",
        "x_cm": 240,
        "y_cm": 350,
        "since_ms": NOW_MS - 3 * MINUTE_MS,
        "proof": "tag",
    }
    return plain | changes


def shop_floor(**changes: Any) -> dict[str, Any]:
    """Three zones; one member with a tag, one who shook by the shelves, one on the store's network."""
    plain = {
        "on": True,
        "width_cm": 1_200,
        "height_cm": 700,
        "zones": [
            zone("door", ("门口", "Door"), 30),
            zone("shelves", ("货架", "Shelves"), 430),
            zone("counter", ("柜台", "Counter"), 830),
        ],
        "beacons": [
            sender("beacon-door"),
            sender("beacon-shelves", zone="shelves", x_cm=600, y_cm=110),
            sender("beacon-counter", zone="counter", x_cm=1_080, y_cm=560),
            sender("tag-lin", kind="tag", x_cm=240, y_cm=350, battery_mv=2_910),
            sender("radio", kind="radio", zone="counter", x_cm=1_000, y_cm=110, rssi_dbm=None),
        ],
        "people": [
            person("m-0001"),
            person("m-0002", "陈**", zone="shelves", x_cm=None, y_cm=None, proof="beacon"),
            person("m-0003", None, zone=None, x_cm=None, y_cm=None, proof="network"),
        ],
        "counts": {"adverts": 1_222, "resolved": 1_175, "unknown": 47, "replayed": 0, "cloned": 0, "late": 0},
        "file_broken_ms": 0,
    }
    return plain | changes


def count(hour: int, beacon: str, place: str, shakes: int, visitors: int, redeemed: int) -> dict[str, Any]:
    return {
        "hour": hour,
        "beacon": beacon,
        "place": place,
        "shakes": shakes,
        "visitors": visitors,
        "redeemed": redeemed,
    }


COUNTS = [
    count(8, "", "", 2, 2, 0),
    count(8, "beacon-door", "door", 9, 11, 3),
    count(9, "beacon-door", "door", 21, 24, 9),
    count(9, "beacon-shelves", "shelves", 4, 6, 0),
]
