"""A member's uses of a program, counted by two stores that could not hear each other: one limit of both."""

import pytest

from cloud_bridge.hq import granting
from cloud_bridge.hq.issuing import Issue
from tests.cloud_bridge.hq.shops import LIN, Brand

UNIT = "USE:breakfast:2026-11-21"


def count(brand: Brand, store: str, uses: int, limit: int = 3) -> str:
    """A store begins to count and uses some; the lot."""
    lot = brand[store].earn(limit, unit=UNIT)
    for _ in range(uses):
        assert brand[store].spend(1, UNIT, lot).outcome.name == "done"
    return lot


def push_all(brand: Brand, order: tuple[str, ...]) -> None:
    for name in order:
        brand[name].push()
    for _ in range(2):
        for name in order:
            brand[name].give_back()
            brand[name].push()


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_what_is_left_is_one_limit(brand: Brand, order: tuple[str, ...]) -> None:
    lots = [count(brand, "river", 1), count(brand, "garden", 1)]
    push_all(brand, order)
    assert sum(brand.row(lot).total for lot in lots) == 1
    assert brand["river"].free(LIN, UNIT) + brand["garden"].free(LIN, UNIT) == 1
    assert brand.kinds() == []


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_uses_beyond_the_limit_are_told_to_a_person(brand: Brand, order: tuple[str, ...]) -> None:
    lots = [count(brand, "river", 3), count(brand, "garden", 2)]
    push_all(brand, order)
    assert sum(max(0, brand.row(lot).total) for lot in lots) == 0
    assert brand.kinds() == ["cap_exceeded"]
    assert brand.trouble("cap_exceeded") == {"unit": UNIT, "allowed": 3, "used": 5}


def test_a_third_store_joins_the_same_limit(brand: Brand) -> None:
    lots = [count(brand, store, 1) for store in ("river", "garden", "station")]
    push_all(brand, ("river", "garden", "station"))
    assert sum(brand.row(lot).total for lot in lots) == 0
    assert brand.kinds() == []


def test_a_count_that_comes_again_is_joined_once(brand: Brand) -> None:
    count(brand, "river", 1)
    count(brand, "garden", 1)
    push_all(brand, ("river", "garden"))
    before = len(brand.own_log())
    store = brand["garden"]
    assert brand.post(store.gateway, store.bodies, 1).known == len(store.bodies)
    assert len(brand.own_log()) == before


def test_other_members_and_other_days_are_apart(brand: Brand) -> None:
    mine, other = brand["river"].earn(3, unit=UNIT), brand["garden"].earn(3, "member:bo", UNIT)
    tomorrow = brand["garden"].earn(3, unit="USE:breakfast:2026-11-22")
    push_all(brand, ("river", "garden"))
    assert [brand.row(lot).total for lot in (mine, other, tomorrow)] == [3, 3, 3]


def test_points_that_are_past_do_not_hide_those_that_are_not(brand: Brand) -> None:
    for _ in range(3):
        brand.hq.promises.issue("mei", Issue(f"old{brand.number()}", "PTS", 1))
    old = {"expires_on": "2026-01-01", "zone": "Asia/Shanghai"}
    for _ in range(4):
        brand.issue(1, owner="member:mei", **old)
    with brand.hq.database.reading() as connection:
        since = granting.usable_since(brand.hq.frame())
        assert since == "2026-11-19"
        assert len(granting.lots_of(connection, ["member:mei"], "PTS")) == 7
        assert len(granting.lots_of(connection, ["member:mei"], "PTS", since)) == 3
