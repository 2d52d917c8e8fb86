"""Members and cards at the desk: made, linked, lost, merged and forgotten here before HQ says so.

Each test's events are judged at its end (conftest.py).
"""

from firmware.protocol import outcomes
from gateway.core import model
from gateway.core.promises import Change, Enrol
from tests.gateway.rig import LIN, STRANGER, WANG, House, booked_of
from tests.gateway.till import LIN_ID, earned, enrolled, link, outcome, spend, tapped


def test_a_member_made_here_is_greeted_earns_and_spends_at_once(shop: House) -> None:
    verdict = enrolled(shop)
    act = verdict.event.act
    assert isinstance(act, Enrol)
    assert outcome(verdict) == ("done", None)
    assert act.member == "p-" + verdict.event.random
    tap = tapped(shop, STRANGER)
    assert (tap["outcome"], tap["member"], tap["name"]) == ("greeted", act.member, "林**")
    owner = "member:" + act.member
    earned(shop, 100, owner=owner)
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(40, owner))) == ("done", None)
    shop.reopen()
    assert tapped(shop, STRANGER)["outcome"] == "greeted"
    assert enrolled(shop) == verdict._replace(duplicate=True)
    assert b"\xe6\x9e\x97" not in b"".join(shop.bodies())


def test_a_member_made_here_is_hqs_under_the_lasting_id(shop: House) -> None:
    act = enrolled(shop).event.act
    assert isinstance(act, Enrol)
    earned(shop, 100, owner="member:" + act.member)
    shop.say(
        "INSERT INTO members(id, status, tier, qualifying, language)"
        " VALUES('m-77', 'active', 'gold', 1200, 'en')"
    )
    shop.say("INSERT INTO people(member, name) VALUES('m-77', 'Xiao')")
    shop.say("INSERT INTO aliases VALUES(?, 'm-77')", act.member)
    tap = tapped(shop, STRANGER)
    assert (tap["member"], tap["tier"], tap["name"]) == ("m-77", "gold", "X**")
    verdict = shop.act(model.TRANSFER_POSTED, spend(100, "member:m-77"))
    assert outcome(verdict) == ("done", None)
    assert verdict.event.facts.aliases == {"member:" + act.member: "member:m-77"}


def test_enrolling_again_under_a_key_is_the_same_only_for_the_same_person(shop: House) -> None:
    first = enrolled(shop)
    assert enrolled(shop) == first._replace(duplicate=True)
    for name, uid in (("王伟", STRANGER), ("林晓雯", b"\x04\xaa\xaa\xaa"), ("林晓雯", None)):
        evidence = None if uid is None else ("nfc.uid", uid)
        act = Enrol("", "zh-CN", "")
        assert shop.refusal(model.MEMBER_ENROLLED, act, "e1", evidence=evidence, person=name) == "key_reused"


def test_a_card_that_somebody_has_is_given_to_nobody_else(shop: House) -> None:
    verdict = enrolled(shop, uid=LIN)
    assert outcome(verdict) == ("refused", "instrument_taken")
    assert enrolled(shop, uid=LIN) == verdict._replace(duplicate=True)
    assert tapped(shop, LIN)["member"] == "m-1"
    assert shop.rows("SELECT count(*) FROM members") == [(0,)]


def test_a_name_is_kept_apart_and_proved_by_its_salt(shop: House) -> None:
    act = enrolled(shop, uid=None).event.act
    assert isinstance(act, Enrol)
    with shop.ledger.transaction() as page:
        row = page.person(act.member)
    assert row is not None
    assert (row.name, len(row.salt), row.seq) == ("林晓雯", 16, 1)
    nobody = enrolled(shop, "e2", None, None).event.act
    assert isinstance(nobody, Enrol)
    assert shop.rows("SELECT count(*) FROM people") == [(1,)]


def test_a_name_goes_once_hq_has_erased_its_member(shop: House) -> None:
    members = [enrolled(shop, f"e{number}", uid=bytes((4, number, 0, 0))).event.act for number in range(25)]
    last = members[-1]
    assert isinstance(last, Enrol)
    shop.say(
        "INSERT INTO members(id, status, tier, qualifying, language) VALUES('m-77', 'erased', '', 0, 'en')"
    )
    shop.say("INSERT INTO aliases VALUES(?, 'm-77')", last.member)
    shop.desk.tick()
    assert shop.rows("SELECT count(*) FROM people") == [(25,)], "some of them each tick"
    shop.desk.tick()
    assert shop.rows("SELECT count(*) FROM people") == [(24,)]
    assert shop.counters.get("people.erased") == 1
    shop.reopen()
    assert tapped(shop, bytes((4, 24, 0, 0)))["outcome"] == "blocked"


def test_another_card_leads_to_the_same_member_and_ends_the_one_it_replaces(shop: House) -> None:
    assert outcome(link(shop, STRANGER, replaces="c-1", key="l1")) == ("done", None)
    assert tapped(shop, STRANGER)["member"] == "m-1"
    (booked,) = booked_of(shop.desk.serve([shop.tap(LIN)]))
    assert booked.outcome == outcomes.BLOCKED
    assert link(shop, STRANGER, replaces="c-1", key="l1").duplicate
    assert outcome(link(shop, STRANGER, "m-2")) == ("refused", "instrument_taken")
    assert outcome(link(shop, b"\x04\x01\x01\x01", "m-99")) == ("refused", "member_unknown")
    assert outcome(link(shop, b"\x04\x01\x01\x01", "m-4")) == ("refused", "member_blocked")


def test_a_card_reported_lost_is_blocked_here_at_once_until_hq_says_otherwise(shop: House) -> None:
    assert tapped(shop, LIN)["outcome"] == "greeted"
    verdict = shop.act(model.INSTRUMENT_CHANGED, Change("c-1", "m-1", "lost"))
    assert outcome(verdict) == ("done", None)
    assert tapped(shop, LIN)["outcome"] == "blocked"
    shop.reopen()
    assert tapped(shop, LIN)["outcome"] == "blocked"
    shop.say_meta(as_of=1)
    assert tapped(shop, LIN)["outcome"] == "blocked", "HQ has not applied it yet"
    shop.say_meta(as_of=2)
    assert tapped(shop, LIN)["outcome"] == "greeted", "HQ's word is the newer one"
    assert outcome(shop.act(model.INSTRUMENT_CHANGED, Change("c-1", "m-2", "lost"))) == (
        "refused",
        "instrument_unknown",
    )


def test_a_card_that_was_never_synced_is_reported_lost_too(shop: House) -> None:
    act = enrolled(shop).event.act
    assert isinstance(act, Enrol)
    (card,) = shop.rows("SELECT id FROM instruments")
    change = Change(str(card[0]), act.member, "lost")
    assert outcome(shop.act(model.INSTRUMENT_CHANGED, change)) == ("done", None)
    assert tapped(shop, STRANGER)["outcome"] == "blocked"


def test_a_merged_member_is_greeted_as_the_survivor_who_uses_all_lots(shop: House) -> None:
    old = earned(shop, 10)
    earned(shop, 5, owner="member:m-2")
    shop.say_merged("m-1", "m-2")
    tap = tapped(shop, LIN)
    assert (tap["outcome"], tap["member"], tap["name"], tap["tier"]) == ("greeted", "m-2", "M**", "gold")
    verdict = shop.act(model.TRANSFER_POSTED, spend(15, "member:m-2"), "k1")
    assert outcome(verdict) == ("done", None)
    assert (LIN_ID, old) in {(t.debit, t.debit_lot) for t in verdict.event.transfers}
    again = shop.act(model.TRANSFER_POSTED, spend(15, LIN_ID), "k1")
    assert again == verdict._replace(duplicate=True), "the old name is the same member"


def test_a_suspended_member_uses_nothing(shop: House) -> None:
    earned(shop, 10, owner="member:m-4")
    verdict = shop.act(model.TRANSFER_POSTED, spend(1, "member:m-4"))
    assert outcome(verdict) == ("refused", "member_blocked")


def test_a_lost_card_of_hqs_stays_lost(shop: House) -> None:
    assert tapped(shop, WANG)["outcome"] == "blocked"


def test_without_any_cache_a_member_is_made_but_no_card_can_be_keyed(shop: House) -> None:
    (shop.cache_folder / "current").unlink()
    shop.reopen()
    verdict = enrolled(shop)
    assert outcome(verdict) == ("refused", "instrument_unknown")
    assert enrolled(shop) == verdict._replace(duplicate=True)
    assert outcome(enrolled(shop, "e2", uid=None)) == ("done", None)


def test_the_first_tap_after_a_link_in_the_same_breath_knows_it(shop: House) -> None:
    link(shop, STRANGER, "m-2")
    shop.say_meta(as_of=5)
    assert tapped(shop, STRANGER)["member"] == "m-2", "HQ applied it, but has not sent the row"
