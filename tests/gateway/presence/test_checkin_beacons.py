"""Shakes near real beacons: fresh identities are proof, and whatever else is sent is none."""

import random

import pytest

from tests.gateway.guests.hall import Hall
from tests.gateway.presence.beaconry import TURN_S
from tests.gateway.presence.relay import Relay

LIN_ID, WANG_ID = "m-1", "m-2"


@pytest.fixture
def relay(hall: Hall) -> Relay:
    return Relay(hall)


@pytest.mark.parametrize("short", [False, True])
def test_what_a_beacon_says_now_is_proof(relay: Relay, short: bool) -> None:
    given = relay.shake(LIN_ID, relay.said("beacon-door"), short=short)
    assert (given["proof"], given["place"]["zone"]) == ("beacon", "door")
    assert given["place"]["name"] == {"zh-CN": "门口", "en": "Door"}
    card = relay.hall.ask("claim", key="c", ticket=given["ticket"])
    assert (card["ok"], card["proof"]) == (True, "beacon")


def test_a_slow_phone_has_half_a_minute(relay: Relay) -> None:
    assert relay.shake(LIN_ID, relay.said("beacon-door", TURN_S))["ok"]
    for ago_s in (2 * TURN_S, 3 * TURN_S, 150):
        for short in (False, True):
            assert relay.shake(WANG_ID, relay.said("beacon-door", ago_s), short=short) == {
                "ok": False, "error": "identity_old"}  # fmt: skip


def test_recorded_identities_open_nothing_later(relay: Relay) -> None:
    recorded = [relay.said(beacon) for beacon in ("beacon-door", "beacon-shelf")]
    given = [relay.shake(LIN_ID, each)["ok"] for each in recorded]
    assert given == [True, True]
    errors = set()
    for _ in range(40):
        relay.wait(2 * TURN_S * 1_000)
        errors |= {relay.shake(LIN_ID, *recorded, short=short)["error"] for short in (False, True)}
    assert errors <= {"identity_old", "identity_unknown"}


def test_guesses_and_neighbours_are_nobody(relay: Relay) -> None:
    dice = random.Random(9)
    for _ in range(40):
        guesses = [dice.randbytes(8) for _ in range(20)]
        assert relay.shake(LIN_ID, *guesses)["error"] == "identity_unknown"
        assert relay.shake(LIN_ID, *guesses, short=True)["error"] == "identity_unknown"
    assert relay.shake(LIN_ID, *guesses[1:], relay.said("beacon-shelf"))["place"]["zone"] == "counter"


def test_a_members_tag_is_no_beacon_of_the_store(relay: Relay) -> None:
    assert relay.shake(LIN_ID, relay.said("tag-lin"))["error"] == "identity_unknown"


def test_a_cloned_identity_proves_nothing(relay: Relay) -> None:
    relay.overhear("beacon-door", b"\x01" * 6)
    assert relay.shake(LIN_ID, relay.said("beacon-door"))["ok"]
    relay.overhear("beacon-door", b"\x02" * 6)
    for short in (False, True):
        assert relay.shake(LIN_ID, relay.said("beacon-door"), short=short)["error"] == "identity_cloned"
    both = relay.shake(LIN_ID, relay.said("beacon-door"), relay.said("beacon-shelf"))
    assert both["place"]["zone"] == "counter"
