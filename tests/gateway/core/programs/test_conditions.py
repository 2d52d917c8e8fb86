"""Each condition: where it holds, what is missing where it does not, and what is never guessed."""

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.model import Facts, Member, Setting, Tier
from gateway.core.orders.model import Staff
from gateway.core.programs import reasons
from gateway.core.programs.conditions import Unmet, compiled
from gateway.core.programs.model import (
    AllOf,
    AmountIs,
    AnyOf,
    BalanceIs,
    Condition,
    CounterIs,
    Lines,
    MemberIs,
    Not,
    OccasionIs,
    PaidIs,
    Quantity,
    RoleIs,
    Subtotal,
    TierIs,
    TimeIs,
)
from gateway.core.programs.scene import Scene
from gateway.core.programs.selecting import Selectors
from tests.gateway.core.programs.baskets import GOODS, RIGHTS, SETTING, bundle, lot, member

LIN = member(qualifying=120)
NEW = member(status="provisional")
NEVER, ALWAYS = AnyOf(()), AllOf(())
DRINKS = Lines(categories=("drink",))
HIGH = Subtotal(at_least=10_000)


def facts(person: Member | None = LIN, **more: Any) -> Facts:
    return Facts(**{"member": person, "rights": RIGHTS, "time": "12:00", **more})


def scene(known: Facts, setting: Setting = SETTING, **more: Any) -> Scene:
    rows = [(GOODS["cake"], 1, 5_600), (GOODS["latte"], 2, 2_800), (GOODS["topup"], 1, 90_000)]
    made = Scene(bundle(), known, setting, rows)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def unmet(when: Condition, known: Facts | None = None, **more: Any) -> Unmet | None:
    return compiled(when, Selectors())(scene(facts() if known is None else known, **more))


HOLDS = [
    (ALWAYS, {}),
    (Not(NEVER), {}),
    (AnyOf((NEVER, ALWAYS)), {}),
    (Subtotal(at_least=11_200), {}),
    (Subtotal(at_most=11_200), {}),
    (Subtotal(at_least=5_600, at_most=5_600, lines=DRINKS), {}),
    (Quantity(at_least=3), {}),
    (Quantity(at_least=2, at_most=2, lines=DRINKS), {}),
    (TierIs(("gold", "member")), {}),
    (MemberIs("known"), {}),
    (BalanceIs("QPT", at_least=120, at_most=120), {}),
    (TimeIs(weekdays=(6,)), {}),
    (TimeIs(start="12:00", end="12:01"), {}),
    (TimeIs(start="12:00"), {}),
    (TimeIs(end="12:01"), {}),
    (TimeIs(start="23:00", end="12:01"), {}),
    (AmountIs(at_least=100, at_most=100), {"asked": 100}),
    (PaidIs(at_least=700), {"paid": {"cash": 300, "card": 400, "balance": 900}}),
    (PaidIs(at_least=900, tenders=("balance",)), {"paid": {"cash": 300, "balance": 900}}),
]


@pytest.mark.parametrize(("when", "more"), HOLDS)
def test_it_holds(when: Condition, more: dict[str, Any]) -> None:
    assert unmet(when, **more) is None


MISSING = [
    (NEVER, Unmet(reasons.EXCLUDED), {}),
    (Not(ALWAYS), Unmet(reasons.EXCLUDED), {}),
    (Subtotal(at_least=11_201), Unmet(reasons.SUBTOTAL_LOW, 1, True), {}),
    (Subtotal(at_least=22_401), Unmet(reasons.SUBTOTAL_LOW, 11_201, False), {}),
    (Subtotal(at_most=11_199), Unmet(reasons.SUBTOTAL_HIGH), {}),
    (Quantity(at_least=5, lines=DRINKS), Unmet(reasons.QUANTITY_LOW, 3, False), {}),
    (Quantity(at_most=1, lines=DRINKS), Unmet(reasons.QUANTITY_HIGH), {}),
    (TierIs(("gold",)), Unmet(reasons.TIER_OTHER), {}),
    (MemberIs("none"), Unmet(reasons.WALK_IN_ONLY), {}),
    (MemberIs("new"), Unmet(reasons.NEW_ONLY), {}),
    (BalanceIs("QPT", at_least=130), Unmet(reasons.BALANCE_LOW, 10, True), {}),
    (BalanceIs("QPT", at_most=119), Unmet(reasons.BALANCE_HIGH), {}),
    (TimeIs(weekdays=(1, 2, 3, 4, 5, 7)), Unmet(reasons.WRONG_TIME), {}),
    (TimeIs(start="11:00", end="12:00"), Unmet(reasons.WRONG_TIME), {}),
    (TimeIs(start="12:01"), Unmet(reasons.WRONG_TIME), {}),
    (TimeIs(start="23:00", end="12:00"), Unmet(reasons.WRONG_TIME), {}),
    (OccasionIs(("birthday",)), Unmet(reasons.NO_OCCASION), {}),
    (PaidIs(at_least=1), Unmet(reasons.PAID_LOW, 1, False), {}),
    (PaidIs(at_least=800), Unmet(reasons.PAID_LOW, 300, True), {"paid": {"card": 500, "balance": 900}}),
    (AmountIs(at_least=100), Unmet(reasons.AMOUNT_LOW, 1, True), {"asked": 99}),
    (AmountIs(at_most=100), Unmet(reasons.AMOUNT_HIGH), {"asked": 101}),
    (RoleIs(("manager",)), Unmet(reasons.ROLE_OTHER), {}),
    (CounterIs("orders", 180, at_least=3), Unmet(reasons.CANNOT_BE_SURE), {}),
    (Not(CounterIs("orders", 180, at_least=3)), Unmet(reasons.CANNOT_BE_SURE), {}),
]


@pytest.mark.parametrize(("when", "why", "more"), MISSING)
def test_what_is_missing(when: Condition, why: Unmet, more: dict[str, Any]) -> None:
    assert unmet(when, **more) == why


OF_A_MEMBER = [
    TierIs(("member",)),
    MemberIs("known"),
    BalanceIs("PTS", at_least=1),
    CounterIs("orders", 9, at_least=1),
    OccasionIs(("birthday",)),
]


@pytest.mark.parametrize("when", OF_A_MEMBER)
def test_a_walk_in_is_told_that_it_is_for_members(when: Condition) -> None:
    assert unmet(when, facts(None)) == Unmet(reasons.MEMBER_NEEDED)


def test_who_somebody_is() -> None:
    assert unmet(MemberIs("none"), facts(None)) is None
    assert unmet(MemberIs("new"), facts(NEW)) is None
    assert unmet(OccasionIs(("birthday",)), facts(member(occasions=["birthday"]))) is None


def test_a_tier_that_is_reached_by_points_counts() -> None:
    rules = bundle()
    assert rules.tiers[1] == Tier("gold", rules.tiers[1].name, 1_000)
    assert unmet(TierIs(("gold",)), facts(member(qualifying=1_000))) is None
    assert unmet(TierIs(("gold",)), facts(member(tier="gold"))) is None


def test_a_role_is_the_askers_or_the_approvers() -> None:
    wanted = RoleIs(("manager",))
    assert unmet(wanted, facts(staff=Staff("amy", "manager"))) is None
    assert unmet(wanted, facts(staff=Staff("bo", "clerk"), approver=Staff("amy", "manager"))) is None
    assert unmet(wanted, facts(staff=Staff("bo", "clerk"), approver=None)) == Unmet(reasons.ROLE_OTHER)


def test_a_counter_is_read_by_its_name_and_days() -> None:
    known = facts(counters={"orders:180": 2, "orders:30": 9, "spent:180": 100})
    assert unmet(CounterIs("orders", 180, at_least=3), known) == Unmet(reasons.COUNTER_LOW, 1, True)
    assert unmet(CounterIs("orders", 180, at_most=1), known) == Unmet(reasons.COUNTER_HIGH)
    assert unmet(CounterIs("spent", 180, at_least=100), known) is None
    assert unmet(CounterIs("orders", 7), known) == Unmet(reasons.CANNOT_BE_SURE)


def test_a_time_that_nobody_looked_up_is_not_guessed() -> None:
    known = facts(time=UNSET)
    assert unmet(TimeIs(start="11:00"), known) == Unmet(reasons.CANNOT_BE_SURE)
    assert unmet(TimeIs(weekdays=(6,)), known) is None
    assert unmet(TimeIs(weekdays=(7,)), known, setting=replace(SETTING, date="2026-11-22")) is None


def test_a_balance_is_all_that_is_known_and_in_time() -> None:
    lots = (
        lot("a", "PTS", 100),
        lot("b", "PTS", 0, elsewhere=50),
        lot("c", "PTS", 40, expires_on="2026-11-20"),
        lot("d", "PTS", 30, held=10),
        lot("e", "PTS", 5, owner="member:old"),
        lot("f", "PTS", 7, owner="member:bo"),
        lot("g", "PTS", 8, owed=3),
    )
    known = facts(lots=lots, aliases={"member:old": "member:lin"})
    assert unmet(BalanceIs("PTS", at_least=180), known) is None
    assert unmet(BalanceIs("PTS", at_least=181), known) == Unmet(reasons.BALANCE_LOW, 1, True)


def test_near_means_that_one_amount_alone_is_missing() -> None:
    low = Subtotal(at_least=12_000)
    assert unmet(AllOf((MemberIs("known"), low))) == Unmet(reasons.SUBTOTAL_LOW, 800, True)
    assert unmet(AllOf((low, MemberIs("known")))) == Unmet(reasons.SUBTOTAL_LOW, 800, True)
    assert unmet(AllOf((low, TierIs(("gold",))))) == Unmet(reasons.SUBTOTAL_LOW, 800, False)
    assert unmet(AllOf((low, Quantity(at_least=4)))) == Unmet(reasons.SUBTOTAL_LOW, 800, False)
    assert unmet(AnyOf((TierIs(("gold",)), low))) == Unmet(reasons.SUBTOTAL_LOW, 800, True)
    assert unmet(AnyOf((TierIs(("gold",)), NEVER))) == Unmet(reasons.TIER_OTHER)
