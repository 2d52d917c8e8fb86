"""Where tags are said to be."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.presence import zones
from gateway.presence.registry import RADIO, Radio, Site
from gateway.presence.zones import Change, Place, ZoneEngine
from hardware_tests.figures.walks import MOVED, SCENES
from hardware_tests.figures.zone_rules import Engine
from hardware_tests.figures.zone_scores import score
from tests.gateway.presence.floor import DOOR, TILL, beacon, level_dbm, site, tag, zone

SCANNERS = {"beacon-door": DOOR, "beacon-till": TILL}
RADIO_AT = (100, 100)
PLACES = {**SCANNERS, RADIO: RADIO_AT}
BY_DOOR, BY_TILL = (300.0, 200.0), (900.0, 250.0)
TAG = "tag-1"


class Shop:
    """An engine, its clock, and what it has said."""

    def __init__(self, made: Site | None = None) -> None:
        self.engine = ZoneEngine(made or site(), raw=frozenset({*SCANNERS, RADIO}))
        self.now_ms = 1_000_000
        self.changes: list[Change] = []

    def stand(
        self,
        at: tuple[float, float],
        seconds: int,
        *,
        every_s: int = 1,
        by: tuple[str, ...] = tuple(SCANNERS),
        silent: frozenset[str] = frozenset(),
        lack_db: int = 0,
        name: str = TAG,
    ) -> None:
        """The tag stands somewhere and is heard every so often."""
        for second in range(seconds):
            self.now_ms += 1000
            for scanner in by if second % every_s == 0 else ():
                rssi_dbm = level_dbm(at, PLACES[scanner]) - lack_db
                self.engine.heard(name, scanner, rssi_dbm, self.now_ms)
            self.changes += self.engine.tick(self.now_ms, silent)

    def said(self) -> list[str | None]:
        return [change.zone for change in self.changes]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_tag_is_where_it_is_heard_best(shop: Shop) -> None:
    shop.stand(BY_DOOR, 10)
    assert shop.engine.where(TAG) == "door"
    assert shop.changes[0].before is None
    assert shop.changes[0].at_ms <= 1_010_000


def test_a_tag_that_crosses_the_shop_is_said_to_be_there_soon(shop: Shop) -> None:
    shop.stand(BY_DOOR, 600)
    shop.stand(BY_TILL, 15)
    assert shop.said() == ["door", "till"]
    assert shop.changes[1] == Change(TAG, "till", "door", shop.changes[1].at_ms)


def test_a_tag_that_lies_still_does_not_bounce() -> None:
    assert score(MOVED, Engine, range(100, 106)).false <= 1.5


def test_a_tag_that_is_carried_three_metres_is_noticed_in_noise() -> None:
    found = score(MOVED, Engine, range(100, 106))
    assert found.in_time >= 0.6
    assert found.delay_s <= 90


def test_a_walk_through_the_zones_is_followed() -> None:
    scene = next(scene for scene in SCENES if scene.walks)
    found = score(scene, Engine, range(100, 103))
    assert found.in_time == 1.0
    assert found.wrong < 0.01


def test_a_faint_tag_in_a_bag_is_where_it_is(shop: Shop) -> None:
    shop.stand(BY_DOOR, 60, lack_db=18)
    shop.stand(BY_TILL, 30, lack_db=18)
    assert shop.said() == ["door", "till"]


def test_a_zone_whose_scanner_is_silent_is_not_named_and_its_neighbour_neither(shop: Shop) -> None:
    shop.stand(BY_DOOR, 60)
    deaf = frozenset({"beacon-door"})
    shop.stand(BY_DOOR, 300, by=("beacon-till",), silent=deaf)
    assert shop.said() == ["door", None]
    shop.stand(BY_DOOR, 30)
    assert shop.said() == ["door", None, "door"]


def test_whoever_leaves_a_silent_zone_is_found_again(shop: Shop) -> None:
    shop.stand(BY_DOOR, 60)
    deaf = frozenset({"beacon-door"})
    shop.stand(BY_DOOR, 30, by=("beacon-till",), silent=deaf)
    shop.stand((1000.0, 220.0), 60, by=("beacon-till",), silent=deaf)
    assert shop.said() == ["door", None, "till"]


def test_one_silent_scanner_of_two_in_a_zone_leaves_the_zone_named() -> None:
    shop = Shop(site(radio=Radio(zone="door", x_cm=RADIO_AT[0], y_cm=RADIO_AT[1])))
    shop.stand(BY_DOOR, 30, by=(RADIO, "beacon-till"), silent=frozenset({"beacon-door"}))
    assert shop.engine.where(TAG) == "door"


def test_a_tag_unheard_is_nowhere_known(shop: Shop) -> None:
    shop.stand(BY_DOOR, 30)
    shop.stand(BY_DOOR, 19, by=())
    assert shop.engine.where(TAG) == "door"
    shop.stand(BY_DOOR, 10, by=())
    assert shop.engine.place(TAG)[:3] == (None, None, None)
    assert shop.engine.place(TAG).heard_ms == 1_030_000


def test_a_tag_that_speaks_seldom_is_waited_for(shop: Shop) -> None:
    shop.stand(BY_DOOR, 400, every_s=40)
    shop.stand(BY_DOOR, 120, by=())
    assert shop.engine.where(TAG) == "door"


def test_a_pause_of_the_listener_is_no_interval_of_the_tag(shop: Shop) -> None:
    for _ in range(10):
        shop.stand(BY_DOOR, 4)
        shop.engine.pause()
        shop.stand(BY_DOOR, 100, by=())
    shop.stand(BY_DOOR, 4)
    shop.stand(BY_DOOR, 25, by=())
    assert shop.engine.where(TAG) is None


def test_whoever_comes_back_elsewhere_is_not_said_to_be_where_they_were(shop: Shop) -> None:
    shop.stand(BY_DOOR, 60)
    shop.stand(BY_DOOR, 120, by=())
    shop.stand(BY_TILL, 20)
    assert shop.said() == ["door", None, "till"]


def test_a_tag_is_forgotten_after_a_quarter_of_an_hour(shop: Shop) -> None:
    shop.stand(BY_DOOR, 10)
    shop.stand(BY_DOOR, 901, by=())
    assert list(shop.engine.tags()) == []
    assert shop.engine.place(TAG) == Place(None, None, None, 0, 0)


def test_a_clock_that_is_set_back_does_not_freeze_a_tag(shop: Shop) -> None:
    shop.stand(BY_DOOR, 30)
    shop.now_ms -= 600_000
    shop.stand(BY_TILL, 30)
    assert shop.engine.where(TAG) == "till"


def test_tags_of_nobody_and_scanners_without_a_place_say_nothing(shop: Shop) -> None:
    shop.engine.heard("tag-of-nobody", "beacon-door", -60, 1)
    shop.engine.heard(TAG, "beacon-elsewhere", -60, 1)
    shop.engine.heard(TAG, RADIO, -60, 1)
    shop.engine.heard("beacon-door", "beacon-till", -60, 1)
    assert list(shop.engine.tags()) == []


def test_a_plan_without_zones_places_nobody() -> None:
    shop = Shop(site(zones=()))
    shop.stand(BY_DOOR, 10)
    assert shop.engine.where(TAG) is None
    assert shop.changes == []


def test_the_longest_unheard_gives_way_when_the_shop_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "TAGS_MAX", 2)
    shop = Shop(site("tag-1", "tag-2", "tag-3"))
    for name in ("tag-1", "tag-2", "tag-1", "tag-3"):
        shop.stand(BY_DOOR, 2, name=name)
    assert sorted(shop.engine.tags()) == ["tag-1", "tag-3"]
    assert shop.engine.evicted == 1


def test_shouting_does_not_convince(shop: Shop) -> None:
    """A hundred adverts in a second are one witness: their shadow and fading are the same."""
    shop.stand(BY_DOOR, 60)
    for part in range(100):
        shop.engine.heard(TAG, "beacon-till", -60, shop.now_ms + 10 * part)
    shop.now_ms += 1000
    assert shop.engine.tick(shop.now_ms) == []


def test_a_hearing_older_than_the_scanners_last_moves_nothing(shop: Shop) -> None:
    shop.stand(BY_DOOR, 60)
    for _ in range(50):
        shop.engine.heard(TAG, "beacon-till", -40, shop.now_ms - 5000)
    assert shop.engine.tick(shop.now_ms) == []


def test_reports_that_are_means_count_for_more_than_one_advert() -> None:
    def seconds_to_notice(raw: frozenset[str]) -> int:
        engine = ZoneEngine(site(), raw)
        for second in range(0, 600, 10):
            at = BY_DOOR if second < 300 else (650.0, 200.0)
            for scanner, place in SCANNERS.items():
                engine.heard(TAG, scanner, level_dbm(at, place), second * 1000)
            engine.tick(second * 1000)
            if second >= 300 and engine.where(TAG) == "till":
                return second - 300
        return 300

    assert seconds_to_notice(frozenset()) < seconds_to_notice(frozenset(SCANNERS))


levels = st.integers(-128, 20)
heard = st.tuples(st.sampled_from(sorted(SCANNERS)), levels, st.integers(-3_000, 60_000))


@given(st.lists(heard, max_size=60))
def test_whatever_is_heard_a_place_is_inside_its_zone(hearings: list[tuple[str, int, int]]) -> None:
    engine = ZoneEngine(site())
    at_ms = 1_000_000
    for scanner, rssi_dbm, later_ms in hearings:
        at_ms += later_ms
        engine.heard(TAG, scanner, rssi_dbm, at_ms)
        engine.tick(at_ms)
        place = engine.place(TAG)
        if place.zone is not None:
            assert place.x_cm is not None and place.y_cm is not None
            assert (0 if place.zone == "door" else 600) < place.x_cm < (600 if place.zone == "door" else 1200)
            assert 0 < place.y_cm < 400


def test_a_zone_without_a_scanner_of_its_own_is_named_where_levels_fit_it_best() -> None:
    rooms = (zone("door", 0), zone("till", 600), zone("store", 300, 400))
    shop = Shop(site(zones=rooms))
    shop.stand((600.0, 700.0), 60)
    assert shop.engine.where(TAG) == "store"


def test_a_tag_on_the_border_between_two_zones_is_not_said_to_run_about() -> None:
    chance = random.Random(5)
    engine = ZoneEngine(site(), raw=frozenset(SCANNERS))
    changes = []
    for second in range(600):
        for scanner, place in SCANNERS.items():
            level = level_dbm((600.0, 200.0), place) + round(chance.gauss(0, 5))
            engine.heard(TAG, scanner, level, second * 1000)
        changes += engine.tick(second * 1000)
    assert len(changes) <= 5


def test_tags_are_followed_apart() -> None:
    shop = Shop(site("tag-1", "tag-2"))
    for _ in range(20):
        shop.stand(BY_DOOR, 1, name="tag-1")
        shop.stand(BY_TILL, 1, name="tag-2")
    assert (shop.engine.where("tag-1"), shop.engine.where("tag-2")) == ("door", "till")


def test_a_tag_that_went_next_door_is_no_louder_tag_that_stayed() -> None:
    """Three zones in a row, as close as a small shop's: nothing makes a tag louder than it is registered."""
    at = {"beacon-door": (120.0, 560.0), "beacon-shelves": (600.0, 110.0), "beacon-till": (1080.0, 560.0)}
    rooms = (
        zone("door", 30, 30, 340, 640),
        zone("shelves", 400, 30, 400, 640),
        zone("till", 830, 30, 340, 640),
    )
    beacons = [
        beacon(number, name, room.zone, int(x_cm), int(y_cm))
        for number, (room, (name, (x_cm, y_cm))) in enumerate(zip(rooms, at.items(), strict=True), start=1)
    ]
    made = Site(uuid="ab" * 16, width_cm=1200, height_cm=700, zones=rooms, beacons=(*beacons, tag(100, TAG)))
    engine, chance = ZoneEngine(made, raw=frozenset(at)), random.Random(7)
    for second in range(300):
        stands = (140.0, 350.0) if second < 120 else (540.0, 350.0)
        for name, place in at.items():
            engine.heard(TAG, name, round(level_dbm(stands, place) + chance.gauss(0, 4)), second * 1000)
        engine.tick(second * 1000)
        if second == 119:
            assert engine.where(TAG) == "door"
    assert engine.where(TAG) == "shelves"
