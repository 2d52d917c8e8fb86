"""What a till is told: quotes, what a code is, orders, parked baskets, shifts, staff; nothing is booked."""

import sqlite3
from pathlib import Path

import pytest

from gateway.acting import Refused, Request
from gateway.core import model
from gateway.core.orders.model import GoBack, Piece, SetPin, Tender
from gateway.core.promises import Credit, Post, Terms
from gateway.sales import Quoted, receipt_code
from gateway.storage.backup import check_backup, make_backup
from gateway.storage.layout import read_only_uri
from tests.gateway.day import (
    BADGE,
    LIN,
    LIN_ID,
    asked,
    basket,
    close_shift,
    coupon,
    give_back,
    open_shift,
    park,
    said,
    sell,
)
from tests.gateway.rig import LIN as LIN_CARD
from tests.gateway.rig import LIN_CODE, STRANGER, House


def quoted(bakery: House, *skus: str, **more: object) -> Quoted:
    found = bakery.counter.quote(basket(*skus, **more), "till-1", "pos")  # type: ignore[arg-type]
    assert isinstance(found, Quoted), found
    return found


def refused(bakery: House, *skus: str, **more: object) -> str:
    found = bakery.counter.quote(basket(*skus, **more), "till-1", "pos")  # type: ignore[arg-type]
    assert isinstance(found, Refused), found
    return found.code


# -- quotes


def test_a_quote_books_nothing_and_is_the_one_that_is_committed(bakery: House) -> None:
    lot = coupon(bakery)
    before = bakery.bodies()
    found = quoted(bakery, "cake", "cake", coupons=(lot,))
    assert bakery.bodies() == before
    assert (found.quote.total, [each.program for each in found.quote.applied]) == (6_200, ["off50"])
    sold = sell(bakery, basket("cake", "cake", coupons=(lot,)), 6_200, quote=found.digest)
    assert said(sold) == ("done", None)
    assert sell_again(bakery, found.digest) == ("refused", "quote_changed")


def sell_again(bakery: House, digest: str) -> tuple[str, str | None]:
    return said(sell(bakery, basket("cake"), 5_600, quote=digest))


def test_a_quote_shows_the_member_as_a_clerk_may_see_one(bakery: House) -> None:
    lot = coupon(bakery)
    member = quoted(bakery, "loaf", coupons=(lot,)).member
    assert member is not None
    assert (member["name"], member["tier"], member["next"], member["to_next"]) == (
        "林**",
        "silver",
        "gold",
        120,
    )
    assert member["next_name"] == {"zh-CN": "金卡", "en": "Gold"}
    [unit] = member["units"]
    assert (unit["unit"], unit["here"], unit["lots"][0]["name"]["en"]) == ("CPN:off50", 1, "满100减50")


def test_a_quote_of_a_coupon_that_hq_offers_counts_it_and_the_sale_takes_it(bakery: House) -> None:
    bakery.say_lot(LIN, "CPN:off50", "hq.1", 1, Terms(face=5_000), granted=1)
    found = quoted(bakery, "cake", "cake", coupons=("hq.1",))
    assert found.quote.total == 6_200
    sold = sell(bakery, basket("cake", "cake", coupons=("hq.1",)), 6_200, quote=found.digest)
    assert said(sold) == ("done", None)


def test_a_quote_says_what_lies_elsewhere_and_how_old_that_word_is(bakery: House) -> None:
    bakery.say_lot(LIN, "CPN:off50", "hq.1", 1, Terms(face=5_000))
    found = quoted(bakery, "cake", "cake", coupons=("hq.1",))
    assert found.elsewhere == ("CPN:off50",)
    assert found.synced_at_ms == bakery.now_ms
    assert [(missed.lot, missed.reason) for missed in found.quote.missed] == [("hq.1", "held_elsewhere")]


@pytest.mark.parametrize(
    ("skus", "more", "code"),
    [
        (("bun",), {}, "goods_unknown"),
        (("loaf",), {"member": "m-9"}, "member_unknown"),
        (("loaf",), {"member": "m-4"}, "member_blocked"),
        (("topup",), {}, "bad_amount"),
    ],
)
def test_what_cannot_be_priced_is_refused_by_name(
    bakery: House, skus: tuple[str, ...], more: dict[str, object], code: str
) -> None:
    assert refused(bakery, *skus, **more) == code


def test_a_quote_of_a_merged_member_is_of_who_that_is_now(bakery: House) -> None:
    lot = coupon(bakery)
    bakery.say_merged("m-1", "m-2")
    found = quoted(bakery, "cake", "cake", coupons=(lot,))
    assert found.quote.total == 6_200
    assert found.member is not None and found.member["member"] == "m-2"
    assert said(sell(bakery, basket("cake", "cake", coupons=(lot,)), 6_200, quote=found.digest))[0] == "done"
    assert [row.member for row in bakery.counter.orders(LIN_ID, 0, 9)] == ["m-2"]


def test_a_walk_in_is_priced_and_sold_to(bakery: House) -> None:
    found = quoted(bakery, "cake", member=None)
    assert (found.quote.total, found.member, found.quote.earns) == (5_600, None, ())
    assert said(sell(bakery, basket("cake", member=None), 5_600)) == ("done", None)


def test_without_a_cache_no_article_is_known(house: House) -> None:
    (house.cache_folder / "current").unlink()
    house.open()
    found = house.counter.quote(basket("cake", member=None), "till-1", "pos")
    assert isinstance(found, Refused) and found.code == "goods_unknown"
    assert house.counter.goods(None, 9) == ()
    assert house.counter.lookup("6901").kind == "unknown"


# -- what a code is


def test_every_kind_of_code_is_known_at_one_door(bakery: House) -> None:
    coupon(bakery, "C-1")
    sold = sell(bakery, basket("loaf"), 1_200)
    found = {
        code: bakery.counter.lookup(code)
        for code in ("6901", "cake", "C-1", LIN_CODE.decode(), LIN_CARD.hex(), "04 00 b2 c3 d4 e5 f6", LIN_ID,
                     BADGE.hex(), sold.event.random, receipt_code("g1", sold.seq), " 6901 ")
    }  # fmt: skip
    assert [one.kind for one in found.values()] == [
        "goods", "goods", "coupon", "member", "member", "member", "member", "staff", "order", "order",
        "goods",
    ]  # fmt: skip
    assert found["6901"].goods == found["cake"].goods is not None
    assert found[LIN_ID].member == {**found[LIN_CARD.hex()].member}  # type: ignore[dict-item]
    assert found[BADGE.hex()].staff == bakery.counter.staff("s-1")
    assert found[sold.event.random].order == found[receipt_code("g1", sold.seq)].order


@pytest.mark.parametrize(
    "code",
    [
        "",
        "   ",
        "nothing",
        STRANGER.hex(),
        "Rg1.999999",
        "Rg1.1",
        "Rg2.3",
        "R.1",
        "x" * 600,
        "s-1",
        "6901'--",
    ],
)
def test_what_nobody_knows_is_said_so(bakery: House, code: str) -> None:
    coupon(bakery)
    assert bakery.counter.lookup(code).kind == "unknown"


def test_a_coupon_that_was_used_says_when_and_at_which_till(bakery: House) -> None:
    lot = coupon(bakery, "C-1")
    fresh = bakery.counter.lookup("C-1").coupon
    assert fresh is not None and (fresh.lot, fresh.unusable, fresh.used_at) == (lot, None, None)
    sell(bakery, basket("cake", "cake", coupons=(lot,)), 6_200, till="till-2")
    then = bakery.now_ms
    bakery.now_ms += 60_000
    found = bakery.counter.lookup("C-1").coupon
    assert found is not None
    assert (found.unusable, found.used_at, found.used_where) == ("used_up", then, "till-2")
    again = sell(bakery, basket("cake", "cake", coupons=(lot,)), 6_200, "k1")
    assert said(again) == ("refused", "used_up")
    assert (again.used_at, again.used_where) == (then, "till-2")
    told = sell(bakery, basket("cake", "cake", coupons=(lot,)), 6_200, "k1")
    assert (told.duplicate, told.used_at, told.used_where) == (True, then, "till-2")


def test_a_coupon_that_was_used_elsewhere_says_neither_when_nor_where(bakery: House) -> None:
    bakery.say_lot(LIN, "CPN:off50", "hq.1", 0, Terms(code="C-9", face=5_000))
    bakery.say("INSERT INTO codes VALUES('C-9', ?, 'CPN:off50', 'hq.1')", LIN)
    found = bakery.counter.lookup("C-9").coupon
    assert found is not None
    assert (found.unusable, found.used_at, found.used_where) == ("used_up", None, None)
    refused = sell(bakery, basket("cake", "cake", coupons=("hq.1",)), 6_200)
    assert (said(refused), refused.used_at) == (("refused", "used_up"), None)


def test_whoever_issues_another_coupon_with_a_printed_code_steals_nothing(bakery: House) -> None:
    lot = coupon(bakery, "C-1")
    coupon(bakery, "C-1", "member:m-2")
    found = bakery.counter.lookup("C-1").coupon
    assert found is not None and (found.lot, found.owner) == (lot, LIN)


def test_goods_are_searched_by_every_word(bakery: House) -> None:
    def found(query: str | None, limit: int = 9) -> list[str]:
        return [good.sku for good in bakery.counter.goods(query, limit)]

    assert found(None) == ["cake", "loaf", "topup"] == found("")
    assert found(None, 2) == ["cake", "loaf"]
    assert (found("蛋糕"), found("CAKE straw"), found("69"), found("cake loaf")) == (
        ["cake"],
        ["cake"],
        ["cake", "loaf"],
        [],
    )
    assert found("%") == found("_") == found("\\") == []


def test_staff_are_known_by_number_and_badge_also_who_left(bakery: House) -> None:
    found = bakery.counter.staff_by_badge(BADGE.hex())
    assert found is not None and (found.id, found.role, found.active) == ("s-1", "manager", True)
    assert "approve" in found.may
    gone = bakery.counter.staff("s-3")
    assert gone is not None and not gone.active
    assert bakery.counter.staff_by_badge("s-1") is None
    assert bakery.counter.staff("s-9") is None


# -- orders, parked baskets and shifts


def test_orders_are_found_by_receipt_and_by_member(bakery: House) -> None:
    first = sell(bakery, basket("cake"), 5_600)
    bakery.now_ms += 1_000
    sell(bakery, basket("loaf", member=None), 1_200)
    give_back(bakery, first.event.random, (0, 1))
    rows = bakery.counter.orders(None, 0, 9)
    assert [(row.total, row.member, row.returned) for row in rows] == [(1_200, None, 0), (5_600, LIN_ID, 1)]
    assert [row.order for row in bakery.counter.orders(LIN_ID, 0, 9)] == [first.event.random]
    assert bakery.counter.orders(None, bakery.now_ms, 9) == rows[:1] == bakery.counter.orders(None, 0, 1)
    found = bakery.counter.order(receipt_code("g1", first.seq))
    assert found is not None and found == bakery.counter.order(first.event.random)
    assert (found.actor, found.record.total, [one.record.total for one in found.returns]) == (
        "pos",
        5_600,
        [5_600],
    )
    assert bakery.counter.order("0" * 16) is None
    assert bakery.counter.order(receipt_code("g2", first.seq)) is None


def test_a_return_names_its_order_by_the_receipt_too(bakery: House) -> None:
    sold = sell(bakery, basket("cake", "cake"), 11_200)
    code = receipt_code("g1", sold.seq)
    back = give_back(bakery, code, (0, 1), key="k1")
    assert said(back) == ("done", None)
    assert back.event.settled.order == sold.event.random  # type: ignore[union-attr]
    assert give_back(bakery, sold.event.random, (0, 1), key="k1").duplicate
    assert said(give_back(bakery, "Rg9.1", (0, 1))) == ("refused", "order_unknown")
    assert said(give_back(bakery, "Rg1.999", (0, 1))) == ("refused", "order_unknown")


def test_what_a_return_would_give_back_is_told_before_it_is_booked(bakery: House) -> None:
    order = sell(bakery, basket("cake", "cake"), 11_200).event.random
    before = bakery.bodies()
    act = GoBack(order, "till-1", pieces=(Piece(0, 1),))
    for _ in range(2):  # the same key may be looked at again and again
        told = bakery.counter.preview(Request("r-1", "pos", model.ORDER_RETURNED, act))
        assert not isinstance(told, Refused)
        assert told.outcome.name == "done" and told.record is not None
    assert bakery.bodies() == before
    (booked,) = bakery.desk.act([Request("r-1", "pos", model.ORDER_RETURNED, act)])
    assert not isinstance(booked, Refused)
    assert booked.event.settled == told.record
    wrong = bakery.counter.preview(Request("r-2", "pos", model.ORDER_RETURNED, GoBack("nothing", "till-1")))
    assert not isinstance(wrong, Refused)
    assert (wrong.outcome.reason, wrong.record) == ("order_unknown", None)


def test_parked_baskets_and_open_shifts_survive_a_restart(bakery: House) -> None:
    shift = open_shift(bakery)
    sell(bakery, basket("loaf"), 1_200)
    park(bakery, "p-1", basket("cake"), "blue coat")
    park(bakery, "p-2", basket("loaf"))
    bakery.restart()
    assert [(row.parked, row.note, row.basket) for row in bakery.counter.parked()] == [
        ("p-1", "blue coat", basket("cake")), ("p-2", "", basket("loaf")),
    ]  # fmt: skip
    found = bakery.counter.shift("till-1")
    assert found is not None
    assert (found.shift, found.staff, found.sums.cash_float, found.sums.net, found.closed) == (
        shift, "pos", 20_000, 1_200, None,
    )  # fmt: skip
    assert said(sell(bakery, basket("cake"), 5_600, parked="p-1")) == ("done", None)
    park(bakery, "p-2", None)
    assert bakery.counter.parked() == ()
    assert said(sell(bakery, basket("cake"), 5_600, parked="p-1")) == ("refused", "parked_unknown")
    closed = close_shift(bakery, shift, 26_800)
    assert said(closed) == ("done", None)
    bakery.restart()
    assert bakery.counter.shift("till-1") is None
    last = bakery.counter.shift_by_id(shift)
    assert last is not None and last.record is not None
    assert (last.closed, last.record.counted, last.record.difference) == (closed.seq, 26_800, 0)
    assert bakery.counter.shift_by_id("nothing") is None


def test_a_backup_holds_everything_that_tills_did(bakery: House, tmp_path: Path) -> None:
    shift = open_shift(bakery)
    order = sell(bakery, basket("cake"), 5_600).event.random
    park(bakery, "p-1", basket("loaf"))
    give_back(bakery, order, (0, 1))
    coupon(bakery, "C-1")
    asked(bakery, model.PIN_SET, SetPin(LIN), pin_hash="hash")
    made = make_backup(bakery.ledger_path, tmp_path / "backups", bakery.now_ms, lambda done, total: None)
    db = sqlite3.connect(read_only_uri(check_backup(made.folder).folder / "ledger.db"), uri=True)
    for table in ("orders", "order_returns", "parked", "shifts", "codes", "pins"):
        kept = db.execute(f"SELECT * FROM {table}").fetchall()
        assert kept == bakery.rows(f"SELECT * FROM {table}") != [], table
    db.close()
    assert said(close_shift(bakery, shift, 20_000)) == ("done", None)


def test_points_earned_here_may_be_paid_with(bakery: House) -> None:
    sell(bakery, basket("cake", "cake"), 11_200)
    found = quoted(bakery, "loaf", points=112)
    assert found.quote.total == 1_200 - 100
    paid = sell(bakery, basket("loaf", points=112), 1_100, pin="right", quote=found.digest)
    assert said(paid) == ("done", None)
    assert quoted(bakery, "loaf", points=112).quote.total == 1_200  # 23 are left


def test_what_is_topped_up_is_paid_with(bakery: House) -> None:
    credit = Post((Credit(5_000, LIN, Terms(), "CNY"), Credit(1_000, LIN, Terms(kind="bonus"), "CNY.bonus")))
    bakery.act(model.TRANSFER_POSTED, credit)
    tenders = (Tender("balance", 5_600),)
    assert said(sell(bakery, basket("cake"), tenders)) == ("refused", "pin_needed")
    assert said(sell(bakery, basket("cake"), tenders, pin="wrong")) == ("refused", "pin_wrong")
    paid = sell(bakery, basket("cake"), tenders, pin="right")
    assert said(paid) == ("done", None)
    spent = {each.unit: each.amount for each in paid.event.transfers if each.credit == "spent"}
    assert spent == {"CNY.bonus": 1_000, "CNY": 4_600}
