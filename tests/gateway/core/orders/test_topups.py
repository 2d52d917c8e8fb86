"""Refunding a top-up: the gift first, then unused principal; what was used is not paid out."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.event import Event
from gateway.core.orders.model import Tender
from gateway.core.promises import Ask
from tests.gateway.core.orders.programs import RECHARGE
from tests.gateway.core.orders.till import LIN, Till, asks, basket, bundle, given_back, reason, record
from tests.gateway.core.shop import ONLINE_NOW


def topped_up(amount: int = 50_000) -> tuple[Till, Event]:
    """A member who paid so much in; 50,000 brings a gift of 5,000."""
    till = Till(bundle(RECHARGE), LIN)
    till.pin = "right"
    return till, till.sold(basket(("topup", 1, amount), member="lin"))


def use(till: Till, amount: int) -> Event:
    """Spend so much of the balance."""
    till.goods["bread"] = replace(till.goods["bread"], price=amount)
    return till.sold(basket(("bread", 1), member="lin"), Tender("balance", amount))


@pytest.mark.parametrize(
    ("used", "refunded", "left"),
    [
        (0, 50_000, 0),
        (2_000, 48_000, 0),  # 2,000 of the gift: 3,000 of it is taken back, and 2,000 of the principal
        (5_000, 45_000, 0),
        (9_000, 41_000, 0),
        (49_999, 1, 0),
    ],
)
def test_what_is_refunded_is_what_was_not_used(used: int, refunded: int, left: int) -> None:
    till, order = topped_up()
    if used:
        use(till, used)
    back = till.whole(order)
    assert back.total == refunded == sum(each.amount for each in back.refunds)
    assert till.has("CNY") + till.has("CNY.bonus") == left
    used_gift = min(used, 5_000)
    assert given_back(back).get("CNY.bonus", 0) == -(5_000 - used_gift)
    assert given_back(back)["CNY"] == -(50_000 - max(0, used - 5_000))
    told = [each.because["en"] for each in back.back if "gift was used" in each.because["en"]]
    assert bool(told) == bool(used)


def test_what_is_all_used_is_not_refunded() -> None:
    till, order = topped_up()
    use(till, 50_000)
    assert reason(till.back(order, (0, 1))) == "refused not_enough"


def test_a_topup_is_refunded_once() -> None:
    till, order = topped_up()
    till.whole(order)
    assert reason(till.back(order, (0, 1))) == "refused nothing_to_return"


def test_a_void_gives_back_only_what_is_untouched() -> None:
    till = Till(bundle(RECHARGE), LIN)
    till.pin = "right"
    till.open()
    order = till.sold(basket(("topup", 1, 50_000), member="lin"))
    use(till, 1)
    assert reason(till.back(order, void=True)) == "refused not_enough"
    untouched = till.sold(basket(("topup", 1, 20_000), member="lin"))
    assert till.returned(untouched, void=True).total == 20_000


def test_one_topup_of_several_comes_back_with_its_part_of_the_gift() -> None:
    till = Till(bundle(RECHARGE), LIN)
    what = basket(("topup", 2, 25_000), ("bread", 1), member="lin")
    order = till.sold(what, Tender("cash", 50_000), Tender("card", 1_250))
    back = till.returned(order, (0, 1))
    assert given_back(back) == {"CNY": -25_000, "CNY.bonus": -2_500}
    assert back.total == 25_000
    rest = till.whole(order)
    assert rest.total == record(order).total - 25_000
    assert (till.has("CNY"), till.has("CNY.bonus")) == (0, 0)


def test_goods_of_the_same_order_come_back_without_the_topup() -> None:
    till = Till(bundle(RECHARGE), LIN)
    order = till.sold(basket(("topup", 1, 50_000), ("bread", 2), member="lin"))
    back = till.returned(order, (1, 2))
    assert (back.total, given_back(back)) == (2_500, {})
    assert (till.has("CNY"), till.has("CNY.bonus")) == (50_000, 5_000)


@pytest.mark.parametrize(
    ("rights", "found"), [(None, "refused held_elsewhere"), (ONLINE_NOW, "asked held_elsewhere")]
)
def test_principal_that_lies_elsewhere_is_asked_for(rights: Any, found: str) -> None:
    till, order = topped_up(10_000)
    till.rights = rights or till.rights
    lot = next(fact for fact in till.lots() if fact.nature.unit == "CNY")
    away = {"lots": till.facts([replace(lot, left=4_000, elsewhere=6_000)]).lots}
    event = till.back(order, (0, 1), facts=away)
    assert reason(event) == found
    assert asks(event, till.bundle) == (Ask(6_000, "member:lin", "CNY", lot.lot),)
