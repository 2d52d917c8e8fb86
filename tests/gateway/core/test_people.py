"""Enrol, Link, Change and Merge, reason by reason, and what a State keeps of them."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.errors import EventError
from gateway.core.model import Act, Evidence, Facts, Instrument, Member
from gateway.core.promises import Change, Enrol, Link, Merge
from gateway.core.state import InstrumentRow, MemberRow
from tests.gateway.core.shop import NOON_MS, Log, reason

KEY, OLD_KEY = "cd" * 16, "ef" * 16
CARD = Evidence(KEY, "nfc.uid", "weak")
LIN = Member("m-1", 0, "active", "silver")
OLD = Instrument("c-1", "qr.static", "m-1", "lost", OLD_KEY)
ENROL = Enrol("0f" * 32, "zh-CN", "p-00112233")


@pytest.mark.parametrize(
    ("act", "facts", "more", "found"),
    [
        (ENROL, Facts(), {}, "done"),
        (ENROL, Facts(member=LIN), {}, "refused member_blocked"),
        (replace(ENROL, member=""), Facts(), {}, "refused bad_amount"),
        (replace(ENROL, member="m" * 65), Facts(), {}, "refused bad_amount"),
        (replace(ENROL, member="m\n"), Facts(), {}, "refused bad_amount"),
        (replace(ENROL, language="x" * 36), Facts(), {}, "refused bad_amount"),
        (replace(ENROL, commitment="Lin"), Facts(), {}, "refused bad_amount"),
        (replace(ENROL, commitment="F" * 64), Facts(), {}, "refused bad_amount"),
        (Link("c-2", "m-1"), Facts(member=LIN, holder=None), {"evidence": CARD}, "done"),
        (Link("c-2", "m-1"), Facts(member=LIN, holder=OLD), {"evidence": CARD}, "refused instrument_taken"),
        (Link("c-2", "m-1"), Facts(member=LIN, holder=None), {}, "refused instrument_unknown"),
        (
            Link("c-2", "m-1"),
            Facts(member=LIN, holder=None),
            {"evidence": Evidence(None, "nfc.uid", "weak")},
            "refused instrument_unknown",
        ),
        (Link("", "m-1"), Facts(member=LIN, holder=None), {"evidence": CARD}, "refused bad_amount"),
        (Link("c-2", "m-2"), Facts(member=LIN, holder=None), {"evidence": CARD}, "refused member_unknown"),
        (Link("c-2", "m-1"), Facts(holder=None), {"evidence": CARD}, "refused member_unknown"),
        (
            Link("c-2", "m-1"),
            Facts(member=replace(LIN, status="suspended"), holder=None),
            {"evidence": CARD},
            "refused member_blocked",
        ),
        (
            Link("c-2", "m-1"),
            Facts(member=replace(LIN, status="provisional"), holder=None),
            {"evidence": CARD},
            "done",
        ),
        (
            Link("c-2", "m-1", "c-1"),
            Facts(OLD, LIN, holder=None),
            {"evidence": CARD},
            "done",
        ),
        (
            Link("c-2", "m-1", "c-9"),
            Facts(OLD, LIN, holder=None),
            {"evidence": CARD},
            "refused instrument_unknown",
        ),
        (
            Link("c-2", "m-1", "c-1"),
            Facts(replace(OLD, member="m-2"), LIN, holder=None),
            {"evidence": CARD},
            "refused instrument_unknown",
        ),
        (Change("c-1", "m-1", "active"), Facts(OLD), {}, "done"),
        (Change("c-1", "m-1", "lost"), Facts(OLD), {}, "done"),
        (Change("c-1", "m-1", "eaten"), Facts(OLD), {}, "refused bad_amount"),
        (Change("c-1", "m-1", "replaced"), Facts(OLD), {}, "refused bad_amount"),
        (Change("c-1", "m-2", "lost"), Facts(OLD), {}, "refused instrument_unknown"),
        (Change("c-2", "m-1", "lost"), Facts(OLD), {}, "refused instrument_unknown"),
        (Change("c-1", "m-1", "lost"), Facts(), {}, "refused instrument_unknown"),
        (
            Change("c-1", "m-1", "active"),
            Facts(replace(OLD, status="revoked")),
            {},
            "refused instrument_unknown",
        ),
        (
            Change("c-1", "m-1", "active"),
            Facts(replace(OLD, status="replaced")),
            {},
            "refused instrument_unknown",
        ),
        (Merge("m-2", "m-1"), Facts(member=LIN), {"gateway": "hq"}, "done"),
        (Merge("m-2", "m-1"), Facts(member=LIN), {}, "refused member_unknown"),
        (Merge("m-2", "m-1"), Facts(), {"gateway": "hq"}, "refused member_unknown"),
        (Merge("m-1", "m-1"), Facts(member=LIN), {"gateway": "hq"}, "refused bad_amount"),
        (Merge("", "m-1"), Facts(member=LIN), {"gateway": "hq"}, "refused bad_amount"),
        (Merge("m-2", "m-3"), Facts(member=LIN), {"gateway": "hq"}, "refused bad_amount"),
    ],
)
def test_what_becomes_of_people(act: Act, facts: Facts, more: dict[str, Any], found: str) -> None:
    if more.get("gateway") == "hq":
        log = Log("hq")
        event = log.do(act, facts)
        assert " ".join(filter(None, (event.outcome.name, event.outcome.reason))) == found
    else:
        assert reason(act, facts, **more) == found


def test_linking_without_looking_for_a_holder_is_no_decision() -> None:
    with pytest.raises(EventError, match="bad_facts: holder"):
        reason(Link("c-2", "m-1"), Facts(member=LIN), evidence=CARD)


def test_a_state_keeps_who_was_born_and_what_was_linked_and_changed() -> None:
    log = Log()
    log.done(ENROL, Facts(), type="member.enrolled")
    newcomer = Member(ENROL.member, 0, "provisional", "")
    log.done(Link("c-2", ENROL.member), Facts(member=newcomer, holder=None), evidence=CARD)
    assert log.state.members == {ENROL.member: MemberRow("provisional", "zh-CN")}
    row = InstrumentRow("c-2", "nfc.uid", ENROL.member, "active", NOON_MS)
    assert log.state.instruments == {KEY: row}
    card = Instrument("c-2", "nfc.uid", ENROL.member, "active", KEY)
    log.do(Change("c-2", ENROL.member, "eaten"), Facts(card))
    assert log.state.instruments == {KEY: row}
    log.done(Change("c-2", ENROL.member, "locked"), Facts(card))
    assert log.state.instruments == {KEY: row._replace(status="locked")}


def test_a_replaced_instrument_ends_as_the_new_one_begins() -> None:
    log = Log()
    log.done(Link("c-2", "m-1", "c-1"), Facts(OLD, LIN, holder=None), evidence=CARD)
    assert log.state.instruments == {
        OLD_KEY: InstrumentRow("c-1", "qr.static", "m-1", "replaced", NOON_MS),
        KEY: InstrumentRow("c-2", "nfc.uid", "m-1", "active", NOON_MS),
    }


def test_an_instrument_whose_key_was_not_told_changes_for_hq_alone() -> None:
    log = Log()
    log.done(Change("c-1", "m-1", "revoked"), Facts(Instrument("c-1", "qr.static", "m-1", "lost")))
    assert log.state.instruments == {}


def test_a_merge_is_an_alias_in_hqs_log() -> None:
    log = Log("hq")
    log.done(Merge("m-2", "m-1"), Facts(member=LIN), type="member.merged")
    assert log.state.aliases == {"m-1": "m-2"}
