"""Codes that people show or type: what opens, what is refused, and what is kept so that it opens once."""

import json
from typing import Any

import pytest

from firmware.protocol import messages, outcomes
from firmware.protocol.messages import AGE_UNKNOWN, Scan
from gateway.codes import read_code
from gateway.core import model
from gateway.core.evidence import PHONE, QR_STATIC, evidence_key
from gateway.core.promises import Change, Enrol, Link
from gateway.core.redecide import redecide
from gateway.core.rotating import STEP_S, member_code, rotating_text, shown
from gateway.errors import LedgerRefused
from gateway.ports import Inbound
from gateway.sales import BLOCKED, STALE, UNKNOWN, Found
from tests.gateway.rig import BRAND_KEY, BUNDLE, LIN_CODE, NO_WITNESS, NOON_MS, House, booked_of
from tests.gateway.storage.test_ledger import Failing

CODE = member_code(BRAND_KEY, "m-1")
NOW = NOON_MS // 1_000 // STEP_S
NUMBER = "8613800138000"


def text(away: int = 0, code: str = CODE) -> str:
    """What a member's page shows so many steps from now."""
    return rotating_text(BRAND_KEY, code, NOW + away)


def opened(house: House, member: str = "m-1", code: str = CODE) -> House:
    """A store whose member has their code; its event is the first."""
    house.now_ms = NOON_MS + 10_000  # within a step, not at its edge
    house.open()
    linked = house.act(model.INSTRUMENT_LINKED, Link("", member), evidence=(QR_STATIC, code.encode()))
    assert linked.event.outcome.name == model.DONE
    return house


def scan(house: House, code: str, age_ms: int = 20, deadline_ms: int = 5_000) -> Inbound:
    """A code at a terminal's scanner, so long ago."""
    body = messages.encode_body("scan", house.record(deadline_ms=deadline_ms), Scan(0, code.encode()))
    return Inbound("sb/v1/counter-1/up/scan", messages.seal("scan", body, age_ms, NO_WITNESS))


def codes_of(house: House, *scanned: Inbound) -> list[int]:
    return [booked.outcome for booked in booked_of(house.desk.serve(scanned))]


def last(house: House) -> Any:
    return json.loads(house.bodies()[-1])


def test_a_rotating_code_is_greeted_at_level_fresh(house: House) -> None:
    opened(house)
    assert codes_of(house, scan(house, text())) == [outcomes.GREETED]
    body = last(house)
    key = evidence_key(BRAND_KEY, QR_STATIC, CODE.encode()).hex()
    assert body["evidence"] == {"key": key, "kind": "qr.static", "level": "fresh", "step": NOW}
    assert (body["facts"]["member"]["id"], body["facts"]["spent"]) == ("m-1", False)
    assert house.live.taps()[0]["name"] == "林**"


@pytest.mark.parametrize("away", [-1, 1])
def test_a_clock_may_be_half_a_minute_off(house: House, away: int) -> None:
    assert codes_of(opened(house), scan(house, text(away))) == [outcomes.GREETED]


@pytest.mark.parametrize("away", [-2, 2, -2_880])
def test_an_old_code_asks_for_a_new_one_and_says_nothing_of_whose_it_is(house: House, away: int) -> None:
    opened(house)
    [booked] = booked_of(house.desk.serve([scan(house, text(away))]))
    assert (booked.outcome, booked.screen.hold_ms) == (outcomes.UNKNOWN, messages.HOLD_STAYS)
    assert last(house)["outcome"]["reason"] == "stale"
    assert (house.live.taps()[0]["reason"], house.live.taps()[0]["name"]) == ("stale", None)


def test_a_code_opens_once_also_in_one_batch_and_after_a_restart(house: House) -> None:
    opened(house)
    assert codes_of(house, scan(house, text()), scan(house, text())) == [outcomes.GREETED, outcomes.UNKNOWN]
    assert last(house)["facts"]["spent"] is True
    assert codes_of(house.restart(), scan(house, text())) == [outcomes.UNKNOWN]
    assert codes_of(house, scan(house, text(1))) == [outcomes.GREETED]


def test_the_same_record_again_gets_its_first_answer(house: House) -> None:
    opened(house)
    record = scan(house, text())
    assert codes_of(house, record, record) == [outcomes.GREETED, outcomes.GREETED]
    assert len(house.bodies()) == 2


def test_a_code_counts_by_the_time_when_it_was_scanned(house: House) -> None:
    """The gateway was away; the terminal kept the record."""
    opened(house)
    late = scan(house, text(-4), age_ms=120_000, deadline_ms=300_000)
    old = scan(house, text(), age_ms=120_000, deadline_ms=300_000)
    assert codes_of(house, late, old) == [outcomes.GREETED, outcomes.UNKNOWN]


def test_nobody_knows_when_it_was_scanned(house: House) -> None:
    assert codes_of(opened(house), scan(house, text(), age_ms=AGE_UNKNOWN)) == [outcomes.LATE]
    assert last(house)["evidence"]["level"] == "stale"


def test_with_an_unknown_clock_a_rotating_code_is_refused_and_a_card_is_not(house: House) -> None:
    opened(house)
    house.now_ms = NOON_MS - 3_600_000  # the battery of its clock is gone; the ledger knows better
    assert codes_of(house, scan(house, text()), scan(house, CODE)) == [outcomes.UNKNOWN, outcomes.GREETED]
    assert [tap["reason"] for tap in house.live.taps()] == [None, "stale"]


def test_a_lost_code_is_blocked_while_it_is_fresh_and_like_any_other_when_it_is_not(house: House) -> None:
    opened(house)
    linked = house.act(model.INSTRUMENT_LINKED, Link("i-9", "m-2"), evidence=(QR_STATIC, b"0AAAAAAA"))
    assert linked.event.outcome.name == model.DONE
    house.act(model.INSTRUMENT_CHANGED, Change("i-9", "m-2", "lost"))
    fresh, old = text(code="0AAAAAAA"), text(-9, "0AAAAAAA")
    assert codes_of(house, scan(house, fresh), scan(house, old)) == [outcomes.BLOCKED, outcomes.UNKNOWN]


def test_a_code_that_nobody_has_is_unknown(house: House) -> None:
    house.open()
    assert codes_of(house, scan(house, text())) == [outcomes.UNKNOWN]
    assert last(house)["outcome"]["reason"] == "not_known"


def test_another_brands_code_is_any_text(house: House) -> None:
    opened(house)
    assert codes_of(house, scan(house, rotating_text(bytes(32), CODE, NOW))) == [outcomes.UNKNOWN]
    assert last(house)["evidence"]["level"] == "weak"


@pytest.mark.parametrize("typed", [CODE, shown(CODE), shown(CODE).lower(), CODE.replace("0", "O")])
def test_a_member_code_may_be_shown_in_any_dress(house: House, typed: str) -> None:
    assert codes_of(opened(house), scan(house, typed)) == [outcomes.GREETED]
    assert last(house)["evidence"]["level"] == "weak"


def test_a_cards_own_text_comes_before_the_member_code_that_it_looks_like(house: House) -> None:
    opened(house, "m-1", "0AAAAAAA")
    linked = house.act(model.INSTRUMENT_LINKED, Link("", "m-2"), evidence=(QR_STATIC, b"oaaa-aaaa"))
    assert linked.event.outcome.name == model.DONE
    codes_of(house, scan(house, "oaaa-aaaa"))
    assert house.live.taps()[0]["member"] == "m-2"


def test_a_code_that_is_no_text_keeps_its_own_key(house: House) -> None:
    house.open()
    odd = b"\xff\xfe\x00 card"
    house.desk.serve([house.scan(odd)])
    assert last(house)["evidence"]["key"] == evidence_key(BRAND_KEY, QR_STATIC, odd).hex()


def test_half_a_character_is_no_code(house: House) -> None:
    house.open()
    assert house.desk.consult(lambda batch, acting: read_code(batch, "\ud800")).keys == ()


def test_without_a_brand_key_nothing_is_read(house: House) -> None:
    (house.cache_folder / "current").unlink()
    house.open()
    assert house.desk.consult(lambda batch, acting: read_code(batch, text())).keys == ()
    assert codes_of(house, scan(house, text())) == [outcomes.UNKNOWN]


def test_every_scan_of_these_decides_the_same_again(house: House) -> None:
    opened(house)
    codes_of(house, scan(house, text()), scan(house, text()), scan(house, text(-5)), scan(house, CODE))
    bodies = house.bodies()
    assert [redecide(body, BUNDLE) for body in bodies] == bodies


# -- at the till


def look(house: House, typed: str, till: str = "till-1") -> Found:
    return house.counter.lookup(typed, till)


def member_of(found: Found) -> str:
    assert found.kind == "member" and found.member is not None, found
    return str(found.member["member"])


def test_a_till_takes_a_rotating_code_once_and_may_ask_again(house: House) -> None:
    opened(house)
    assert [member_of(look(house, text())), member_of(look(house, f" {text()} "))] == ["m-1", "m-1"]
    assert len(house.bodies()) == 2
    body = last(house)
    assert (body["type"], body["device"], body["evidence"]["level"]) == ("scan.seen", "till-1", "fresh")
    assert house.live.taps()[0]["device"] == "till-1"


def test_what_a_till_took_opens_nothing_elsewhere(house: House) -> None:
    opened(house)
    look(house, text())
    assert look(house, text(), "till-2") is STALE
    assert codes_of(house, scan(house, text())) == [outcomes.UNKNOWN]


def test_what_a_terminal_took_opens_nothing_at_a_till(house: House) -> None:
    opened(house)
    codes_of(house, scan(house, text()))
    assert look(house, text()) is STALE


def test_a_till_may_not_ask_again_when_it_is_stale(house: House) -> None:
    opened(house)
    look(house, text())
    house.now_ms += 60_000
    assert look(house, text()) is STALE


def test_a_till_knows_a_member_code_and_books_nothing_for_it(house: House) -> None:
    opened(house)
    assert {member_of(look(house, typed)) for typed in (CODE, shown(CODE), shown(CODE).lower())} == {"m-1"}
    assert len(house.bodies()) == 1


def test_a_code_out_of_use_opens_nothing_at_a_till(house: House) -> None:
    opened(house)
    house.act(model.INSTRUMENT_CHANGED, Change("q-1", "m-1", "lost"))
    assert look(house, LIN_CODE.decode()) is BLOCKED


def test_a_rotating_code_that_nobody_has_is_unknown_at_a_till(house: House) -> None:
    house.open()
    assert look(house, text()) is UNKNOWN


def test_a_till_is_not_answered_before_the_code_is_booked(house: House) -> None:
    opened(house)
    db = house.ledger._db
    house.ledger._db = Failing(db, "COMMIT", "SQLITE_FULL")  # type: ignore[assignment]
    with pytest.raises(LedgerRefused):
        look(house, text())
    house.ledger._db = db
    assert member_of(look(house, text())) == "m-1"


# -- phone numbers


def prove(house: House, member: str, number: str = NUMBER) -> None:
    proved = house.act(model.INSTRUMENT_LINKED, Link("", member), evidence=(PHONE, number.encode()))
    assert proved.event.outcome.name == model.DONE


def enrol(house: House, number: str = NUMBER) -> str:
    """A guest who gave a number that nobody has proved."""
    phone = (evidence_key(BRAND_KEY, PHONE, number.encode()), b"box" * 8)
    done = house.act(model.MEMBER_ENROLLED, Enrol("", "zh-CN", ""), person="小雨", phone=phone)
    assert isinstance(done.event.act, Enrol)
    return done.event.act.member


@pytest.mark.parametrize(
    "typed", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"]
)
def test_a_proved_number_finds_its_member_as_people_type_it(house: House, typed: str) -> None:
    prove(house.open(), "m-1")
    found = look(house, typed)
    assert (member_of(found), found.claims) == ("m-1", 0)
    assert found.member and found.member["phone"] == "verified"


def test_a_number_that_was_only_given_finds_the_last_who_gave_it_and_says_so(house: House) -> None:
    house.open()
    first = enrol(house)
    assert (member_of(look(house, "13800138000")), look(house, "13800138000").claims) == (first, 1)
    second = enrol(house)
    found = look(house, "13800138000")
    assert (member_of(found), found.claims) == (second, 2)
    assert found.member and found.member["phone"] == "unverified"


def test_who_proved_a_number_comes_before_whoever_else_gave_it(house: House) -> None:
    house.open()
    enrol(house)
    prove(house, "m-1")
    assert member_of(look(house, "13800138000")) == "m-1"


@pytest.mark.parametrize(
    "typed", ["13900139000", "1234567", "12345678901234567890", "(((((((", "6901234500017"]
)
def test_other_numbers_find_nobody(house: House, typed: str) -> None:
    prove(house.open(), "m-1")
    assert look(house, typed) is UNKNOWN
