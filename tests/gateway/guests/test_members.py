"""A member's own page: what is shown, what happened, what may be changed, and the end of it."""

from typing import Any

import pytest

from gateway.core import model
from gateway.core.event import open_event
from gateway.core.promises import Enrol, Hold, Link
from gateway.core.rotating import STEP_S, member_code, read, shown
from gateway.guests.export import BYTES_MAX, size
from gateway.guests.limits import EXPORTS_A_MINUTE, EXPORTS_BURST, RECEIPTS_BURST
from gateway.sales import receipt_code
from tests.gateway.day import basket, give_back, run, sell
from tests.gateway.guests.hall import PIN, Hall, Pins
from tests.gateway.rig import BRAND_KEY, LIN_CODE

NOBODY = {"ok": False, "error": "unknown_member"}


def cake_order(hall: Hall, card: dict[str, Any]) -> Any:
    """Two cakes with the coupon, a minute later."""
    hall.house.now_ms += 60_000
    lots = tuple(coupon["lot"] for coupon in card["coupons"])
    return sell(hall.house, basket("cake", "cake", member=card["member"], coupons=lots), 6_200)


def kinds(hall: Hall, member: str, limit: int = 50) -> list[str]:
    return [row["kind"] for row in hall.ask("history", member=member, limit=limit)["rows"]]


# -- the card


def test_the_card_adds_up_what_is_here_held_and_elsewhere(hall: Hall) -> None:
    member = hall.enrol()["member"]
    hall.credit(member, 100)
    hall.credit(member, 2_000, "CNY")
    hold = Hold(30, "member:" + member, "PTS", hall.house.now_ms + 60_000)
    hall.house.act("transfer.held", hold)
    card = hall.ask("card", member=member)
    units = {each["unit"]: (each["here"], each["held"], each["elsewhere"]) for each in card["units"]}
    assert units == {"PTS": (75, 30, 0), "CNY": (2_000, 0, 0)}
    assert card["points"] == 105
    assert {each["unit"]: each["name"]["zh-CN"] for each in card["units"]} == {
        "PTS": "积分",
        "CNY": "储值余额",
    }


def test_points_of_other_stores_are_points_but_not_here(hall: Hall) -> None:
    hall.house.say_lot("member:m-1", "PTS", "hq.1", 300)
    card = hall.ask("card", member="m-1")
    (points,) = [each for each in card["units"] if each["unit"] == "PTS"]
    assert (card["points"], points["here"], points["elsewhere"]) == (300, 0, 300)
    assert card["synced_at_ms"] == hall.house.now_ms


def test_a_coupon_that_was_used_is_no_coupon_any_more(hall: Hall) -> None:
    card = hall.enrol()
    cake_order(hall, card)
    assert hall.ask("card", member=card["member"])["coupons"] == []


def test_a_card_books_nothing_and_gives_nothing_again(hall: Hall) -> None:
    card = hall.enrol()
    before = len(hall.house.bodies())
    again = hall.ask("card", member=card["member"])
    assert (again["given"], again["new"], again["coupons"]) == ([], False, card["coupons"])
    for do in ("history", "cards", "export"):
        assert hall.ask(do, member=card["member"])["ok"]
    assert len(hall.house.bodies()) == before


def test_whom_hq_merged_is_found_by_every_name(hall: Hall) -> None:
    card = hall.enrol()
    hall.house.say_merged(card["member"], "m-1")
    merged = hall.ask("card", member=card["member"])
    assert (merged["member"], merged["name"]) == ("m-1", "林晓雯")
    assert merged["code"] == card["code"]
    assert len(merged["coupons"]) == 1
    assert hall.ask("resolve", code=card["code"])["member"] == "m-1"
    assert "enrolled" in kinds(hall, "m-1")
    assert hall.ask("export", member="m-1")["document"]["member"]["earlier_ids"] == [card["member"]]


@pytest.mark.parametrize(
    "do", ["card", "history", "codes", "cards", "export", "prove", "lost", "consent", "forget"]
)
def test_nobody_has_no_page(hall: Hall, do: str) -> None:
    more = {"key": "k", "pin": PIN, "instrument": "c-1", "purpose": "marketing", "text": "v1", "given": True,
            "language": "en"}  # fmt: skip
    assert hall.ask(do, member="m-99", **more) == NOBODY


# -- codes


def test_codes_of_the_next_minutes_prove_the_member_each_in_its_time(hall: Hall) -> None:
    card = hall.enrol()
    answer = hall.ask("codes", member=card["member"])
    code = member_code(BRAND_KEY, card["member"])
    assert shown(code) == card["code"]
    assert len(answer["codes"]) == 15
    for each in answer["codes"]:
        assert each["until_ms"] - each["from_ms"] == STEP_S * 1_000
        proved = read(BRAND_KEY, each["text"], each["from_ms"] // 1_000)
        assert proved is not None and (proved.code, proved.level) == (code, "fresh")
    assert answer["codes"][0]["from_ms"] <= answer["now_ms"] < answer["codes"][0]["until_ms"]


def test_a_rotating_code_proves_somebody_once(hall: Hall) -> None:
    card = hall.enrol()
    text = hall.ask("codes", member=card["member"])["codes"][0]["text"]
    first = hall.ask("resolve", code=text)
    assert (first["member"], first["level"], first["name"]) == (card["member"], "fresh", "小**")
    second = hall.ask("resolve", code=text)
    assert (second["error"], second["reason"]) == ("unknown_code", "stale")
    hall.restart()
    assert hall.ask("resolve", code=text)["error"] == "unknown_code"


def test_a_code_that_a_till_saw_opens_no_page(hall: Hall) -> None:
    card = hall.enrol()
    text = hall.ask("codes", member=card["member"])["codes"][0]["text"]
    hall.house.desk.show("till-1", text)
    assert hall.ask("resolve", code=text)["error"] == "unknown_code"


def test_typed_and_printed_codes_are_weak(hall: Hall) -> None:
    card = hall.enrol()
    assert hall.ask("resolve", code=card["code"])["level"] == "weak"
    assert hall.ask("resolve", code=f" {LIN_CODE.decode()}\n") == {
        "ok": True, "member": "m-1", "level": "weak", "name": "林**"
    }  # fmt: skip


def test_a_member_without_a_code_gets_one_with_the_first_rotating_codes(hall: Hall) -> None:
    assert hall.ask("card", member="m-1")["code"] is None
    assert hall.ask("codes", member="m-1")["ok"]
    assert hall.ask("codes", member="m-1")["ok"]
    assert hall.ask("card", member="m-1")["code"] == shown(member_code(BRAND_KEY, "m-1"))
    assert [open_event(body).type for body in hall.house.bodies()] == ["instrument.linked"]


def test_a_code_that_leads_to_somebody_else_is_never_shown_as_ones_own(hall: Hall) -> None:
    code = member_code(BRAND_KEY, "m-1").encode()
    hall.house.act("instrument.linked", Link("", "m-2"), evidence=("qr.static", code))
    assert hall.ask("card", member="m-1")["code"] is None
    refused = hall.ask("codes", member="m-1")
    assert (refused["error"], refused["reason"]) == ("refused", model.INSTRUMENT_TAKEN)
    assert hall.ask("cards", member="m-1")["cards"][0]["kind"]


# -- what a member changes


def test_a_lost_code_opens_nothing_and_makes_no_more_codes(hall: Hall) -> None:
    card = hall.enrol()
    (code,) = hall.ask("cards", member=card["member"])["cards"]
    assert (code["kind"], code["status"], code["last4"]) == ("qr.static", "active", card["code"][-4:])
    text = hall.ask("codes", member=card["member"])["codes"][0]["text"]
    for _ in range(2):
        assert hall.ask("lost", key="l", member=card["member"], instrument=code["id"]) == {"ok": True}
    for shown_code in (card["code"], text):
        assert hall.ask("resolve", code=shown_code)["error"] == "blocked"
    assert hall.ask("codes", member=card["member"])["error"] == "blocked"
    assert hall.ask("card", member=card["member"])["code"] is None
    assert kinds(hall, card["member"])[0] == "card"


def test_somebody_elses_card_is_not_reported_lost(hall: Hall) -> None:
    card = hall.enrol()
    answer = hall.ask("lost", key="l", member=card["member"], instrument="c-1")
    assert (answer["error"], answer["reason"]) == ("refused", model.INSTRUMENT_UNKNOWN)


def test_consent_is_taken_back_as_easily_as_given(hall: Hall) -> None:
    card = hall.enrol(consents=[{"purpose": "marketing", "text": "v1"}])
    line = {"member": card["member"], "purpose": "marketing", "text": "v2", "language": "en"}
    assert hall.ask("consent", key="c1", given=False, **line) == {"ok": True}
    (now,) = hall.ask("card", member=card["member"])["consents"]
    assert (now["given"], now["text"]) == (False, "v2")
    assert hall.ask("consent", key="c2", given=True, **line) == {"ok": True}
    assert hall.ask("consent", key="c1", given=False, **line) == {"ok": True}
    assert hall.ask("card", member=card["member"])["consents"][0]["given"] is True
    (last,) = hall.ask("history", member=card["member"], limit=1)["rows"]
    assert last["title"] == {"zh-CN": "同意：接收优惠和新品消息", "en": "Allowed: offers and news"}


@pytest.mark.parametrize("do", ["consent", "lost", "forget"])
def test_changes_have_a_bound(hall: Hall, do: str) -> None:
    member = hall.enrol()["member"]
    before = len(hall.house.bodies())
    while not hall.limits.changes.empty():
        hall.limits.changes.take()
    more = {"purpose": "marketing", "text": "v1", "given": True, "language": "en", "instrument": "c-1"}
    assert hall.ask(do, key="k", member=member, **more)["error"] == "too_many"
    assert len(hall.house.bodies()) == before


def test_whoever_wants_to_be_forgotten_is_nobody_here(hall: Hall) -> None:
    card = hall.enrol(phone="13800138000", consents=[{"purpose": "marketing", "text": "v1"}])
    for _ in range(2):
        assert hall.ask("forget", key="f", member=card["member"]) == {"ok": True}
    for do in ("card", "history", "cards", "codes", "export"):
        assert hall.ask(do, member=card["member"]) == NOBODY
    assert hall.ask("resolve", code=card["code"])["error"] == "unknown_code"
    assert hall.ask("return", key="r", code=card["code"], language="en")["error"] == "unknown_code"
    for table in ("people", "consents"):
        assert hall.house.rows(f"SELECT * FROM {table}") == []
    assert hall.enrol(phone="13800138000", consents=[{"purpose": "marketing", "text": "v1"}]) == NOBODY


@pytest.mark.parametrize("unit", ["CNY", "CNY.bonus"])
def test_nobody_is_forgotten_while_money_of_theirs_is_left(hall: Hall, unit: str) -> None:
    member = hall.enrol()["member"]
    hall.credit(member, 1, unit)
    answer = hall.ask("forget", key="f", member=member)
    assert (answer["ok"], answer["error"]) == (False, "money_left")
    assert hall.ask("card", member=member)["name"] == "小林"


# -- PINs


@pytest.mark.parametrize("found", ["wrong", "locked", "none"])
def test_a_pin_proves_or_says_why_not(hall: Hall, found: str) -> None:
    assert hall.ask("prove", member="m-1", pin=PIN) == {"ok": True}
    assert hall.pins.typed == [("member:m-1", PIN)]
    hall.pins = Pins(found)
    assert hall.ask("prove", member="m-1", pin=PIN) == {"ok": False, "error": found}


def test_a_merged_members_pin_is_the_survivors(hall: Hall) -> None:
    card = hall.enrol()
    hall.house.say_merged(card["member"], "m-1")
    hall.ask("prove", member=card["member"], pin=PIN)
    assert hall.pins.typed == [("member:m-1", PIN)]


# -- history, receipts and export


def test_history_says_what_happened_the_newest_first(hall: Hall) -> None:
    card = hall.enrol()
    order = cake_order(hall, card)
    hall.house.now_ms += 60_000
    give_back(hall.house, order.event.random, (0, 1))
    hall.house.now_ms += 60_000
    run(hall.house, "coupon.claimed", card["member"], program="mall")
    rows = hall.ask("history", member=card["member"], limit=50)["rows"]
    assert [row["kind"] for row in rows] == ["return", "order", "checked_in", "gift", "card", "enrolled"]
    back, bought = rows[:2]
    assert (bought["amount"], bought["points"], bought["till"]) == (6_200, 62, "till-1")
    assert (back["amount"], back["points"], back["order"]) == (-3_100, -31, bought["order"])
    assert rows[3]["title"]["zh-CN"] == "第一次来店送 50 元券"
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


def test_history_is_as_long_as_asked_for_and_the_newest_of_it(hall: Hall) -> None:
    card = hall.enrol()
    whole = kinds(hall, card["member"])
    for _ in range(5):
        hall.house.now_ms += 60_000
        sell(hall.house, basket("loaf", member=card["member"]), 1_200)
    for limit in (1, 3, 5):
        assert kinds(hall, card["member"], limit) == ["order"] * limit
    assert kinds(hall, card["member"]) == ["order"] * 5 + whole


def test_others_happenings_are_not_in_it(hall: Hall) -> None:
    one, other = hall.enrol("a"), hall.enrol("b")
    cake_order(hall, one)
    assert "order" not in kinds(hall, other["member"])
    assert hall.ask("export", member=other["member"])["document"]["orders"] == []


def test_a_receipt_shows_its_order_and_whose_it_is(hall: Hall) -> None:
    card = hall.enrol()
    order = cake_order(hall, card)
    answer = hall.ask("receipt", code=receipt_code("g1", order.seq))
    assert answer["lines"] == [
        {"name": {"en": "Strawberry cake", "zh-CN": "草莓蛋糕"}, "quantity": 2, "total": 6_200}
    ]
    assert (answer["total"], answer["points"], answer["member"]) == (6_200, 62, card["member"])
    assert not answer["returned"]
    give_back(hall.house, order.event.random, (0, 1))
    assert hall.ask("receipt", code=receipt_code("g1", order.seq))["returned"]


def test_a_receipt_of_nobody_or_of_somebody_forgotten_names_nobody(hall: Hall) -> None:
    plain = sell(hall.house, basket("loaf", member=None), 1_200)
    assert hall.ask("receipt", code=receipt_code("g1", plain.seq))["member"] is None
    card = hall.enrol()
    order = cake_order(hall, card)
    hall.ask("forget", key="f", member=card["member"])
    assert hall.ask("receipt", code=receipt_code("g1", order.seq))["member"] is None


def test_what_is_no_receipts_code_shows_nothing_and_counting_has_a_bound(hall: Hall) -> None:
    order = sell(hall.house, basket("loaf", member=None), 1_200)
    for code in ("", "Rg1.0", "Rg2.1", order.event.random, "Rg1.99999999999999999999", "Rg1.1 OR 1=1"):
        assert hall.ask("receipt", code=code)["error"] == "unknown_code"
    for _ in range(RECEIPTS_BURST):
        hall.limits.receipts.take()
    assert hall.ask("receipt", code=receipt_code("g1", order.seq))["error"] == "too_many"


def test_an_export_has_all_that_the_store_knows(hall: Hall) -> None:
    card = hall.enrol(phone="13800138000", consents=[{"purpose": "marketing", "text": "v1"}])
    cake_order(hall, card)
    document = hall.ask("export", member=card["member"])["document"]
    assert (document["name"], document["phone"]["state"]) == ("小林", "unverified")
    assert document["consents"][0]["text"] == "v1"
    assert [each["last4"] for each in document["cards"]] == [card["code"][-4:]]
    assert document["orders"][0]["lines"][0]["sku"] == "cake"
    assert {unit["unit"] for unit in document["units"]} == {"CPN:off50", "PTS", "QPT"}
    assert document["left_out"] == 0
    for text in ("elsewhere", "books"):
        assert set(document[text]) == {"zh-CN", "en"}
    hall.house.say("UPDATE people SET birthday = '11-23' WHERE member = 'm-1'")
    known = hall.ask("export", member="m-1")["document"]
    assert (known["birthday"], known["home_store"], known["pin_set"]) == ("11-23", "river", False)


def test_an_export_that_would_be_too_long_leaves_the_oldest_out_and_says_so(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = hall.enrol()
    orders = []
    for _ in range(4):
        hall.house.now_ms += 60_000
        orders.append(sell(hall.house, basket("loaf", member=card["member"]), 1_200).event.random)
    whole = hall.ask("export", member=card["member"])["document"]
    assert [each["order"] for each in whole["orders"]] == orders[::-1]
    monkeypatch.setattr("gateway.guests.export.BYTES_MAX", BYTES_MAX - 899_000 + _rest(whole) - 600)
    cut = hall.ask("export", member=card["member"])["document"]
    assert 0 < len(cut["orders"]) < 4
    assert [each["order"] for each in cut["orders"]] == orders[::-1][: len(cut["orders"])]
    assert cut["left_out"] == 4 - len(cut["orders"])


def _rest(document: dict[str, Any]) -> int:
    """The bytes of a document without its orders."""
    return size({key: value for key, value in document.items() if key not in ("orders", "left_out")})


def test_exports_have_a_bound(hall: Hall) -> None:
    member = hall.enrol()["member"]
    for _ in range(EXPORTS_BURST):
        hall.limits.exports.take()
    assert hall.ask("export", member=member)["error"] == "too_many"
    hall.house.steady_ms += 60_000 // EXPORTS_A_MINUTE
    assert hall.ask("export", member=member)["ok"]


def test_a_long_export_is_read_some_orders_at_a_time(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    member = hall.enrol()["member"]
    for _ in range(7):
        hall.house.now_ms += 60_000
        sell(hall.house, basket("loaf", member=member), 1_200)
    whole = hall.ask("export", member=member)
    monkeypatch.setattr("gateway.guests.export.ORDERS_TOGETHER", 2)
    assert hall.ask("export", member=member) == whole
    assert len(whole["document"]["orders"]) == 7


def test_a_member_without_a_name_has_a_card_without_one(hall: Hall) -> None:
    born = hall.house.act("member.enrolled", Enrol("", "en", ""), evidence=("qr.static", b"nameless"))
    assert hall.ask("card", member=getattr(born.event.act, "member", ""))["name"] == ""
    assert hall.ask("return", key="r", code="nameless", language="en")["name"] == ""
    assert hall.ask("resolve", code="nameless")["name"] is None


def test_a_member_born_at_the_till_has_a_page_too(hall: Hall) -> None:
    act = Enrol("", "en", "")
    born = hall.house.act("member.enrolled", act, evidence=("nfc.uid", b"\x04abcdef"), person="Ada")
    member = getattr(born.event.act, "member", "")
    card = hall.ask("card", member=member)
    assert (card["name"], card["code"], card["phone"]) == ("Ada", None, "none")
