"""What a store knows of a member: what was born here, what HQ said, and how both are added up."""

import sqlite3
from typing import Any

import msgspec

from gateway.acting import Request, Verdict
from gateway.adapters.http.act_shapes import MemberShown
from gateway.clock import dates_in
from gateway.core import model
from gateway.core.evidence import NFC_UID
from gateway.core.promises import Change, Credit, Enrol, Hold, Link, Post, Spend, Terms
from gateway.enquiry import Enquiry
from gateway.member_view import LOTS_SHOWN_MAX
from gateway.storage import layout
from tests.gateway.rig import LIN, House

CARD = bytes.fromhex("04a1b2c3d4e5f6")


def _enquiry(house: House) -> Enquiry:
    return Enquiry(house.desk)


def _ask(house: House, type_: str, act: Any, **more: Any) -> Verdict:
    [verdict] = house.desk.act([Request(f"k{house.ledger.seq}", "api", type_, act, **more)])
    assert isinstance(verdict, Verdict), verdict
    return verdict


def _credit(house: House, amount: int, unit: str = "PTS", **terms: Any) -> Verdict:
    part = Credit(amount, "member:m-1", Terms(**terms), unit)
    return _ask(house, model.TRANSFER_POSTED, Post((part,)))


def offer(
    house: House,
    lot: str,
    total: int,
    granted: int,
    lease_end: int = 0,
    unit: str = "PTS",
    generation: str = "g1",
) -> None:
    """HQ says something of a lot of m-1, as the bridge would write it."""
    db = sqlite3.connect(layout.generation_path(house.cache_folder, generation))
    db.execute(
        "INSERT INTO lots VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)",
        ("member:m-1", unit, lot, b"{}", total, house.ledger.epoch, granted, lease_end),
    )
    db.commit()
    db.close()


def _unit(known: Any, unit: str) -> Any:
    return next(one for one in known["units"] if one["unit"] == unit)


def _figures(one: Any) -> list[int]:
    return [one[figure] for figure in ("here", "held", "offered", "elsewhere")]


def test_a_member_of_the_cache_is_known_masked_with_every_card(house: House) -> None:
    house.open()
    known = _enquiry(house).member("m-1")
    msgspec.convert(known, MemberShown)
    assert known is not None
    assert (known["name"], known["tier"], known["status"]) == ("林**", "silver", "active")
    assert known["synced_at_ms"] == house.now_ms
    assert [(one["id"], one["status"], one["here"]) for one in known["instruments"]] == [
        ("c-1", "active", False),
        ("q-1", "active", False),
    ]
    assert _enquiry(house).member("m-99") is None


def test_here_offered_and_elsewhere_are_told_apart(house: House) -> None:
    house.open()
    _credit(house, 40)
    offer(house, "hq.0", total=100, granted=30)
    offer(house, "hq.1", total=7, granted=0)
    assert _figures(_unit(_enquiry(house).member("m-1"), "PTS")) == [40, 0, 30, 77]


def test_a_lease_that_is_over_offers_nothing(house: House) -> None:
    house.open()
    offer(house, "hq.0", total=30, granted=30, lease_end=house.now_ms)
    known = _enquiry(house).member("m-1")
    assert _figures(_unit(known, "PTS"))[:3] == [0, 0, 0]
    assert _unit(known, "PTS")["lots"] == []


def test_a_hold_keeps_back_and_a_spent_coupon_stays_in_sight(house: House) -> None:
    house.open()
    _credit(house, 40)
    _credit(house, 1, "CPN:tea", code="TEA-5", face=500)
    _ask(house, model.TRANSFER_HELD, Hold(15, "member:m-1", "PTS", house.now_ms + 60_000))
    _ask(house, model.COUPON_REDEEMED, Post((Spend(1, "member:m-1", "CPN:tea"),)))
    known = _enquiry(house).member("m-1")
    assert _figures(_unit(known, "PTS")) == [25, 15, 0, 0]
    [coupon] = _unit(known, "CPN:tea")["lots"]
    assert (coupon["unusable"], coupon["code"], coupon["face"]) == ("used_up", "TEA-5", 500)


def test_why_a_lot_cannot_be_used_is_said(house: House) -> None:
    house.open()
    _credit(house, 1, "CPN:old", expires_on="2026-11-20")
    _credit(house, 1, "CPN:new", vests_at=house.now_ms + 1)
    _credit(house, 1, "CPN:now")
    offer(house, "hq.0", total=1, granted=0, unit="CPN:far")
    found = {one["unit"]: one["lots"][0]["unusable"] for one in _enquiry(house).member("m-1")["units"]}  # type: ignore[index]
    assert found == {
        "CPN:old": "lot_expired",
        "CPN:new": "not_vested",
        "CPN:now": None,
        "CPN:far": "held_elsewhere",
    }
    house.say_meta(rights_epoch=2)
    [lot] = _unit(_enquiry(house).member("m-1"), "CPN:now")["lots"]
    assert lot["unusable"] == "rights_frozen"


def test_a_day_ends_in_the_lots_own_zone(house: House) -> None:
    house.open()
    _credit(house, 1, "CPN:here", expires_on="2026-11-21", zone="Asia/Shanghai")
    _credit(house, 1, "CPN:kiritimati", expires_on="2026-11-21", zone="Pacific/Kiritimati")
    house.now_ms += 10 * 3_600_000  # 22:00 in Shanghai, tomorrow on the island
    found = {one["unit"]: one["lots"][0]["unusable"] for one in _enquiry(house).member("m-1")["units"]}  # type: ignore[index]
    assert found == {"CPN:here": None, "CPN:kiritimati": "lot_expired"}
    assert dates_in(["Nowhere/Else", "UTC"], house.now_ms) == {"UTC": "2026-11-21"}


def test_more_lots_than_a_page_are_counted_and_all_are_summed(house: House) -> None:
    house.open()
    parts = tuple(Credit(1, "member:m-1", Terms(), "PTS") for _ in range(LOTS_SHOWN_MAX + 5))
    _ask(house, model.TRANSFER_POSTED, Post(parts))
    known = _enquiry(house).member("m-1")
    assert known is not None and known["more"] == 5
    assert _unit(known, "PTS")["here"] == LOTS_SHOWN_MAX + 5
    assert len(_unit(known, "PTS")["lots"]) == LOTS_SHOWN_MAX


def test_who_was_enrolled_here_is_known_at_once(house: House) -> None:
    house.open()
    enrol = Enrol(commitment="", language="en", member="")
    verdict = _ask(house, model.MEMBER_ENROLLED, enrol, evidence=(NFC_UID, CARD), person="Ada L.")
    act = verdict.event.act
    assert isinstance(act, Enrol)
    known = _enquiry(house).member(act.member)
    assert known is not None
    assert (known["status"], known["name"], known["language"]) == ("provisional", "A**", "en")
    [card] = known["instruments"]
    assert (card["kind"], card["status"], card["here"]) == (NFC_UID, "active", True)


def test_a_card_locked_here_is_this_stores_word(house: House) -> None:
    house.open()
    verdict = _ask(house, model.INSTRUMENT_CHANGED, Change("c-1", "m-1", "locked"))
    assert verdict.event.outcome.name == model.DONE
    cards = {one["id"]: one for one in _enquiry(house).member("m-1")["instruments"]}  # type: ignore[index]
    assert (cards["c-1"]["status"], cards["c-1"]["here"], cards["c-1"]["seq"]) == (
        "locked",
        True,
        verdict.seq,
    )
    assert cards["q-1"]["here"] is False


def test_a_card_linked_here_stands_beside_those_of_hq(house: House) -> None:
    house.open()
    link = Link(instrument="", member="m-1", replaces="c-1")
    _ask(house, model.INSTRUMENT_LINKED, link, evidence=(NFC_UID, CARD))
    cards = _enquiry(house).member("m-1")["instruments"]  # type: ignore[index]
    assert sorted(one["status"] for one in cards) == ["active", "active", "replaced"]


def test_merged_members_are_followed_with_what_both_had(house: House) -> None:
    house.open()
    _credit(house, 40)
    db = sqlite3.connect(layout.generation_path(house.cache_folder, "g1"))
    db.execute("INSERT INTO aliases VALUES('m-1', 'm-2')")
    db.execute("UPDATE members SET status = 'merged' WHERE id = 'm-1'")
    db.commit()
    db.close()
    known = _enquiry(house).member("m-1")
    assert known is not None
    assert (known["member"], known["asked"], known["name"]) == ("m-2", "m-1", "M**")
    assert _figures(_unit(known, "PTS")) == [40, 0, 0, 0]


def test_without_a_cache_what_is_ours_is_known(house: House) -> None:
    (house.cache_folder / layout.POINTER_FILE).unlink()
    house.open()
    verdict = _ask(house, model.MEMBER_ENROLLED, Enrol(commitment="", language="en", member=""))
    act = verdict.event.act
    assert isinstance(act, Enrol)
    known = _enquiry(house).member(act.member)
    assert known is not None and known["synced_at_ms"] == 0
    assert _enquiry(house).member("m-1") is None


def test_nothing_is_booked_by_looking(house: House) -> None:
    house.open()
    house.desk.serve([house.tap(LIN)])
    before = house.ledger.seq
    _enquiry(house).member("m-1")
    assert house.ledger.seq == before
