"""Committing an order: what is posted, what pays it, and the first thing that stands against it."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.book import LotKey
from gateway.core.decide import decide
from gateway.core.errors import EventError
from gateway.core.model import Member
from gateway.core.orders.model import Basket, Line, Sell, Staff, Tender
from gateway.core.programs.model import Fixed, Issue, Limits, Returns, RoleIs, Subtotal
from gateway.core.promises import Ask, LotFact, Policy, Unit
from tests.gateway.core.orders.programs import FAVOUR, FULL, GIFT, RECHARGE, SHOP, SLICE, TEN
from tests.gateway.core.orders.till import (
    CLERK,
    LEAD,
    LIN,
    MANAGER,
    TILL,
    Till,
    asks,
    basket,
    bundle,
    cash,
    program,
    reason,
    record,
)
from tests.gateway.core.shop import FROZEN, ONLINE_NOW, TOMORROW, YESTERDAY, fact, given


def rich(**more: Any) -> Till:
    till = Till(SHOP, LIN, **more)
    till.give(1_000)
    till.give(300, "CNY.bonus", kind="bonus")
    till.give(20_000, "CNY")
    return till


def test_a_sale_posts_what_its_record_says_part_by_part() -> None:
    till = rich()
    till.pin = "right"
    full = till.coupon("full")
    event = till.sold(
        basket(("cake", 2), member="lin", coupons=(full,), points=100),
        Tender("balance", 1_000),
        Tender("cash", 4_146, 5_000),
    )
    order = record(event)
    # 11,200 - 784 (7% of cakes) - 5,000 - 200 = 5,216, of which 100 points pay 70.
    assert (order.total, order.tax, order.member, order.shift) == (5_146, 600, "lin", "")
    rules = [(part.rule, part.program) for part in order.parts]
    assert rules == [
        ("whole", "full"),
        ("used", "points"),
        ("used", ""),
        ("whole", "monthly"),
        ("earned", "earn"),
        ("earned", "qualify"),
        ("earned", "welcome"),
        ("whole", "gift"),
    ]
    balance = next(part for part in order.parts if (part.rule, part.program) == ("used", ""))
    moved = event.transfers[balance.first : balance.first + balance.count]
    assert [(each.unit, each.amount) for each in moved] == [("CNY.bonus", 300), ("CNY", 700)]
    assert (till.has("PTS"), till.has("CPN:full"), till.has("CPN:ten")) == (900 + 41 + 7, 0, 1)
    assert till.left(f"order:{event.random}", f"RETURN:{event.random}:0") == 2


def test_the_same_basket_again_costs_the_same_and_a_changed_one_is_not_booked() -> None:
    till = rich()
    what = basket(("bread", 3), ("tea", 1), member="lin")
    assert reason(till.sell(what, cash(till.quote(what).total), quote="0" * 64)) == "refused quote_changed"
    till.sold(what)
    before = till.quote(what)
    till.goods["bread"] = replace(till.goods["bread"], price=1_300)
    assert till.quote(what) != before


@pytest.mark.parametrize(
    ("tenders", "found"),
    [
        ((), "refused tenders_differ"),
        ((cash(1_249),), "refused tenders_differ"),
        ((cash(1_251),), "refused tenders_differ"),
        ((cash(1_250, 1_249),), "refused bad_amount"),
        ((Tender("card", 1_250, 1_250),), "refused bad_amount"),
        ((cash(1_250, 2_000),), "done"),
        ((Tender("card", 50, reference="4711"), Tender("wechat", 700), Tender("alipay", 500)), "done"),
        ((Tender("balance", 1_250),), "refused member_unknown"),
    ],
)
def test_tenders_must_be_what_is_due(tenders: tuple[Tender, ...], found: str) -> None:
    assert reason(Till(SHOP).sell(basket(("bread", 1)), *tenders, unpaid=True)) == found


def test_a_free_basket_needs_no_tender_and_no_line_is_no_basket() -> None:
    till = Till(SHOP)
    assert record(till.sold(basket(("free", 3)))).tenders == ()
    assert reason(till.sell(Basket(()), quote=None, facts={})) == "refused bad_amount"


@pytest.mark.parametrize(
    ("pin", "found"),
    [
        (None, "refused pin_needed"),
        ("none", "refused pin_needed"),
        ("wrong", "refused pin_wrong"),
        ("locked", "refused pin_locked"),
        ("right", "done"),
    ],
)
def test_balance_and_points_need_the_right_pin(pin: str | None, found: str) -> None:
    till = rich()
    till.pin = pin
    what = basket(("cake", 1), member="lin")
    assert reason(till.sell(what, Tender("balance", till.quote(what).total))) == found
    assert reason(till.sell(replace(what, points=50))) == found


def test_the_balance_pays_gift_first_and_never_more_than_there_is() -> None:
    till = rich()
    till.pin = "right"
    what = basket(("cake", 4), member="lin")
    assert reason(till.sell(what, Tender("balance", till.quote(what).total))) == "refused not_enough"
    till.sold(basket(("bread", 1), member="lin"), Tender("balance", 250), cash(800))
    assert (till.has("CNY.bonus"), till.has("CNY")) == (50, 20_000)


def test_a_balance_never_pays_for_a_topup() -> None:
    till = rich()
    till.pin = "right"
    what = basket(("topup", 1, 10_000), ("bread", 1), member="lin")
    due = till.quote(what).total - 10_000
    assert reason(till.sell(what, Tender("balance", due + 1), cash(9_999))) == "refused tenders_differ"
    order = record(till.sold(what, cash(10_000), Tender("balance", due)))
    assert [tender.split for tender in order.tenders] == [(10_000, 0), (0, due)]


def test_a_topup_makes_principal_that_never_expires_and_a_gift_that_is_apart() -> None:
    till = Till(bundle(RECHARGE), LIN)
    event = till.sold(basket(("topup", 1, 30_000), ("topup", 2, 15_000), member="lin"))
    assert (till.has("CNY"), till.has("CNY.bonus")) == (60_000, 5_000)
    principal = next(each for each in event.transfers if each.unit == "CNY")
    assert till.state.natures[str(principal.credit_lot)].terms.expires_on is None
    assert reason(till.sell(basket(("topup", 1, 30_000)))) == "refused member_unknown"


@pytest.mark.parametrize(
    ("terms", "owner", "found"),
    [
        ({}, "lin", "done"),
        ({}, "bo", "refused lot_unknown"),
        ({"expires_on": YESTERDAY}, "lin", "refused lot_expired"),
        ({"vests_at": 10**15}, "lin", "refused not_vested"),
    ],
)
def test_a_coupon_is_used_by_its_owner_in_its_time(terms: dict[str, Any], owner: str, found: str) -> None:
    till = rich()
    lot = till.coupon("ten", owner, **terms)
    assert reason(till.sell(basket(("bread", 1), member="lin", coupons=(lot,)))) == found


def test_a_coupon_is_used_once_and_only_a_coupon_is_one() -> None:
    till = rich()
    lot, points = till.coupon("ten"), till.give(5)
    what = basket(("bread", 1), member="lin", coupons=(lot,))
    till.sold(what)
    assert reason(till.sell(what)) == "refused used_up"
    assert reason(till.sell(replace(what, coupons=(points,)))) == "refused lot_unknown"
    assert reason(till.sell(replace(what, coupons=("none.0",)))) == "refused lot_unknown"
    assert reason(till.sell(replace(what, coupons=(lot, lot)))) == "refused bad_amount"
    assert reason(till.sell(basket(("bread", 1), coupons=(lot,)), cash(1_250))) == "refused member_unknown"


def test_a_good_coupon_whose_program_does_not_happen_is_not_used() -> None:
    till = rich()
    lot = till.coupon("full")
    order = till.sold(basket(("bread", 1), member="lin", coupons=(lot,)))
    assert record(order).lines[0].net == 1_050
    assert till.has("CPN:full") == 1


def test_one_coupon_with_two_effects_is_used_once() -> None:
    two = program("two", "order.quoted", Fixed(100), Fixed(200), coupon="ten")
    till = Till(bundle(two), LIN)
    event = till.sold(basket(("bread", 1), member="lin", coupons=(till.coupon("ten"),)))
    assert record(event).total == 950
    assert till.has("CPN:ten") == 0


COUPON = fact("c.0", 0, unit="CPN:ten", elsewhere=1, face=1_000, new=True)
STRICT_TEN = bundle(TEN, units=(Unit("CPN:ten"),))
RISKY_TEN = bundle(TEN, units=(Unit("CPN:ten", Policy("risk", 1_000, 1_000, 3_000, 24)),))


@pytest.mark.parametrize(
    ("brand", "rights", "found"),
    [
        (STRICT_TEN, None, "refused held_elsewhere"),
        (STRICT_TEN, ONLINE_NOW, "asked held_elsewhere"),
        (STRICT_TEN, replace(ONLINE_NOW, asked=True), "refused held_elsewhere"),
        (RISKY_TEN, None, "done"),
        (RISKY_TEN, ONLINE_NOW, "asked held_elsewhere"),
        (RISKY_TEN, replace(ONLINE_NOW, asked=True), "done"),
        (RISKY_TEN, FROZEN, "refused rights_frozen"),
    ],
)
def test_a_coupon_that_lies_elsewhere(brand: Any, rights: Any, found: str) -> None:
    till = Till(brand, LIN)
    till.rights = rights or till.rights
    lots = till.facts([COUPON]).lots
    what = basket(("bread", 1), member="lin", coupons=("c.0",))
    event = till.sell(what, facts={"lots": lots}, quote=None)
    assert reason(event) == found
    if found.startswith("asked"):
        assert asks(event, brand) == (Ask(1, "member:lin", "CPN:ten", "c.0"),)


def test_at_risk_a_member_gets_no_more_than_the_day_allows() -> None:
    till = Till(RISKY_TEN, LIN)
    other = replace(COUPON, lot="c.1")
    first = till.sell(
        basket(("bread", 1), member="lin", coupons=("c.0",)),
        facts={"lots": till.facts([COUPON]).lots},
        quote=None,
    )
    assert reason(first) == "done"
    second = till.sell(
        basket(("bread", 1), member="lin", coupons=("c.1",)),
        facts={"lots": till.facts([other]).lots},
        quote=None,
    )
    assert reason(second) == "refused risk_limit"
    till.whole(first)
    assert till.left("suspense", "CPN:ten") == 0


def test_a_count_is_made_by_its_first_use_and_ends_the_program() -> None:
    once = program("once", "order.quoted", Fixed(200), limits=Limits(per_member=2))
    till = Till(bundle(once), LIN)
    totals = [record(till.sold(basket(("bread", 1), member="lin"))).total for _ in range(4)]
    assert totals == [1_050, 1_050, 1_250, 1_250]
    assert till.state.part(LotKey("member:lin", "USE:once", till.events[0].random + ".0")).left == 0


def test_a_count_that_is_kept_elsewhere_is_not_guessed() -> None:
    once = program("once", "order.quoted", Fixed(200), limits=Limits(per_member=1))
    guest = Till(bundle(once), replace(LIN, at_home=False))
    assert record(guest.sold(basket(("bread", 1), member="lin"))).total == 1_250
    newcomer = Till(bundle(once), Member("lin", 0, "provisional", ""))
    assert record(newcomer.sold(basket(("bread", 1), member="lin"))).total == 1_050


def test_a_share_of_all_is_spent_and_never_made_here() -> None:
    total = program("total", "order.quoted", Fixed(200), limits=Limits(total=10, budget=1_000))
    till = Till(bundle(total))
    assert record(till.sold(basket(("bread", 1)))).total == 1_250
    shares: list[LotFact] = []
    for unit, amount in (("USE:total", 2), ("BUDGET:total", 300)):
        known = fact("hq." + unit, amount, unit, "program:total", new=True)
        shares.append(known)
    lots = till.facts(shares).lots
    decision = decide(
        till.bundle,
        till.known(lots=lots),
        given(Sell(basket(("bread", 1)), (cash(1_050),), TILL), type="order.committed", actor="pos"),
    )
    spent = {each.unit: each.amount for each in decision.transfers if each.credit == "spent"}
    assert spent == {"USE:total": 1, "BUDGET:total": 200}


@pytest.mark.parametrize(
    ("act", "facts", "found"),
    [
        ({}, {"goods": ()}, "refused goods_unknown"),
        ({"member": "bo"}, {}, "refused member_unknown"),
        ({"member": "lin"}, {"member": replace(LIN, status="suspended")}, "refused member_blocked"),
    ],
)
def test_what_cannot_be_priced_is_refused(act: dict[str, Any], facts: dict[str, Any], found: str) -> None:
    till = Till(SHOP, LIN)
    what = basket(("bread", 1), **act)
    assert reason(till.sell(what, cash(1_250), facts=facts, quote=None)) == found


# -- who sells


def at_work(who: Staff | None, shift: bool = True) -> Till:
    till = Till(bundle(FAVOUR, FULL), LIN)
    if shift:
        till.open()
    till.staff, till.actor = who, "staff:amy" if who is None else "staff:" + who.id
    return till


def test_a_clerk_sells_in_an_open_shift_at_this_till() -> None:
    till = at_work(CLERK)
    assert till.shift is not None
    assert record(till.sold(basket(("bread", 1)))).shift == till.shift.shift
    away = {"shift": replace(till.shift, till="till-2")}
    assert reason(till.sell(basket(("bread", 1)), facts=away)) == "refused shift_unknown"
    assert reason(at_work(CLERK, shift=False).sell(basket(("bread", 1)))) == "refused shift_unknown"


@pytest.mark.parametrize(
    ("who", "found"),
    [
        (None, "refused staff_unknown"),
        (Staff("amy", "cook"), "refused not_allowed"),
        (Staff("amy", ""), "refused not_allowed"),
        (CLERK, "done"),
    ],
)
def test_who_may_sell(who: Staff | None, found: str) -> None:
    till = at_work(who)
    assert reason(till.sell(basket(("bread", 1)))) == found


def test_facts_of_another_clerk_and_a_device_do_not_sell() -> None:
    till = at_work(replace(CLERK, id="zoe"))
    till.actor = "staff:amy"
    assert reason(till.sell(basket(("bread", 1)))) == "refused staff_unknown"
    till.actor = "device:counter-1"
    assert reason(till.sell(basket(("bread", 1)))) == "refused not_allowed"


def test_a_token_sells_without_a_shift_and_within_one() -> None:
    for actor in ("pos", "staff:console", "gateway"):
        till = Till(SHOP, actor=actor)
        assert record(till.sold(basket(("bread", 1)))).shift == ""
        till.open()
        assert record(till.sold(basket(("bread", 1)))).shift == till.shift.shift  # type: ignore[union-attr]


def test_a_typed_price_is_approved_where_the_role_may_not() -> None:
    till = at_work(CLERK)
    what = basket(("open", 1, 900))
    assert reason(till.sell(what)) == "refused approval_needed"
    till.approver = LEAD
    assert reason(till.sell(what, approver="ben")) == "done"
    till.staff, till.actor, till.approver = LEAD, "staff:ben", None
    assert reason(till.sell(what)) == "done"


@pytest.mark.parametrize(
    ("who", "approver", "found"),
    [
        (CLERK, None, "refused approval_needed"),
        (CLERK, LEAD, "done"),
        (CLERK, Staff("zoe", "clerk"), "refused not_allowed"),
        (CLERK, Staff("amy", "lead"), "refused not_allowed"),
        (LEAD, None, "refused approval_needed"),
        (LEAD, MANAGER, "done"),
        (MANAGER, None, "done"),
    ],
)
def test_a_favour_above_the_roles_limit_is_approved_by_somebody_else(
    who: Staff, approver: Staff | None, found: str
) -> None:
    till = at_work(who)
    till.approver = approver
    what = basket(("cake", 5), chosen=("favour",))  # 5,600 off; a lead may give 5,000 alone
    assert reason(till.sell(what, approver=None if approver is None else approver.id)) == found


@pytest.mark.parametrize(
    ("who", "approver", "found"),
    [
        (CLERK, None, "refused approval_needed"),
        (CLERK, MANAGER, "done"),
        (CLERK, LEAD, "refused not_allowed"),
        (MANAGER, None, "done"),
        (None, None, "done"),
    ],
)
def test_a_favour_of_a_role_is_done_by_that_role(
    who: Staff | None, approver: Staff | None, found: str
) -> None:
    favour = replace(FAVOUR, when=RoleIs(("manager",)))
    till = Till(bundle(favour), LIN)
    till.open()
    till.staff, till.actor = who, "pos" if who is None else "staff:" + who.id
    what = basket(("bread", 1), chosen=("favour",))
    assert till.quote(what).total == 1_000
    till.approver = approver
    assert reason(till.sell(what, approver=None if approver is None else approver.id)) == found


def test_an_approver_is_the_one_who_was_named() -> None:
    till = at_work(CLERK)
    assert reason(till.sell(basket(("bread", 1)), cash(1_250), approver="ben")) == "refused staff_unknown"
    till.approver = LEAD
    with pytest.raises(EventError, match="approver"):
        till.sell(basket(("bread", 1)), cash(1_250), quote=None)


# -- parked orders, and room


def test_a_parked_order_ends_by_its_sale() -> None:
    till = Till(SHOP)
    assert reason(till.sell(basket(("bread", 1)), parked="table-4")) == "refused parked_unknown"
    till.parked.add("table-4")
    till.sold(basket(("bread", 1)), parked="table-4")
    assert till.parked == set()


def test_the_largest_basket_fits_an_event_and_so_does_its_return() -> None:
    lots = 20
    till = Till(bundle(SLICE, RECHARGE, GIFT), LIN)
    coupons = tuple(till.coupon("ten") for _ in range(lots))
    rows = [Line("cake"), *[Line("topup", 1, 100 + number) for number in range(99)], *[Line("bread")] * 100]
    order = till.sold(Basket(tuple(rows), member="lin", coupons=coupons))
    assert len(order.transfers) <= 500
    till.whole(order)


def test_what_would_not_fit_is_refused_and_nothing_moves() -> None:
    generous = program("generous", "order.committed", *[Issue("ten", 100)] * 4)
    till = Till(bundle(generous), LIN)
    event = till.sell(basket(("bread", 1), member="lin"))
    assert reason(event) == "refused bad_amount"


def test_an_act_of_a_till_is_told_by_its_own_type() -> None:
    till = Till(SHOP)
    with pytest.raises(EventError, match="undecidable"):
        till.sell(basket(("bread", 1)), type="order.returned")
    with pytest.raises(EventError, match="undecidable"):
        till.sell(basket(("bread", 1)), type="transfer.posted")


def test_a_coupon_past_its_day_tomorrow_is_refused_tomorrow() -> None:
    till = rich()
    lot = till.coupon("ten", expires_on=till.setting.date)
    till.setting = replace(till.setting, date=TOMORROW)
    assert reason(till.sell(basket(("bread", 1), member="lin", coupons=(lot,)))) == "refused lot_expired"


def test_kept_policies_do_not_change_what_is_sold() -> None:
    kept = replace(FULL, returns=Returns(coupon="keep"), when=Subtotal(1))
    till = Till(bundle(kept), LIN)
    lot = till.coupon("full")
    assert record(till.sold(basket(("cake", 1), member="lin", coupons=(lot,)))).total == 600
