"""A code that was shown stands for the PIN: whose, how old, for how much; and how far the PIN itself goes."""

from typing import Any

import pytest
from msgspec.structs import replace

from firmware.protocol.messages import CLOCK_UNKNOWN
from gateway.core.errors import EventError
from gateway.core.event import canonical, open_event
from gateway.core.evidence import Bounds, CodeShown
from gateway.core.orders.model import SignIn, Staff, Tender
from gateway.core.orders.spender import COUNTED, COUNTED_PIN, STANDS_MS
from gateway.core.programs.model import Debit, Earn
from gateway.core.redecide import redecide
from tests.gateway.core.orders.programs import MALL, TEN
from tests.gateway.core.orders.till import LIN, Till, basket, bundle, cash, program, reason
from tests.gateway.core.shop import TODAY

SHOP = bundle(MALL, program("visit", "visit.consumed", Debit(1, "VISIT:coffee"), opt_in=True))
LIMIT = 5_000


def shown(till: Till, **more: Any) -> dict[str, Any]:
    """Facts with a code that Lin has just shown."""
    found = CodeShown(till.setting.at - 1_000, LIMIT, "lin", "till-1", 1)
    return {"code": replace(found, **more)}


def rich() -> Till:
    till = Till(SHOP, LIN)
    till.give(20_000, "CNY")
    till.give(1_000)
    return till


def counted(till: Till) -> int | None:
    """What today still allows; None before the first of it."""
    found = [key for key, _ in till.state.parts if key.unit == COUNTED + TODAY]
    return till.has(COUNTED + TODAY) if found else None


def pay(till: Till, amount: int, **more: Any) -> str:
    """Bread for 12.50, so much of it by balance."""
    rest = (cash(1_250 - amount),) if amount < 1_250 else ()
    return reason(till.sell(basket(("bread", 1), member="lin"), Tender("balance", amount), *rest, **more))


def test_a_code_spends_up_to_the_limit_of_the_day_over_all_its_sales() -> None:
    till = rich()
    assert [pay(till, 1_250, facts=shown(till)) for _ in range(5)] == ["done"] * 4 + ["refused code_limit"]
    assert (counted(till), till.has("CNY")) == (0, 15_000)
    till.setting = replace(till.setting, date="2026-11-22")
    assert pay(till, 1_250, facts=shown(till)) == "done"


def test_sales_cut_small_come_to_the_same_limit() -> None:
    till = rich()
    assert pay(till, 1_249, facts=shown(till)) == "done"
    found = [pay(till, 1, facts=shown(till)) for _ in range(3)]
    assert (found, counted(till)) == (["done"] * 3, LIMIT - 1_252)
    whole = till.sell(
        basket(("cake", 1), member="lin"), Tender("balance", 3_749), cash(1_851), facts=shown(till)
    )
    assert reason(whole) == "refused code_limit"
    assert (till.has("CNY"), counted(till)) == (20_000 - 1_252, LIMIT - 1_252), "a refused sale takes nothing"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, "done"),
        ({"member": "wu"}, "refused pin_needed"),
        ({"at": -STANDS_MS}, "done"),
        ({"at": -STANDS_MS - 1}, "refused pin_needed"),
        ({"at": 1}, "refused pin_needed"),
        ({"limit": 1_250}, "done"),
        ({"limit": 1_249}, "refused code_limit"),
    ],
)
def test_whose_code_it_is_how_old_and_how_much(change: dict[str, Any], found: str) -> None:
    till = rich()
    if "at" in change:
        change = {"at": till.setting.at + change["at"]}
    assert pay(till, 1_250, facts=shown(till, **change)) == found


def test_by_a_clock_that_nobody_set_no_code_stands_for_anything() -> None:
    till = rich()
    till.setting = replace(till.setting, clock=CLOCK_UNKNOWN)
    assert pay(till, 1_250, facts=shown(till)) == "refused pin_needed"


def test_a_right_pin_takes_nothing_off_the_day_and_a_wrong_one_is_not_made_good_by_a_code() -> None:
    till = rich()
    for pin, found in (("right", "done"), ("wrong", "refused pin_wrong"), ("locked", "refused pin_locked")):
        till.pin = pin
        assert pay(till, 1_250, facts=shown(till)) == found
    assert counted(till) is None


def test_what_spends_nothing_of_value_takes_nothing_off_the_day() -> None:
    till = rich()
    till.give(2, "VISIT:coffee")
    till.sold(basket(("bread", 1), member="lin"), facts=shown(till))
    assert reason(till.run("visit.consumed", "visit", facts=shown(till))) == "done"
    assert counted(till) is None


def test_points_in_the_mall_count_at_their_worth() -> None:
    till = rich()
    assert reason(till.run("coupon.claimed", "mall", facts=shown(till, limit=29))) == "refused code_limit"
    assert reason(till.run("coupon.claimed", "mall", facts=shown(till))) == "done"
    assert (till.has("PTS"), counted(till)) == (700, LIMIT - 30), "300 points are worth 0.30"


def test_what_has_no_price_has_no_bound_and_needs_the_pin() -> None:
    free = bundle(MALL, units=())
    till = Till(free, LIN)
    till.give(1_000)
    assert reason(till.run("coupon.claimed", "mall", facts=shown(till))) == "refused code_limit"


def test_what_goes_back_fills_nothing_up_again_and_leaves_the_count_alone() -> None:
    till = rich()
    order = till.sell(basket(("bread", 2), member="lin"), Tender("balance", 2_500), facts=shown(till))
    assert counted(till) == LIMIT - 2_500
    till.returned(order, (0, 1))
    till.whole(order)
    assert (till.has("CNY"), counted(till)) == (20_000, LIMIT - 2_500)


def test_a_limit_that_was_lowered_within_the_day_bounds_at_once() -> None:
    till = rich()
    assert pay(till, 1_250, facts=shown(till)) == "done"
    assert pay(till, 1_250, facts=shown(till, limit=1_249)) == "refused code_limit"
    assert pay(till, 1_000, facts=shown(till, limit=1_249)) == "done"


@pytest.mark.parametrize("limit", [0, -1, 10**18])
def test_limits_that_no_gateway_has_are_facts_of_nobody(limit: int) -> None:
    till = rich()
    with pytest.raises(EventError, match="bad_facts"):
        pay(till, 1_250, facts=shown(till, limit=limit))


def test_nobody_of_staff_signs_in_by_a_members_code() -> None:
    till = rich()
    till.staff = Staff("amy", "clerk")
    facts = till.known("lin", **shown(till))
    assert reason(till.act(SignIn("pin", "amy", "till-1"), facts)) == "refused pin_needed"


def test_an_event_without_a_code_says_nothing_of_one_and_one_with_it_decides_again() -> None:
    till = rich()
    plain = till.sold(basket(("bread", 1), member="lin"))
    assert b'"code":{' not in canonical(plain)
    paid = till.sell(basket(("bread", 1), member="lin"), Tender("balance", 1_250), facts=shown(till))
    body = canonical(paid)
    assert redecide(body, SHOP) == body
    lied = body.replace(b'"limit":5000', b'"limit":1200')
    assert lied != body
    assert open_event(redecide(lied, SHOP)).outcome.reason == "code_limit"


# -- how far the PIN goes, and whoever is only named


def test_the_pin_spends_up_to_its_own_limit_of_the_day() -> None:
    till = rich()
    bounded = {"bounds": Bounds(0, 2_500)}
    till.pin = "right"
    found = [pay(till, 1_250, facts=bounded) for _ in range(3)]
    assert found == ["done", "done", "refused pin_limit"]
    assert (till.has(COUNTED_PIN + TODAY), till.has("CNY")) == (0, 17_500)
    till.pin = None
    assert pay(till, 1_250, facts={**bounded, **shown(till)}) == "done", "a code counts apart"
    till.pin = "wrong"
    assert pay(till, 1_250, facts=bounded) == "refused pin_wrong"


def test_without_a_bound_the_pin_counts_nothing() -> None:
    till = rich()
    till.pin = "right"
    assert pay(till, 1_250, facts={"bounds": Bounds(100, 0)}) == "done"
    assert not any(key.unit.startswith(COUNTED_PIN) for key, _ in till.state.parts)


@pytest.mark.parametrize(
    ("face", "proof", "found"),
    [
        (1_000, {}, "done"),
        (999, {}, "refused pin_needed"),
        (999, {"pin": "right"}, "done"),
        (999, {"pin": "wrong"}, "refused pin_wrong"),
        (0, {}, "done"),
    ],
)
def test_a_coupon_above_a_face_asks_who_it_is(face: int, proof: dict[str, Any], found: str) -> None:
    till = Till(bundle(TEN), LIN)
    lot = till.coupon("ten", face=1_000)
    facts = {"bounds": Bounds(face, 0), **proof}
    event = till.sell(basket(("bread", 4), member="lin", coupons=(lot,)), facts=facts)
    assert reason(event) == found
    body = canonical(event)
    assert redecide(body, bundle(TEN)) == body


def test_a_code_is_proof_enough_for_a_coupon_and_spends_nothing() -> None:
    till = Till(bundle(TEN), LIN)
    lot = till.coupon("ten", face=1_000)
    facts = {"bounds": Bounds(1, 0), **shown(till)}
    assert reason(till.sell(basket(("bread", 4), member="lin", coupons=(lot,)), facts=facts)) == "done"
    assert counted(till) is None


def test_a_coupon_that_is_redeemed_alone_asks_as_well() -> None:
    gift = program("gift", "coupon.redeemed", Earn("PTS", amount=5), coupon="ten")
    till = Till(bundle(gift), LIN)
    till.coupon("ten", face=1_000)
    bounded = {"bounds": Bounds(999, 0)}
    assert reason(till.run("coupon.redeemed", facts=bounded)) == "refused pin_needed"
    till.pin = "right"
    assert reason(till.run("coupon.redeemed", facts=bounded)) == "done"
