"""Beacons that are silent, lost, moved, cloned or without the time."""

import json
import random
from collections.abc import Callable

import msgspec
import pytest

from gateway.presence import pairs
from gateway.presence.health import (
    CLOCK_LOST,
    CLONED,
    LOST,
    MOVED,
    NEVER,
    NOTICE_MS,
    OK,
    SILENT,
    HealthWatch,
    Turn,
    blamed,
    quiet,
)
from gateway.presence.pairs import Link
from gateway.presence.registry import RADIO, Radio, Site
from tests.gateway.presence.floor import beacon, site, tag

HOUR_S = 3_600
SPOTS = {"a": (0, 0), "b": (800, 0), "c": (400, 600), RADIO: (400, 100)}
Rule = Callable[[str, str], bool]


def plan(*names: str) -> Site:
    """A site of these beacons, the radio, and one tag."""
    places = [
        beacon(number, name, "door", *SPOTS[name]) for number, name in enumerate(names) if name != RADIO
    ]
    radio = Radio(zone="door", x_cm=400, y_cm=100) if RADIO in names else None
    return msgspec.structs.replace(site(), beacons=(*places, tag(99, "tag-1")), radio=radio)


def all_well(scanner: str, sender: str) -> bool:
    return True


class Store:
    """Beacons that hear each other every ten seconds, as they report, and the radio every second."""

    def __init__(self, *names: str, learned: list[object] | None = None) -> None:
        self.site = plan(*names)
        self.names = names
        self.now_ms = 10_000_000
        self.watch = HealthWatch(self.site, self.now_ms, learned or [])
        self.turns: list[Turn] = []
        self.louder: dict[frozenset[str], int] = {}
        self._chance = random.Random(1)

    def pass_by(self, seconds: int, hears: Rule = all_well) -> None:
        for second in range(seconds):
            self.now_ms += 1000
            for scanner in self.names:
                if scanner == RADIO or second % 10 == 0:
                    self._scan(scanner, hears)
            self.turns += self.watch.tick(self.now_ms)

    def _scan(self, scanner: str, hears: Rule) -> None:
        for sender in self.names:
            if sender not in (scanner, RADIO) and hears(scanner, sender):
                louder = self.louder.get(frozenset((scanner, sender)), 0)
                rssi_dbm = round(-70 + louder + self._chance.gauss(0, 5))
                self.watch.heard(scanner, sender, rssi_dbm, self.now_ms)

    def states(self) -> dict[str, str]:
        return {each.beacon: each.state for each in self.watch.conditions() if each.beacon in self.names}

    def only(self, name: str, state: str) -> bool:
        return self.states() == {each: state if each == name else OK for each in self.names}

    def carry(self, name: str, decibels: int) -> None:
        """A beacon is put elsewhere: to all others it is that much louder or fainter."""
        for other in self.names:
            self.louder[frozenset((name, other))] = decibels


@pytest.fixture
def store() -> Store:
    return Store("a", "b", "c", RADIO)


def test_nobody_was_heard_yet() -> None:
    watch = HealthWatch(plan("a", "b", RADIO), 5)
    assert {each.state for each in watch.conditions()} == {NEVER}
    assert watch.silent() == {"a", "b", RADIO}
    assert watch.tick(6) == []
    assert [each.kind for each in watch.conditions()] == ["beacon", "beacon", "tag", "radio"]


def test_whoever_is_heard_is_well(store: Store) -> None:
    store.pass_by(30)
    assert set(store.states().values()) == {OK}
    assert store.watch.silent() == frozenset()
    assert store.turns[0] == Turn("a", OK, NEVER, 10_001_000)
    first = store.watch.conditions()[0]
    assert first.heard_ms == store.now_ms
    assert first.rssi_dbm is not None and -90 < first.rssi_dbm < -50


def test_hours_of_noise_are_no_news(store: Store) -> None:
    store.pass_by(30)
    before = len(store.turns)
    store.pass_by(2 * HOUR_S)
    assert store.turns[before:] == []


def test_a_beacon_nobody_hears_any_more_is_silent_but_goes_on_hearing(store: Store) -> None:
    store.pass_by(600)
    store.pass_by(150, lambda scanner, sender: sender != "a")
    assert store.only("a", SILENT)
    assert store.watch.silent() == frozenset()


def test_a_beacon_that_hears_nobody_any_more_is_silent_and_is_no_ear(store: Store) -> None:
    store.pass_by(600)
    store.pass_by(150, lambda scanner, sender: scanner != "a")
    assert store.only("a", SILENT)
    assert store.watch.silent() == {"a"}
    store.pass_by(30)
    assert store.only("a", OK)


def test_a_radio_that_hears_nobody_any_more_is_silent(store: Store) -> None:
    store.pass_by(600)
    store.pass_by(150, lambda scanner, sender: scanner != RADIO)
    assert store.only(RADIO, SILENT)
    assert store.watch.silent() == {RADIO}


def test_a_scanner_that_hears_anything_at_all_is_not_deaf() -> None:
    store = Store("a", "b")
    store.pass_by(600)
    for _ in range(20):
        store.pass_by(10, lambda scanner, sender: scanner == "b")
        store.watch.hears("a", store.now_ms)
    assert store.states() == {"a": OK, "b": SILENT}


def test_of_two_that_have_only_each_other_nobody_can_say_which() -> None:
    store = Store("a", "b")
    store.pass_by(600)
    store.pass_by(150, lambda scanner, sender: scanner == "b")
    assert store.states() == {"a": SILENT, "b": SILENT}
    assert store.watch.silent() == {"a"}


def test_all_that_the_dead_one_heard_are_not_blamed_for_it(store: Store) -> None:
    store.pass_by(600)
    store.pass_by(150, lambda scanner, sender: "a" not in (scanner, sender))
    assert store.only("a", SILENT)


def test_a_beacon_off_the_broker_is_lost_and_its_silence_is_no_second_fault(store: Store) -> None:
    store.pass_by(600)
    store.watch.link("a", False, store.now_ms)
    store.pass_by(150, lambda scanner, sender: "a" not in (scanner, sender))
    assert store.only("a", LOST)
    assert store.watch.silent() == {"a"}
    store.watch.link("a", True, store.now_ms)
    store.pass_by(10)
    assert store.only("a", OK)


def test_while_the_broker_was_away_nobody_was_silent(store: Store) -> None:
    store.pass_by(600)
    before = len(store.turns)
    store.now_ms += 300_000
    store.watch.pause(store.now_ms)
    store.pass_by(60, lambda scanner, sender: False)
    store.pass_by(60)
    assert store.turns[before:] == []


def test_a_beacon_that_is_carried_away_is_said_to_be_moved(store: Store) -> None:
    store.pass_by(HOUR_S)
    store.carry("b", -9)
    store.pass_by(2 * HOUR_S)
    assert store.only("b", MOVED)
    store.carry("b", 0)
    store.pass_by(HOUR_S)
    assert store.only("b", OK)


def test_one_that_comes_nearer_has_moved_too(store: Store) -> None:
    store.pass_by(HOUR_S)
    store.carry("a", 9)
    store.pass_by(HOUR_S)
    assert store.only("a", MOVED)


def test_a_shelf_between_two_moves_neither(store: Store) -> None:
    store.pass_by(HOUR_S)
    store.louder[frozenset(("a", "b"))] = -12
    store.pass_by(HOUR_S)
    assert set(store.states().values()) == {OK}


def test_what_drifts_slowly_is_learned(store: Store) -> None:
    store.pass_by(HOUR_S)
    for step in range(1, 10):
        store.carry("a", -step)
        store.pass_by(2 * HOUR_S)
    assert store.states()["a"] == OK


def test_what_was_learned_outlives_a_restart(store: Store) -> None:
    store.pass_by(HOUR_S)
    kept = json.loads(json.dumps(store.watch.learned()))
    again = Store("a", "b", "c", RADIO, learned=kept)
    again.carry("b", -9)
    again.pass_by(HOUR_S)
    assert again.only("b", MOVED)


def test_what_died_during_the_restart_is_silent_after_it(store: Store) -> None:
    store.pass_by(HOUR_S)
    again = Store("a", "b", "c", RADIO, learned=list(store.watch.learned()))
    again.pass_by(150, lambda scanner, sender: "a" not in (scanner, sender))
    assert again.only("a", SILENT)


def test_what_was_learned_of_another_place_counts_no_more(store: Store) -> None:
    store.pass_by(HOUR_S)
    kept = store.watch.learned()
    moved = msgspec.structs.replace(store.site, beacons=tuple(_put(each) for each in store.site.beacons))
    watch = HealthWatch(moved, store.now_ms, kept)
    assert {row[0] for row in watch.learned()} | {row[1] for row in watch.learned()} == {"b", "c", RADIO}


@pytest.mark.parametrize(
    "row", [None, [], ["a", "b"], ["a", "b", "x", 1, 0, 0, 800, 0], ["a", "a", -60, 1] * 2]
)
def test_what_is_no_row_is_learned_anew(row: object) -> None:
    assert HealthWatch(plan("a", "b"), 0, [row]).learned() == []


def test_a_cloned_beacon_is_cloned_for_an_hour_whatever_else_it_is(store: Store) -> None:
    store.pass_by(30)
    store.watch.link("a", False, store.now_ms)
    store.watch.clock_lost("a", store.now_ms)
    store.watch.cloned("a", store.now_ms)
    told = [turn for at in (0, NOTICE_MS - 1, NOTICE_MS) for turn in store.watch.tick(store.now_ms + at)]
    assert [turn.state for turn in told if turn.beacon == "a"] == [CLONED, LOST]


def test_a_lost_clock_is_told_until_it_is_understood_again(store: Store) -> None:
    store.watch.clock_lost("tag-1", store.now_ms)
    store.watch.heard("a", "tag-1", -60, store.now_ms)  # the hearing that found it
    assert [turn.state for turn in store.watch.tick(store.now_ms)] == [OK, CLOCK_LOST]
    store.watch.heard("a", "tag-1", -60, store.now_ms + 1)
    assert Turn("tag-1", OK, CLOCK_LOST, store.now_ms + 1) in store.watch.tick(store.now_ms + 1)


def test_a_lost_clock_that_nobody_hears_of_again_is_forgotten_after_an_hour(store: Store) -> None:
    store.watch.clock_lost("tag-1", store.now_ms)
    told = [turn for at in (0, NOTICE_MS - 1, NOTICE_MS) for turn in store.watch.tick(store.now_ms + at)]
    assert [(turn.state, turn.before) for turn in told] == [(CLOCK_LOST, NEVER), (NEVER, CLOCK_LOST)]


def test_a_tag_goes_home_and_is_well(store: Store) -> None:
    store.pass_by(30)
    for _ in range(60):
        store.watch.heard("a", "tag-1", -60, store.now_ms)
        store.pass_by(10)
    store.watch.link("tag-1", False, store.now_ms)
    store.pass_by(HOUR_S)
    assert {each.beacon: each.state for each in store.watch.conditions()}["tag-1"] == OK


def test_a_battery_is_told_and_none_is_none(store: Store) -> None:
    store.watch.battery("tag-1", 2_870)
    store.watch.battery("a", 0)
    told = {each.beacon: each.battery_mv for each in store.watch.conditions()}
    assert (told["tag-1"], told["a"]) == (2_870, None)


def test_strangers_are_nobody(store: Store) -> None:
    store.watch.heard("x", "y", -60, 1)
    store.watch.link("x", False, 1)
    store.watch.cloned("x", 1)
    store.watch.clock_lost("x", 1)
    store.watch.battery("x", 1)
    assert [each.beacon for each in store.watch.conditions()] == ["a", "b", "c", "tag-1", RADIO]


def test_pairs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "PAIRS_MAX", 2)
    made = HealthWatch(plan("a", "b", "c"), 0)
    for scanner in ("a", "b", "c"):
        for sender in ("a", "b", "c", "tag-1"):
            made.heard(scanner, sender, -60, 1)
    assert made.refused_pairs == 4


def test_whoever_explains_most_is_blamed_and_then_the_next() -> None:
    near = {name: set("abcdef") - {name} for name in "abcdef"}
    off: dict[str, set[str]] = {name: set() for name in "abcdef"}
    for moved in "ab":
        for other in near[moved]:
            off[moved].add(other)
            off[other].add(moved)
    assert blamed(off, near) == {"a", "b"}
    assert blamed({"a": {"b"}, "b": {"a"}}, near) == set()
    assert blamed({"a": {"b"}, "b": {"a"}}, {"a": {"b"}, "b": {"a"}}) == {"a", "b"}
    assert blamed({}, near) == set()


def test_a_lost_contact_of_two_that_others_hear_and_that_hear_others_is_nobodys_fault() -> None:
    broken = [Link("a", "b", 0, 1)]
    assert quiet(broken, audible={"b"}, hearing={"a"}) == (set(), set())


def _put(each: object) -> object:
    return msgspec.structs.replace(each, x_cm=999) if getattr(each, "beacon", "") == "a" else each
