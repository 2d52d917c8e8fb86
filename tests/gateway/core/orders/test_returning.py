"""What goes back when pieces of an order come back: money, points, coupons, each by its rule."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.errors import EventError
from gateway.core.event import Event, input_of
from gateway.core.model import Facts
from gateway.core.orders.model import GoBack, Piece, Tender
from gateway.core.posting import missing
from gateway.core.programs.model import Earn, Fixed, Issue, Lines, Returns, Subtotal, Template
from gateway.core.promises import Ask, Policy, Unit
from tests.gateway.core.orders.programs import EARN, FULL, GIFT, POINTS, SHOP, TEN
from tests.gateway.core.orders.till import (
    CLERK,
    LEAD,
    LIN,
    TILL,
    Till,
    asks,
    basket,
    bundle,
    given_back,
    program,
    reason,
    record,
)
from tests.gateway.core.shop import FROZEN, NOON_MS, ONLINE_NOW, TOMORROW, fact


def test_the_last_piece_takes_the_remainder() -> None:
    till = Till(bundle(EARN, FULL), LIN)
    lot = till.coupon("full")
    order = till.sold(basket(("tea", 31), member="lin", coupons=(lot,)))  # 10,323 - 5,000 = 5,323
    parts = [till.returned(order, (0, many)).total for many in (10, 10, 10, 1)]
    assert parts == [1_717, 1_717, 1_717, 172]
    assert sum(parts) == 5_323


def test_one_line_of_many_gives_back_its_own_shares() -> None:
    till = Till(bundle(EARN, FULL), LIN)
    lot = till.coupon("full")
    order = till.sold(basket(("cake", 2), ("bread", 4), member="lin", coupons=(lot,)))
    # 11,200 and 5,000 share 5,000 off as 3,457 and 1,543 (largest remainder): 7,743 and 3,457.
    assert [line.net for line in record(order).lines] == [7_743, 3_457]
    back = till.returned(order, (1, 4))
    assert (back.total, back.tax) == (3_457, record(order).lines[1].tax)
    assert given_back(back) == {"PTS": -34}
    assert back.back[0].because == {"en": "Taken back: earn", "zh-CN": "收回：earn"}
    assert till.has("CPN:full") == 0
    last = till.returned(order, (0, 2))
    assert given_back(last) == {"CPN:full": 1, "PTS": -77}
    assert [(each.does, each.lot) for each in last.back if each.unit == "CPN:full"] == [("restore", lot)]


@pytest.mark.parametrize(("keeps", "after"), [("restore", 1), ("keep", 0)])
def test_a_coupon_comes_back_with_the_last_line_it_touched_unless_it_is_kept(keeps: str, after: int) -> None:
    cakes = replace(FULL, returns=Returns(coupon=keeps), when=Subtotal(5_000))  # type: ignore[arg-type]
    till = Till(bundle(replace(cakes, then=(Fixed(500, lines=_cakes()),))), LIN)
    order = till.sold(basket(("cake", 1), ("bread", 1), member="lin", coupons=(till.coupon("full"),)))
    till.returned(order, (1, 1))
    assert till.has("CPN:full") == 0
    till.returned(order, (0, 1))
    assert till.has("CPN:full") == after


def _cakes() -> Any:
    from tests.gateway.core.orders.programs import CAKES

    return CAKES


def test_a_coupon_past_its_day_does_not_come_back_and_the_record_says_so() -> None:
    till = Till(bundle(TEN), LIN)
    lot = till.coupon("ten", expires_on=till.setting.date)
    order = till.sold(basket(("bread", 1), member="lin", coupons=(lot,)))
    till.setting = replace(till.setting, date=TOMORROW)
    back = till.whole(order)
    assert till.has("CPN:ten") == 0
    assert till.balance("expired", "CPN:ten") == 1
    assert [(each.does, each.amount, each.points) for each in back.back] == [("lapse", 0, 1)]
    assert back.back[0].because["en"].startswith("Past its last day")


@pytest.mark.parametrize(
    ("rule", "vests", "spent", "left", "told", "short"),
    [
        ("only_pending", 1, 0, 0, -12, 0),
        ("only_pending", 0, 0, 12, 0, 0),
        ("within_balance", 0, 0, 0, -12, 0),
        ("within_balance", 0, 9, 0, -3, 0),
        ("unlimited", 0, 9, 0, -12, 9),
    ],
)
def test_earned_points_go_back_by_the_programs_rule(
    rule: str, vests: int, spent: int, left: int, told: int, short: int
) -> None:
    rules = Returns(earned=rule)  # type: ignore[arg-type]
    earn = replace(EARN, returns=rules, then=(Earn("PTS", gives=1, per=100, vests_days=vests),))
    till = Till(bundle(earn, POINTS), LIN)
    order = till.sold(basket(("bread", 1), member="lin"))
    if spent:
        till.pin = "right"
        spend = till.done(_spend(spent))
        assert spend.outcome.name == "done"
    back = till.whole(order)
    assert (till.has("PTS"), given_back(back).get("PTS", 0)) == (left, told)
    assert till.left("suspense") == -short


def _spend(amount: int) -> Any:
    from tests.gateway.core.shop import post, spend

    return post(spend(amount))


def test_points_that_paid_come_back_to_their_lots_and_their_money_is_not_paid_out() -> None:
    till = Till(SHOP, LIN)
    till.pin = "right"
    old, new = till.give(60, expires_on="2026-12-31"), till.give(500)
    order = till.sold(basket(("tea", 2), ("bread", 1), member="lin", points=100))
    assert record(order).lines[0].points + record(order).lines[1].points == 70
    assert (till.lot("member:lin", "PTS", old).left, till.lot("member:lin", "PTS", new).left) == (0, 460)
    backs = [till.returned(order, (1, 1)), till.returned(order, (0, 1)), till.returned(order, (0, 1))]
    assert sum(back.total for back in backs) == record(order).total
    assert sum(each.amount for back in backs for each in back.back if each.program == "points") == 100
    assert (till.lot("member:lin", "PTS", old).left, till.lot("member:lin", "PTS", new).left) == (60, 500)


def test_a_coupon_given_after_payment_is_taken_back_with_the_order() -> None:
    till = Till(bundle(GIFT), LIN)
    order = till.sold(basket(("bread", 2), ("tea", 1), member="lin"))
    till.returned(order, (0, 2))
    assert till.has("CPN:ten") == 1
    back = till.returned(order, (1, 1))
    assert till.has("CPN:ten") == 0
    assert given_back(back) == {"CPN:ten": -1}


def test_a_pass_goes_back_by_its_pieces_and_with_them_alone() -> None:
    passes = program("passes", "order.committed", Issue("cups", lines=Lines(skus=("tea",))))
    cups = Template("cups", {"zh-CN": "茶卡", "en": "Tea pass"}, service="tea", visits=10)
    till = Till(replace(bundle(passes), templates=(cups,)), LIN)
    order = till.sold(basket(("bread", 1), ("tea", 2), member="lin"))
    assert till.has("VISIT:tea") == 20
    assert given_back(till.returned(order, (1, 1))) == {"VISIT:tea": -10}
    assert given_back(till.returned(order, (0, 1))) == {}
    till.returned(order, (1, 1))
    assert till.has("VISIT:tea") == 0


def test_a_given_coupon_that_was_used_since_stays_used() -> None:
    till = Till(bundle(GIFT, TEN), LIN)
    order = till.sold(basket(("bread", 2), member="lin"))
    lot = next(str(each.credit_lot) for each in order.transfers if each.unit == "CPN:ten")
    other = till.sold(basket(("cake", 1), member="lin", coupons=(lot,)))
    till.whole(order)
    assert till.state.part(_key(lot)).left == 0
    till.whole(other)
    assert till.state.part(_key(lot)).left == 1


def _key(lot: str) -> Any:
    from gateway.core.book import LotKey

    return LotKey("member:lin", "CPN:ten", lot)


# -- money


def paid(till: Till, *tenders: Tender) -> Event:
    return till.sold(basket(("bread", 4), member="lin"), *tenders)


def test_every_tender_gives_back_its_own_share() -> None:
    till = Till(bundle(), LIN)
    order = paid(till, Tender("cash", 1_000), Tender("card", 3_999, reference="x-1"), Tender("wechat", 1))
    back = till.returned(order, (0, 1))
    assert [(each.kind, each.amount) for each in back.refunds] == [("cash", 250), ("card", 999)]
    assert back.refunds[1].reference == "x-1"
    rest = till.returned(order, (0, 3))
    assert [(each.kind, each.amount) for each in rest.refunds] == [
        ("cash", 750),
        ("card", 3_000),
        ("wechat", 1),
    ]


@pytest.mark.parametrize(
    ("refunds", "found"),
    [
        ((Tender("cash", 1_250),), "done"),
        ((Tender("cash", 1_000), Tender("alipay", 250)), "done"),
        ((Tender("cash", 1_251),), "refused tenders_differ"),
        ((Tender("cash", 1_249),), "refused tenders_differ"),
        ((Tender("cash", 1_250, 2_000),), "refused bad_amount"),
        ((Tender("balance", 1_250),), "refused tenders_differ"),
    ],
)
def test_the_clerk_may_choose_other_tenders_within_what_is_due(
    refunds: tuple[Tender, ...], found: str
) -> None:
    till = Till(bundle(), LIN)
    order = paid(till, Tender("card", 5_000))
    event = till.back(order, (0, 1), refunds=refunds)
    assert reason(event) == found
    if found == "done":
        assert till.whole(order).refunds[0].amount == 3_750


def test_what_a_balance_paid_is_never_paid_out() -> None:
    till = Till(bundle(), LIN)
    till.pin = "right"
    till.give(400, "CNY.bonus", kind="bonus")
    till.give(2_000, "CNY")
    order = paid(till, Tender("balance", 1_000), Tender("cash", 4_000))
    assert reason(till.back(order, (0, 1), refunds=(Tender("cash", 1_250),))) == "refused tenders_differ"
    back = till.returned(order, (0, 2), refunds=(Tender("card", 2_000), Tender("balance", 500)))
    assert given_back(back) == {"CNY.bonus": 400, "CNY": 100}
    till.whole(order)
    assert (till.has("CNY.bonus"), till.has("CNY")) == (400, 2_000)


# -- what is refused


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ((), "refused bad_amount"),
        (((0, 1), (0, 1)), "refused bad_amount"),
        (((-1, 1),), "refused bad_amount"),
        (((2, 1),), "refused bad_amount"),
        (((0, 3),), "refused nothing_to_return"),
        (((0, 2), (1, 1)), "done"),
    ],
)
def test_which_pieces_can_come_back(pieces: tuple[tuple[int, int], ...], found: str) -> None:
    till = Till(bundle())
    order = till.sold(basket(("bread", 2), ("tea", 1)))
    assert reason(till.back(order, *pieces)) == found


def test_an_order_that_nobody_knows_is_refused_and_one_that_lies_is_an_error() -> None:
    till = Till(bundle())
    order = till.sold(basket(("bread", 2)))
    act = GoBack("nothing", TILL, pieces=(Piece(0, 1),))
    assert reason(till.act(act, till.known())) == "refused order_unknown"
    lie = replace(record(order), total=1, lines=(replace(record(order).lines[0], net=10**6, gross=10**6),))
    with pytest.raises(EventError, match="bad_facts"):
        till.back(order, (0, 1), facts={"order": lie})


def test_in_a_freeze_nothing_comes_back() -> None:
    till = Till(bundle())
    order = till.sold(basket(("bread", 2)))
    till.rights = FROZEN
    assert reason(till.back(order, (0, 1))) == "refused rights_frozen"


@pytest.mark.parametrize(
    ("rights", "found"),
    [(None, "refused held_elsewhere"), (ONLINE_NOW, "asked held_elsewhere")],
)
def test_pieces_that_lie_elsewhere_are_asked_for(rights: Any, found: str) -> None:
    till = Till(bundle())
    till.rights = rights or till.rights
    order = till.sold(basket(("bread", 3)))
    unit = f"RETURN:{order.random}:0"
    lot = till.lot(f"order:{order.random}", unit, f"{order.random}.0")
    away = fact(lot.lot, 1, unit, lot.nature.owner, elsewhere=2)
    event = till.back(order, (0, 2), facts={"lots": till.facts([away]).lots})
    assert reason(event) == found
    assert asks(event, till.bundle) == (Ask(1, lot.nature.owner, unit, lot.lot),)
    assert missing(Facts(rights=till.rights), input_of(event), till.bundle) == ()


def test_pieces_that_came_back_in_another_log_count_as_done() -> None:
    till = Till(bundle())
    order = till.sold(basket(("tea", 3)))  # 999
    unit = f"RETURN:{order.random}:0"
    lot = till.lot(f"order:{order.random}", unit, f"{order.random}.0")
    known = {"lots": till.facts([replace(lot, left=1)]).lots}
    assert reason(till.back(order, (0, 2), facts=known)) == "refused nothing_to_return"
    assert till.returned(order, (0, 1), facts=known).total == 333


def test_a_return_above_the_roles_limit_is_approved() -> None:
    till = Till(bundle(), LIN)
    till.open()
    till.staff, till.actor = CLERK, "staff:amy"
    order = till.sold(basket(("cake", 2)))
    assert reason(till.back(order, (0, 2))) == "refused approval_needed"
    till.approver = LEAD
    assert reason(till.back(order, (0, 2), approver="ben")) == "done"


# -- voids


def test_a_void_is_for_who_may_and_in_the_shift_of_the_sale() -> None:
    till = Till(bundle(), LIN)
    assert reason(till.back(till.sold(basket(("tea", 1))), void=True)) == "refused shift_unknown"
    till.open()
    order, other = till.sold(basket(("tea", 1))), till.sold(basket(("tea", 2)))
    till.staff, till.actor = CLERK, "staff:amy"
    assert reason(till.back(order, void=True)) == "refused not_allowed"
    till.staff, till.actor = LEAD, "staff:ben"
    assert till.returned(order, void=True).total == 333
    till.returned(other, (0, 1))
    assert reason(till.back(other, void=True)) == "refused nothing_to_return"
    assert reason(till.back(other, (0, 1), void=True)) == "refused bad_amount"
    third = till.sold(basket(("tea", 1)))
    assert till.shift is not None
    later = replace(till.shift, shift="another")
    assert reason(till.back(third, void=True, facts={"shift": later})) == "refused shift_unknown"


def test_a_void_brings_back_what_programs_keep() -> None:
    kept = replace(TEN, returns=Returns(coupon="keep"))
    pending = replace(EARN, returns=Returns(earned="only_pending"))
    till = Till(bundle(kept, pending), LIN)
    till.open()
    order = till.sold(basket(("cake", 1), member="lin", coupons=(till.coupon("ten"),)))
    till.returned(order, void=True)
    assert (till.has("CPN:ten"), till.has("PTS")) == (1, 0)


def test_a_void_and_a_return_are_told_by_their_types() -> None:
    till = Till(bundle())
    till.open()
    order = till.sold(basket(("tea", 1)))
    for kind, void in (("order.voided", False), ("order.returned", True)):
        with pytest.raises(EventError, match="undecidable"):
            till.back(order, *(() if void else ((0, 1),)), void=void, type=kind)


def test_points_given_at_risk_settle_what_they_paid_when_they_come_back() -> None:
    risky = Unit("PTS", Policy("risk", 1_000, 1_000, 1_000, 24), worth=1)
    till = Till(bundle(POINTS, units=(risky,)), LIN)
    till.pin = "right"
    known = fact("hq.0", 0, elsewhere=200, new=True)
    till.give(40)
    what = basket(("tea", 3), member="lin", points=100)
    order = till.sell(what, facts={"lots": till.facts([known]).lots})
    assert reason(order) == "done"
    assert till.left("suspense") == -60
    for _ in range(3):
        till.returned(order, (0, 1))
    assert (till.left("suspense"), till.has("PTS")) == (0, 40)
    allowance = "USE:risk:PTS:2026-11-21"
    assert till.left("member:lin", allowance) == 1_000


def test_an_issued_pass_goes_back_by_what_is_left_of_it() -> None:
    sale = program("sale", "order.committed", Issue("pass"))
    till = Till(bundle(sale), LIN)
    order = till.sold(basket(("bread", 1), member="lin"))
    assert till.has("VISIT:coffee") == 10
    till.done(_visit(4))
    back = till.whole(order)
    assert (till.has("VISIT:coffee"), given_back(back)) == (0, {"VISIT:coffee": -6})


def _visit(amount: int) -> Any:
    from tests.gateway.core.shop import post, spend

    return post(spend(amount, unit="VISIT:coffee"))


def test_only_pending_points_stay_once_they_vested() -> None:
    rules = Returns(earned="only_pending")
    earn = replace(EARN, returns=rules, then=(Earn("PTS", gives=1, per=100, vests_days=14),))
    till = Till(bundle(earn), LIN)
    order = till.sold(basket(("bread", 2), member="lin"))
    assert given_back(till.returned(order, (0, 1))) == {"PTS": -12}
    till.setting = replace(till.setting, at=NOON_MS + 15 * 86_400_000)
    assert given_back(till.returned(order, (0, 1))) == {}
