"""What users of other systems complain of, each row of docs' table as a test named after it.

Here the core's part: what no adapter, disk or network can undo. Where a row is about storage or the way to HQ
as well, its test says which test covers the rest.
"""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.errors import EventError
from gateway.core.event import canonical, open_event
from gateway.core.model import DONE
from gateway.core.orders.model import Tender
from gateway.core.programs.model import Fixed, Limits, TierIs
from gateway.core.promises import Policy, TakeGrants, Unit
from gateway.core.redecide import redecide
from gateway.core.state import State
from gateway.core.tiers import standing
from tests.gateway.core.orders.programs import EARN, POINTS, QUALIFY, RECHARGE, SIX, TEN
from tests.gateway.core.orders.till import (
    LIN,
    Till,
    basket,
    bundle,
    cash,
    given_back,
    program,
    reason,
    record,
)
from tests.gateway.core.shop import ONLINE_NOW, TODAY, Log, fact, knows, outcome, post, spend

STRICT, RISK = Policy(), Policy("risk", per_use=2_000, per_member=2_000, per_gateway=3_000, hours=24)


def points_shop(policy: Policy) -> Till:
    """A member whose points another store holds, and this store is offline."""
    till = Till(bundle(POINTS, units=(Unit("PTS", policy, worth=1, per=10),)), LIN)
    till.pin = "right"
    return till


@pytest.mark.parametrize(("policy", "found"), [(STRICT, 0), (RISK, 70)])
def test_loyalty_at_an_offline_till_is_the_owners_choice(policy: Policy, found: int) -> None:
    """frappe/erpnext 14885, 12631: a policy of the unit says whether points elsewhere may pay offline."""
    till = points_shop(policy)
    away = {"lots": till.facts([fact("hq.0", 0, elsewhere=500, new=True)]).lots}
    event = till.sell(basket(("tea", 1), member="lin", points=100), facts=away)
    assert event.outcome.name == DONE
    assert record(event).lines[0].points == found
    assert till.left("suspense") == (-100 if found else 0)


def test_points_are_not_doubled_by_a_retried_sync() -> None:
    """OCA/pos 185, odoo 222372: an event has one place in its log, and a key names one act.

    The same act asked again by a page: tests/gateway/test_acting.py; the same event sent again to HQ:
    tests/cloud_bridge/hq.
    """
    till = Till(bundle(EARN), LIN)
    event = till.sold(basket(("cake", 1), member="lin"), key="till-1:7")
    before = till.state.digest()
    with pytest.raises(EventError, match="wrong_seq"):
        till.state.apply(event)
    with pytest.raises(EventError, match="key_reused"):
        till.state.apply(replace(event, seq=event.seq + 1))
    assert (till.state.digest(), till.has("PTS")) == (before, 56)


def test_a_limit_holds_under_concurrency_three_uses_and_not_five() -> None:
    """fossasia/eventyay 1398, saleor 544, shopware 11245: a limit is a balance, and each store holds a part.

    Many gateways at once, with loss and crashes: tests/simulation.
    """
    three = program("three", "order.quoted", Fixed(500), limits=Limits(per_member=3))
    till = Till(bundle(three), LIN)
    totals = [record(till.sold(basket(("bread", 1), member="lin"))).total for _ in range(5)]
    assert totals == [750, 750, 750, 1_250, 1_250]
    passes, here, there = Log("hq"), Log("g1"), Log("g2")
    issued = passes.done(post(*_visits(3)))
    lot = fact(f"{issued.random}.0", 0, "VISIT:coffee", new=True)
    for log, part in ((here, 2), (there, 1)):
        log.done(TakeGrants(), log.facts([replace(lot, offered=part)]))
    used = [
        log.do(post(spend(1, unit="VISIT:coffee"))).outcome.name for log in (here, there) for _ in range(3)
    ]
    assert used.count(DONE) == 3


def _visits(amount: int) -> Any:
    from tests.gateway.core.shop import credit

    return (credit(amount, unit="VISIT:coffee"),)


def test_a_gift_card_is_not_spent_twice_and_never_below_zero() -> None:
    """Azuriom 285, spree 13734: a lot gives no more than is in it, in one order or in two."""
    till = Till(bundle(), LIN)
    till.pin = "right"
    till.give(1_000, "CNY")
    what = basket(("bread", 1), member="lin")
    assert reason(till.sell(what, Tender("balance", 1_250))) == "refused not_enough"
    till.sold(what, Tender("balance", 1_000), cash(250))
    assert reason(till.sell(what, Tender("balance", 1), cash(1_249))) == "refused not_enough"
    assert reason(till.sell(what, Tender("balance", 625), Tender("balance", 625))) == "refused not_enough"
    assert till.has("CNY") == 0
    assert min(part.left for part in till.state.parts.values()) >= 0


def test_both_customers_are_honoured_where_the_merchant_prefers_it() -> None:
    """PrestaShop 29493: under risk two stores accept one coupon, and the merchant bears a known most.

    Who bears it, and that HQ refuses neither: tests/cloud_bridge/hq and tests/simulation.
    """
    brand = bundle(TEN, units=(Unit("CPN:ten", RISK),))
    home, away = Till(brand, LIN), Till(brand, LIN)
    lot = home.coupon("ten", face=1_000)
    what = basket(("bread", 1), member="lin", coupons=(lot,))
    home.sold(what)
    elsewhere = fact(lot, 0, "CPN:ten", elsewhere=1, face=1_000, new=True)
    event = away.sell(what, facts={"lots": away.facts([elsewhere]).lots})
    assert (event.outcome.name, record(event).total) == (DONE, 250)
    assert away.left("suspense", "CPN:ten") == -1
    assert away.left("member:lin", f"USE:risk:CPN:ten:{TODAY}") == RISK.per_member - 1_000


def test_who_earns_and_refunds_does_not_keep_the_points() -> None:
    """odoo 257854, erpnext 32951: points earned go back with the goods they were earned on."""
    till = Till(bundle(EARN, QUALIFY), LIN)
    before = till.standing()
    order = till.sold(basket(("cake", 2), ("bread", 3), member="lin"))
    assert till.has("PTS") == 112 + 37
    assert given_back(till.returned(order, (0, 1))) == {"PTS": -56, "QPT": -56}
    till.whole(order)
    assert till.standing() == before


def test_a_refunded_gift_card_is_restored_and_a_refunded_top_up_is_not_spendable() -> None:
    """Setono 284, woocommerce-ios 10336: money goes back to the lots it came from."""
    till = Till(bundle(RECHARGE), LIN)
    till.pin = "right"
    paid = till.sold(basket(("topup", 1, 20_000), member="lin"))
    bought = till.sold(basket(("bread", 1), member="lin"), Tender("balance", 1_250))
    till.whole(bought)
    assert (till.has("CNY"), till.has("CNY.bonus")) == (20_000, 1_500)
    back = till.whole(paid)
    assert back.total == 20_000
    refused = till.sell(basket(("bread", 1), member="lin"), Tender("balance", 1_250))
    assert reason(refused) == "refused not_enough"


def test_a_partial_return_never_pays_back_too_much() -> None:
    """PrestaShop 42502, odoo 286433: 6 x 50 at 10% off from 300 on, and 5 come back."""
    till = Till(bundle(SIX))
    till.goods["bread"] = replace(till.goods["bread"], price=5_000)
    order = till.sold(basket(("bread", 6)))
    assert record(order).total == 27_000
    assert till.returned(order, (0, 5)).total == 22_000  # the sixth costs 50.00 now
    assert till.returned(order, (0, 1)).total == 5_000
    assert reason(till.back(order, (0, 1))) == "refused nothing_to_return"


def test_points_are_integers_and_no_coupon_is_invalid_by_a_rounding() -> None:
    """odoo 153541, 111670: 268.28000000000003 points cannot be written down."""
    till = Till(bundle(EARN, TEN), LIN)
    lot = till.coupon("ten")
    till.goods["tea"] = replace(till.goods["tea"], price=26_828)
    event = till.sold(basket(("tea", 1), member="lin", coupons=(lot,)))
    assert till.has("PTS") == 258
    tree = json.loads(canonical(event))
    tree["transfers"][-1]["amount"] = 268.28000000000003
    with pytest.raises(EventError):
        open_event(canonical(tree))


@pytest.mark.parametrize(("asked", "paid"), [(0, 0), (10, 7), (55, 35), (100, 70), (10_000, 161)])
def test_the_cashier_chooses_how_many_points_to_use(asked: int, paid: int) -> None:
    """odoo 264931: the number is an input; what cannot pay is not taken."""
    till = Till(bundle(POINTS), LIN)
    till.pin = "right"
    till.give(500)
    order = record(till.sold(basket(("tea", 1), member="lin", points=asked)))
    taken = 500 - till.has("PTS")
    assert order.lines[0].points == paid
    assert taken == -(-paid // 7) * 10


def test_no_tier_is_skipped_and_redeeming_is_no_spending() -> None:
    """erpnext 22167, POSpire 75: a tier rests on qualifying points, which are never spent."""
    silver = program("silver-price", "order.quoted", Fixed(100), when=TierIs(("silver",)))
    till = Till(bundle(QUALIFY, POINTS, silver), LIN)
    till.pin = "right"
    till.give(9_000)
    reached = [standing(till.bundle, "member", points).tier for points in (0, 299, 300, 999, 1_000)]
    assert reached == ["member", "member", "silver", "silver", "gold"]
    till.sold(basket(("cake", 6), member="lin"))
    qualifying = till.has("QPT")
    till.member = replace(LIN, qualifying=qualifying)
    assert standing(till.bundle, "member", qualifying).tier == "silver"
    event = till.sold(basket(("cake", 1), member="lin", points=3_000))
    assert record(event).lines[0].points > 0
    assert till.has("QPT") == qualifying + record(event).total // 100
    assert record(event).applied[0].program == "silver-price"


def test_nothing_is_earned_on_gift_cards_and_on_what_points_paid() -> None:
    """RepairDesk 1050: the base is what cash-like tenders paid for goods."""
    till = Till(bundle(EARN, QUALIFY, RECHARGE, POINTS), LIN)
    till.pin = "right"
    till.sold(basket(("topup", 1, 50_000), member="lin"))
    assert (till.has("PTS"), till.has("QPT")) == (0, 0)
    till.sold(basket(("cake", 1), member="lin"), Tender("balance", 5_600))
    assert (till.has("PTS"), till.has("QPT")) == (0, 0)
    till.give(1_000)
    order = record(till.sold(basket(("cake", 1), member="lin", points=1_000)))
    assert order.lines[0].points == 700
    assert till.has("PTS") == (5_600 - 700) // 100


def test_going_offline_is_automatic_visible_and_changes_no_promise_that_is_here() -> None:
    """pretixscan-android 139, 11: no switch; the event says whether HQ answered, the refusal says why.

    What pages show of it: tests/gateway/adapters/http; the plug pulled out and in: tests/system.
    """
    brand = bundle(EARN, TEN)
    offline, online = Till(brand, LIN), Till(brand, LIN)
    online.rights = ONLINE_NOW
    for till in (offline, online):
        what = basket(("bread", 2), member="lin", coupons=(till.coupon("ten"),))
        event = till.sold(what)
        assert (record(event).total, till.has("PTS")) == (1_500, 15)
        assert event.facts.rights == till.rights
    card = fact("c.0", 0, "CPN:card", elsewhere=1)
    assert outcome(post(spend(1, unit="CPN:card")), knows(card)).reason == "hq_unreachable"
    assert outcome(post(spend(1, unit="PTS")), knows(fact("p.0", 0, elsewhere=1))).reason == "held_elsewhere"


def test_what_was_accepted_offline_stays_accepted() -> None:
    """pretix 3187: HQ decides the same from the event's own facts, whatever it knows meanwhile.

    That HQ books each such event and refuses none: tests/cloud_bridge/hq, tests/system.
    """
    brand = bundle(EARN, TEN, units=(Unit("CPN:ten", RISK),))
    till = Till(brand, LIN)
    known = fact("c.0", 0, "CPN:ten", elsewhere=1, face=1_000, new=True)
    event = till.sell(
        basket(("bread", 1), member="lin", coupons=("c.0",)), facts={"lots": till.facts([known]).lots}
    )
    body = canonical(event)
    assert redecide(body, brand) == body
    state = State("g1")
    state.apply(replace(event, seq=1))
    assert event.outcome.name == DONE


def test_the_table_is_whole() -> None:
    """Every row of the complaints has its test here: fourteen of them."""
    names = [name for name in globals() if name.startswith("test_")]
    assert len(names) == 14 + 1
