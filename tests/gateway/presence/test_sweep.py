"""The search for lost clocks: every identity of a day either way is found, in bounded steps and room."""

import random

import pytest

from firmware.protocol import eid
from gateway.presence.registry import Beacon
from gateway.presence.resolver import Resolver
from gateway.presence.sweep import ROUND_EVERY_S, STEP, UNKNOWN_MAX, Found, Sweep
from tests.gateway.presence.beaconry import NOON_S, a_beacon, a_tag

DAY_S = 86_400
OLD = a_tag("tag-old", epoch_s=NOON_S - 40 * DAY_S)


def sweep_of(*beacons: Beacon) -> Sweep:
    return Sweep(Resolver(beacons, NOON_S).tracks)


def walk(sweep: Sweep, now_s: float = NOON_S) -> tuple[list[Found], int]:
    """All that is found until there is nothing to look for, and how many steps it took."""
    found, steps = [], 0
    while sweep.busy:
        found += sweep.step(int(now_s + steps / 10))
        steps += 1
        assert steps < 10_000
    return found, steps


@pytest.mark.parametrize("rotation", [0, 5, 10, 15])
def test_any_identity_within_a_day_is_found(rotation: int) -> None:
    beacon = a_beacon("one", rotation=rotation)
    rng = random.Random(rotation)
    span_s = (
        2_000 if rotation == 0 else DAY_S - (1 << rotation)
    )  # a turn each second: a day is 170,000 of them
    for _ in range(3):
        off_s = rng.randrange(-span_s, span_s)
        sweep = sweep_of(a_beacon("other", rotation=7), beacon)
        identity = eid.eid(beacon.identity_key, rotation, NOON_S + off_s)
        sweep.note(identity, NOON_S)
        found = []
        while not found:
            found = sweep.step(NOON_S)
        (only,) = found
        assert only.track.beacon == beacon
        assert (only.quantum, only.heard_s) == (NOON_S + off_s >> rotation, NOON_S)


def test_a_tag_that_was_never_heard_is_found_in_its_first_day_whenever_that_is() -> None:
    sweep = sweep_of(OLD)
    identity = eid.eid(OLD.identity_key, OLD.rotation, eid.TAG_START_S + 5_000)
    sweep.note(identity, NOON_S)
    assert [found.identity for found in walk(sweep)[0]] == [identity]
    known = sweep_of(OLD)
    known.met.add(0)
    known.note(identity, NOON_S)
    assert walk(known)[0] == []


def test_nothing_is_walked_for_nobody() -> None:
    sweep = sweep_of(OLD)
    assert not sweep.busy
    assert sweep.step(NOON_S) == []
    assert sweep._round is None


def test_a_stranger_is_looked_for_once() -> None:
    sweep = sweep_of(OLD)
    sweep.note(b"stranger", NOON_S)
    found, steps = walk(sweep)
    assert (found, sweep.busy) == ([], False)
    assert steps <= 2 + (2 * (DAY_S // 32 + 64) + DAY_S // 32) // STEP
    sweep.note(b"stranger", NOON_S + 100)
    assert not sweep.busy


def test_who_comes_during_a_round_is_looked_for_in_all_of_the_next() -> None:
    sweep = sweep_of(OLD)
    sweep.note(b"stranger", NOON_S)
    sweep.step(NOON_S)
    near = eid.eid(OLD.identity_key, OLD.rotation, NOON_S - OLD.epoch_s + 320)
    sweep.note(near, NOON_S + 1)  # the round has passed it already
    found, _ = walk(sweep, NOON_S + 1)
    assert [each.identity for each in found] == [near]


def test_strangers_cannot_make_it_walk_without_end() -> None:
    sweep = sweep_of(OLD)
    begun = 0
    for second in range(300):
        sweep.note(random.Random(second).randbytes(8), NOON_S + second)
        was = sweep._round
        for _ in range(10):
            sweep.step(NOON_S + second)
        begun += sweep._round is not was or sweep._begun_s == NOON_S + second
    assert begun <= 300 // ROUND_EVERY_S + 1


def test_a_flood_takes_no_room_and_keeps_the_newest() -> None:
    sweep = sweep_of(OLD)
    for number in range(UNKNOWN_MAX + 500):
        sweep.note(number.to_bytes(8, "big"), NOON_S)
    assert (len(sweep._unknown), sweep.crowded_out) == (UNKNOWN_MAX, 500)
    walk(sweep)
    assert len(sweep._strangers) == UNKNOWN_MAX
