"""A day of people who try: guessed and recorded identities, tickets used by many at once, through restarts.

Accepted 0 of what is not fresh; of every ticket exactly one use. Rates are printed, not judged.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from gateway.core.event import open_event
from gateway.core.promises import Here
from gateway.guests.limits import MINUTE_MS
from gateway.presence.limits import CLAIMS_BURST, SHAKES_BURST
from tests.gateway.conftest import house
from tests.gateway.conftest import judge as judge_books
from tests.gateway.guests.hall import HALL, Hall
from tests.gateway.presence.beaconry import TURN_S
from tests.gateway.presence.relay import Relay
from tests.gateway.rig import House

__all__ = ["house"]  # a fixture

pytestmark = pytest.mark.timeout(300)

GUESSES, HEARD = 200_000, 20
REPLAYS, DAY_S = 4_000, 86_400
MEMBERS, ROUNDS, ASKERS = 40, 6, 5


@pytest.fixture
def relay(house: House) -> Iterator[Relay]:
    made = Relay(Hall(house))
    yield made
    judge_books(house, HALL)


def rest(relay: Relay) -> None:
    """The bounds fill up again; no time goes by for tickets."""
    relay.hall.house.steady_ms += 10 * MINUTE_MS


def test_of_200_000_guesses_none_is_a_beacon(relay: Relay) -> None:
    dice, begun, found = random.Random(1), time.monotonic(), Counter[str]()
    for batch in range(GUESSES // HEARD // SHAKES_BURST + 1):
        lines = [
            relay.line("m-1", *(dice.randbytes(8) for _ in range(HEARD)), short=bool(batch % 2))
            for _ in range(SHAKES_BURST)
        ]
        rest(relay)
        found.update(answer.get("error", "accepted") for answer in relay.hall.ask_all(*lines))
    took_s = time.monotonic() - begun
    print(f"\n{found.total() * HEARD} guesses: {dict(found)}, {found.total() / took_s:.0f} shakes/s")
    assert set(found) == {"identity_unknown"}


def test_of_a_days_recordings_none_opens_anything_later(relay: Relay) -> None:
    dice, found, recorded = random.Random(2), Counter[str](), [relay.said("beacon-door", 2 * TURN_S)]
    for number in range(REPLAYS):
        relay.wait(DAY_S * 1_000 // REPLAYS)
        if number % 100 == 0:
            rest(relay)
        beacon = dice.choice(("beacon-door", "beacon-shelf"))
        old = dice.choice((relay.said(beacon, dice.randrange(2 * TURN_S, DAY_S)), dice.choice(recorded)))
        answer = relay.shake("m-1", old, short=dice.random() < 0.5)
        found[answer.get("error", "accepted")] += 1
        recorded.append(relay.said(beacon, 2 * TURN_S))
    print(f"\n{REPLAYS} replays over a day: {dict(found)}")
    assert set(found) <= {"identity_old", "identity_unknown"}


def test_every_ticket_is_used_exactly_once(relay: Relay) -> None:
    dice, hall = random.Random(3), relay.hall
    members = [hall.enrol(f"k{number}", f"Guest {number}")["member"] for number in range(MEMBERS)]
    used = Counter[str]()
    for turn in range(ROUNDS):
        relay.wait(2 * TURN_S * 1_000)
        rest(relay)
        identity = relay.said(dice.choice(("beacon-door", "beacon-shelf")))
        tickets = [relay.shake(member, identity)["ticket"] for member in members]
        lines = [
            {"do": "claim", "key": f"{turn}.{asker}.{number}", "ticket": ticket}
            for number, ticket in enumerate(tickets)
            for asker in range(ASKERS)
        ]
        assert len(lines) < CLAIMS_BURST
        dice.shuffle(lines)
        cut = dice.randrange(len(lines))
        asked = [*zip(lines[:cut], hall.ask_all(*lines[:cut]), strict=True)]
        hall.restart()
        relay = Relay(hall)
        asked += zip(lines[cut:], hall.ask_all(*lines[cut:]), strict=True)
        later = [line for line, answer in asked if answer.get("error") == "busy"]
        used.update(answer.get("error", "ok") for _, answer in asked if answer.get("error") != "busy")
        used.update(hall.ask(**line).get("error", "ok") for line in later)
    assert used == {"ok": MEMBERS * ROUNDS, "ticket_used": MEMBERS * ROUNDS * (ASKERS - 1)}
    acts = [open_event(body).act for body in hall.house.bodies()]
    here = Counter(act.member for act in acts if isinstance(act, Here))
    assert here == dict.fromkeys(members, ROUNDS)
