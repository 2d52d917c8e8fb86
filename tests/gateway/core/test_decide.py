"""Golden decisions: what every kind of card, member and record becomes."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from firmware.protocol.messages import AGE_UNKNOWN
from gateway.core import model
from gateway.core.decide import decide, is_late
from gateway.core.errors import EventError
from gateway.core.model import (
    CacheMark,
    DeviceState,
    Evidence,
    Facts,
    Input,
    Instrument,
    Member,
    Outcome,
    Position,
    RecordMark,
    Report,
    Setting,
)
from tests.gateway.rig import BUNDLE, NOON_MS

SETTING = Setting(NOON_MS, "b" * 64, CacheMark(7, "g1"), 1, 1, "2026-11-21", "Asia/Shanghai")
RECORD = RecordMark(20, 1, 0, 5_000, "01" * 8, 1, 0, 60_000)
TAP = Input(SETTING, "counter-1", "ab" * 8, model.TAP_SEEN, RECORD, Evidence("cd" * 16, "nfc.uid", "weak"))
CARD = Instrument("c-1", "nfc.uid", "m-1", "active")
LIN = Member("m-1", 880, "active", "silver")


def outcome(facts: Facts, given: Input = TAP) -> Outcome:
    return decide(BUNDLE, facts, given).outcome


def test_an_active_card_is_greeted_with_tier_and_distance_to_the_next() -> None:
    assert outcome(Facts(CARD, LIN)) == Outcome(False, "greeted", "gold", None, "silver", 120)


def test_at_the_top_of_the_ladder_nothing_is_missing() -> None:
    top = replace(LIN, tier="platinum", qualifying=9_000)
    assert outcome(Facts(CARD, top)) == Outcome(False, "greeted", None, None, "platinum", None)


def test_a_card_nobody_knows_is_unknown() -> None:
    assert outcome(Facts()) == Outcome(False, "unknown", reason="not_known")


def test_without_a_cache_every_card_is_unknown_for_that_reason() -> None:
    nothing_yet = replace(TAP, setting=replace(SETTING, cache=CacheMark(0, None)))
    assert outcome(Facts(), nothing_yet) == Outcome(False, "unknown", reason="no_cache")


@pytest.mark.parametrize("status", ["lost", "replaced", "locked", "revoked"])
def test_a_card_out_of_use_is_blocked(status: str) -> None:
    found = outcome(Facts(replace(CARD, status=status), LIN))
    assert found == Outcome(False, "blocked", reason=f"instrument_{status}")


@pytest.mark.parametrize("status", ["suspended", "erased", "merged"])
def test_a_member_out_of_use_is_blocked(status: str) -> None:
    found = outcome(Facts(CARD, replace(LIN, status=status)))
    assert found == Outcome(False, "blocked", reason=f"member_{status}")


def test_who_was_enrolled_here_a_moment_ago_is_greeted_like_anybody() -> None:
    newcomer = Member("p-1", 0, "provisional", "")
    assert outcome(Facts(CARD, newcomer)) == Outcome(False, "greeted", "gold", None, "silver", 1_000)


def test_a_card_whose_member_is_not_here_is_blocked() -> None:
    assert outcome(Facts(CARD)) == Outcome(False, "blocked", reason="member_absent")


@pytest.mark.parametrize(("age_ms", "late"), [(0, False), (5_000, False), (5_001, True), (AGE_UNKNOWN, True)])
def test_a_record_past_its_deadline_is_decided_the_same_but_late(age_ms: int, late: bool) -> None:
    record = replace(RECORD, age_ms=age_ms)
    assert is_late(record) is late
    found = outcome(Facts(CARD, LIN), replace(TAP, record=record))
    assert found == Outcome(late, "greeted", "gold", None, "silver", 120)


def test_an_unknown_age_is_late_whatever_the_deadline() -> None:
    assert is_late(replace(RECORD, age_ms=AGE_UNKNOWN, deadline_ms=AGE_UNKNOWN))


ROTATING = Evidence("cd" * 16, "qr.static", "fresh", 59_833_333)
CODE = replace(TAP, type=model.SCAN_SEEN, evidence=ROTATING)


def test_a_fresh_rotating_code_is_greeted() -> None:
    assert outcome(Facts(CARD, LIN, spent=False), CODE).name == "greeted"


def test_a_rotating_code_that_was_shown_before_opens_nothing() -> None:
    assert outcome(Facts(CARD, LIN, spent=True), CODE) == Outcome(False, "unknown", reason="stale")


def test_a_stale_rotating_code_opens_nothing_and_tells_nothing_of_whose_it_is() -> None:
    stale = replace(CODE, evidence=replace(ROTATING, level="stale"))
    lost = replace(CARD, status="lost")
    for facts in (Facts(), Facts(CARD, LIN, spent=False), Facts(lost, LIN, spent=False)):
        assert outcome(facts, stale) == Outcome(False, "unknown", reason="stale")


def test_a_sighting_is_seen() -> None:
    seen = Input(SETTING, "beacon-1", "ab" * 8, model.PRESENCE_SEEN, RECORD)
    assert outcome(Facts(), seen) == Outcome(False, "seen")


@pytest.mark.parametrize(
    ("before", "state", "reason"),
    [
        (None, 1, "online"),
        (DeviceState(1, "00", 0), 1, "online"),
        (DeviceState(1, "00", 1), 1, "restarted"),
        (DeviceState(1, "00", 1), 0, "offline"),
        (None, 0, "offline"),
    ],
)
def test_a_status_is_noted_as_what_changed(before: DeviceState | None, state: int, reason: str) -> None:
    report = Report("esp32", 2, "0.1.0", "01" * 8, "counter", state, 5_000)
    given = Input(SETTING, "counter-1", "ab" * 8, model.STATUS_CHANGED, report=report)
    assert outcome(Facts(device=before), given) == Outcome(False, "noted", reason=reason)


def test_a_witness_of_more_than_the_ledger_holds_is_noted() -> None:
    given = Input(SETTING, "counter-1", "ab" * 8, model.EXCEPTION_RAISED, witness=Position(1, 50))
    found = outcome(Facts(ledger=Position(1, 40)), given)
    assert found == Outcome(False, "noted", reason="ledger_behind")


def test_what_the_core_does_not_know_is_undecidable() -> None:
    with pytest.raises(EventError, match=r"undecidable: order\.quoted"):
        outcome(Facts(), replace(TAP, type="order.quoted"))
    with pytest.raises(EventError, match="undecidable"):
        outcome(Facts(), replace(TAP, type=model.STATUS_CHANGED, report=UNSET))
