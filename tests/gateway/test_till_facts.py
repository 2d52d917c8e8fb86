"""The facts that acts of tills carry: all that a rule reads, and no more than that."""

import asyncio
import json
from typing import Any

import pytest

from cloud_bridge import wire
from gateway.acting import KEY_REUSED, Refused, Request, Verdict
from gateway.core import model
from gateway.core.orders.model import Basket, Line, MoveCash, OpenShift, Sell, SetPin, SignIn, Tender
from gateway.core.promises import Credit, Enrol, Post, Terms
from gateway.pins import Pins, read_key
from gateway.storage import layout, ledger
from tests.gateway.day import (
    LIN,
    LIN_ID,
    STORE,
    asked,
    basket,
    close_shift,
    coupon,
    give_back,
    open_shift,
    run,
    said,
    sell,
)
from tests.gateway.rig import LIN as LIN_CARD
from tests.gateway.rig import MIA, NOON_MS, STRANGER, House

DAY_MS = 86_400_000


def facts(verdict: Verdict) -> Any:
    return verdict.event.facts


def lots(verdict: Verdict) -> list[str]:
    return [fact.nature.unit for fact in facts(verdict).lots]


# -- members


def test_a_greeting_counts_what_was_earned_a_moment_ago(bakery: House) -> None:
    def to_next() -> int | None:
        bakery.desk.serve([bakery.tap(LIN_CARD)])
        outcome: int | None = json.loads(bakery.bodies()[-1])["outcome"]["to_next"]
        return outcome

    assert to_next() == 120
    sell(bakery, basket("cake", "cake"), 11_200)
    assert to_next() == 8
    order = sell(bakery, basket("loaf"), 1_200)
    bakery.desk.serve([bakery.tap(LIN_CARD)])
    assert json.loads(bakery.bodies()[-1])["outcome"]["tier"] == "gold"
    give_back(bakery, order.event.random, (0, 1))
    assert to_next() == 8


def test_qualifying_points_of_other_stores_count_and_lapsed_ones_do_not(bakery: House) -> None:
    today, gone = "2026-11-21", "2026-11-20"
    bakery.say_lot(LIN, "QPT", "hq.1", 50, Terms(expires_on=today))
    bakery.say_lot(LIN, "QPT", "hq.2", 500, Terms(expires_on=gone))
    bakery.say_lot(LIN, "QPT", "hq.3", 500, Terms(vests_at=bakery.now_ms + 1))
    bakery.say_lot(LIN, "QPT", "hq.4", 7, Terms(expires_on=gone, zone="Pacific/Honolulu"))
    bakery.say_lot("member:m-2", "QPT", "hq.5", 900, Terms())
    bakery.desk.serve([bakery.tap(LIN_CARD), bakery.tap(MIA)])
    mine, hers = (json.loads(body)["facts"]["member"]["qualifying"] for body in bakery.bodies()[-2:])
    # In Hawaii it is still the 20th at 18:00.
    assert (mine, hers) == (880 + 50 + 7, 4_000 + 900)
    assert sell(bakery, basket("loaf"), 1_200).event.facts.member.qualifying == mine  # type: ignore[union-attr]


def test_whoever_was_merged_brings_qualifying_points_along(bakery: House) -> None:
    sell(bakery, basket("cake", "cake"), 11_200)
    bakery.say_lot(LIN, "QPT", "hq.1", 5, Terms())
    bakery.say_merged("m-1", "m-2")
    bakery.desk.serve([bakery.tap(MIA), bakery.tap(LIN_CARD)])
    found = [json.loads(body)["facts"]["member"] for body in bakery.bodies()[-2:]]
    assert [(one["id"], one["qualifying"]) for one in found] == [("m-2", 4_117)] * 2


def test_hq_that_has_applied_a_sale_adds_nothing_twice(bakery: House) -> None:
    sold = sell(bakery, basket("cake", "cake"), 11_200)
    lot = next(each.credit_lot for each in sold.event.transfers if each.unit == "QPT")
    bakery.say_lot(LIN, "QPT", str(lot), 112, minted=112)
    bakery.desk.serve([bakery.tap(LIN_CARD)])
    assert json.loads(bakery.bodies()[-1])["facts"]["member"]["qualifying"] == 992


def test_a_batch_of_taps_looks_once_into_the_ledger_for_points(bakery: House) -> None:
    def statements(taps: int) -> int:
        seen: list[str] = []
        bakery.ledger._db.set_trace_callback(seen.append)
        bakery.desk.serve([bakery.tap(uid) for uid in (LIN_CARD, MIA)[:taps]])
        bakery.ledger._db.set_trace_callback(None)
        return sum("QPT" in statement for statement in seen)

    statements(1)
    assert (statements(1), statements(2)) == (1, 1)


@pytest.mark.parametrize(
    ("birthday", "near"),
    [("11-21", True), ("11-14", True), ("11-28", True), ("11-13", False), ("11-29", False), (None, False),
     ("02-30", False)],
)  # fmt: skip
def test_a_birthday_is_near_a_week_on_either_side(bakery: House, birthday: str | None, near: bool) -> None:
    bakery.say("UPDATE people SET birthday = ? WHERE member = 'm-1'", birthday)
    verdict = run(bakery, model.CHECKED_IN)
    member = verdict.event.facts.member
    assert member is not None
    assert member.occasions == (("birthday",) if near else ())
    assert b"11-2" not in bakery.bodies()[-1].replace(b"2026-11-21", b"")
    given = [each.unit for each in verdict.event.transfers if each.debit == "issuer"]
    assert ("CPN:off50" in given) == near


@pytest.mark.parametrize(
    ("today_ms", "near"), [(1_803_787_200_000, True), (1_804_392_000_000, True), (1_804_478_400_000, False)]
)
def test_who_was_born_on_a_leap_day_has_it_on_the_28th(bakery: House, today_ms: int, near: bool) -> None:
    bakery.say("UPDATE people SET birthday = '02-29' WHERE member = 'm-1'")
    bakery.now_ms = today_ms  # 2027-02-28, 03-07 and 03-08 there
    member = run(bakery, model.CHECKED_IN).event.facts.member
    assert member is not None and bool(member.occasions) == near


def test_a_birthday_over_new_year_is_near(bakery: House) -> None:
    bakery.say("UPDATE people SET birthday = '01-02' WHERE member = 'm-1'")
    bakery.now_ms = NOON_MS + 37 * DAY_MS  # 2026-12-28
    member = run(bakery, model.CHECKED_IN).event.facts.member
    assert member is not None and member.occasions == ("birthday",)


def test_the_home_store_keeps_the_counts_and_so_does_who_enrolled_somebody(bakery: House) -> None:
    def at_home(member: str) -> bool:
        found = sell(bakery, basket("loaf", member=member), 1_200).event.facts.member
        assert found is not None
        return bool(found.at_home)

    assert at_home("m-1")
    bakery.say("UPDATE members SET home = 'station' WHERE id = 'm-2'")
    bakery.say("UPDATE members SET home = '' WHERE id = 'm-1'")
    assert not at_home("m-2") and not at_home("m-1")
    new = asked(
        bakery, model.MEMBER_ENROLLED, Enrol("", "en", ""), person="Ann", evidence=("nfc.uid", STRANGER)
    )
    assert at_home(new.event.act.member)  # type: ignore[union-attr]


# -- baskets


def test_every_article_stands_there_once_and_only_lots_that_matter(bakery: House) -> None:
    for number in range(5):
        coupon(bakery, f"C-{number}")
    sell(bakery, basket("cake", "cake"), 11_200)
    lot = coupon(bakery, "C-9")
    twice = Basket((Line("cake", 1), Line("loaf", 1), Line("cake", 1)), (), (lot,), LIN_ID)
    sold = asked(bakery, model.ORDER_COMMITTED, Sell(twice, (Tender("cash", 7_400),), "till-1"))
    assert said(sold) == ("done", None)
    assert [good.sku for good in sold.event.facts.goods] == ["cake", "loaf"]  # type: ignore[union-attr]
    assert lots(sold).count("CPN:off50") == 1
    assert "QPT" not in lots(sold)  # they lapse in a year: no receipt says so
    assert (sold.event.facts.store, sold.event.facts.time) == (STORE, "12:00")


def test_points_that_lapse_within_a_month_are_told_of(bakery: House) -> None:
    for day, amount in (("2026-12-01", 30), ("2026-12-31", 70)):
        credit = Credit(amount, LIN, Terms(expires_on=day), "QPT")
        bakery.act(model.TRANSFER_POSTED, Post((credit,)))
    sold = sell(bakery, basket("loaf"), 1_200)
    days = [fact.nature.terms.expires_on for fact in facts(sold).lots if fact.nature.unit == "QPT"]
    assert days == ["2026-12-01"]


def test_a_cap_is_counted_and_its_lot_is_a_fact_the_second_time(bakery: House) -> None:
    first = sell(bakery, basket("loaf", chosen=("once",)), 1_080)
    assert (said(first), "USE:once:2026-11-21" in lots(first)) == (("done", None), False)
    again = bakery.counter.quote(basket("loaf", chosen=("once",)), "till-1", "pos")
    assert not isinstance(again, Refused)
    assert again.quote.total == 1_200
    assert [missed.reason for missed in again.quote.missed] == ["limit_reached"]
    bakery.now_ms += DAY_MS
    assert said(sell(bakery, basket("loaf", chosen=("once",)), 1_080)) == ("done", None)


def test_counters_count_orders_that_were_kept(bakery: House) -> None:
    def orders() -> dict[str, int]:
        found = bakery.desk.act([request("loaf")])[0]
        assert isinstance(found, Verdict)
        return dict(found.event.facts.counters)  # type: ignore[arg-type]

    def request(*skus: str) -> Request:
        return Request(
            None, "pos", model.ORDER_COMMITTED, Sell(basket(*skus), (Tender("cash", 1),), "till-1")
        )

    first = sell(bakery, basket("cake"), 5_600).event.random
    second = sell(bakery, basket("cake", "loaf"), 6_800).event.random
    assert orders() == {"orders:30": 2}
    give_back(bakery, second, (1, 1))
    assert orders() == {"orders:30": 2}
    give_back(bakery, first, (0, 1))
    assert orders() == {"orders:30": 1}
    give_back(bakery, second, void=True)
    bakery.now_ms += 31 * DAY_MS
    assert orders() == {"orders:30": 0}


def test_an_order_fits_an_event_however_long_it_is(bakery: House) -> None:
    lines = tuple(Line("topup", 1, 100 + number) for number in range(190))
    sold = asked(
        bakery, model.ORDER_COMMITTED,
        Sell(Basket(lines, member=LIN_ID), (Tender("cash", sum(100 + n for n in range(190))),), "till-1"),
    )  # fmt: skip
    assert said(sold) == ("done", None)
    assert len(bakery.bodies()[-1]) < 300_000


def test_an_event_that_hq_would_not_take_is_never_booked(
    bakery: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert layout.EVENT_BYTES_MAX == wire.EVENT_BYTES_MAX
    shift = open_shift(bakery)
    monkeypatch.setattr(ledger, "EVENT_BYTES_MAX", 2_000)
    act = Sell(basket("cake", "cake", "loaf"), (Tender("cash", 12_400),), "till-1")
    (refused,) = bakery.desk.act([Request("k1", "pos", model.ORDER_COMMITTED, act)])
    assert isinstance(refused, Refused) and refused.code == "undecidable"
    monkeypatch.undo()
    assert bakery.counter.shift("till-1").sums.orders == 0  # type: ignore[union-attr]
    assert said(asked(bakery, model.ORDER_COMMITTED, act, "k1")) == ("done", None)
    assert bakery.counter.shift_by_id(shift).sums.orders == 1  # type: ignore[union-attr]


# -- returns


def test_a_return_is_told_of_the_lots_that_its_pieces_moved(bakery: House) -> None:
    sold = Basket((Line("loaf"), Line("topup", 1, 5_000)), member=LIN_ID)
    order = asked(bakery, model.ORDER_COMMITTED, Sell(sold, (Tender("cash", 6_200),), "till-1")).event.random
    back = give_back(bakery, order, (0, 1))
    assert said(back) == ("done", None)
    assert sorted(lots(back)) == sorted(["PTS", "QPT", f"RETURN:{order}:0", f"RETURN:{order}:1"])
    again = give_back(bakery, order, (0, 1))
    assert said(again) == ("refused", "nothing_to_return")
    assert len(again.event.facts.returns) == 1  # type: ignore[arg-type]
    assert "CNY" in lots(give_back(bakery, order, (1, 1)))


def test_a_used_coupon_comes_back_with_the_last_line_it_touched(bakery: House) -> None:
    lot = coupon(bakery)
    shift = open_shift(bakery)
    order = sell(bakery, basket("cake", "cake", "loaf", coupons=(lot,)), 7_400).event.random
    give_back(bakery, order, (0, 2))
    assert bakery.counter.lookup("C-1").coupon.unusable == "used_up"  # type: ignore[union-attr]
    give_back(bakery, order, (1, 1))
    assert bakery.counter.lookup("C-1").coupon.unusable is None  # type: ignore[union-attr]
    assert said(close_shift(bakery, shift, 20_000)) == ("done", None)


# -- who asks


def test_staff_are_facts_of_their_own_acts_and_who_left_is_nobody(bakery: House) -> None:
    signed = asked(bakery, model.SIGNED_IN, SignIn("badge", "s-2", "till-1"), actor="staff:s-2")
    assert said(signed) == ("done", None)
    assert signed.event.facts.staff == bakery_staff("s-2", "clerk")
    gone = asked(bakery, model.SIGNED_IN, SignIn("badge", "s-3", "till-1"), actor="staff:s-3")
    assert (said(gone), gone.event.facts.staff) == (("refused", "staff_unknown"), None)
    opened = asked(bakery, model.SHIFT_OPENED, OpenShift(0, "till-1"), actor="staff:s-2")
    assert said(opened) == ("done", None)
    shift = opened.event.random
    assert bakery.counter.shift("till-1").staff == "s-2"  # type: ignore[union-attr]
    move = MoveCash(-100, "to the bank", shift, "till-1")
    moved = asked(bakery, model.CASH_MOVED, move, actor="staff:s-2")
    assert said(moved) == ("done", None)
    assert said(close_shift(bakery, shift, 9_900, actor="staff:s-2")) == ("refused", "approval_needed")
    sold = sell(bakery, basket("loaf"), 1_200, actor="staff:s-2", approver="s-1")
    assert sold.event.facts.approver == bakery_staff("s-1", "manager")
    pos = sell(bakery, basket("loaf"), 1_200)
    assert pos.event.facts.staff is model.UNSET


def bakery_staff(id_: str, role: str) -> model.Staff:
    return model.Staff(id_, role)


def test_a_pin_is_kept_in_the_commit_of_its_event_and_in_no_event(bakery: House) -> None:
    verdict = asked(bakery, model.PIN_SET, SetPin(LIN), "k1", pin_hash="1$secret$hash")
    assert said(verdict) == ("done", None)
    bakery.reopen()
    with bakery.ledger.reading() as page:
        row = page.pin(LIN)
        assert row is not None and row[1:] == ("1$secret$hash", 0, 0, verdict.seq)
    assert all(b"secret" not in body for body in bakery.bodies())
    refused = asked(bakery, model.PIN_SET, SetPin("member:m-9"), pin_hash="1$x$y")
    assert said(refused) == ("refused", "member_unknown")
    with bakery.ledger.reading() as page:
        assert page.pin("member:m-9") is None


def test_a_wrong_try_keeps_the_event_that_set_the_pin(bakery: House) -> None:
    seq = asked(bakery, model.PIN_SET, SetPin(LIN), pin_hash="h").seq
    with bakery.ledger.transaction() as page:
        page.put_pin(LIN, "h", 3, 77)
        assert page.pin(LIN)[1:] == ("h", 3, 77, seq)  # type: ignore[index]
    with bakery.ledger.transaction() as page:
        page.pins.forget(LIN)
    with bakery.ledger.reading() as page:
        assert page.pin(LIN) is None


def test_the_pins_of_erased_members_and_of_staff_who_left_are_forgotten(bakery: House) -> None:
    owners = [LIN, "member:m-2", "member:m-9", "staff:s-1", "staff:s-3", "staff:s-9", "member:m-3"]
    with bakery.ledger.transaction() as page:
        for owner in owners:
            page.put_pin(owner, "h", 0, 0)
    bakery.say("UPDATE members SET status = 'erased' WHERE id IN ('m-1', 'm-3')")
    for _ in range(3):
        bakery.desk.tick()
    kept = [row[0] for row in bakery.rows("SELECT owner FROM pins ORDER BY owner")]
    assert kept == ["member:m-2", "member:m-9", "staff:s-1", "staff:s-9"]
    assert bakery.counters.get("pins.erased") == 3


# -- keys, and little room


def test_a_till_that_asks_twice_sells_once(bakery: House) -> None:
    first = sell(bakery, basket("loaf"), 1_200, "k1")
    bakery.restart()
    again = sell(bakery, basket("loaf"), 1_200, "k1")
    assert (again.duplicate, again.seq, again.event) == (True, first.seq, first.event)
    other = Sell(basket("cake"), (Tender("cash", 5_600),), "till-1")
    (refused,) = bakery.desk.act([Request("k1", "pos", model.ORDER_COMMITTED, other)])
    assert isinstance(refused, Refused) and refused.code == KEY_REUSED
    assert len(bakery.counter.orders(None, 0, 9)) == 1


def test_with_little_room_goods_are_sold_and_taken_back_but_nothing_is_promised(bakery: House) -> None:
    lot = coupon(bakery)
    bakery.room = False
    order = sell(bakery, basket("loaf"), 1_200)
    assert said(order) == ("done", None)
    assert said(give_back(bakery, order.event.random, (0, 1))) == ("done", None)
    act = Sell(basket("cake", "cake", coupons=(lot,)), (Tender("cash", 6_200),), "till-1")
    (refused,) = bakery.desk.act([Request(None, "pos", model.ORDER_COMMITTED, act)])
    assert isinstance(refused, Refused) and refused.code == "disk_low"


def test_two_sales_of_one_batch_see_each_other(bakery: House) -> None:
    lot = coupon(bakery)
    act = Sell(basket("cake", "cake", coupons=(lot,)), (Tender("cash", 6_200),), "till-1")
    found = bakery.desk.act([Request(None, "pos", model.ORDER_COMMITTED, act)] * 2)
    assert [said(one) for one in found if isinstance(one, Verdict)] == [
        ("done", None),
        ("refused", "used_up"),
    ]


def test_pins_are_tried_against_the_real_ledger_and_lock_over_a_restart(bakery: House) -> None:
    key = read_key(str(bakery.data))

    async def tries(*digits: str) -> list[str]:
        pins = Pins(bakery.ledger, key, lambda: bakery.now_ms, bakery.counters)
        try:
            return [await pins.check(LIN, each) for each in digits]
        finally:
            pins.close()

    async def hashed() -> str:
        pins = Pins(bakery.ledger, key, lambda: bakery.now_ms, bakery.counters)
        try:
            return await pins.hashed(LIN, "4711")
        finally:
            pins.close()

    assert asyncio.run(tries("4711")) == ["none"]
    asked(bakery, model.PIN_SET, SetPin(LIN), pin_hash=asyncio.run(hashed()))
    assert asyncio.run(tries("4711", "0000", "4711")) == ["right", "wrong", "right"]
    assert asyncio.run(tries(*["0000"] * 5)) == ["wrong"] * 4 + ["locked"]
    bakery.restart()
    assert asyncio.run(tries("4711")) == ["locked"]
    bakery.now_ms += DAY_MS
    assert asyncio.run(tries("4711")) == ["right"]
