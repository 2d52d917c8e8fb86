"""Approvals: a proof of a manager's for one act, one minute, one till, and what refuses it."""

from typing import Any

import pytest

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.core.orders.model import Run
from gateway.live import Live
from gateway.settings import GatewaySettings
from tests.gateway.adapters.http.pos_shop import ORDER, SHIFT

KEY = b"k" * 32
DEAR: dict[str, Any] = {"lines": [{"sku": "cake", "quantity": 20}]}
DEAR_COMMIT: dict[str, Any] = {
    "key": "k1",
    "basket": DEAR,
    "tenders": [{"kind": "cash", "amount": 112_000}],
}


def _sign_in(client: Any) -> None:
    answer = client.post("/v1/staff/sign_in", json={"till": "till-1", "badge": "BADGE-CHEN"})
    assert answer.status_code == 200, answer.text


def _proof(client: Any, for_: str = "sell", **who: Any) -> str:
    asked = {"badge": "BADGE-ZHOU", "for": for_} | who
    answer = client.post("/v1/staff/approve", json=asked)
    assert answer.status_code == 200, answer.text
    proof: str = answer.json()["proof"]
    return proof


def test_a_manager_approves_what_a_cashier_may_not_alone(stranger: Any, till: Any) -> None:
    _sign_in(stranger)
    answer = stranger.post("/v1/orders/commit", json=DEAR_COMMIT)
    assert (answer.status_code, answer.json()["reason"]) == (409, "approval_needed")
    approved = DEAR_COMMIT | {"key": "k2", "approver": _proof(stranger)}
    assert stranger.post("/v1/orders/commit", json=approved).status_code == 200
    assert till.asked[-1].act.approver == "s-zhou" and till.asked[-1].actor == "staff:s-chen"


def test_a_pin_approves_too_and_its_proof_names_who(stranger: Any) -> None:
    _sign_in(stranger)
    answer = stranger.post("/v1/staff/approve", json={"staff": "s-zhou", "pin": "9753", "for": "sell"})
    assert (answer.json()["staff"], answer.json()["name"]) == ("s-zhou", "周")


@pytest.mark.parametrize(
    ("who", "status", "reason"),
    [
        ({"badge": "BADGE-CHEN"}, 403, "not_allowed"),
        ({"badge": "BADGE-GONE"}, 401, "wrong_sign_in"),
        ({"badge": "s-zhou"}, 401, "wrong_sign_in"),
        ({"staff": "s-zhou", "pin": "0000"}, 401, "wrong_sign_in"),
        ({"badge": "BADGE-ZHOU", "for": "everything"}, 400, "strange"),
        ({"badge": "BADGE-ZHOU", "till": "till-2"}, 403, "other_till"),
    ],
)
def test_who_may_not_approve_gives_no_proof(
    stranger: Any, who: dict[str, str], status: int, reason: str
) -> None:
    _sign_in(stranger)
    answer = stranger.post("/v1/staff/approve", json={"for": "sell"} | who)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


def test_an_approval_is_for_one_act_but_for_that_again_and_again(stranger: Any) -> None:
    _sign_in(stranger)
    body = DEAR_COMMIT | {"approver": _proof(stranger)}
    assert stranger.post("/v1/orders/commit", json=body).status_code == 200
    again = stranger.post("/v1/orders/commit", json=body)
    assert again.status_code == 200 and again.json()["duplicate"]
    other = stranger.post("/v1/orders/commit", json=body | {"key": "k2"})
    assert (other.status_code, other.json()["reason"], other.json()["field"]) == (
        403,
        "proof_used",
        "approver",
    )


def test_a_refused_act_leaves_its_approval_for_the_next(stranger: Any) -> None:
    _sign_in(stranger)
    body = DEAR_COMMIT | {"approver": _proof(stranger)}
    wrong = body | {"tenders": [{"kind": "cash", "amount": 1}]}
    assert stranger.post("/v1/orders/commit", json=wrong).json()["reason"] == "tenders_differ"
    assert stranger.post("/v1/orders/commit", json=body | {"key": "k2"}).status_code == 200
    assert stranger.post("/v1/orders/commit", json=body | {"key": "k3"}).status_code == 403


def test_an_approval_is_for_one_minute_one_till_and_one_kind_of_act(
    stranger: Any, open_client: Any, token: str, shop: Any, clock: Any, live: Live
) -> None:
    reader = open_client(stranger.app, token=token)
    shop.begin_anew()
    _sign_in(stranger)
    old = _proof(stranger)
    clock(60_000)
    answer = stranger.post("/v1/orders/commit", json=DEAR_COMMIT | {"approver": old})
    assert (answer.status_code, answer.json()["reason"]) == (403, "proof_old")
    for_return = _proof(stranger, "return")
    assert stranger.post("/v1/orders/commit", json=DEAR_COMMIT | {"approver": for_return}).status_code == 403
    fresh = _proof(stranger)
    elsewhere = DEAR_COMMIT | {"approver": fresh, "till": "till-2"}
    assert reader.post("/v1/orders/commit", json=elsewhere).json()["reason"] == "proof"
    assert stranger.post("/v1/orders/commit", json=DEAR_COMMIT | {"approver": fresh}).status_code == 200
    assert live.counters.get("staff.proofs_refused") == 3
    void = {"key": "v", "order": ORDER, "approver": for_return}
    assert stranger.post("/v1/orders/void", json=void).status_code == 200


def test_a_proof_of_another_run_is_none(
    stranger: Any, open_client: Any, live: Live, settings: GatewaySettings, books: Books, clock: Any
) -> None:
    _sign_in(stranger)
    proof = _proof(stranger)
    again = open_client(build_app(live, settings, "0f" * 32, books, KEY, clock))
    again.cookies.update(stranger.cookies)
    answer = again.post("/v1/orders/commit", json=DEAR_COMMIT | {"approver": proof})
    assert (answer.status_code, answer.json()["reason"]) == (403, "proof")


def test_a_preview_looks_at_an_approval_and_leaves_it(stranger: Any, shop: Any) -> None:
    shop.begin_anew()
    _sign_in(stranger)
    body = {"key": "r", "order": ORDER, "pieces": [{"line": 0, "quantity": 1}]}
    body |= {"approver": _proof(stranger, "return")}
    assert stranger.post("/v1/orders/returns", json=body | {"preview": True}).status_code == 200
    assert stranger.post("/v1/orders/returns", json=body | {"key": "r2"}).status_code == 200


def test_what_is_started_by_hand_is_as_good_as_a_grant(stranger: Any, till: Any, shop: Any) -> None:
    _sign_in(stranger)
    run = {"key": "m", "type": "manual", "program": "welcome-back"}
    assert stranger.post("/v1/members/m-0001/run", json=run).json()["reason"] == "not_allowed"
    cashier = shop.staff_known["s-chen"]
    shop.staff_known["s-chen"] = cashier._replace(may=(*cashier.may, "grant"))
    assert stranger.post("/v1/members/m-0001/run", json=run).status_code == 200
    assert till.asked[-1].type == "manual"


def test_a_grant_and_a_close_take_their_own_approvals(stranger: Any, shop: Any, till: Any) -> None:
    shop.begin_anew()
    shop.shifts[SHIFT] = shop.shifts[SHIFT]._replace(till="till-1")
    _sign_in(stranger)
    run = {"key": "g", "type": "grant.requested", "amount": 900, "approver": _proof(stranger, "grant")}
    assert stranger.post("/v1/members/m-0001/run", json=run).status_code == 200
    assert till.asked[-1].act == Run("m-0001", 900, "s-zhou", till="till-1")
    close = {"key": "c", "counted": 1}
    assert stranger.post(f"/v1/shifts/{SHIFT}/close", json=close).json()["reason"] == "approval_needed"
    close |= {"key": "c2", "approver": _proof(stranger, "shift")}
    assert stranger.post(f"/v1/shifts/{SHIFT}/close", json=close).status_code == 200
