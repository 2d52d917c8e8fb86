"""Orders by the API: what reaches the counter and the teller, what is answered, what is refused unasked."""

import json
from typing import Any

import msgspec
import pytest

from gateway.acting import BUSY
from gateway.adapters.http import order_shapes
from gateway.core.orders.model import Basket, GoBack, Line, Park, Piece, Run, Sell, Tender
from gateway.live import Live
from tests.gateway.adapters.http.pos_shop import COUPON, ORDER

CAKES: dict[str, Any] = {"lines": [{"sku": "cake", "quantity": 2}]}
MEMBERS: dict[str, Any] = CAKES | {"member": "m-0001", "coupons": [COUPON], "points": 100, "chosen": ["mall"]}
QUOTE: dict[str, Any] = {"basket": CAKES, "till": "till-1"}
COMMIT: dict[str, Any] = {
    "key": "pos-7.1",
    "basket": CAKES,
    "till": "till-1",
    "tenders": [{"kind": "cash", "amount": 11_200, "given": 12_000}],
}
RETURN: dict[str, Any] = {
    "key": "pos-7.2",
    "order": ORDER,
    "pieces": [{"line": 0, "quantity": 1}],
    "till": "till-1",
}
PARK: dict[str, Any] = {"key": "pos-7.3", "parked": "table-4", "basket": CAKES, "till": "till-1"}
RUN: dict[str, Any] = {"key": "pos-7.4", "type": "coupon.claimed", "program": "mall-tea"}


# -- quotes


def test_a_quote_is_priced_by_the_counter_and_books_nothing(reader: Any, shop: Any, till: Any) -> None:
    answer = reader.post("/v1/orders/quote", json={"basket": MEMBERS, "till": "till-1"})
    told = answer.json()
    assert answer.status_code == 200
    assert told["quote"]["total"] == 6_200 and len(told["digest"]) == 64
    basket = Basket((Line("cake", 2),), ("mall",), (COUPON,), "m-0001", 100)
    assert shop.asked == [("quote", basket, "till-1", "pos")]
    assert till.asked == []


def test_a_quote_tells_the_member_and_the_coupons_and_what_is_elsewhere(reader: Any) -> None:
    told = reader.post("/v1/orders/quote", json={"basket": MEMBERS}).json()
    assert (told["member"]["id"], told["member"]["name"], told["member"]["tier"]) == (
        "m-0001",
        "林**",
        "silver",
    )
    assert told["member"]["units"][0] == {
        "unit": "PTS", "scale": 0, "here": 1_204, "held": 0, "offered": 300, "elsewhere": 96,
    }  # fmt: skip
    coupon = told["coupons"][0]
    assert (coupon["code"], coupon["usable"], coupon["unusable"]) == ("TEA-5", False, "held_elsewhere")
    assert coupon["owner"] == "member:m-0001"
    assert told["elsewhere"] == ["PTS"]


def test_a_walk_in_is_quoted_without_a_till(reader: Any, shop: Any) -> None:
    told = reader.post("/v1/orders/quote", json={"basket": CAKES}).json()
    assert told["member"] is None and told["coupons"] == []
    assert shop.asked[0][2] == ""


def test_equal_baskets_have_equal_quotes_byte_for_byte(reader: Any) -> None:
    first, second = (reader.post("/v1/orders/quote", json=QUOTE).content for _ in range(2))
    assert first == second


def test_an_unknown_article_is_named_by_its_line(reader: Any, live: Live) -> None:
    basket = {"lines": [{"sku": "tea"}, {"sku": "nothing"}, {"sku": "cake"}]}
    answer = reader.post("/v1/orders/quote", json={"basket": basket})
    told = answer.json()
    assert (answer.status_code, told["reason"], told["field"]) == (
        409,
        "goods_unknown",
        "basket.lines[1].sku",
    )
    assert "Scan it again" in told["next"] and "nothing" not in answer.text
    assert live.counters.get("http.till_faults") == 1


def test_an_unknown_member_is_named_by_its_field(reader: Any) -> None:
    told = reader.post("/v1/orders/quote", json={"basket": CAKES | {"member": "m-9"}}).json()
    assert (told["reason"], told["field"]) == ("member_unknown", "basket.member")


# -- commits


def test_a_commit_reaches_the_teller_as_the_core_knows_it(reader: Any, till: Any) -> None:
    till.shop.code_stands = True  # points are in it, and no PIN
    quote = reader.post("/v1/orders/quote", json={"basket": MEMBERS}).json()
    tenders = [
        {"kind": "cash", "amount": 3_000, "given": 5_000},
        {"kind": "wechat", "amount": 3_200, "reference": "wx-1"},
    ]
    body = COMMIT | {"basket": MEMBERS, "tenders": tenders, "digest": quote["digest"], "parked": "table-4"}
    assert reader.post("/v1/orders/commit", json=body).status_code == 200
    asked = till.asked[0]
    assert (asked.key, asked.actor, asked.type, asked.pin) == ("pos-7.1", "pos", "order.committed", None)
    assert asked.act == Sell(
        Basket((Line("cake", 2),), ("mall",), (COUPON,), "m-0001", 100),
        (Tender("cash", 3_000, 5_000), Tender("wechat", 3_200, None, "wx-1")),
        "till-1",
        parked="table-4",
        quote=quote["digest"],
    )


def test_what_was_sold_is_told_with_change_and_receipt_code(reader: Any) -> None:
    answer = reader.post("/v1/orders/commit", json=COMMIT)
    sold = msgspec.json.decode(answer.content, type=order_shapes.Sold)
    assert (sold.outcome, sold.reason, sold.duplicate, sold.change) == ("done", None, False, 800)
    assert sold.receipt_code == f"Rs1-gateway.{sold.seq}"
    assert sold.record is not None and sold.record.total == 11_200
    assert sold.order == f"{sold.seq:016x}"


def test_the_same_key_gives_the_same_verdict_and_another_basket_under_it_is_refused(
    reader: Any, till: Any
) -> None:
    first = reader.post("/v1/orders/commit", json=COMMIT).json()
    again = reader.post("/v1/orders/commit", json=COMMIT).json()
    assert again == first | {"duplicate": True}
    other = reader.post("/v1/orders/commit", json=COMMIT | {"basket": {"lines": [{"sku": "tea"}]}})
    assert (other.status_code, other.json()["reason"]) == (409, "key_reused")


def test_a_changed_quote_is_refused_with_the_same_body(reader: Any) -> None:
    answer = reader.post("/v1/orders/commit", json=COMMIT | {"digest": "0" * 64})
    told = answer.json()
    assert (answer.status_code, told["outcome"], told["reason"]) == (409, "refused", "quote_changed")
    assert (told["order"], told["record"], told["receipt_code"], told["change"]) == (None, None, None, 0)
    assert told["seq"] == 1 and "price" in told["says"]["en"]["what"]
    msgspec.json.decode(answer.content, type=order_shapes.Sold)


def test_tenders_that_do_not_sum_to_what_is_due_are_refused(reader: Any) -> None:
    answer = reader.post("/v1/orders/commit", json=COMMIT | {"tenders": [{"kind": "card", "amount": 1}]})
    assert (answer.status_code, answer.json()["reason"]) == (409, "tenders_differ")


def test_what_still_waits_for_hq_is_accepted_not_done(reader: Any, till: Any) -> None:
    till.reason = "asked"
    answer = reader.post("/v1/orders/returns", json=RETURN)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "asked")


def test_what_was_not_booked_may_be_tried_again(reader: Any, till: Any) -> None:
    till.refuse = BUSY
    answer = reader.post("/v1/orders/commit", json=COMMIT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    till.refuse = None
    assert reader.post("/v1/orders/commit", json=COMMIT).json()["duplicate"] is False


def test_a_program_names_its_till(reader: Any, till: Any) -> None:
    body = {name: value for name, value in COMMIT.items() if name != "till"}
    answer = reader.post("/v1/orders/commit", json=body).json()
    assert (answer["reason"], answer["field"]) == ("missing", "till")
    assert till.asked == []


# -- returns


def test_a_return_reaches_the_teller_and_itemises_what_goes_back(reader: Any, shop: Any, till: Any) -> None:
    shop.begin_anew()
    body = RETURN | {"refunds": [{"kind": "card", "amount": 5_600}], "reason": "cold"}
    told = reader.post("/v1/orders/returns", json=body).json()
    assert till.asked[0].act == GoBack(
        ORDER, "till-1", None, (Piece(0, 1),), "cold", (Tender("card", 5_600),)
    )
    assert (till.asked[0].type, told["order"], told["preview"]) == ("order.returned", ORDER, False)
    assert told["record"]["back"][0]["amount"] == -62 and told["record"]["total"] == 5_600
    found = reader.get(f"/v1/orders/{ORDER}").json()
    assert found["left"] == [1] and len(found["returns"]) == 1


def test_a_void_takes_the_whole_order_and_leaves_nothing(reader: Any, shop: Any, till: Any) -> None:
    shop.begin_anew()
    told = reader.post("/v1/orders/void", json={"key": "v", "order": ORDER, "till": "till-1"}).json()
    assert till.asked[0].act == GoBack(ORDER, "till-1", void=True)
    assert (till.asked[0].type, told["record"]["void"]) == ("order.voided", True)
    assert reader.get(f"/v1/orders/{ORDER}").json()["left"] == [0]


@pytest.mark.parametrize("address", ["returns", "void"])
def test_a_preview_says_what_would_come_back_and_asks_nobody(
    reader: Any, shop: Any, till: Any, address: str
) -> None:
    shop.begin_anew()
    body = RETURN | {"preview": True}
    if address == "void":
        del body["pieces"]
    answer = reader.post(f"/v1/orders/{address}", json=body)
    told = answer.json()
    assert (answer.status_code, told["preview"], told["seq"], told["receipt_code"]) == (200, True, None, None)
    assert told["record"]["total"] == (5_600 if address == "returns" else 11_200)
    assert till.asked == [] and shop.sold[ORDER].returns == ()
    msgspec.json.decode(answer.content, type=order_shapes.Returned)


def test_a_preview_of_what_is_refused_says_why(reader: Any) -> None:
    answer = reader.post("/v1/orders/returns", json=RETURN | {"preview": True})
    assert (answer.status_code, answer.json()["reason"], answer.json()["record"]) == (
        409,
        "order_unknown",
        None,
    )


# -- parked, listed, looked up


def test_a_basket_is_put_aside_found_and_forgotten(reader: Any, till: Any) -> None:
    assert reader.post("/v1/orders/park", json=PARK | {"note": "back soon"}).json()["parked"] == "table-4"
    assert till.asked[0].act == Park("table-4", "till-1", Basket((Line("cake", 2),)), "back soon")
    row = reader.get("/v1/orders/park", params={"till": "till-1"}).json()["parked"][0]
    assert (row["parked"], row["note"], row["basket"]) == ("table-4", "back soon", CAKES)
    assert reader.get("/v1/orders/park", params={"till": "till-2"}).json() == {"parked": []}
    gone = reader.post("/v1/orders/park", json=PARK | {"key": "k2", "basket": None})
    assert gone.status_code == 200 and reader.get("/v1/orders/park").json() == {"parked": []}
    never = reader.post("/v1/orders/park", json=PARK | {"key": "k3", "basket": None})
    assert (never.status_code, never.json()["reason"]) == (409, "parked_unknown")


def test_a_basket_of_an_answer_may_be_sent_as_it_stands(reader: Any) -> None:
    reader.post("/v1/orders/park", json=PARK | {"basket": MEMBERS})
    basket = reader.get("/v1/orders/park").json()["parked"][0]["basket"]
    assert reader.post("/v1/orders/quote", json={"basket": basket}).status_code == 200


def test_an_order_is_found_by_id_and_by_receipt_code(reader: Any) -> None:
    sold = reader.post("/v1/orders/commit", json=COMMIT).json()
    by_id = reader.get(f"/v1/orders/{sold['order']}").json()
    by_code = reader.get(f"/v1/orders/{sold['receipt_code']}").json()
    assert by_id == by_code
    assert (by_id["record"], by_id["left"], by_id["actor"]) == (sold["record"], [2], "pos")
    unknown = reader.get("/v1/orders/Rs2-gateway.1")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "order_unknown")


def test_orders_are_listed_by_member_and_time(reader: Any, shop: Any) -> None:
    shop.begin_anew()
    asked = {"member": "m-0001", "since": "5", "limit": "7"}
    rows = reader.get("/v1/orders", params=asked).json()["orders"]
    assert [row["receipt_code"] for row in rows] == ["Rs1-gateway.1208"]
    assert shop.asked[-1] == ("orders", "m-0001", 5, 7)


@pytest.mark.parametrize("name", ["since", "limit"])
@pytest.mark.parametrize("text", ["-1", "x", "", "1e3", "٣", "9" * 5_000])
def test_a_number_of_the_address_that_is_none_is_named(reader: Any, name: str, text: str) -> None:
    answer = reader.get("/v1/orders", params={name: text})
    assert (answer.status_code, answer.json()["field"]) == (400, name)


# -- what programs give


def test_an_occasion_reaches_the_teller_with_its_type(reader: Any, till: Any) -> None:
    body = RUN | {"type": "grant.requested", "amount": 300, "reason": "a good idea", "till": "till-1"}
    told = reader.post("/v1/members/m-0001/run", json=body).json()
    assert till.asked[0].act == Run("m-0001", 300, None, "mall-tea", "a good idea", "till-1")
    assert till.asked[0].type == "grant.requested"
    assert told["record"]["applied"][0]["amount"] == 300 and told["member"] == "m-0001"


def test_an_occasion_of_nobody_is_refused(reader: Any) -> None:
    answer = reader.post("/v1/members/m-9/run", json=RUN)
    assert (answer.status_code, answer.json()["reason"]) == (409, "member_unknown")


# -- bodies


def _basket(**changes: Any) -> dict[str, Any]:
    return COMMIT | {"basket": CAKES | changes}


def _line(**changes: Any) -> dict[str, Any]:
    return _basket(lines=[{"sku": "cake"} | changes])


def _tender(**changes: Any) -> dict[str, Any]:
    return COMMIT | {"tenders": [{"kind": "cash", "amount": 1} | changes]}


WRONG: list[tuple[str, Any, str]] = [
    ("commit", _basket(lines=[]), "basket.lines"),
    ("commit", _basket(lines=[{"sku": "cake"}] * 201), "basket.lines"),
    ("commit", _basket(member=""), "basket.member"),
    ("commit", _basket(member="m 1"), "basket.member"),
    ("commit", _basket(points=-1), "basket.points"),
    ("commit", _basket(points=1.5), "basket.points"),
    ("commit", _basket(coupons=["a"] * 21), "basket.coupons"),
    ("commit", _basket(coupons=["a b"]), "basket.coupons[0]"),
    ("commit", _basket(price=1), "basket.price"),
    ("commit", _line(quantity=0), "basket.lines[0].quantity"),
    ("commit", _line(quantity=10_000), "basket.lines[0].quantity"),
    ("commit", _line(quantity=True), "basket.lines[0].quantity"),
    ("commit", _line(quantity="2"), "basket.lines[0].quantity"),
    ("commit", _line(sku=""), "basket.lines[0].sku"),
    ("commit", _line(sku="x" * 49), "basket.lines[0].sku"),
    ("commit", _line(amount=-1), "basket.lines[0].amount"),
    ("commit", _line(amount=10**13), "basket.lines[0].amount"),
    ("commit", _line(price=1), "basket.lines[0].price"),
    ("commit", _tender(kind="gold"), "tenders[0].kind"),
    ("commit", _tender(amount=0), "tenders[0].amount"),
    ("commit", _tender(given=-1), "tenders[0].given"),
    ("commit", _tender(reference="x" * 81), "tenders[0].reference"),
    ("commit", COMMIT | {"tenders": [{"kind": "cash", "amount": 1}] * 11}, "tenders"),
    ("commit", COMMIT | {"digest": "xyz"}, "digest"),
    ("commit", COMMIT | {"approver": "s-zhou is fine"}, "approver"),
    ("commit", COMMIT | {"till": "till 1"}, "till"),
    ("commit", COMMIT | {"key": "a key"}, "key"),
    ("commit", COMMIT | {"total": 1}, "total"),
    ("commit", {"key": "k"}, "basket"),
    ("commit", [], "body"),
    ("quote", {"basket": CAKES, "key": "k"}, "key"),
    ("returns", RETURN | {"pieces": []}, "pieces"),
    ("returns", RETURN | {"pieces": [{"line": -1, "quantity": 1}]}, "pieces[0].line"),
    ("returns", RETURN | {"pieces": [{"line": 200, "quantity": 1}]}, "pieces[0].line"),
    ("returns", RETURN | {"pieces": [{"line": 0, "quantity": 0}]}, "pieces[0].quantity"),
    ("returns", RETURN | {"order": "../../etc"}, "order"),
    ("returns", RETURN | {"reason": "x" * 81}, "reason"),
    ("void", RETURN, "pieces"),
    ("park", PARK | {"note": "x" * 41}, "note"),
    ("park", {"key": "k", "parked": "t", "till": "till-1"}, "basket"),
]


@pytest.mark.parametrize(("address", "body", "field"), WRONG)
def test_a_wrong_body_names_the_field_asks_nobody_and_is_counted(
    reader: Any, till: Any, shop: Any, live: Live, address: str, body: Any, field: str
) -> None:
    answer = reader.post(f"/v1/orders/{address}", content=json.dumps(body))
    fault = answer.json()
    assert (answer.status_code, fault["field"]) == (400, field)
    assert set(fault["says"]) == {"zh-CN", "en"} and fault["next"]
    assert till.asked == [] and shop.asked == []
    assert live.counters.get("http.till_faults") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (RUN | {"type": "order.committed"}, "type"),
        (RUN | {"type": "tier.changed"}, "type"),
        (RUN | {"amount": -1}, "amount"),
        (RUN | {"reason": "x" * 201}, "reason"),
        ({"key": "k"}, "type"),
    ],
)
def test_a_wrong_occasion_names_the_field(reader: Any, till: Any, body: Any, field: str) -> None:
    answer = reader.post("/v1/members/m-0001/run", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert till.asked == []


@pytest.mark.parametrize("id_", ["%20", "m%0A1", "x" * 65, "%3Cimg%3E"])
def test_an_address_that_can_hold_no_id_has_nothing(reader: Any, shop: Any, id_: str) -> None:
    assert reader.get(f"/v1/orders/{id_}").status_code == 404
    assert reader.post(f"/v1/members/{id_}/run", json=RUN).status_code == 404
    assert shop.asked == []


def test_the_largest_basket_there_may_be_fits_into_a_body(reader: Any) -> None:
    lines = [{"sku": "cake", "quantity": 9_999, "amount": 10**12}] * 200
    answer = reader.post("/v1/orders/quote", json={"basket": {"lines": lines}})
    assert answer.status_code == 200


def test_a_ledger_that_cannot_be_read_just_now_is_said_everywhere(reader: Any, shop: Any) -> None:
    shop.unreadable = True
    for address in ("orders", "orders/park", f"orders/{ORDER}", "goods", "lookup?code=x", "shifts?till=t"):
        answer = reader.get(f"/v1/{address}")
        assert (answer.status_code, answer.json()["reason"]) == (503, "ledger_refuses"), address
