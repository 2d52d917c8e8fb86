"""Identities that are genuine and prove nothing: replayed, relayed late, guessed, cloned. Accepted: 0.

A phone's word is judged (judge), a scanner's is taken in (heard); either may bring an attacker's.
"""

import random

import pytest

from firmware.protocol import eid
from gateway.presence.heard import IDENTITY_CLONED, IDENTITY_OLD, IDENTITY_UNKNOWN, Relayed
from gateway.presence.hearing import CLOCK_LOST
from gateway.presence.registry import RADIO
from gateway.presence.replay import CLONED
from gateway.presence.resolver import Known
from tests.gateway.presence.beaconry import (
    DOOR,
    LIN,
    NOON_S,
    SHELF,
    TURN_S,
    UUID,
    Ear,
    Speaker,
    an_ear,
    seconds,
)

STRANGE = b"\xee" * 6
OUR_UUID = bytes.fromhex(UUID)


def relayed(said: bytes, rssi_dbm: int | None = None, short: bool = False) -> Relayed:
    return Relayed(eid.short(said), OUR_UUID, rssi_dbm) if short else Relayed(said, None, rssi_dbm)


def judged(ear: Ear, said: bytes, at_s: float, short: bool = False) -> str:
    """The beacon, or why not."""
    found = ear.hearing.judge([relayed(said, short=short)], int(at_s * 1_000))
    return found if isinstance(found, str) else found.track.beacon.beacon


def run(ear: Ear, first_s: float, count: int, *speakers: Speaker) -> None:
    """Seconds in which these speak, and the gateway lives."""
    for now_s in seconds(first_s, count):
        ear.hearing.advance(int(now_s))
        for speaker in speakers:
            assert ear.hear(speaker, now_s) is not None, (speaker.beacon.beacon, now_s - first_s)


# -- relayed by a phone


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("heard_before", [False, True])
def test_an_identity_relayed_late_is_old_from_its_second_turn_on(short: bool, heard_before: bool) -> None:
    ear, door = an_ear(), Speaker(DOOR)
    said = door.says(NOON_S)
    accepted_s = []
    for now_s in seconds(NOON_S, 3_600):
        ear.hearing.advance(int(now_s))
        if heard_before:
            ear.hear(door, now_s)
        found = judged(ear, said, now_s, short)
        if found == "beacon-door":
            accepted_s.append(now_s - NOON_S)
        else:
            assert found == IDENTITY_OLD
    assert accepted_s == list(range(2 * TURN_S - NOON_S % TURN_S))


def test_a_restart_does_not_make_an_old_identity_new() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    run(ear, NOON_S, 400, door)
    later = an_ear(at_s=NOON_S + 400, kept=ear.hearing.take_changed())
    for ago_s in range(2 * TURN_S + TURN_S, 400, 10):
        assert judged(later, door.says(NOON_S + 400 - ago_s), NOON_S + 400) in (
            IDENTITY_OLD,
            IDENTITY_UNKNOWN,
        )


def test_identities_of_the_future_are_not_taken_but_for_some_seconds() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    begins_s = (NOON_S // TURN_S + 1) * TURN_S
    taken = [
        ahead_s
        for ahead_s in range(1, 90)
        if judged(ear, door.says(begins_s), begins_s - ahead_s) == "beacon-door"
    ]
    assert taken == [1, 2, 3, 4, 5]


def test_a_million_guesses_of_a_whole_identity_find_none() -> None:
    ear, rng = an_ear(), random.Random(6)
    accepted = 0
    for _ in range(5_000):
        guesses = [relayed(rng.randbytes(8)) for _ in range(200)]
        accepted += isinstance(ear.hearing.judge(guesses, NOON_S * 1_000), Known)
    assert accepted == 0


def test_guesses_of_a_short_identity_find_none() -> None:
    """A million of them are in tests/proof; one is right once in 4 * 10^8."""
    ear, rng = an_ear(), random.Random(7)
    accepted = 0
    for _ in range(500):
        guesses = [Relayed(rng.randbytes(4), OUR_UUID, -60) for _ in range(200)]
        accepted += isinstance(ear.hearing.judge(guesses, NOON_S * 1_000), Known)
    assert accepted == 0


def test_every_flipped_bit_of_an_identity_is_nobodys() -> None:
    ear, said = an_ear(), Speaker(DOOR).says(NOON_S)
    for bit in range(64):
        flipped = (int.from_bytes(said, "big") ^ (1 << bit)).to_bytes(8, "big")
        assert judged(ear, flipped, NOON_S) == IDENTITY_UNKNOWN


@pytest.mark.parametrize("uuid", [None, bytes(16), OUR_UUID[::-1]])
def test_another_brands_ibeacon_is_nobodys(uuid: bytes | None) -> None:
    ear, said = an_ear(), Speaker(DOOR).says(NOON_S)
    found = ear.hearing.judge([Relayed(eid.short(said), uuid, -40)], NOON_S * 1_000)
    assert found == IDENTITY_UNKNOWN


def test_a_members_tag_that_a_phone_relays_is_no_place() -> None:
    ear = an_ear()
    assert judged(ear, Speaker(LIN).says(NOON_S), NOON_S) == IDENTITY_UNKNOWN


@pytest.mark.parametrize("identity", [b"", b"\0", b"\0" * 4, b"\0" * 7, b"\0" * 9, b"\xff" * 20])
def test_identities_of_no_length_are_nobodys(identity: bytes) -> None:
    ear = an_ear()
    assert ear.hearing.judge([Relayed(identity, OUR_UUID, None)], NOON_S * 1_000) == IDENTITY_UNKNOWN
    assert ear.hearing.judge([Relayed(identity)], NOON_S * 1_000) == IDENTITY_UNKNOWN


def test_the_loudest_that_is_of_now_counts() -> None:
    ear = an_ear()
    door, shelf = Speaker(DOOR).says(NOON_S), Speaker(SHELF).says(NOON_S)
    old = Speaker(DOOR).says(NOON_S - 500)
    heard = [relayed(old, -30), relayed(b"stranger", -20), relayed(door, -80), relayed(shelf, -60, True)]
    found = ear.hearing.judge([*heard, relayed(door)], NOON_S * 1_000)
    assert isinstance(found, Known) and found.track.beacon == SHELF
    assert ear.hearing.judge([], NOON_S * 1_000) == IDENTITY_UNKNOWN


def test_an_identity_heard_from_two_senders_proves_nothing_to_phones_until_it_changes() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    ear.hear(door, NOON_S)
    assert judged(ear, door.says(NOON_S), NOON_S) == "beacon-door"
    ear.hear(door, NOON_S + 1, address=STRANGE)
    assert judged(ear, door.says(NOON_S), NOON_S + 1) == IDENTITY_CLONED
    later = NOON_S + TURN_S
    assert judged(ear, door.says(later), later) == "beacon-door"


# -- replayed on the air


def test_an_identity_that_is_said_again_later_is_not_heard() -> None:
    ear, lin = an_ear(), Speaker(LIN)
    said = [(lin.says(NOON_S + age_s), lin.address(NOON_S + age_s)) for age_s in range(0, 3_000, TURN_S)]
    run(ear, NOON_S, 3_000, lin)
    now_s = NOON_S + 3_000
    for identity, address in said[:-2]:
        for other in (address, STRANGE):
            assert ear.hear(lin, now_s, said=identity, address=other) is None
    ear.search(now_s)
    run(ear, now_s, 200, lin)


def test_a_recorded_stream_played_again_moves_no_clock() -> None:
    """A day of a tag that the store never heard, played while the tag itself is away."""
    ear, lin = an_ear(), Speaker(LIN)
    run(ear, NOON_S, 300, lin)
    accepted = 0
    for age_s in range(290):
        now_s = NOON_S + 40_000 + age_s
        ear.hearing.advance(now_s)
        accepted += ear.hear(lin, now_s, said=lin.says(NOON_S + age_s), address=STRANGE) is not None
        ear.search(now_s, 2)
    assert accepted == 0
    run(ear, NOON_S + 41_000, 300, lin)


def test_one_identity_repeated_for_hours_is_accepted_in_its_own_time_alone() -> None:
    ear, lin = an_ear(), Speaker(LIN)
    said, address = lin.says(NOON_S), lin.address(NOON_S)
    accepted_s = []
    for now_s in seconds(NOON_S, 7_200):
        ear.hearing.advance(int(now_s))
        if ear.hear(lin, now_s, said=said, address=address):
            accepted_s.append(now_s - NOON_S)
        ear.hearing.search(int(now_s))
    assert max(accepted_s) < 3 * TURN_S
    assert ear.hearing.take_news() == []


def test_a_recording_of_the_street_is_not_taken_for_a_lost_clock() -> None:
    """Heard at the bus stop, one identity, played in the store that has not heard the tag since yesterday."""
    ear, lin = an_ear(), Speaker(LIN)
    run(ear, NOON_S, 60, lin)
    recorded = lin.says(NOON_S + 50_000)
    accepted = 0
    for now_s in seconds(NOON_S + 80_000, 2_000):
        ear.hearing.advance(int(now_s))
        accepted += ear.hear(lin, now_s, said=recorded, address=STRANGE) is not None
        ear.search(now_s, 2)
    assert accepted == 0
    assert ear.count("tentative") > 0
    run(ear, NOON_S + 83_000, 100, lin)


def test_a_slow_echo_cannot_draw_a_clock_along() -> None:
    """Played later and later, each a little: the clock follows no faster than a clock can be wrong."""
    ear, lin = an_ear(), Speaker(LIN)
    run(ear, NOON_S, 10, lin)
    late_s = 0.0
    for now_s in seconds(NOON_S + 10, 3_600):
        ear.hearing.advance(int(now_s))
        late_s += 0.05
        heard = ear.hear(lin, now_s, said=lin.says(now_s - late_s), address=lin.address(now_s - late_s))
        if heard is None:
            break
    assert late_s < 110
    assert ear.hearing.take_news() == []


# -- cloned


def cloned(ear: Ear, at_s: float) -> set[tuple[str, str]]:
    """The news some seconds later."""
    ear.hearing.advance(int(at_s) + 10)
    return set(ear.hearing.take_news())


def test_a_clone_with_its_own_address_is_refused_and_told() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    own = door.address(NOON_S)
    assert ear.hearing.own("beacon-door", door.says(NOON_S), own, NOON_S * 1_000)
    accepted = [
        ear.hear(door, NOON_S + at / 10, address=own if at % 2 else STRANGE) is not None for at in range(100)
    ]
    assert accepted == [False, True] * 50
    assert cloned(ear, NOON_S + 10) == {(CLONED, "beacon-door")}


def test_a_clone_of_a_tag_that_is_here_is_refused_with_it() -> None:
    ear, lin = an_ear(), Speaker(LIN)
    assert ear.hear(lin, NOON_S) is not None
    ear.hear(lin, NOON_S + 1, "beacon-door", address=STRANGE)
    after = [ear.hear(lin, NOON_S + 4 + at, address=STRANGE if at % 2 else b"") for at in range(6)]
    assert ear.hear(lin, NOON_S + 12) is None
    assert after[1:] == [None] * 5 or ear.count("cloned") > 0
    assert cloned(ear, NOON_S + 12) == {(CLONED, "tag-lin")}


def test_a_clone_that_copies_the_address_is_found_by_the_two_places() -> None:
    ear, lin = an_ear(), Speaker(LIN)
    found = []
    for now_s in seconds(NOON_S, 10):
        found.append(ear.hear(lin, now_s, "beacon-door", -38))
        found.append(ear.hear(lin, now_s + 0.1, RADIO, -38))
    assert found[-4:] == [None] * 4
    assert cloned(ear, NOON_S + 10) == {(CLONED, "tag-lin")}


def test_a_clone_of_a_beacon_beside_a_far_scanner_is_found() -> None:
    ear, shelf = an_ear(), Speaker(SHELF)
    found = [ear.hear(shelf, now_s, "beacon-door", -40) for now_s in seconds(NOON_S, 6)]
    assert found[3:] == [None] * 3
    assert judged(ear, shelf.says(NOON_S), NOON_S + 6) == IDENTITY_CLONED


def test_a_recording_beside_the_original_is_told_as_a_clone_not_as_a_lost_clock() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    run(ear, NOON_S, 300, door)
    for now_s in seconds(NOON_S + 300, 200):
        ear.hearing.advance(int(now_s))
        assert ear.hear(door, now_s) is not None
        assert ear.hear(door, now_s, said=door.says(now_s - 7_200), address=STRANGE) is None
        ear.search(now_s, 2)
    assert cloned(ear, NOON_S + 500) == {(CLONED, "beacon-door")}


def test_a_beacon_begun_anew_is_no_clone() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    ear.hearing.own("beacon-door", door.says(NOON_S), b"\xc0" * 6, NOON_S * 1_000)
    ear.hear(door, NOON_S, address=b"\xc0" * 6)
    ear.hear(door, NOON_S + 3, address=b"\xc1" * 6)
    ear.hearing.own("beacon-door", door.says(NOON_S), b"\xc1" * 6, (NOON_S + 4) * 1_000)
    assert ear.hear(door, NOON_S + 5, address=b"\xc1" * 6) is not None
    assert cloned(ear, NOON_S + 5) == set()


def test_nobody_speaks_for_another_beacon() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    for device, said in (("beacon-shelf", door.says(NOON_S)), ("beacon-door", b"stranger")):
        assert not ear.hearing.own(device, said, STRANGE, NOON_S * 1_000)
    assert not ear.hearing.own("beacon-door", door.says(NOON_S - 3_000), STRANGE, NOON_S * 1_000)
    assert ear.hear(door, NOON_S) is not None


def test_a_flood_of_made_up_identities_keeps_nobody_out() -> None:
    ear, rng = an_ear(), random.Random(9)
    lin, door = Speaker(LIN), Speaker(DOOR)
    for now_s in seconds(NOON_S, 40):
        ear.hearing.advance(int(now_s))
        for _ in range(250):
            assert ear.hear(lin, now_s, said=rng.randbytes(8), address=rng.randbytes(6)) is None
        ear.hearing.search(int(now_s))
        assert ear.hear(lin, now_s) is not None
        assert ear.hear(door, now_s) is not None
    assert ear.count("unknown") == 10_000
    assert ear.count("crowded_out") > 0


def test_what_is_refused_is_counted_by_its_reason() -> None:
    ear, door = an_ear(), Speaker(DOOR)
    run(ear, NOON_S, 200, door)
    ear.hear(door, NOON_S + 199, said=door.says(NOON_S), address=b"")
    ear.hear(door, NOON_S + 199, said=b"stranger")
    ear.hear(door, NOON_S + 199, address=STRANGE)
    assert [ear.count(name) for name in ("replayed", "unknown", "cloned")] == [1, 1, 1]
    assert (CLOCK_LOST, "beacon-door") not in cloned(ear, NOON_S + 199)
