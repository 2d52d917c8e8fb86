"""Enrol, Link, Change, Merge, Consent and Forget, reason by reason, and what a State keeps of them."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.errors import EventError
from gateway.core.model import Act, Evidence, Facts, Instrument, Member
from gateway.core.people import forgotten
from gateway.core.promises import Change, Consent, Enrol, Forget, Link, Merge
from gateway.core.state import STEPS_KEPT, ConsentRow, InstrumentRow, MemberRow
from tests.gateway.core.shop import NOON_MS, YESTERDAY, Log, credit, fact, post, reason

KEY, OLD_KEY = "cd" * 16, "ef" * 16
CARD = Evidence(KEY, "nfc.uid", "weak")
LIN = Member("m-1", 0, "active", "silver")
OLD = Instrument("c-1", "qr.static", "m-1", "lost", OLD_KEY)
ENROL = Enrol("0f" * 32, "zh-CN", "p-00112233")
YES = Consent(True, "en", "m-1", "marketing", "2026-11")
NO = replace(YES, given=False)
GO = Forget("m-1")
WISHES = {Consent: "consent.changed", Forget: "member.forgotten"}


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


def suspended(status: str = "suspended") -> Facts:
    return Facts(member=replace(LIN, status=status), lots=())


@pytest.mark.parametrize(
    ("act", "facts", "found"),
    [
        (YES, Facts(member=LIN), "done"),
        (YES, Facts(member=replace(LIN, status="provisional")), "done"),
        (NO, Facts(member=LIN), "done"),
        (NO, suspended(), "done"),
        (YES, suspended(), "refused member_blocked"),
        (NO, suspended("erased"), "refused member_blocked"),
        (YES, Facts(), "refused member_unknown"),
        (NO, Facts(), "refused member_unknown"),
        (YES, Facts(member=replace(LIN, id="m-2")), "refused member_unknown"),
        (replace(YES, purpose=""), Facts(member=LIN), "refused bad_amount"),
        (replace(YES, purpose="p" * 65), Facts(member=LIN), "refused bad_amount"),
        (replace(YES, text="v\n1"), Facts(member=LIN), "refused bad_amount"),
        (replace(YES, language=""), Facts(member=LIN), "refused bad_amount"),
        (replace(YES, language="x" * 36), Facts(member=LIN), "refused bad_amount"),
        (GO, Facts(member=LIN, lots=()), "done"),
        (GO, Facts(lots=()), "refused member_unknown"),
        (GO, suspended(), "refused member_blocked"),
        (GO, suspended("erased"), "refused member_blocked"),
        (replace(GO, member="m-2"), Facts(member=LIN, lots=()), "refused member_unknown"),
    ],
)
def test_what_members_wish(act: Consent | Forget, facts: Facts, found: str) -> None:
    assert reason(act, facts, type=WISHES[type(act)]) == found


@pytest.mark.parametrize(
    ("lot", "found"),
    [
        ({"left": 1}, "refused money_left"),
        ({"left": 1, "unit": "CNY.bonus"}, "refused money_left"),
        ({"left": 1, "held": 1}, "refused money_left"),
        ({"elsewhere": 1}, "refused money_left"),
        ({"offered": 1}, "refused money_left"),
        ({"left": 1, "elsewhere": 2, "owed": 3}, "refused money_left"),
        ({"elsewhere": 2, "owed": 2}, "done"),
        ({}, "done"),
        ({"left": 9, "unit": "PTS"}, "done"),
        ({"left": 1, "unit": "CPN:tea"}, "done"),
        ({"left": 5, "owner": "member:m-9"}, "done"),
        ({"left": 5, "owner": "member:p-1"}, "refused money_left"),
        ({"left": 5, "unit": "CNY.bonus", "expires_on": YESTERDAY}, "done"),
        ({"left": 5, "vests_at": NOON_MS + 1}, "refused money_left"),
    ],
)
def test_money_is_paid_out_before_its_owner_is_forgotten(lot: dict[str, Any], found: str) -> None:
    money = fact("77.0", **{"unit": "CNY", "owner": "member:m-1", **lot})
    known = Facts(member=LIN, lots=(money,), aliases={"member:p-1": "member:m-1"})
    assert reason(GO, known, type="member.forgotten") == found


def test_forgetting_without_a_look_at_the_money_is_no_decision() -> None:
    with pytest.raises(EventError, match="bad_facts: lots"):
        reason(GO, Facts(member=LIN), type="member.forgotten")


@pytest.mark.parametrize("act", [YES, GO])
def test_a_wish_is_told_by_one_type_alone(act: Consent | Forget) -> None:
    with pytest.raises(EventError, match="undecidable"):
        reason(act, Facts(member=LIN, lots=()), type="transfer.posted")


def test_everybody_who_was_merged_into_a_member_is_forgotten_too() -> None:
    aliases = {"member:p-1": "member:m-1", "member:p-2": "member:m-2", "order:1": "member:m-1"}
    assert forgotten(Facts(), GO) == ("m-1",)
    assert forgotten(Facts(aliases=aliases), GO)[:2] == ("m-1", "p-1")
    assert "p-2" not in forgotten(Facts(aliases=aliases), GO)


def test_a_state_keeps_the_last_word_on_each_purpose() -> None:
    log = Log()
    log.done(YES, Facts(member=LIN), type="consent.changed")
    log.done(replace(YES, purpose="profile"), Facts(member=LIN), type="consent.changed")
    log.done(replace(NO, text="2027-01", language="zh-CN"), Facts(member=LIN), type="consent.changed")
    log.do(replace(YES, member="m-2"), Facts(member=LIN), type="consent.changed")
    assert log.state.consents == {
        ("m-1", "marketing"): ConsentRow(False, "2027-01", "zh-CN", NOON_MS),
        ("m-1", "profile"): ConsentRow(True, "2026-11", "en", NOON_MS),
    }


def test_a_state_forgets_whom_it_knew_by_every_name() -> None:
    log = Log()
    log.done(ENROL, Facts(), type="member.enrolled")
    newcomer = Member(ENROL.member, 0, "provisional", "")
    log.done(Link("c-2", ENROL.member), Facts(member=newcomer, holder=None), evidence=CARD)
    other = Evidence(OLD_KEY, "nfc.uid", "weak")
    log.done(Link("c-3", "m-2"), Facts(member=replace(LIN, id="m-2"), holder=None), evidence=other)
    log.done(replace(YES, member=ENROL.member), Facts(member=newcomer), type="consent.changed")
    log.done(replace(YES, member="m-2"), Facts(member=replace(LIN, id="m-2")), type="consent.changed")
    digest = log.state.digest()
    merged = {"member:" + ENROL.member: "member:m-1"}
    log.done(GO, Facts(member=LIN, lots=(), aliases=merged), type="member.forgotten")
    assert log.state.members == {
        ENROL.member: MemberRow("erased", "zh-CN"),
        "m-1": MemberRow("erased", ""),
    }
    assert set(log.state.instruments) == {OLD_KEY}
    assert set(log.state.consents) == {("m-2", "marketing")}
    assert log.state.digest() == digest, "no amount moves"
    log.done(Link("c-4", "m-2"), Facts(member=replace(LIN, id="m-2"), holder=None), evidence=CARD)
    assert log.state.instruments[KEY].id == "c-4", "a card that leads to nobody is anybody's"


def test_a_state_keeps_codes_that_were_shown_for_so_many_steps() -> None:
    log, act = Log(), post(credit(1))

    def show(step: int, key: str = KEY, level: str = "fresh") -> None:
        log.done(act, evidence=Evidence(key, "qr.static", level, step))

    show(1_000)
    show(1_000 + STEPS_KEPT)
    show(1_001, OLD_KEY)
    show(5_000, level="stale")
    assert log.state.rotated == {(KEY, 1_000), (KEY, 1_000 + STEPS_KEPT), (OLD_KEY, 1_001)}
    show(1_001 + STEPS_KEPT)
    assert log.state.rotated == {
        (KEY, 1_000 + STEPS_KEPT),
        (OLD_KEY, 1_001),
        (KEY, 1_001 + STEPS_KEPT),
    }
    log.done(act, evidence=CARD)
    assert len(log.state.rotated) == 3
