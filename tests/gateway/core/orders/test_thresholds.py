"""A return that breaks a threshold: kept, or computed again, by the program's policy."""

import pytest
from msgspec.structs import replace

from gateway.core.orders.model import Tender
from gateway.core.programs.model import Percent, Returns, Subtotal
from tests.gateway.core.orders.programs import (
    MANY,
    RECOMPUTE,
    SIX,
    STRICT_EACH,
    STRICT_FULL,
    STRICT_PAIR,
    STRICT_THIRD,
)
from tests.gateway.core.orders.till import LIN, Till, basket, bundle, record

FIFTY = 5_000


def six(till: Till) -> Till:
    till.goods["bread"] = replace(till.goods["bread"], price=FIFTY, tax=0)
    return till


def test_six_times_fifty_at_ten_percent_and_five_come_back() -> None:
    till = six(Till(bundle(SIX)))
    order = till.sold(basket(("bread", 6)))
    assert record(order).total == 27_000
    back = till.returned(order, (0, 5))
    # The one that stays costs 50.00 and not 45.00.
    assert back.total == 22_000
    assert [(each.program, each.amount, each.split) for each in back.withdrawn] == [("six", 500, (500,))]
    assert back.withdrawn[0].because["en"] == "No longer reached after the return: six"
    last = till.returned(order, (0, 1))
    assert (last.total, [each.amount for each in last.withdrawn]) == (5_000, [-500])


def test_kept_the_discount_stays() -> None:
    till = six(Till(bundle(replace(SIX, returns=Returns(threshold="keep")))))
    order = till.sold(basket(("bread", 6)))
    back = till.returned(order, (0, 5))
    assert (back.total, back.withdrawn) == (22_500, ())


@pytest.mark.parametrize("parts", [(1, 1, 1, 1, 1, 1), (3, 3), (5, 1), (1, 5), (2, 4), (6,)])
def test_the_way_there_does_not_matter_in_the_end(parts: tuple[int, ...]) -> None:
    till = six(Till(bundle(SIX)))
    order = till.sold(basket(("bread", 6)))
    assert sum(till.returned(order, (0, many)).total for many in parts) == 27_000


def test_a_refund_never_goes_below_nothing_and_what_is_left_waits() -> None:
    half = replace(SIX, then=(Percent(9_000),))
    till = six(Till(bundle(half)))
    order = till.sold(basket(("bread", 6)))  # 3,000 for 30,000
    first = till.returned(order, (0, 1))
    assert (first.total, first.refunds, [each.amount for each in first.withdrawn]) == (0, (), [500])
    rest = till.returned(order, (0, 5))
    assert first.total + rest.total == 3_000


def test_a_coupon_of_a_threshold_stays_used_and_its_discount_is_withdrawn() -> None:
    till = Till(bundle(STRICT_FULL), LIN)
    order = till.sold(basket(("cake", 2), member="lin", coupons=(till.coupon("full"),)))
    back = till.returned(order, (0, 1))
    assert (back.total, till.has("CPN:full")) == (3_100 - 2_500, 0)
    assert till.returned(order, (0, 1)).total == 3_100 + 2_500
    assert till.has("CPN:full") == 1


def test_every_so_much_counts_what_stays() -> None:
    till = Till(bundle(STRICT_EACH))
    order = till.sold(basket(("bread", 5)))  # 6,250: three times 300 off
    assert record(order).total == 5_350
    back = till.returned(order, (0, 2))  # 3,750 stay: once 300 off
    assert sum(each.amount for each in back.withdrawn) == 540 - 300
    assert back.total == 2_140 - 240


def test_buy_two_get_one_counts_what_stays() -> None:
    till = Till(bundle(STRICT_THIRD))
    order = till.sold(basket(("tea", 6)))  # two of six free
    assert record(order).total == 4 * 333
    back = till.returned(order, (0, 1))  # five stay: one free
    assert back.total == 222 - (555 - 333)
    assert till.returned(order, (0, 5)).total == 4 * 333


def test_a_bundle_counts_the_sets_that_stay() -> None:
    till = Till(bundle(STRICT_PAIR))
    order = till.sold(basket(("cake", 2), ("tea", 2)))  # two sets at 5,500 instead of 5,933
    assert record(order).total == 11_000
    back = till.returned(order, (0, 1))  # a set stays, and a tea
    # 5,833 by a new quote; shares of pieces are rounded down, so that a cent waits for the last one.
    assert back.total == 11_000 - 5_833 - 1
    assert back.total + till.whole(order).total == 11_000


@pytest.mark.parametrize(("left", "holds"), [(4, True), (3, False)])
def test_conditions_on_anything_but_amounts_are_not_asked_again(left: int, holds: bool) -> None:
    gold = replace(LIN, tier="gold")
    till = Till(bundle(MANY), gold)
    order = till.sold(basket(("bread", 5), member="lin"))
    till.member = LIN  # no longer gold: the discount was given to who was
    back = till.returned(order, (0, 5 - left))
    assert (back.withdrawn == ()) == holds


def test_money_withdrawn_comes_off_cash_first_and_goes_back_to_where_it_came_from() -> None:
    till = six(Till(bundle(SIX), LIN))
    till.pin = "right"
    till.give(26_900, "CNY")
    order = till.sold(basket(("bread", 6), member="lin"), Tender("balance", 26_900), Tender("cash", 100))
    back = till.returned(order, (0, 5))
    kinds = {each.kind: each.amount for each in back.refunds}
    assert kinds == {"balance": 22_416 - (500 - 83)}
    last = till.returned(order, (0, 1))
    assert {each.kind: each.amount for each in last.refunds} == {"balance": 4_901, "cash": 100}
    assert till.has("CNY") == 26_900


def test_two_programs_share_what_little_is_due() -> None:
    other = replace(SIX, id="seven", when=Subtotal(29_000), priority=120)
    till = six(Till(bundle(SIX, other)))
    order = till.sold(basket(("bread", 6)))
    first = till.returned(order, (0, 1))
    stays = [each.program for each in first.withdrawn]
    assert stays == ["six", "seven"]
    assert first.total == max(0, record(order).total // 6 - sum(each.amount for each in first.withdrawn))
    assert first.total + till.whole(order).total == record(order).total


def test_the_tax_of_what_is_withdrawn_stays_too() -> None:
    till = Till(bundle(replace(SIX, when=Subtotal(6_000), returns=RECOMPUTE)))
    order = till.sold(basket(("cake", 2)))
    backs = [till.returned(order, (0, 1)), till.returned(order, (0, 1))]
    assert sum(back.tax for back in backs) == record(order).tax
    assert backs[0].tax < backs[1].tax
