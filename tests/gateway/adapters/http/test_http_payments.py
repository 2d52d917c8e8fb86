"""Payments at the API, over a bakery's real desk: a sale, a return, and everything a till may do wrong."""

from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.http.order_shapes import Returned, Sold
from gateway.adapters.http.payment_shapes import PaymentList, PaymentTold
from tests.gateway.adapters.http.till_rig import Clerk, play
from tests.gateway.payments.rig import DECLINE, LOST, NEVER, WAIT, WRONG, FakeBridge, World
from tests.gateway.rig import House

__all__ = ["play"]  # a fixture

KEY = "till-1.pay.1"
LOAF = {"lines": [{"sku": "loaf"}]}
TILL = {"till": "till-1"}


@pytest.fixture
def port() -> FakeBridge:
    return FakeBridge(World())


async def charge(clerk: Clerk, key: str = KEY, **other: Any) -> tuple[int, Any]:
    asked = {"key": key, "tender": "wechat", "amount": 1_200, "code": "134512345678901234", **TILL, **other}
    return await clerk.post("/payments", PaymentTold, **asked)


async def sell(clerk: Clerk, payment: str = KEY, **other: Any) -> tuple[int, Any]:
    tender = {"kind": "wechat", "amount": 1_200, "payment": payment, **other}
    return await clerk.act("/orders/commit", Sold, basket=LOAF, tenders=[tender], **TILL)


async def listed(clerk: Clerk) -> list[tuple[str, str]]:
    told = await clerk.get("/payments", PaymentList)
    return [(row["key"], row["state"]) for row in told["payments"]]


def test_paid_sold_and_half_of_it_back(play: Any, port: FakeBridge, bakery: House) -> None:
    async def day(clerk: Clerk) -> None:
        status, told = await charge(clerk)
        assert (status, told["state"], told["reference"]) == (201, "paid", f"ref-{KEY}")
        assert await listed(clerk) == [(KEY, "paid")]
        status, sold = await sell(clerk)
        assert (status, sold["record"]["tenders"][0]["reference"]) == (200, f"ref-{KEY}")
        assert await listed(clerk) == []
        told = await clerk.get(f"/payments/{KEY}", PaymentTold)
        assert (told["state"], told["order"], told["owed"]) == ("sold", sold["order"], 0)
        pieces = [{"line": 0, "quantity": 1}]
        status, back = await clerk.act(
            "/orders/returns", Returned, order=sold["receipt_code"], pieces=pieces, **TILL
        )
        assert (status, [row["amount"] for row in back["payments"]]) == (200, [1_200])
        assert await listed(clerk) == [(KEY, "giving_back")]
        assert (await clerk.post(f"/payments/{KEY}/refund", key="back-1", **TILL))[0] == 409

    play(day, port=port)
    assert port.world.net(KEY) == 1_200, "the next step of the loop sends it"


@pytest.mark.parametrize(
    ("mood", "status", "state"),
    [
        (DECLINE, 402, "declined"),
        (LOST, 202, "unknown"),
        (WAIT, 202, "unknown"),
        (WRONG, 409, "wrong_amount"),
    ],
)
def test_what_is_not_paid_says_what_to_do_and_pays_nothing(
    play: Any, port: FakeBridge, bakery: House, mood: str, status: int, state: str
) -> None:
    port.world.moods.append(mood)

    async def day(clerk: Clerk) -> None:
        answer, told = await charge(clerk)
        assert (answer, told["state"]) == (status, state)
        assert all(said["what"] and said["do"] for said in told["says"].values())
        answer, told = await sell(clerk)
        assert (answer, told["reason"], told["field"]) == (409, "payment_unpaid", "tenders")
        assert bakery.ledger.seq == 0

    play(day, port=port)


def test_a_refused_sale_frees_the_payment_and_a_used_one_pays_no_second(
    play: Any, port: FakeBridge, bakery: House
) -> None:
    async def day(clerk: Clerk) -> None:
        await charge(clerk)
        wrong = [{"kind": "wechat", "amount": 1_200, "payment": KEY}, {"kind": "cash", "amount": 1}]
        status, told = await clerk.act("/orders/commit", basket=LOAF, tenders=wrong, **TILL)
        assert (status, told["reason"]) == (409, "tenders_differ")
        assert (await sell(clerk))[0] == 200
        status, told = await sell(clerk)
        assert (status, told["reason"]) == (409, "payment_used")

    play(day, port=port)


def test_the_same_sale_again_is_the_same_answer(play: Any, port: FakeBridge, bakery: House) -> None:
    async def day(clerk: Clerk) -> None:
        await charge(clerk)
        body = {
            "key": "sale-1", "basket": LOAF, **TILL,
            "tenders": [{"kind": "wechat", "amount": 1_200, "payment": KEY}],
        }  # fmt: skip
        first = await clerk.post("/orders/commit", **body)
        again = await clerk.post("/orders/commit", **body)
        assert first[1] | {"duplicate": True} == again[1]

    play(day, port=port)


def test_a_payment_of_another_kind_or_with_a_number_of_ones_own_is_refused(
    play: Any, port: FakeBridge, bakery: House
) -> None:
    async def day(clerk: Clerk) -> None:
        await charge(clerk)
        for other, status, reason in (
            ({"kind": "alipay"}, 409, "payment_differs"),
            ({"amount": 1_201}, 409, "payment_differs"),
            ({"reference": "wx-1"}, 400, "reference"),
            ({"payment": "till-1.pay.9"}, 404, "no_payment"),
        ):
            answer, told = await sell(clerk, **({"payment": KEY} | other))
            assert (answer, told["reason"]) == (status, reason)
        assert (await charge(clerk, amount=5))[1]["reason"] == "key_reused"
        status, told = await charge(clerk, "till-1.pay.2", tender="card")
        assert (status, told["reason"], told["field"]) == (409, "tender_recorded", "tender")
        assert (await clerk.post("/payments/till-1.pay.9/refund", key="b", **TILL))[0] == 404
        assert (await clerk.client.get("/v1/payments/till-1.pay.9")).status_code == 404

    play(day, port=port)


def test_what_nobody_wants_is_given_back(play: Any, port: FakeBridge, bakery: House) -> None:
    async def day(clerk: Clerk) -> None:
        await charge(clerk)
        port.world.moods.append(NEVER)
        status, told = await clerk.post(f"/payments/{KEY}/refund", PaymentTold, key="back-1", **TILL)
        assert (status, told["state"]) == (202, "giving_back")
        status, told = await clerk.post(f"/payments/{KEY}/refund", PaymentTold, key="back-1", **TILL)
        assert (status, told["state"]) == (200, "given_back")
        assert (await sell(clerk))[1]["reason"] == "payment_unpaid"
        assert await listed(clerk) == []

    play(day, port=port)
    assert port.world.net(KEY) == 0


def test_without_a_bridge_what_the_clerk_says_is_recorded(play: Any, bakery: House) -> None:
    async def day(clerk: Clerk) -> None:
        status, told = await charge(clerk, tender="card", code="slip-77")
        assert (status, told["state"], told["reference"]) == (201, "paid", "slip-77")
        tenders = [{"kind": "card", "amount": 1_200, "payment": KEY}]
        status, sold = await clerk.act("/orders/commit", Sold, basket=LOAF, tenders=tenders, **TILL)
        assert (status, sold["record"]["tenders"][0]["reference"]) == (200, "slip-77")

    play(day)


def test_roles_limit_who_moves_money(play: Any, port: FakeBridge, bakery: House) -> None:
    async def day(clerk: Clerk) -> None:
        assert (await charge(clerk, staff="s-2"))[0] == 201, "a program acts in a clerk's name"
        told = await clerk.get(f"/payments/{KEY}")
        assert "actor" not in told and (Path(bakery.data) / "payments.db").exists()

    async def stranger(clerk: Clerk) -> None:
        for path in ("/payments", f"/payments/{KEY}/refund"):
            assert (await clerk.post(path, key=KEY))[0] == 401
        assert (await clerk.client.get("/v1/payments")).status_code == 401

    play(day, port=port)
    play(stranger, None)


def test_a_clerk_takes_and_gives_back_and_only_who_approves_says_it_is_settled(stranger: Any) -> None:
    asked = {"key": KEY, "tender": "wechat", "amount": 1_200, "code": "slip-1"}
    back = {"key": "back-1", "by_hand": True}
    stranger.post("/v1/staff/sign_in", json={"till": "till-1", "badge": "BADGE-CHEN"})
    assert stranger.post("/v1/payments", json=asked).status_code == 201
    refused = stranger.post(f"/v1/payments/{KEY}/refund", json=back)
    assert (refused.status_code, refused.json()["reason"]) == (403, "not_allowed")
    other = stranger.post("/v1/payments", json=asked | {"key": "till-2.pay.1", "till": "till-2"})
    assert (other.status_code, other.json()["reason"]) == (403, "other_till")
    stranger.post("/v1/staff/sign_in", json={"till": "till-1", "badge": "BADGE-ZHOU"})
    assert stranger.post(f"/v1/payments/{KEY}/refund", json=back).json()["state"] == "given_back"
