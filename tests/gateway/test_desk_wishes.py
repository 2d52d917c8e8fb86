"""What members wish at the desk: to allow something, to give a number, and to be nobody any more.

Each test's events are judged at its end (conftest.py).
"""

from typing import Any

import pytest

from gateway.acting import Request, Verdict
from gateway.core import model
from gateway.core.promises import Change, Consent, Enrol, Forget, Link
from gateway.storage.identities import commitment
from tests.gateway.rig import LIN, LIN_CODE, MIA, NOON_MS, STRANGER, House
from tests.gateway.till import earned, enrolled, link, outcome, spend, tapped, types

NUMBER = (b"\x01" * 16, b"sealed once")
SEALED_AGAIN = (b"\x01" * 16, b"sealed twice")
DONE = ("done", None)


def guest(shop: House, key: str = "e1", **more: Any) -> str:
    """A guest with a name, a number and a card; the member's id."""
    more = {"person": "林晓雯", "phone": NUMBER, "evidence": ("nfc.uid", STRANGER), **more}
    verdict = shop.act(model.MEMBER_ENROLLED, Enrol("", "zh-CN", ""), key, **more)
    act = verdict.event.act
    assert outcome(verdict) == DONE
    assert isinstance(act, Enrol)
    return act.member


def consent(
    shop: House, member: str, given: bool = True, key: str | None = None, text: str = "v1"
) -> Verdict:
    act = Consent(given, "en", member, "marketing", text)
    return shop.act(model.CONSENT_CHANGED, act, key)


def forget(shop: House, member: str, key: str | None = None) -> Verdict:
    return shop.act(model.MEMBER_FORGOTTEN, Forget(member), key)


# -- numbers


def test_a_number_stands_beside_the_name_and_is_committed_to_as_it_is_sealed(shop: House) -> None:
    member = guest(shop)
    with shop.ledger.reading() as page:
        (row,) = page.people_by_phone(NUMBER[0])
        event = page.event(row.seq)
        assert page.people_by_phone(b"\x02" * 16) == []
    assert (row.member, row.name, row.phone_key, row.phone_box) == (member, "林晓雯", *NUMBER)
    assert isinstance(event.act, Enrol)
    assert event.act.commitment == commitment("林晓雯", row.salt, NUMBER[1])
    assert event.act.commitment != commitment("林晓雯", row.salt)
    assert not any(NUMBER[0].hex().encode() in body or b"sealed" in body for body in shop.bodies())


def test_a_key_is_of_one_number_however_often_it_is_sealed(shop: House) -> None:
    act, card = Enrol("", "zh-CN", ""), ("nfc.uid", STRANGER)
    guest(shop)
    again = shop.act(model.MEMBER_ENROLLED, act, "e1", person="林晓雯", phone=SEALED_AGAIN, evidence=card)
    assert again.duplicate
    for phone in (None, (b"\x02" * 16, NUMBER[1])):
        more: dict[str, Any] = {"person": "林晓雯", "phone": phone, "evidence": card}
        assert shop.refusal(model.MEMBER_ENROLLED, act, "e1", **more) == "key_reused"


def test_a_number_without_a_name_is_kept_too_and_a_household_shares_one(shop: House) -> None:
    first = guest(shop, person=None)
    second = guest(shop, "e2", evidence=None)
    shop.reopen()
    with shop.ledger.transaction() as page:
        assert [row.member for row in page.people_by_phone(NUMBER[0])] == [first, second]
        page.erase_person(first)
        assert [row.member for row in page.people_by_phone(NUMBER[0])] == [second]
    assert tapped(shop, STRANGER)["name"] is None


# -- consents


def test_the_last_word_on_a_purpose_counts_and_every_word_stays_an_event(shop: House) -> None:
    member = guest(shop)
    assert outcome(consent(shop, member, key="c1")) == DONE
    assert consent(shop, member, key="c1").duplicate
    shop.now_ms += 1_000
    assert outcome(consent(shop, member, given=False, text="v2")) == DONE
    with shop.ledger.reading() as page:
        (row,) = page.consents(member)
        assert page.consents("m-1") == []
    assert (row.purpose, row.given, row.text, row.at_ms) == ("marketing", False, "v2", NOON_MS + 1_000)
    assert types(shop).count("consent.changed") == 2


def test_whoever_is_blocked_may_still_take_a_consent_back(shop: House) -> None:
    assert outcome(consent(shop, "m-99")) == ("refused", "member_unknown")
    assert outcome(consent(shop, "m-4")) == ("refused", "member_blocked")
    assert outcome(consent(shop, "m-4", given=False)) == DONE


def test_a_merged_members_word_is_the_survivors(shop: House) -> None:
    shop.say_merged("m-1", "m-2")
    consent(shop, "m-1")
    with shop.ledger.reading() as page:
        assert [row.member for row in page.consents("m-2")] == ["m-2"]


# -- to be forgotten


def test_a_guest_who_is_forgotten_leaves_no_name_no_number_no_pin_and_no_card(shop: House) -> None:
    member = guest(shop)
    consent(shop, member)
    with shop.ledger.transaction() as page:
        page.put_pin("member:" + member, "hash", 0, 0)
    assert tapped(shop, STRANGER)["outcome"] == "greeted"
    verdict = forget(shop, member, "f1")
    assert outcome(verdict) == DONE
    assert tapped(shop, STRANGER)["outcome"] == "unknown"
    shop.reopen()
    assert tapped(shop, STRANGER)["outcome"] == "unknown"
    assert forget(shop, member, "f1") == verdict._replace(duplicate=True)
    assert outcome(forget(shop, member)) == ("refused", "member_blocked")
    for table in ("people", "pins", "consents"):
        assert shop.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    assert shop.rows("SELECT id, status FROM members") == [(member, "erased")]
    assert shop.rows("SELECT key, status FROM instruments") == [(None, "revoked")]
    shop.closing.close()
    files = b"".join(path.read_bytes() for path in shop.data.glob("ledger.db*"))
    shop.open()
    assert "林晓雯".encode() not in files
    assert NUMBER[1] not in files


def test_the_card_of_somebody_forgotten_is_anybodys(shop: House) -> None:
    forget(shop, guest(shop))
    again = enrolled(shop, "e2", "Mia")
    assert outcome(again) == DONE
    act = again.event.act
    assert isinstance(act, Enrol)
    assert tapped(shop, STRANGER)["member"] == act.member
    assert enrolled(shop, "e2", "Mia").duplicate


def test_a_member_of_hqs_is_nobody_here_at_once_and_stays_so(shop: House) -> None:
    assert outcome(forget(shop, "m-1")) == DONE
    for card in (LIN, LIN):
        tap = tapped(shop, card)
        assert (tap["outcome"], tap["name"]) == ("blocked", None)
        shop.reopen()
    shop.desk.serve([shop.scan(LIN_CODE)])
    assert shop.live.taps()[0]["outcome"] == "blocked"
    assert tapped(shop, MIA)["outcome"] == "greeted"
    shop.say_meta(as_of=99)
    shop.say("UPDATE members SET status = 'erased' WHERE id = 'm-1'")
    assert tapped(shop, LIN)["outcome"] == "blocked"
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(1))) == ("refused", "member_blocked")
    assert outcome(consent(shop, "m-1", given=False)) == ("refused", "member_blocked")
    assert outcome(link(shop, STRANGER)) == ("refused", "member_blocked")


def test_a_card_whose_member_hq_has_erased_is_linked_anew(shop: House) -> None:
    member = guest(shop)
    shop.say(
        "INSERT INTO members(id, status, tier, qualifying, language) VALUES(?, 'erased', '', 0, 'en')", member
    )
    shop.say_meta(as_of=9)
    assert tapped(shop, STRANGER)["outcome"] == "blocked"
    assert outcome(link(shop, STRANGER, "m-2")) == DONE
    assert tapped(shop, STRANGER)["member"] == "m-2"
    shop.reopen()
    assert tapped(shop, STRANGER)["member"] == "m-2"
    assert shop.rows("SELECT count(*) FROM instruments WHERE key IS NOT NULL") == [(1,)]


@pytest.mark.parametrize("unit", ["CNY", "CNY.bonus"])
def test_money_is_paid_out_first(shop: House, unit: str) -> None:
    member = guest(shop)
    owner = "member:" + member
    earned(shop, 100, owner=owner, unit=unit)
    earned(shop, 100, owner=owner)
    assert outcome(forget(shop, member, "f1")) == ("refused", "money_left")
    assert tapped(shop, STRANGER)["outcome"] == "greeted"
    shop.act(model.TRANSFER_POSTED, spend(100, owner, unit))
    assert outcome(forget(shop, member, "f1")) == ("refused", "money_left"), "a key has one answer"
    assert outcome(forget(shop, member, "f2")) == DONE


def test_money_elsewhere_counts_as_well(shop: House) -> None:
    shop.say_lot("member:m-1", "CNY", "aa.0", 500)
    assert outcome(forget(shop, "m-1")) == ("refused", "money_left")
    shop.say("UPDATE lots SET total = 0")
    assert outcome(forget(shop, "m-1")) == DONE


def test_who_was_merged_is_forgotten_with_the_survivor_and_so_is_their_money(shop: House) -> None:
    member = guest(shop)
    consent(shop, member)
    lot = earned(shop, 100, owner="member:" + member, unit="CNY")
    shop.say("INSERT INTO aliases VALUES(?, 'm-2')", member)
    refused = forget(shop, "m-2")
    assert outcome(refused) == ("refused", "money_left")
    assert [fact.lot for fact in refused.event.facts.lots or ()] == [lot]
    shop.act(model.TRANSFER_POSTED, spend(100, "member:m-2", "CNY"))
    verdict = forget(shop, member)
    assert verdict.event.act == Forget("m-2"), "named as who they are now"
    assert outcome(verdict) == DONE
    assert tapped(shop, STRANGER)["outcome"] == "unknown"
    assert tapped(shop, MIA)["outcome"] == "blocked"
    assert shop.rows("SELECT count(*) FROM people") == [(0,)]
    assert shop.rows("SELECT count(*) FROM consents") == [(0,)]
    assert sorted(shop.rows("SELECT id, status FROM members")) == [("m-2", "erased"), (member, "erased")]


def test_whoever_hq_finds_to_be_somebody_forgotten_here_is_forgotten_too(shop: House) -> None:
    forget(shop, "m-1")
    shop.say_merged("m-1", "m-2")
    assert [tapped(shop, card)["outcome"] for card in (LIN, MIA)] == ["blocked", "blocked"]
    assert tapped(shop, MIA)["name"] is None
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(1, "member:m-2"))) == ("refused", "member_blocked")


def test_the_same_batch_knows_nobody_who_is_forgotten_in_it(shop: House) -> None:
    member = guest(shop)
    wish = Request("f1", "guest", model.MEMBER_FORGOTTEN, Forget(member))
    card = ("nfc.uid", STRANGER)
    join = Request("e2", "guest", model.MEMBER_ENROLLED, Enrol("", "en", ""), card, "Mia", phone=NUMBER)
    allow = Request("c1", "guest", model.CONSENT_CHANGED, Consent(True, "en", member, "ads", "v1"))
    more = Request("l1", "guest", model.INSTRUMENT_LINKED, Link("", member), ("nfc.uid", b"\x04\x07\x07\x07"))
    verdicts = shop.desk.act([wish, join, allow, more])
    assert all(isinstance(verdict, Verdict) for verdict in verdicts)
    found = [outcome(verdict) for verdict in verdicts if isinstance(verdict, Verdict)]
    assert found == [DONE, DONE, ("refused", "member_blocked"), ("refused", "member_blocked")]
    with shop.ledger.reading() as page:
        assert [row.name for row in page.people_by_phone(NUMBER[0])] == ["Mia"]


def test_a_card_revoked_by_forgetting_is_never_changed_back(shop: House) -> None:
    member = guest(shop)
    (card,) = shop.rows("SELECT id FROM instruments")
    forget(shop, member)
    forget(shop, "m-1")
    for change in (Change(str(card[0]), member, "active"), Change("c-1", "m-1", "lost")):
        assert outcome(shop.act(model.INSTRUMENT_CHANGED, change)) == ("refused", "instrument_unknown")
    assert shop.rows("SELECT count(*) FROM instruments WHERE key IS NOT NULL") == [(0,)]
