"""Parked orders, signing in and PINs: small acts that move nothing."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.orders.model import Basket, Park, SetPin, SignIn, Staff
from tests.gateway.core.orders.till import CLERK, LEAD, LIN, MANAGER, TILL, Till, basket, bundle, reason

TEA = basket(("tea", 1))


def park(till: Till, what: Basket | None, name: str = "table-4", **more: Any) -> str:
    known = till.known(parked=name in till.parked)
    return reason(till.act(Park(name, TILL, what, "by the window"), known, **more))


def test_a_basket_waits_under_its_name_until_it_is_forgotten() -> None:
    till = Till(bundle())
    assert park(till, None) == "refused parked_unknown"
    assert park(till, Basket(())) == "refused bad_amount"
    assert park(till, TEA) == "done"
    assert till.state.tills.parked == {"table-4": till.state.seq}
    assert park(till, basket(("tea", 2))) == "done"
    assert park(till, None) == "done"
    assert till.state.tills.parked == {}


def test_a_sold_basket_waits_no_more() -> None:
    till = Till(bundle())
    park(till, TEA)
    till.sold(TEA, parked="table-4")
    assert till.state.tills.parked == {}


def test_a_clerk_parks_in_a_shift() -> None:
    till = Till(bundle(), actor="staff:amy")
    till.staff = CLERK
    assert park(till, TEA) == "refused shift_unknown"
    till.open()
    assert park(till, TEA) == "done"
    till.staff = Staff("amy", "cook")
    assert park(till, TEA) == "refused not_allowed"


@pytest.mark.parametrize(
    ("who", "by", "pin", "found"),
    [
        (CLERK, "badge", None, "done"),
        (CLERK, "pin", "right", "done"),
        (CLERK, "pin", None, "refused pin_needed"),
        (CLERK, "pin", "wrong", "refused pin_wrong"),
        (CLERK, "pin", "locked", "refused pin_locked"),
        (None, "badge", None, "refused staff_unknown"),
        (replace(CLERK, id="zoe"), "badge", None, "refused staff_unknown"),
        (Staff("amy", "cook"), "badge", None, "refused not_allowed"),
    ],
)
def test_who_signs_in(who: Staff | None, by: Any, pin: str | None, found: str) -> None:
    till = Till(bundle())
    till.staff, till.pin = who, pin
    assert reason(till.act(SignIn(by, "amy", TILL), till.known(), actor="staff:amy")) == found


@pytest.mark.parametrize(
    ("who", "owner", "found"),
    [
        (CLERK, "staff:amy", "done"),
        (CLERK, "staff:ben", "refused not_allowed"),
        (LEAD, "staff:amy", "done"),
        (CLERK, "member:lin", "refused not_allowed"),
        (MANAGER, "member:lin", "done"),
        (MANAGER, "member:bo", "refused member_unknown"),
        (None, "member:lin", "done"),
        (None, "staff:amy", "done"),
        (None, "order:1", "refused bad_amount"),
        (None, "staff:", "refused bad_amount"),
    ],
)
def test_whose_pin_is_set_by_whom(who: Staff | None, owner: str, found: str) -> None:
    till = Till(bundle(), LIN)
    till.staff = who
    till.actor = "pos" if who is None else "staff:" + who.id
    assert reason(till.act(SetPin(owner), till.known("lin"))) == found


def test_a_blocked_member_sets_no_pin() -> None:
    till = Till(bundle(), replace(LIN, status="suspended"))
    assert reason(till.act(SetPin("member:lin"), till.known("lin"))) == "refused member_blocked"
