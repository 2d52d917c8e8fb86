"""Shifts: opened once at a till, counted at the end, and a Z report that balances."""

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.core.orders.model import (
    CloseShift,
    MoveCash,
    OpenShift,
    ShiftRecord,
    ShiftSums,
    Staff,
    Tender,
    TenderSum,
)
from gateway.core.orders.sums import NOTHING, after, expected, shift_of
from tests.gateway.core.orders.programs import SHOP
from tests.gateway.core.orders.till import (
    CLERK,
    LEAD,
    LIN,
    MANAGER,
    TILL,
    Till,
    basket,
    bundle,
    cash,
    reason,
)


def close(till: Till, counted: int, approver: str | None = None, **more: Any) -> Event:
    assert till.shift is not None
    act = CloseShift(counted, more.pop("shift", till.shift.shift), TILL, approver)
    return till.act(act, till.known(**{"sums": till.sums, **more}))


def move(till: Till, amount: int, shift: str | None = None) -> Event:
    assert till.shift is not None
    return till.act(MoveCash(amount, "coins", shift or till.shift.shift, TILL), till.known())


def test_a_day_adds_up() -> None:
    till = Till(SHOP, LIN)
    till.pin = "right"
    till.give(5_000, "CNY")
    till.give(100)
    till.open(20_000)
    till.sold(basket(("cake", 1)), cash(5_208, 10_000))  # 7% off
    order = till.sold(basket(("bread", 4), member="lin"), Tender("card", 2_000), cash(2_200))
    till.sold(basket(("tea", 2), member="lin", points=100), Tender("balance", 396))
    voided = till.sold(basket(("tea", 1)))
    till.returned(order, (0, 1))
    till.returned(voided, void=True)
    move(till, 5_000)
    move(till, -10_000)
    sums = till.sums
    assert (sums.orders, sums.returns, sums.voids) == (4, 1, 1)
    assert (sums.gross, sums.gross - sums.discount) == (5_600 + 5_000 + 666 + 333, sums.net)
    assert sums.net - sums.points_paid == sum(each.sold for each in sums.tenders)
    assert sums.refunded == sum(each.refunded for each in sums.tenders) == 1_050 + 333
    assert sums.tenders == (
        TenderSum("balance", 396, 0),
        TenderSum("card", 2_000, 500),
        TenderSum("cash", 5_208 + 2_200 + 333, 550 + 333),
    )
    assert (sums.points_paid, sums.moved, sums.cash_float) == (70, -5_000, 20_000)
    event = close(till, expected(sums) - 3)
    assert isinstance(event.settled, ShiftRecord)
    assert (event.settled.expected, event.settled.difference) == (21_858, -3)
    assert (event.settled.sums, till.shift) == (sums, None)


def test_one_shift_is_open_at_a_till() -> None:
    till = Till(bundle())
    till.open()
    assert reason(till.act(OpenShift(1, TILL), till.known())) == "refused shift_taken"
    close(till, 20_000)
    till.open()


@pytest.mark.parametrize(
    ("who", "found"),
    [(CLERK, "done"), (Staff("amy", "cook"), "refused not_allowed"), (None, "refused staff_unknown")],
)
def test_who_opens_a_shift(who: Staff | None, found: str) -> None:
    till = Till(bundle(), actor="staff:amy")
    till.staff = who
    assert reason(till.open()) == found


def test_a_shift_that_is_not_open_is_not_counted_and_not_moved() -> None:
    till = Till(bundle())
    till.open()
    assert reason(close(till, 0, shift="another")) == "refused shift_unknown"
    assert reason(move(till, 5, "another")) == "refused shift_unknown"
    assert reason(move(till, 0)) == "refused bad_amount"
    shift = till.shift
    close(till, 20_000)
    act = CloseShift(0, shift.shift, TILL)  # type: ignore[union-attr]
    assert reason(till.act(act, till.known(sums=till.sums))) == "refused shift_unknown"


@pytest.mark.parametrize(
    ("counted", "approver", "found"),
    [
        (10_000, None, "done"),
        (30_000, None, "done"),
        (9_999, None, "refused approval_needed"),
        (30_001, None, "refused approval_needed"),
        (9_999, LEAD, "done"),
        (0, replace(CLERK, id="zoe"), "refused not_allowed"),
    ],
)
def test_a_difference_above_the_roles_limit_is_approved(
    counted: int, approver: Staff | None, found: str
) -> None:
    till = Till(bundle(), actor="staff:amy")
    till.staff = CLERK
    till.open(20_000)
    till.approver = approver
    assert reason(close(till, counted, None if approver is None else approver.id)) == found


def test_sums_are_looked_up_and_can_be_true() -> None:
    till = Till(bundle())
    till.open()
    for sums in (
        UNSET,
        replace(NOTHING, moved=2**60),
        replace(NOTHING, tenders=(TenderSum("cash", 2**60, 0),)),
    ):
        with pytest.raises(EventError, match="sums"):
            close(till, 0, sums=sums)


def test_only_what_was_done_in_a_shift_belongs_to_it() -> None:
    till = Till(bundle())
    loose = till.sold(basket(("tea", 1)))
    opened = till.open()
    inside = till.sold(basket(("tea", 1)))
    refused = till.sell(basket(("tea", 1)), cash(1))
    assert [shift_of(event) for event in (loose, opened, inside, refused)] == [
        None,
        opened.random,
        opened.random,
        None,
    ]
    assert after(NOTHING, refused) == NOTHING
    assert isinstance(after(NOTHING, opened), ShiftSums)


def test_a_log_knows_its_shifts_orders_and_returns() -> None:
    till = Till(bundle())
    opened = till.open()
    order = till.sold(basket(("tea", 2)))
    till.returned(order, (0, 1))
    back = till.events[-1]
    row = till.state.tills.shifts[opened.random]
    assert (row.till, row.staff, row.seq, row.closed, row.sums) == (TILL, "pos", 1, None, till.sums)
    assert till.state.tills.orders == {order.random: order.seq}
    assert till.state.tills.returns == {order.random: (back.seq,)}
    closed = close(till, expected(till.sums))
    assert till.state.tills.shifts[opened.random].closed == closed.seq
    assert till.state.tills.open_at(TILL) is None


@pytest.mark.parametrize("who", [LEAD, MANAGER])
def test_a_till_that_two_share_has_one_shift(who: Staff) -> None:
    till = Till(bundle(), actor="staff:amy")
    till.staff = CLERK
    till.open()
    till.staff, till.actor = who, "staff:" + who.id
    till.sold(basket(("tea", 1)))
    assert till.sums.orders == 1
