"""The API of tills over the real desk, rules, files and PINs: a day of a bakery, and what it must refuse."""

from typing import Any

from gateway.adapters.http import act_shapes, order_shapes, pos_shapes
from tests.gateway.adapters.http.till_rig import Clerk, play
from tests.gateway.day import BADGE, COUPON, LIN_ID, coupon
from tests.gateway.rig import House

__all__ = ["play"]  # a fixture

CAKES = {"lines": [{"sku": "cake", "quantity": 2}]}
LIN = CAKES | {"member": LIN_ID}


def _cash(amount: int, given: int | None = None) -> list[dict[str, Any]]:
    return [{"kind": "cash", "amount": amount} | ({} if given is None else {"given": given})]


def test_a_clerks_day(play: Any, bakery: House) -> None:
    lot = coupon(bakery)

    async def day(clerk: Clerk) -> None:
        signed = await clerk.post("/staff/sign_in", pos_shapes.StaffTold, till="till-1", badge=BADGE.hex())
        assert signed[0] == 200 and signed[1]["staff"] == "s-1"
        assert "approve" in signed[1]["may"]
        basket = LIN | {"coupons": [lot]}
        early = await clerk.act("/orders/commit", basket=basket, tenders=_cash(6_200))
        assert (early[0], early[1]["reason"]) == (409, "shift_unknown")
        opened = await clerk.act("/shifts", pos_shapes.ShiftDone, cash_float=20_000)
        shift = opened[1]["shift"]

        status, quoted = await clerk.post("/orders/quote", order_shapes.QuoteTold, basket=basket)
        assert (status, quoted["quote"]["total"], quoted["member"]["id"]) == (200, 6_200, LIN_ID)
        assert quoted["coupons"][0]["name"]["en"] == "满100减50" and quoted["coupons"][0]["usable"]
        sale = {"basket": basket, "tenders": _cash(6_200, 10_000), "digest": quoted["digest"]}
        status, sold = await clerk.post("/orders/commit", order_shapes.Sold, key="sale", **sale)
        assert (status, sold["change"], sold["record"]["total"]) == (200, 3_800, 6_200)
        again = await clerk.post("/orders/commit", key="sale", **sale)
        assert again == (200, sold | {"duplicate": True})

        status, twice = await clerk.act("/orders/commit", basket=basket, tenders=_cash(11_200))
        assert (status, twice["reason"]) == (409, "used_up")
        assert (twice["used_at"], twice["used_where"]) == (bakery.now_ms, "till-1")
        assert "12:00 at till-1" in twice["says"]["en"]["what"]
        _, again = await clerk.post("/orders/quote", order_shapes.QuoteTold, basket=basket)
        assert (again["quote"]["total"], again["quote"]["missed"][0]["reason"]) == (11_200, "used_up")
        used = again["coupons"][0]
        assert (used["usable"], used["used_at"], used["used_where"]) == (False, bakery.now_ms, "till-1")
        seen = await clerk.get("/lookup", pos_shapes.Looked, code="C-1")
        assert (seen["kind"], seen["coupon"]["unusable"], seen["coupon"]["used_where"]) == (
            "coupon",
            "used_up",
            "till-1",
        )
        assert seen["coupon"]["used_at"] == bakery.now_ms
        found = await clerk.get("/lookup", pos_shapes.Looked, code=sold["receipt_code"])
        assert (found["kind"], found["order"]["order"]) == ("order", sold["order"])

        piece = {"order": sold["order"], "pieces": [{"line": 0, "quantity": 1}]}
        status, seen = await clerk.act("/orders/returns", order_shapes.Returned, preview=True, **piece)
        assert (status, seen["seq"], seen["record"]["total"]) == (200, None, 3_100)
        status, back = await clerk.act("/orders/returns", order_shapes.Returned, **piece)
        assert (status, back["record"]) == (200, seen["record"])
        order = await clerk.get(f"/orders/{sold['receipt_code']}", order_shapes.OrderTold)
        assert order["left"] == [1] and order["returns"][0]["record"] == back["record"]

        report = (await clerk.get("/shifts", pos_shapes.ShiftAtTill))["shift"]
        assert report["shift"] == shift
        status, closed = await clerk.act(
            f"/shifts/{shift}/close", pos_shapes.ShiftDone, counted=report["expected"]
        )
        assert (status, closed["record"]["difference"]) == (200, 0)
        assert closed["record"]["expected"] == report["expected"]
        assert (await clerk.get(f"/shifts/{shift}", pos_shapes.ShiftTold))["record"] == closed["record"]

    play(day, None)


def test_a_changed_price_is_refused_and_nothing_moves(play: Any, bakery: House) -> None:
    lot = coupon(bakery)

    async def two(pos: Clerk) -> None:
        basket = LIN | {"coupons": [lot]}
        _, quoted = await pos.post("/orders/quote", basket=basket, till="till-1")
        sale = {"digest": quoted["digest"], "till": "till-1", "tenders": _cash(6_200)}
        status, refused = await pos.act("/orders/commit", basket=LIN, **sale)
        assert (status, refused["outcome"], refused["reason"]) == (409, "refused", "quote_changed")
        assert (await pos.act("/orders/commit", basket=basket, **sale))[0] == 200
        listed = await pos.get("/orders", order_shapes.OrderList, member=LIN_ID)
        assert len(listed["orders"]) == 1

    play(two)


def test_a_balance_is_paid_with_the_pin_and_only_with_it(play: Any, bakery: House) -> None:
    async def paying(pos: Clerk) -> None:
        topup = {"lines": [{"sku": "topup", "amount": 20_000}], "member": LIN_ID}
        status, told = await pos.act("/orders/commit", basket=topup, till="till-1", tenders=_cash(20_000))
        assert status == 200, told
        pays = {"basket": LIN, "till": "till-1", "tenders": [{"kind": "balance", "amount": 11_200}]}
        status, told = await pos.act("/orders/commit", **pays)
        assert (status, told["reason"]) == (409, "pin_needed")
        pin = f"/members/{LIN_ID}/pin"
        assert (await pos.post(f"{pin}/check", pin="2468"))[1]["outcome"] == "none"
        assert (await pos.act(pin, pos_shapes.PinSet, pin="2468"))[0] == 200
        assert (await pos.post(f"{pin}/check", pin="1111"))[1]["outcome"] == "wrong"
        status, proved = await pos.post(f"{pin}/check", pos_shapes.PinTold, pin="2468")
        assert (status, proved["outcome"]) == (200, "right")
        status, told = await pos.act("/orders/commit", **pays, pin=proved["proof"])
        assert status == 200, told
        member = await pos.get(f"/members/{LIN_ID}")
        assert [unit["here"] for unit in member["units"] if unit["unit"] == "CNY"] == [8_800]

    play(paying)


def test_parked_baskets_survive_a_restart(play: Any, bakery: House) -> None:
    async def park(pos: Clerk) -> None:
        told = await pos.act("/orders/park", parked="table-4", basket=LIN, till="till-1", note="window")
        assert told[0] == 200

    async def sell(pos: Clerk) -> None:
        rows = (await pos.get("/orders/park", order_shapes.ParkedList, till="till-1"))["parked"]
        assert [(row["parked"], row["note"]) for row in rows] == [("table-4", "window")]
        sale = {"basket": rows[0]["basket"], "parked": "table-4", "till": "till-1"}
        assert (await pos.act("/orders/commit", **sale, tenders=_cash(11_200)))[0] == 200
        assert (await pos.get("/orders/park"))["parked"] == []

    play(park)
    bakery.restart()
    play(sell)


def test_a_coupon_is_claimed_for_points_with_the_pin(play: Any, bakery: House) -> None:
    async def claim(pos: Clerk) -> None:
        assert (await pos.act("/orders/commit", basket=LIN, till="till-1", tenders=_cash(11_200)))[0] == 200
        run = {"type": "coupon.claimed", "program": "mall", "till": "till-1"}
        status, told = await pos.act(f"/members/{LIN_ID}/run", **run)
        assert (status, told["reason"]) == (409, "pin_needed")
        await pos.act(f"/members/{LIN_ID}/pin", pin="2468")
        _, proved = await pos.post(f"/members/{LIN_ID}/pin/check", pin="2468", till="till-1")
        status, told = await pos.act(f"/members/{LIN_ID}/run", order_shapes.Ran, **run, pin=proved["proof"])
        assert status == 200, told
        code = next(one["terms"]["code"] for one in told["record"]["applied"] if one["does"] == "issue")
        found = await pos.get("/lookup", code=code)
        assert (found["kind"], found["coupon"]["unit"], found["coupon"]["usable"]) == ("coupon", COUPON, True)

    play(claim)


def test_a_customer_is_enrolled_at_the_till_and_welcomed(play: Any, bakery: House) -> None:
    async def enrol(clerk: Clerk) -> None:
        await clerk.post("/staff/sign_in", till="till-1", badge=BADGE.hex())
        status, told = await clerk.act(
            "/members", act_shapes.Verdict, name="周明", instrument={"kind": "qr.static", "value": "SB-9"}
        )
        assert (status, told["outcome"]) == (200, "done")
        member = told["member"]
        status, told = await clerk.act(f"/members/{member}/run", order_shapes.Ran, type="member.activated")
        assert (status, told["outcome"]) == (200, "done")
        scanned = await clerk.get("/lookup", pos_shapes.Looked, code="SB-9")
        assert (scanned["kind"], scanned["member"]["id"]) == ("member", member)
        card = (await clerk.get(f"/members/{member}", act_shapes.MemberShown))["instruments"][0]["id"]
        status, told = await clerk.act(f"/members/{member}/instruments/{card}", status="lost")
        assert (status, told["outcome"]) == (200, "done")

    play(enrol, None)


def test_what_the_store_does_not_have_is_named(play: Any) -> None:
    async def asking(pos: Clerk) -> None:
        basket = {"lines": [{"sku": "cake"}, {"sku": "nothing"}]}
        status, told = await pos.post("/orders/quote", basket=basket)
        assert (status, told["reason"], told["field"]) == (409, "goods_unknown", "basket.lines[1].sku")
        typed = {"lines": [{"sku": "topup"}]}
        status, told = await pos.post("/orders/quote", basket=typed)
        assert (status, told["reason"]) == (409, "bad_amount")
        lot = {"lines": [{"sku": "cake"}], "member": LIN_ID, "coupons": ["nothing.0"]}
        status, told = await pos.post("/orders/quote", basket=lot)
        assert (status, told["quote"]["missed"][0]["reason"]) == (200, "lot_unknown")
        goods = (await pos.get("/goods", pos_shapes.GoodsList, query="cake"))["goods"]
        assert [good["sku"] for good in goods] == ["cake"]
        scanned = await pos.get("/lookup", pos_shapes.Looked, code="6901")
        assert (scanned["kind"], scanned["goods"]["sku"]) == ("goods", "cake")

    play(asking)
