"""Being here, at the desk: booked once, counted by hour and place, and the rights pulled that lie elsewhere.

Each test's events are judged at its end (conftest.py).
"""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway import early
from gateway.acting import Request, Verdict
from gateway.core import model
from gateway.core.evidence import BLE_TAG
from gateway.core.promises import BY_BEACON, BY_NETWORK, BY_TAG, Forget, Here, Link, Terms
from gateway.early import QUESTIONS_MAX, VISIT_MS
from gateway.enquiry import Enquiry
from tests.gateway.rig import House
from tests.gateway.till import LIN_ID, PTS, TEA, earned, outcome, redeem, types

TAG = Here("m-1", BY_TAG, "beacon-door", "door", 5)
DONE = ("done", None)
HOUR_MS = 3_600_000


def shake(number: int = 1, member: str = "m-1", beacon: str = "beacon-door", place: str = "door") -> Here:
    return Here(member, BY_BEACON, beacon, place, 57, f"{number:016x}")


def here(shop: House, act: Here, key: str | None = None, **more: Any) -> Verdict:
    return shop.act(model.PRESENCE_SEEN, act, key, **more)


def asked(shop: House) -> list[dict[str, Any]]:
    events = [json.loads(body) for body in shop.bodies()]
    return [event["act"] for event in events if event["type"] == "right.requested"]


# -- booked


def test_a_ticket_is_booked_once_and_under_its_key_alone(shop: House) -> None:
    first = here(shop, shake(), "ticket:1")
    assert outcome(first) == DONE
    assert first.event.facts.time == "12:00"
    assert here(shop, shake(), "ticket:1") == first._replace(duplicate=True)
    assert shop.refusal(model.PRESENCE_SEEN, replace(shake(), place="shelf"), "ticket:1") == "key_reused"
    shop.reopen()
    assert here(shop, shake(), "ticket:1").duplicate
    assert shop.rows("SELECT member, hour, shaken FROM visits") == [("m-1", 12, 1)]


def test_nobody_unknown_or_blocked_is_here(shop: House) -> None:
    assert outcome(here(shop, shake(member="m-9"))) == ("refused", "member_unknown")
    shop.say("UPDATE members SET status = 'suspended' WHERE id = 'm-1'")
    assert outcome(here(shop, shake(2))) == ("refused", "member_blocked")
    assert shop.rows("SELECT * FROM visits") == []


def test_whoever_was_merged_is_here_as_the_one_person(shop: House) -> None:
    shop.say_merged("m-1", "m-2")
    verdict = here(shop, shake(), "ticket:1")
    assert isinstance(verdict.event.act, Here)
    assert verdict.event.act.member == "m-2"
    assert here(shop, shake(), "ticket:1").duplicate


def test_whoever_is_forgotten_leaves_visits_that_name_nobody(shop: House) -> None:
    here(shop, shake())
    here(shop, Here("m-2", BY_NETWORK, ticket="f" * 16))
    assert outcome(shop.act(model.MEMBER_FORGOTTEN, Forget("m-1"))) == DONE
    assert outcome(here(shop, shake(2))) == ("refused", "member_blocked")
    assert shop.rows("SELECT member FROM visits ORDER BY seq") == [(None,), ("m-2",)]
    with shop.ledger.reading() as page:
        assert page.visits.of("m-1", 9) == []


def test_a_batch_sees_its_own_visits(shop: House) -> None:
    one = here(shop, shake())
    found = shop.desk.consult(
        lambda batch, acting: (
            [
                acting.ask(Request(None, "gateway", model.PRESENCE_SEEN, act))
                for act in (shake(2), shake(3, "m-2"), shake(4))
            ]
            and [batch.page.visits.of("m-1", limit) for limit in (2, 9)]
        )
    )
    assert found == [[one.seq + 3, one.seq + 1], [one.seq + 3, one.seq + 1, one.seq]]
    assert shop.ledger.seq == one.seq, "what is only asked is forgotten"


# -- a tag is an instrument


def test_a_tag_is_linked_like_a_card_and_leads_to_its_member(shop: House) -> None:
    tag = (BLE_TAG, b"tag-7")
    assert outcome(shop.act(model.INSTRUMENT_LINKED, Link("", "m-1"), evidence=tag)) == DONE
    taken = shop.act(model.INSTRUMENT_LINKED, Link("", "m-2"), evidence=tag)
    assert outcome(taken) == ("refused", "instrument_taken")
    holder = shop.desk.consult(lambda batch, acting: batch.lookup.holder(batch.key(*tag) or b""))
    assert holder is not None
    assert (holder.member, holder.kind, holder.status) == ("m-1", BLE_TAG, "active")


# -- counted


def test_counts_are_of_a_day_by_hour_beacon_and_place(shop: House) -> None:
    lot = earned(shop, 1, unit=TEA)
    enquiry = Enquiry(shop.desk)
    here(shop, shake(1))
    here(shop, shake(2))
    here(shop, shake(3, "m-2"))
    here(shop, replace(TAG, member="m-2", beacon="beacon-shelf", place="shelf"))
    here(shop, Here("m-2", BY_NETWORK, ticket="e" * 16))
    at_noon = {"hour": 12, "beacon": "beacon-door", "place": "door", "shakes": 3, "visitors": 2}
    assert {**at_noon, "redeemed": 0} in enquiry.presence_counts()
    assert outcome(redeem(shop, lot)) == DONE
    shop.now_ms += HOUR_MS
    here(shop, shake(4))
    assert enquiry.presence_counts() == [
        {"hour": 12, "beacon": "", "place": "", "shakes": 1, "visitors": 1, "redeemed": 0},
        {**at_noon, "redeemed": 1},
        {"hour": 12, "beacon": "beacon-shelf", "place": "shelf", "shakes": 0, "visitors": 1, "redeemed": 0},
        {**at_noon, "hour": 13, "shakes": 1, "visitors": 1, "redeemed": 0},
    ]
    assert enquiry.presence_counts("2026-11-21") == enquiry.presence_counts()
    assert enquiry.presence_counts("2026-11-20") == []
    shop.now_ms += 24 * HOUR_MS
    assert enquiry.presence_counts() == []


def test_whoever_is_forgotten_still_shook_but_is_no_visitor_any_more(shop: House) -> None:
    here(shop, shake(1))
    here(shop, shake(2, "m-2"))
    shop.act(model.MEMBER_FORGOTTEN, Forget("m-1"))
    (row,) = Enquiry(shop.desk).presence_counts()
    assert (row["shakes"], row["visitors"]) == (2, 1)


# -- rights asked for early


def test_what_lies_elsewhere_is_asked_for_in_the_same_commit(shop: House) -> None:
    shop.hear_hq()
    shop.say_lot(LIN_ID, TEA, "L1.0", 1, Terms(expires_on="2026-12-31"))
    shop.say_lot(LIN_ID, TEA, "L2.0", 1, Terms(expires_on="2026-11-30"))
    shop.say_lot(LIN_ID, TEA, "L3.0", 1, Terms(expires_on="2026-11-20"))
    shop.say_lot(LIN_ID, PTS, "L4.0", 50)
    shop.say_lot(LIN_ID, PTS, "L5.0", 8, granted=3)
    shop.say_lot(LIN_ID, "CNY", "L6.0", 900)
    shop.say_lot("member:m-2", PTS, "L7.0", 9)
    verdict = here(shop, TAG)
    assert verdict.event.type == "presence.seen"
    assert [(act["unit"], act["amount"], act["lot"]) for act in asked(shop)] == [
        ("CNY", 900, None),
        (PTS, 55, None),
        (TEA, 1, "L2.0"),
        (TEA, 1, "L1.0"),
    ]
    assert {act["owner"] for act in asked(shop)} == {LIN_ID}
    actors = {json.loads(body)["actor"] for body in shop.bodies()[1:]}
    assert actors == {"gateway"}, "nobody waits for the answers"
    assert shop.live.counters.get("rights.asked_early") == 4
    shop.say_lot(LIN_ID, TEA, "L2.0", 1, Terms(expires_on="2026-11-30"), granted=1)
    assert outcome(redeem(shop, "L2.0")) == DONE
    assert types(shop)[-2:] == ["right.granted", "coupon.redeemed"], "it was here before the till asked"


def test_a_visit_asks_once_and_the_next_one_again(shop: House) -> None:
    shop.hear_hq()
    shop.say_lot(LIN_ID, PTS, "L4.0", 50)
    here(shop, TAG)
    shop.now_ms += VISIT_MS - 1
    shop.hear_hq()
    here(shop, shake())
    assert len(asked(shop)) == 1
    shop.now_ms += VISIT_MS
    shop.hear_hq()
    here(shop, TAG)
    assert len(asked(shop)) == 2
    assert here(shop, TAG, "visit:m-1:1").event.type == "presence.seen"
    assert here(shop, TAG, "visit:m-1:1").duplicate
    assert len(asked(shop)) == 2


def test_a_visit_that_began_without_hq_asks_when_it_is_back(shop: House) -> None:
    shop.say_lot(LIN_ID, PTS, "L4.0", 50)
    here(shop, TAG)
    assert asked(shop) == []
    shop.hear_hq()
    here(shop, shake())
    assert len(asked(shop)) == 1


@pytest.mark.parametrize("hinder", ["frozen", "full", "refused"])
def test_nothing_is_asked_in_vain(shop: House, hinder: str) -> None:
    shop.hear_hq()
    shop.say_lot(LIN_ID, PTS, "L4.0", 50)
    if hinder == "frozen":
        shop.say_meta(rights_epoch=2)
    elif hinder == "full":
        shop.desk._room = lambda: False
    verdict = here(shop, replace(TAG, member="m-9") if hinder == "refused" else TAG)
    assert (outcome(verdict) == DONE) == (hinder != "refused")
    assert asked(shop) == []


def test_of_many_coupons_only_the_first_are_asked_for(shop: House) -> None:
    shop.hear_hq()
    for number in range(QUESTIONS_MAX + 3):
        shop.say_lot(LIN_ID, TEA, f"L{number:02}.0", 1, Terms(expires_on=f"2026-12-{number + 1:02}"))
    shop.say_lot(LIN_ID, PTS, "P.0", early.PART_MAX)
    here(shop, TAG)
    assert [act["lot"] for act in asked(shop)] == [None, *(f"L{number:02}.0" for number in range(7))]
