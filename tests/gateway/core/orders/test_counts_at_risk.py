"""Invariants 12 and 14: a program whose count another store keeps happens at most for what the day allows."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.exposure import Exposure, exposure
from gateway.core.model import Member
from gateway.core.programs.model import Fixed, Limits
from gateway.core.promises import Policy
from gateway.core.risk import allowance_unit, why_not
from gateway.core.units import unit_of
from tests.gateway.core.orders.till import LIN, Till, basket, bundle, program, record
from tests.gateway.core.shop import HOUR_MS, NOON_MS, ONLINE_NOW, RIGHTS, SETTING, TODAY, fact, knows

DAY = Policy("risk", per_use=300, per_member=500, per_gateway=700, hours=24)
GUEST = replace(LIN, at_home=False)


def brand(policy: Policy = DAY, off: int = 200, **limits: Any) -> Any:
    limit = Limits(**(limits or {"per_member": 9}))
    return bundle(program("risky", "order.quoted", Fixed(off), limits=limit, offline=policy))


def total(till: Till, member: Member | None = GUEST) -> int:
    till.member = member
    return record(till.sold(basket(("bread", 1), member=None if member is None else "lin"))).total


def test_a_guest_gets_what_a_member_and_the_gateway_may_have_in_a_day() -> None:
    till = Till(brand(), GUEST)
    assert [total(till) for _ in range(4)] == [1_050, 1_050, 1_250, 1_250]  # 500 a member
    till.setting = replace(till.setting, date="2026-11-22")
    assert total(till) == 1_050
    assert till.left("gateway:g1", "USE:risk:USE:risky:2026-11-22") == 500


def test_the_gateways_limit_holds_over_all_members() -> None:
    till = Till(brand(), GUEST)
    found = []
    for name in ("lin", "bo", "cy", "di"):
        till.member = replace(GUEST, id=name)
        found.append(record(till.sold(basket(("bread", 1), member=name))).total)
    assert found == [1_050, 1_050, 1_050, 1_250]  # 700 a gateway


@pytest.mark.parametrize(
    ("policy", "off", "rights", "paid"),
    [
        (DAY, 300, RIGHTS, 950),
        (DAY, 301, RIGHTS, 1_250),
        (Policy(), 200, RIGHTS, 1_250),
        (Policy("online"), 200, ONLINE_NOW, 1_250),
        (DAY, 200, replace(RIGHTS, synced_at=NOON_MS - 25 * HOUR_MS), 1_250),
        (DAY, 200, replace(RIGHTS, synced_at=0), 1_250),
        (DAY, 200, replace(RIGHTS, frozen=True), 1_250),
        (DAY, 200, ONLINE_NOW, 1_050),
    ],
)
def test_who_bears_what(policy: Policy, off: int, rights: Any, paid: int) -> None:
    till = Till(brand(policy, off), GUEST)
    till.rights = rights
    assert total(till) == paid


def test_at_home_nothing_is_at_risk() -> None:
    till = Till(brand(), LIN)
    assert [total(till, LIN) for _ in range(4)] == [1_050] * 4
    assert not any(key.unit.startswith("USE:risk:") for key, _ in till.state.parts)


@pytest.mark.parametrize(("policy", "paid"), [(Policy(), 1_250), (DAY, 1_050)])
def test_a_share_that_lies_elsewhere_never_holds_a_sale_up(policy: Policy, paid: int) -> None:
    till = Till(brand(policy, total=9))
    away = fact("hq.0", 0, "USE:risky", "program:risky", elsewhere=9, new=True)
    for rights in (RIGHTS, replace(ONLINE_NOW, asked=True)):
        till.rights = rights
        lots = till.facts([away]).lots
        assert record(till.sold(basket(("bread", 1)), facts={"lots": lots})).total == paid


def test_two_counts_of_one_program_are_borne_each_and_never_hold_a_sale_up() -> None:
    away = fact("hq.0", 0, "USE:risky", "program:risky", elsewhere=9, new=True)
    found = []
    for off in (150, 151):
        till = Till(brand(off=off, total=9, per_member=9), GUEST)
        lots = till.facts([away]).lots
        event = till.sold(basket(("bread", 1), member="lin"), facts={"lots": lots})
        found.append(record(event).total)
    assert found == [1_100, 1_250]  # twice 150 are one use's 300


def test_a_full_return_gives_the_day_its_allowance_back() -> None:
    till = Till(brand(), GUEST)
    order = till.sold(basket(("bread", 2), member="lin"))
    unit = "USE:risk:USE:risky:" + TODAY
    assert till.left("member:lin", unit) == 300
    till.whole(order)
    assert (till.left("member:lin", unit), till.left("gateway:g1", unit)) == (500, 700)


def test_counts_follow_their_program_and_are_worth_nothing_by_themselves() -> None:
    risky = brand()
    for code in ("USE:risky", "USE:risky:2026-11", "BUDGET:risky"):
        unit = unit_of(risky, code)
        assert (unit.code, unit.offline, unit.worth) == ("USE:risky", DAY, 0)
        assert allowance_unit(unit, TODAY) == "USE:risk:USE:risky:" + TODAY
    assert unit_of(risky, "USE:other").offline == Policy()


def test_the_worst_loss_counts_what_programs_may_lose_in_a_day() -> None:
    assert exposure(brand(), "g1", TODAY, []) == Exposure(0, 3_000 + 700, 0)  # 3,000: of CPN:ten
    assert exposure(bundle(program("free", "order.quoted", Fixed(1), offline=DAY)), "g1", TODAY, []) == (
        Exposure(0, 3_000, 0)
    )


def test_why_not_is_known_before_anything_moves() -> None:
    unit = unit_of(brand(), "USE:risky")
    owner, code = "member:lin", "USE:risk:USE:risky:" + TODAY
    left = fact("a.0", 250, code, owner), fact("a.1", 100, code, "gateway:g1")
    assert why_not(knows(), SETTING, unit, owner, 300) is None
    assert why_not(knows(), SETTING, unit, owner, 0) == "risk_limit"
    assert why_not(knows(left[0]), SETTING, unit, owner, 251) == "risk_limit"
    assert why_not(knows(*left), SETTING, unit, owner, 101) == "risk_limit"
    assert why_not(knows(*left), SETTING, unit, owner, 100) is None
