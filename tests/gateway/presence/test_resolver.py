"""The table of identities: right for every quantum at any time, with any rotation, and small."""

import random

import pytest

from firmware.protocol import eid
from gateway.presence.registry import Beacon
from gateway.presence.resolver import AHEAD, AMBIGUOUS, BEHIND, Resolver, Track
from tests.gateway.presence.beaconry import DOOR, LIN, NOON_S, TURN_S, a_beacon, a_tag

WINDOW = BEHIND + 1 + AHEAD


def judged(resolver: Resolver, beacon: Beacon, at_s: int) -> int | None:
    """How many quanta off the present one an identity is, by an implementation of its own."""
    known = resolver.whole(eid.eid(beacon.identity_key, beacon.rotation, at_s - beacon.epoch_s))
    return None if known is None else known.quantum - eid.quantum(at_s - beacon.epoch_s, beacon.rotation)


def test_every_rotation_is_known_from_before_to_after_at_every_second() -> None:
    beacons = [a_beacon(f"b-{rotation}", rotation=rotation) for rotation in range(9)]
    resolver = Resolver(beacons, NOON_S)
    for now_s in range(NOON_S, NOON_S + 700):
        while not resolver.advance(now_s):
            pass
        for beacon in beacons:
            turn_s = 1 << beacon.rotation
            for away in (-turn_s, 0, turn_s):
                assert judged(resolver, beacon, now_s + away) == 0, (beacon.beacon, now_s, away)
    assert len(resolver) == WINDOW * len(beacons)


def test_a_tag_turns_by_its_own_epoch_and_over_its_65536_seconds() -> None:
    resolver = Resolver([LIN], NOON_S)
    for now_s in range(NOON_S, NOON_S + 600, 7):
        resolver.advance(now_s)
        assert judged(resolver, LIN, now_s) == 0
    assert (NOON_S + 600 - LIN.epoch_s) >> 16 == 1 != (NOON_S - LIN.epoch_s) >> 16


def test_identities_of_two_hours_ago_and_ahead_are_nobodys() -> None:
    resolver = Resolver([DOOR], NOON_S)
    for away_s in (-7_200, -4 * TURN_S, 5 * TURN_S, 7_200):
        assert judged(resolver, DOOR, NOON_S + away_s) is None


def test_short_identities_lead_to_whole_ones() -> None:
    resolver = Resolver([DOOR, LIN], NOON_S)
    whole = eid.eid(DOOR.identity_key, DOOR.rotation, NOON_S)
    assert resolver.shortened(eid.short(whole)) == whole
    assert resolver.shortened(b"\0\0\0\0") is None


def test_two_beacons_with_one_short_identity_are_ambiguous_until_one_moves_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here the first four bytes are the quantum's own, the same for everybody."""

    def at(track: Track, quantum: int) -> bytes:
        return quantum.to_bytes(4, "big") + track.number.to_bytes(4, "big")

    monkeypatch.setattr(Track, "at", at)
    fast, slow = a_beacon("fast"), a_beacon("slow")
    resolver = Resolver([fast, slow], NOON_S)
    now = NOON_S >> 5
    assert [resolver.shortened((now + away).to_bytes(4, "big")) for away in (-2, 0, 3)] == [AMBIGUOUS] * 3
    resolver.set_epoch(resolver.tracks[1], 10 * TURN_S, NOON_S)
    assert resolver.shortened(now.to_bytes(4, "big")) == now.to_bytes(4, "big") + bytes(4)
    resolver.set_epoch(resolver.tracks[1], 0, NOON_S)
    assert resolver.shortened(now.to_bytes(4, "big")) == AMBIGUOUS
    assert len(resolver._same) == WINDOW


def test_an_advance_after_a_long_sleep_and_a_clock_set_back_find_the_present() -> None:
    resolver = Resolver([DOOR, LIN], NOON_S)
    for now_s in (NOON_S + 10 * 86_400, NOON_S - 86_400, NOON_S + 5):
        assert resolver.advance(now_s)
        assert judged(resolver, DOOR, now_s) == 0
        assert judged(resolver, DOOR, now_s + TURN_S) == 0
        resolver.advance(now_s + TURN_S)
        assert judged(resolver, DOOR, now_s + 2 * TURN_S) == 0
    assert len(resolver) == 2 * WINDOW


def test_what_left_the_table_is_remembered_of_beacons_and_not_of_tags() -> None:
    resolver = Resolver([DOOR, LIN], NOON_S)
    old = {
        each.beacon: eid.eid(each.identity_key, each.rotation, NOON_S - each.epoch_s) for each in (DOOR, LIN)
    }
    for now_s in range(NOON_S, NOON_S + 200):
        resolver.advance(now_s)
    known = resolver.past(old["beacon-door"])
    assert known is not None and known.track.beacon == DOOR
    assert resolver.past(eid.short(old["beacon-door"])) == known
    assert resolver.past(old["tag-lin"]) is None


def test_a_clock_that_is_set_takes_its_table_along() -> None:
    resolver = Resolver([LIN, DOOR], NOON_S)
    track = resolver.tracks[0]
    rng = random.Random(5)
    for _ in range(40):
        resolver.set_epoch(track, LIN.epoch_s + rng.randrange(-90_000, 60_000), NOON_S)
        assert len(resolver) == 2 * WINDOW
        for quantum in (track.quantum(NOON_S) - 1, track.quantum(NOON_S) + 1):
            known = resolver.whole(track.at(quantum))
            assert known is not None and known.quantum == quantum
    assert len(resolver._short) == 2 * WINDOW


def test_a_tentative_clock_comes_and_goes_and_never_covers_the_main_one() -> None:
    resolver = Resolver([LIN], NOON_S)
    main = resolver.tracks[0]
    tentative = resolver.add(LIN, 0, LIN.epoch_s + 2 * TURN_S, NOON_S)
    both = main.at(main.quantum(NOON_S))
    known = resolver.whole(both)
    assert known is not None and known.track is main
    alone = tentative.at(tentative.quantum(NOON_S) - BEHIND)
    known = resolver.whole(alone)
    assert known is not None and known.track is tentative
    resolver.drop(tentative)
    assert resolver.whole(alone) is None
    assert resolver.whole(both) is not None
    assert len(resolver) == len(resolver._short) == WINDOW
    resolver.advance(NOON_S + 86_400)
    assert len(resolver) == WINDOW


def test_ten_thousand_beacons_never_move_on_all_at_once() -> None:
    beacons = [a_tag(f"t-{number}", epoch_s=0) for number in range(2_000)]
    resolver = Resolver(beacons, NOON_S)
    moved = []
    for now_s in range(NOON_S, NOON_S + 3 * TURN_S):
        before = sum(max(track.identities) for track in resolver.tracks)
        resolver.advance(now_s)
        moved.append(sum(max(track.identities) for track in resolver.tracks) - before)
    assert sum(moved) >= 2 * len(beacons)
    assert max(moved) < len(beacons) // 8
