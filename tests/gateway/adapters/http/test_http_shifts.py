"""Shifts, goods, codes, members' PINs and receipts by the API."""

from typing import Any

import msgspec
import pytest

from gateway.adapters.http import build_app, pos_shapes
from gateway.adapters.http.goods import GOODS_MAX
from gateway.core.orders.model import CloseShift, MoveCash, OpenShift, SetPin
from gateway.errors import LedgerRefused, LedgerUnsafe
from gateway.pins import PinsBusy
from tests.gateway.adapters.http.pos_shop import ORDER, SHIFT

BALANCE: dict[str, Any] = {
    "key": "b1",
    "basket": {"lines": [{"sku": "tea"}], "member": "m-0001"},
    "tenders": [{"kind": "balance", "amount": 1_800}],
    "till": "till-1",
}
CHECK = "/v1/members/m-0001/pin/check"
ASK = "/v1/members/m-0001/pin/ask"


def _sign_in(client: Any, badge: str = "BADGE-CHEN") -> None:
    body = {"till": "till-1", "badge": badge}
    assert client.post("/v1/staff/sign_in", json=body).status_code == 200


# -- shifts


def test_a_shift_is_opened_counted_and_closed(stranger: Any, till: Any) -> None:
    _sign_in(stranger)
    assert stranger.get("/v1/shifts").json() == {"shift": None}
    opened = stranger.post("/v1/shifts", json={"key": "s1", "cash_float": 20_000}).json()
    assert till.asked[-1].act == OpenShift(20_000, "till-1")
    shift = stranger.get("/v1/shifts").json()["shift"]
    assert (shift["shift"], shift["staff"], shift["expected"]) == (opened["shift"], "s-chen", 26_200)
    path = f"/v1/shifts/{opened['shift']}"
    moved = stranger.post(f"{path}/cash", json={"key": "s2", "amount": -500, "reason": "to the bank"})
    assert moved.status_code == 200
    assert till.asked[-1].act == MoveCash(-500, "to the bank", opened["shift"], "till-1")
    closed = stranger.post(f"{path}/close", json={"key": "s3", "counted": 26_200})
    assert till.asked[-1].act == CloseShift(26_200, opened["shift"], "till-1")
    told = msgspec.json.decode(closed.content, type=pos_shapes.ShiftDone)
    assert told.record is not None and (told.record.difference, told.record.expected) == (0, 26_200)
    assert stranger.get("/v1/shifts").json() == {"shift": None}
    assert stranger.get(path).json()["record"]["counted"] == 26_200


def test_a_second_shift_at_a_till_is_refused_and_names_none(reader: Any) -> None:
    body = {"key": "s1", "cash_float": 0, "till": "till-1"}
    assert reader.post("/v1/shifts", json=body).status_code == 200
    answer = reader.post("/v1/shifts", json=body | {"key": "s2"})
    assert (answer.status_code, answer.json()["reason"], answer.json()["shift"]) == (409, "shift_taken", None)


@pytest.mark.parametrize(("method", "ending"), [("get", ""), ("post", "/cash"), ("post", "/close")])
def test_a_shift_that_is_not_there_is_not_found(reader: Any, till: Any, method: str, ending: str) -> None:
    body = {"key": "s", "counted": 0} if ending == "/close" else {"key": "s", "amount": 1, "reason": "x"}
    sent = {} if method == "get" else {"json": body}
    answer = reader.request(method, f"/v1/shifts/nothing{ending}", **sent)
    assert (answer.status_code, answer.json()["reason"]) == (404, "shift_unknown")
    assert till.asked == []


def test_a_shift_is_of_one_till(reader: Any, shop: Any, till: Any) -> None:
    shop.begin_anew()
    body = {"key": "s", "counted": 1, "till": "till-1"}
    answer = reader.post(f"/v1/shifts/{SHIFT}/close", json=body)
    assert (answer.status_code, answer.json()["reason"]) == (403, "other_till")
    body |= {"till": "till-9", "staff": "s-chen"}
    assert reader.post(f"/v1/shifts/{SHIFT}/close", json=body).json()["reason"] == "approval_needed"
    assert till.asked[-1].actor == "staff:s-chen"


def test_the_shift_of_another_till_is_not_for_a_clerk(stranger: Any, shop: Any, till: Any) -> None:
    shop.begin_anew()
    _sign_in(stranger)
    asked = len(till.asked)
    for ending, body in (
        ("cash", {"key": "s", "amount": 1, "reason": "x"}),
        ("close", {"key": "s", "counted": 1}),
        ("print", {}),
    ):
        answer = stranger.post(f"/v1/shifts/{SHIFT}/{ending}", json=body)
        assert (answer.status_code, answer.json()["reason"]) == (403, "other_till")
    assert len(till.asked) == asked


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/shifts", {"key": "s", "till": "t", "cash_float": -1}, "cash_float"),
        ("/v1/shifts", {"key": "s", "till": "t", "cash_float": 1.5}, "cash_float"),
        ("/v1/shifts", {"key": "s", "till": "t"}, "cash_float"),
        ("/v1/shifts", {"key": "s", "cash_float": 1}, "till"),
        (f"/v1/shifts/{SHIFT}/cash", {"key": "s", "amount": 1, "reason": ""}, "reason"),
        (f"/v1/shifts/{SHIFT}/cash", {"key": "s", "amount": 10**13, "reason": "x"}, "amount"),
        (f"/v1/shifts/{SHIFT}/close", {"key": "s", "counted": -1}, "counted"),
        (f"/v1/shifts/{SHIFT}/close", {"key": "s", "counted": 1, "expected": 1}, "expected"),
        ("/v1/members/m-0001/pin", {"key": "s", "pin": "12"}, "pin"),
        (CHECK, {"pin": "2468 "}, "pin"),
    ],
)
def test_a_wrong_body_names_the_field(reader: Any, till: Any, path: str, body: Any, field: str) -> None:
    answer = reader.post(path, json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert till.asked == []


# -- goods and codes


def test_goods_are_found_by_words_and_cut_to_the_limit(reader: Any, shop: Any) -> None:
    found = reader.get("/v1/goods", params={"query": " 蛋糕 ", "limit": "3"}).json()["goods"]
    assert [good["sku"] for good in found] == ["cake"] and found[0]["price"] == 5_600
    assert shop.asked[-1] == ("goods", "蛋糕", 3)
    reader.get("/v1/goods", params={"limit": "99999"})
    assert shop.asked[-1] == ("goods", None, GOODS_MAX)
    too_long = reader.get("/v1/goods", params={"query": "x" * 257})
    assert (too_long.status_code, too_long.json()["field"]) == (400, "query")


@pytest.mark.parametrize(
    ("code", "kind", "shown"),
    [
        ("cake", "goods", {"sku": "cake"}),
        ("m-0001", "member", {"id": "m-0001", "name": "林**"}),
        ("TEA-5", "coupon", {"usable": False, "unusable": "used_up", "used_where": "till-1"}),
        ("Rs1-gateway.1208", "order", {"order": ORDER, "left": [2]}),
        ("BADGE-CHEN", "staff", {"id": "s-chen", "name": "陈", "role": "cashier"}),
    ],
)
def test_one_door_for_whatever_is_scanned(
    reader: Any, shop: Any, code: str, kind: str, shown: dict[str, Any]
) -> None:
    shop.begin_anew()
    answer = reader.get("/v1/lookup", params={"code": code})
    found = answer.json()
    msgspec.json.decode(answer.content, type=pos_shapes.Looked)
    assert found["kind"] == kind and shown.items() <= found[kind].items()
    others = {"goods", "member", "coupon", "order", "staff"} - {kind}
    assert all(found[other] is None for other in others)
    assert bool(found["coupons"]) is (kind == "member")


def test_what_nobody_knows_is_said_and_nothing_is_a_question(reader: Any) -> None:
    assert reader.get("/v1/lookup", params={"code": "??"}).json()["kind"] == "unknown"
    for asked in ({}, {"code": " "}):
        answer = reader.get("/v1/lookup", params=asked)
        assert (answer.status_code, answer.json()["field"]) == (400, "code")


# -- PINs of members


def test_the_right_pin_gives_a_proof_that_pays_once(reader: Any, till: Any) -> None:
    refused = reader.post("/v1/orders/commit", json=BALANCE | {"key": "b0"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "pin_needed")
    told = reader.post(CHECK, json={"pin": "2468"}).json()
    assert told["outcome"] == "right"
    body = BALANCE | {"pin": told["proof"]}
    assert reader.post("/v1/orders/commit", json=body).status_code == 200
    assert till.asked[-1].pin == "right"
    assert reader.post("/v1/orders/commit", json=body).json()["duplicate"] is True
    again = reader.post("/v1/orders/commit", json=body | {"key": "b2"})
    assert (again.status_code, again.json()["reason"], again.json()["field"]) == (403, "proof_used", "pin")


@pytest.mark.parametrize("found", ["wrong", "locked", "none"])
def test_every_other_pin_gives_none_and_says_what_to_do(reader: Any, pins: Any, found: str) -> None:
    pins.says = found
    answer = reader.post(CHECK, json={"pin": "2468"})
    told = answer.json()
    assert (answer.status_code, told["outcome"], told["proof"]) == (409, found, None)
    assert told["says"]["zh-CN"]["do"] and told["says"]["en"]["do"]
    assert "2468" not in answer.text


def test_a_proof_is_of_one_member_and_of_a_pin(reader: Any, shop: Any, pins: Any) -> None:
    shop.members["m-0002"] = shop.members["m-0001"] | {"member": "m-0002"}
    pins.digits["member:m-0002"] = "1111"
    of_another = reader.post("/v1/members/m-0002/pin/check", json={"pin": "1111"}).json()["proof"]
    approval = {"badge": "BADGE-ZHOU", "for": "sell", "till": "till-1"}
    of_a_manager = reader.post("/v1/staff/approve", json=approval).json()["proof"]
    for proof in (of_another, of_a_manager, "x.y"):
        answer = reader.post("/v1/orders/commit", json=BALANCE | {"pin": proof})
        assert (answer.status_code, answer.json()["field"]) == (403, "pin")
    nobody = BALANCE | {"basket": {"lines": [{"sku": "tea"}]}}
    right = reader.post(CHECK, json={"pin": "2468"}).json()["proof"]
    assert reader.post("/v1/orders/commit", json=nobody | {"pin": right}).status_code == 403


def test_the_customer_types_it_at_the_terminal_of_the_till(reader: Any, pads: Any) -> None:
    assert reader.post(ASK, json={"till": "till-1"}).json()["outcome"] == "right"
    pads.typed = "0000"
    assert reader.post(ASK, json={"till": "till-1"}).json()["outcome"] == "wrong"
    pads.typed = None
    answer = reader.post(ASK, json={"till": "till-1"})
    assert (answer.status_code, answer.json()["outcome"]) == (409, "no_answer")
    pads.typed = "2468"
    assert reader.post(ASK, json={"till": "till-2"}).json()["outcome"] == "no_answer"
    assert pads.shown == [("till-1", "right"), ("till-1", "wrong")]


def test_a_pin_is_set_by_an_event_that_does_not_know_it(reader: Any, till: Any, pins: Any) -> None:
    body = {"key": "p1", "pin": "8642"}
    assert reader.post("/v1/members/m-0001/pin", json=body).status_code == 200
    assert till.asked[-1].act == SetPin("member:m-0001")
    assert "8642" not in repr(till.asked[-1]) and pins.digits["member:m-0001"] == "8642"
    till.reason = "not_allowed"
    refused = reader.post("/v1/members/m-0001/pin", json={"key": "p2", "pin": "1111"})
    assert refused.status_code == 409 and pins.digits["member:m-0001"] == "8642"


def test_only_a_role_that_may_sets_a_members_pin(stranger: Any, pins: Any) -> None:
    _sign_in(stranger)
    body = {"key": "p1", "pin": "8642"}
    assert stranger.post("/v1/members/m-0001/pin", json=body).status_code == 403
    assert pins.digits["member:m-0001"] == "2468"
    _sign_in(stranger, "BADGE-ZHOU")
    assert stranger.post("/v1/members/m-0001/pin", json=body).status_code == 200


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (PinsBusy("busy"), "busy"),
        (LedgerRefused("full"), "ledger_refuses"),
        (LedgerUnsafe("torn"), "unsure"),
    ],
)
def test_a_pin_that_could_not_be_tried_may_be_tried_again(
    reader: Any, pins: Any, problem: Exception, reason: str
) -> None:
    async def fail(owner: str, digits: str) -> str:
        raise problem

    pins.check = pins.hashed = fail
    for path, body in ((CHECK, {"pin": "2468"}), ("/v1/members/m-0001/pin", {"key": "p", "pin": "2468"})):
        answer = reader.post(path, json=body)
        assert (answer.status_code, answer.json()["reason"]) == (503, reason)


# -- receipts


def test_a_receipt_is_printed_and_a_copy_says_so(reader: Any, shop: Any, roll: Any) -> None:
    shop.begin_anew()
    path = f"/v1/receipts/{ORDER}/print"
    assert reader.post(path, json={}).json()["outcome"] == "printed"
    reader.post(path, json={"copy": True, "key": "till.print.1"})
    assert roll.paper == [(ORDER, False), (ORDER, True)]
    roll.out_of_paper = True
    assert reader.post(path, json={}).json()["outcome"] == "no_printer"
    assert reader.post("/v1/receipts/nothing/print", json={}).status_code == 404


def test_a_return_and_a_report_are_printed_too(reader: Any, shop: Any, roll: Any) -> None:
    shop.begin_anew()
    back = {"key": "r", "order": ORDER, "pieces": [{"line": 0, "quantity": 1}], "till": "till-1"}
    seq = reader.post("/v1/orders/returns", json=back).json()["seq"]
    path = f"/v1/receipts/{ORDER}/print"
    assert reader.post(path, json={"seq": seq}).json()["outcome"] == "printed"
    assert reader.post(path, json={"seq": seq + 1}).json()["field"] == "seq"
    assert reader.post(f"/v1/shifts/{SHIFT}/print", json={}).json()["outcome"] == "printed"
    assert reader.post("/v1/shifts/nothing/print", json={}).status_code == 404
    assert roll.paper == [(f"{ORDER} {seq}", False), (SHIFT, False)]


def test_a_store_without_a_printer_says_so(
    open_client: Any, live: Any, settings: Any, books: Any, token: str
) -> None:
    client = open_client(build_app(live, settings, token, books._replace(printer=None)), token=token)
    books.counter.begin_anew()
    for path in (f"/v1/receipts/{ORDER}/print", f"/v1/shifts/{SHIFT}/print"):
        answer = client.post(path, json={})
        assert (answer.status_code, answer.json()["reason"]) == (501, "no_printer_set")


def test_the_qr_of_a_receipt_is_a_picture_of_its_code(reader: Any, shop: Any) -> None:
    shop.begin_anew()
    answer = reader.get(f"/v1/receipts/{ORDER}.svg")
    assert answer.headers["content-type"] == "image/svg+xml" and answer.text.startswith("<svg")
    assert answer.content == reader.get("/v1/receipts/Rs1-gateway.1208.svg").content
    assert reader.get("/v1/receipts/nothing.svg").status_code == 404
