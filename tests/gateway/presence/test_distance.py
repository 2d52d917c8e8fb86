"""Where a sender can be, by how loud it is: no ordinary shop is accused, a clone at the other end is."""

import math
import random

from gateway.presence.distance import IN_A_ROW, TOGETHER_MS, Distances
from gateway.presence.registry import RADIO, Site
from tests.gateway.presence.beaconry import DOOR, LIN, SHELF, SHOP

DOOR_AT, SHELF_AT, LIN_AT = (SHOP.beacons.index(each) for each in (DOOR, SHELF, LIN))


def level(rng: random.Random, distance_m: float, shadow_db: float) -> int:
    """What is heard so far away, with a shop's noise."""
    return round(-59 - 25 * math.log10(max(0.3, distance_m)) + shadow_db + rng.gauss(0, 5))


def test_no_tag_that_walks_through_the_shop_is_in_two_places() -> None:
    for seed in range(20):
        rng, distances = random.Random(seed), Distances(SHOP)
        shadows = {scanner: rng.gauss(0, 4) for scanner in ("beacon-door", "beacon-shelf", RADIO)}
        places = {"beacon-door": (1.0, 1.0), "beacon-shelf": (10.0, 4.0), RADIO: (11.0, 7.0)}
        for step in range(600):
            x_m = 6 + 5 * math.sin(step / 40)
            for scanner, (x, y) in places.items():
                rssi_dbm = level(rng, math.hypot(x_m - x, 4 - y), shadows[scanner])
                assert not distances.is_impossible(LIN_AT, scanner, rssi_dbm, step * 1_000)


def test_no_beacon_at_its_place_is_too_loud() -> None:
    for seed in range(20):
        rng, distances = random.Random(seed), Distances(SHOP)
        shadow_db = rng.gauss(0, 4)
        for step in range(1_000):
            rssi_dbm = level(rng, math.hypot(9, 3), shadow_db)
            assert not distances.is_impossible(SHELF_AT, "beacon-door", rssi_dbm, step * 1_000)


def test_a_beacon_that_is_heard_beside_a_far_scanner_is_not_at_its_place() -> None:
    distances = Distances(SHOP)
    found = [distances.is_impossible(SHELF_AT, "beacon-door", -45, at_ms) for at_ms in range(0, 5_000, 1_000)]
    assert found == [False] * (IN_A_ROW - 1) + [True] * 3


def test_one_accident_is_none() -> None:
    distances = Distances(SHOP)
    for at_ms in range(0, 60_000, 1_000):
        rssi_dbm = -80 if at_ms % 3_000 == 0 else -45
        assert not distances.is_impossible(SHELF_AT, "beacon-door", rssi_dbm, at_ms)


def test_a_tag_beside_two_far_scanners_at_once_is_two_tags() -> None:
    distances = Distances(SHOP)
    found = []
    for at_ms in range(0, 6_000, 1_000):
        distances.is_impossible(LIN_AT, "beacon-door", -38, at_ms)
        found.append(distances.is_impossible(LIN_AT, RADIO, -38, at_ms + 100))
    assert found[-1]


def test_a_tag_that_was_at_the_door_a_while_ago_may_be_at_the_counter_now() -> None:
    distances = Distances(SHOP)
    for at_ms in range(0, 10_000, 1_000):
        assert not distances.is_impossible(LIN_AT, "beacon-door", -38, at_ms)
    for at_ms in range(10_000 + TOGETHER_MS, 20_000, 1_000):
        assert not distances.is_impossible(LIN_AT, RADIO, -38, at_ms)


def test_a_scanner_without_a_place_says_nothing() -> None:
    site = Site(uuid=SHOP.uuid, width_cm=1_200, height_cm=800, zones=SHOP.zones, beacons=SHOP.beacons)
    distances = Distances(site)
    assert not any(distances.is_impossible(DOOR_AT, RADIO, 0, at_ms) for at_ms in range(0, 9_000, 500))
