"""Storms of identities against what hears a store, longer than `make test` has time for; seeds replay them.

Accepted of what is replayed, relayed late, guessed or cloned: 0. Missed of what is heard of the store's own,
at a fifth lost, over roll-overs and with clocks up to a day off: 0.
"""

import random
from collections import Counter

import pytest

from firmware.protocol import eid
from gateway.presence.heard import Relayed
from gateway.presence.registry import Site
from gateway.presence.resolver import Known
from tests.gateway.presence.beaconry import (
    DOOR,
    NOON_S,
    SHELF,
    TURN_S,
    UUID,
    Ear,
    Speaker,
    a_beacon,
    a_site,
    a_tag,
    an_ear,
    seconds,
)

OUR_UUID = bytes.fromhex(UUID)
DAY_S = 86_400
STRANGE = b"\xee" * 6

pytestmark = pytest.mark.timeout(300)


def a_store(seed: int) -> Site:
    """Five beacons with different rotations, twelve tags switched on over the last three days."""
    rng = random.Random(seed)
    beacons = [
        a_beacon(f"beacon-{n}", rng.choice(("door", "counter")), 100 * n, 90 * n, 4 + n % 3) for n in range(5)
    ]
    tags = [
        a_tag(f"tag-{n}", NOON_S - eid.TAG_START_S - rng.randrange(3 * DAY_S), 4 + n % 3) for n in range(12)
    ]
    return a_site(*beacons, *tags)


@pytest.mark.parametrize("short", [False, True])
def test_a_million_guesses_relayed_by_phones_are_accepted_never(short: bool) -> None:
    ear, rng = an_ear(a_store(1)), random.Random(1)
    accepted = 0
    for batch in range(5_000):
        if short:
            guesses = [Relayed(rng.randbytes(4), OUR_UUID, -60) for _ in range(200)]
        else:
            guesses = [Relayed(rng.randbytes(8), None, -60) for _ in range(200)]
        accepted += isinstance(ear.hearing.judge(guesses, NOON_S * 1_000 + batch), Known)
    assert accepted == 0


def test_a_million_guesses_on_the_air_are_accepted_never() -> None:
    ear, rng = an_ear(a_store(2)), random.Random(2)
    accepted = 0
    for number in range(1_000_000):
        at_ms = NOON_S * 1_000 + number
        heard = ear.hearing.heard(rng.randbytes(8), rng.randbytes(6), "radio", -60, at_ms)
        accepted += heard is not None
        if number % 1_000 == 0:
            ear.hearing.advance(at_ms // 1_000)
            ear.hearing.search(at_ms // 1_000)
    assert accepted == 0
    assert ear.count("unknown") == 1_000_000
    assert ear.hearing.take_news() == []


class Thief:
    """Records what is said near it, and says it again later, from an address of its own or a copied one."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._kept: list[tuple[float, Speaker, bytes, bytes]] = []

    def record(self, speaker: Speaker, at_s: float) -> None:
        if self._rng.random() < 0.05:
            self._kept.append((at_s, speaker, speaker.says(at_s), speaker.address(at_s)))

    def play(self, ear: Ear, now_s: float) -> Counter[bool]:
        """Whether each was accepted that was at least three turns old."""
        played: Counter[bool] = Counter()
        for _ in range(3):
            if self._kept:
                at_s, speaker, said, address = self._rng.choice(self._kept)
                if now_s - at_s > 3 * (1 << speaker.beacon.rotation):
                    with_address = self._rng.choice((address, STRANGE, b""))
                    heard = ear.hear(speaker, now_s, said=said, address=with_address)
                    judged = ear.hearing.judge([Relayed(said)], int(now_s * 1_000))
                    played[heard is not None or isinstance(judged, Known)] += 1
        return played


@pytest.mark.parametrize("seed", range(4))
def test_two_hours_of_a_thief_among_customers(seed: int) -> None:
    """Tags come and go, a thief plays all day; all that is heard in its own time is accepted."""
    site, rng, thief = a_store(seed), random.Random(seed), Thief(seed)
    ear, speakers = (
        an_ear(site),
        [Speaker(each, ppm=rng.uniform(-150, 150) if each.kind == "tag" else 0) for each in site.beacons],
    )
    played: Counter[bool] = Counter()
    heard = accepted = 0
    here = set(range(8))
    for now_s in seconds(NOON_S, 2_400, 3.0):
        ear.hearing.advance(int(now_s))
        if rng.random() < 0.002:
            here ^= {rng.randrange(5, len(speakers))}
        for number in here:
            thief.record(speakers[number], now_s)
            if rng.random() >= 0.2:
                heard += 1
                accepted += ear.hear(speakers[number], now_s, rssi_dbm=-80) is not None
        played += thief.play(ear, now_s)
        ear.hearing.search(int(now_s))
    assert played[True] == 0 and played[False] > 4_000
    assert accepted == heard > 12_000


@pytest.mark.parametrize("seed", range(6))
def test_clocks_up_to_a_day_off_are_all_found_and_none_that_is_heard_is_missed(seed: int) -> None:
    rng = random.Random(seed)
    tags = [a_tag(f"tag-{n}", NOON_S - 5 * DAY_S, rng.choice((4, 5, 6))) for n in range(4)]
    ear = an_ear(a_site(DOOR, SHELF, *tags))
    speakers = [
        Speaker(tag, rng.randrange(-DAY_S + 200, DAY_S - 200), rng.uniform(-150, 150)) for tag in tags
    ]
    heard, accepted = 0, Counter[str]()
    for now_s in seconds(NOON_S, 400):
        ear.hearing.advance(int(now_s))
        for speaker in speakers:
            if rng.random() >= 0.2:
                heard += 1
                taken = ear.hear(speaker, now_s, rssi_dbm=-80)
                accepted[speaker.beacon.beacon] += taken is not None
        ear.search(now_s, 1)
    ear.search(NOON_S + 400, 60)
    assert ear.count("resolved") == heard
    assert min(accepted[tag.beacon] for tag in tags) > 0.8 * (400 - 4 * TURN_S) * 0.8


@pytest.mark.parametrize("ppm", [-150.0, 150.0, -9_000.0, 9_000.0])
def test_a_tag_is_followed_for_a_week_over_every_roll_over(ppm: float) -> None:
    tag = a_tag("tag-long")
    ear, speaker = an_ear(a_site(DOOR, tag)), Speaker(tag, ppm=ppm)
    rng, missed, turns = random.Random(1), 0, set()
    for now_s in seconds(NOON_S, 7 * DAY_S // 11, 11.0):
        ear.hearing.advance(int(now_s))
        turns.add(speaker.t(now_s) >> 16)
        if rng.random() >= 0.2:
            missed += ear.hear(speaker, now_s, rssi_dbm=-80) is None
    assert (missed, len(turns)) == (0, 11)
    assert ear.hearing.take_news() == []
