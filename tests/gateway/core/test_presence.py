"""Here: by which proof of whom, and what a State keeps of it."""

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.decide import decide
from gateway.core.errors import EventError
from gateway.core.event import open_event, seal
from gateway.core.model import Facts, Input, Member, Seen
from gateway.core.orders.model import SignIn
from gateway.core.presence import Visit, redeemers
from gateway.core.promises import (
    BY_BEACON,
    BY_NETWORK,
    BY_TAG,
    Forget,
    Here,
    Transfer,
)
from gateway.core.redecide import redecide
from tests.gateway.core.shop import (
    BUNDLE,
    NOON_MS,
    SETTING,
    YESTERDAY,
    Log,
    credit,
    given,
    post,
    reason,
    spend,
)

LIN = Member("m-1", 0, "active", "silver")
TICKET = "0123456789abcdef"
SHAKE = Here("m-1", BY_BEACON, "beacon-door", "door", 57, TICKET)
WIFI = Here("m-1", BY_NETWORK, ticket=TICKET)
TAG = Here("m-1", BY_TAG, "beacon-shelf", "shelf", 57)
KNOWN = Facts(member=LIN, time="14:05")
SEEN: Any = {"type": "presence.seen"}


@pytest.mark.parametrize(
    ("act", "facts", "found"),
    [
        (SHAKE, KNOWN, "done"),
        (WIFI, KNOWN, "done"),
        (TAG, KNOWN, "done"),
        (replace(TAG, beacon="", place=""), KNOWN, "done"),
        (replace(TAG, ticket=TICKET), KNOWN, "done"),
        (replace(SHAKE, place=""), KNOWN, "done"),
        (SHAKE, replace(KNOWN, member=None), "refused member_unknown"),
        (SHAKE, replace(KNOWN, member=replace(LIN, id="m-2")), "refused member_unknown"),
        (SHAKE, replace(KNOWN, member=replace(LIN, status="suspended")), "refused member_blocked"),
        (SHAKE, replace(KNOWN, member=replace(LIN, status="erased")), "refused member_blocked"),
        (SHAKE, replace(KNOWN, member=replace(LIN, status="provisional")), "done"),
        (replace(SHAKE, proof="gps"), KNOWN, "refused bad_amount"),
        (replace(SHAKE, beacon=""), KNOWN, "refused bad_amount"),
        (replace(SHAKE, ticket=""), KNOWN, "refused bad_amount"),
        (replace(WIFI, ticket=""), KNOWN, "refused bad_amount"),
        (replace(WIFI, beacon="beacon-door"), KNOWN, "refused bad_amount"),
        (replace(SHAKE, ticket=TICKET.upper()), KNOWN, "refused bad_amount"),
        (replace(SHAKE, ticket=TICKET + "00"), KNOWN, "refused bad_amount"),
        (replace(SHAKE, ticket=TICKET + "\n"), KNOWN, "refused bad_amount"),
        (replace(SHAKE, beacon="b\n"), KNOWN, "refused bad_amount"),
        (replace(SHAKE, place="p" * 65), KNOWN, "refused bad_amount"),
        (replace(SHAKE, quantum=-1), KNOWN, "refused bad_amount"),
        (replace(SHAKE, quantum=2**32), KNOWN, "refused bad_amount"),
        (replace(SHAKE, quantum=2**32 - 1), KNOWN, "done"),
    ],
)
def test_who_is_here_and_by_which_proof(act: Here, facts: Facts, found: str) -> None:
    assert reason(act, facts, **SEEN) == found


@pytest.mark.parametrize("time", [UNSET, "", "24:00", "7:05", "14:60", "14:05\n", "٠٩:٠٠"])
def test_without_the_time_of_day_it_is_no_decision(time: Any) -> None:
    with pytest.raises(EventError, match="bad_facts: time"):
        reason(SHAKE, replace(KNOWN, time=time), **SEEN)


def test_a_here_is_told_by_no_other_type_and_no_other_act_by_its() -> None:
    right = given(SHAKE, **SEEN)
    for wrong in (replace(right, type="tap.seen"), replace(right, type="presence.checked_in")):
        with pytest.raises(EventError, match="undecidable"):
            decide(BUNDLE, KNOWN, wrong)
    for act in (post(credit(5)), Forget("m-1"), SignIn("pin", "lin", "till-1")):
        with pytest.raises(EventError, match="undecidable"):
            decide(BUNDLE, KNOWN, replace(right, act=act))


def test_sightings_without_an_act_are_decided_as_before() -> None:
    seen = Input(
        given(SHAKE).setting, "beacon-1", "77", "presence.seen", sightings=(Seen(5, "ab" * 16, 1, -60),)
    )
    assert decide(BUNDLE, Facts(), seen).outcome.name == "seen"


def test_hq_decides_it_the_same_byte_for_byte() -> None:
    for act in (SHAKE, WIFI, TAG, replace(SHAKE, proof="gps")):
        body = seal(decide(BUNDLE, KNOWN, given(act, **SEEN)), "g1", 1, "0" * 64).body
        assert redecide(body, BUNDLE) == body
        assert open_event(body).act == act


def test_what_is_not_told_stands_in_no_event() -> None:
    body = seal(decide(BUNDLE, KNOWN, given(WIFI, **SEEN)), "g1", 1, "0" * 64).body
    act = body[body.index(b'"act":') :].partition(b"}")[0]
    assert act == b'"act":{"do":"here","member":"m-1","proof":"network","ticket":"0123456789abcdef"'


def test_a_state_keeps_visits_and_forgets_whose_they_were() -> None:
    log = Log()
    log.done(SHAKE, KNOWN, **SEEN)
    log.done(replace(TAG, member="m-2"), replace(KNOWN, member=replace(LIN, id="m-2")), **SEEN)
    log.do(replace(SHAKE, proof="gps"), KNOWN, **SEEN)
    [first, second] = log.state.visits.values()
    assert first == Visit(NOON_MS, "2026-11-21", 14, "m-1", BY_BEACON, "beacon-door", "door", True)
    assert (second.member, second.shaken, second.place) == ("m-2", False, "shelf")
    log.done(Forget("m-1"), Facts(member=LIN, lots=()), type="member.forgotten")
    assert list(log.state.visits.values()) == [first._replace(member=None), second]


def test_a_coupon_redeemed_later_that_day_marks_the_visits_before_it() -> None:
    log = Log()
    log.setting = replace(SETTING, date=YESTERDAY)
    log.done(WIFI, KNOWN, **SEEN)
    log.setting = SETTING
    log.done(SHAKE, KNOWN, **SEEN)
    tea = credit(1, "member:m-1", "CPN:tea")
    lot = log.done(post(tea)).random + ".0"
    log.done(post(spend(1, "member:m-1", "CPN:tea", lot)), log.facts(member=LIN))
    log.done(TAG, KNOWN, **SEEN)
    assert [visit.redeemed for visit in log.state.visits.values()] == [False, True, False]


def test_whose_coupon_it_was() -> None:
    used = Transfer(1, "spent", "member:m-0", "CPN:tea", debit_lot="L1.0")
    assert redeemers((used,), Facts()) == {"m-0"}
    assert redeemers((used,), Facts(aliases={"member:m-0": "member:m-1"})) == {"m-1"}
    at_risk = replace(used, debit="suspense")
    assert redeemers((at_risk,), Facts(member=LIN)) == {"m-1"}
    assert redeemers((at_risk,), Facts()) == set()
    for other in (
        replace(used, unit="PTS"),
        replace(used, credit="expired"),
        replace(used, credit="right:g1"),
        replace(used, hold="77", phase="held"),
    ):
        assert redeemers((other,), Facts(member=LIN)) == set()
