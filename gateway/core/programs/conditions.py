"""Conditions compiled to closures: each says None where it holds, else the first thing that is missing. Pure.

A figure that was not looked up (a count of orders, the time of day) is never guessed: CANNOT_BE_SURE. Who
sells is not known while a basket is only quoted: a role holds there and is asked when it is sold, so that the
quote a customer was shown is the one that whoever may sells.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import UNSET

from gateway.core.orders.model import CASH_LIKE
from gateway.core.programs import reasons
from gateway.core.programs.model import (
    AllOf,
    AmountIs,
    AnyOf,
    BalanceIs,
    Condition,
    CounterIs,
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

QUALIFYING = "QPT"


class Unmet(NamedTuple):
    """What is missing; `short` by how much, where that is a number. `near`: it alone, and half is there."""

    reason: str
    short: int | None = None
    near: bool = False


Test = Callable[[Scene], Unmet | None]


def always(scene: Scene) -> Unmet | None:
    """No condition at all."""
    return None


def compiled(when: Condition | None, selectors: Selectors) -> Test:
    """The closure of a condition."""
    return always if when is None else _MAKERS[type(when)](when, selectors)


def _all(when: AllOf, selectors: Selectors) -> Test:
    tests = tuple(compiled(each, selectors) for each in when.of)

    def test(scene: Scene) -> Unmet | None:
        for place, each in enumerate(tests):
            unmet = each(scene)
            if unmet is not None:
                alone = unmet.near and all(other(scene) is None for other in tests[place + 1 :])
                return unmet._replace(near=alone)
        return None

    return test


def _any(when: AnyOf, selectors: Selectors) -> Test:
    tests = tuple(compiled(each, selectors) for each in when.of)

    def test(scene: Scene) -> Unmet | None:
        missing: list[Unmet] = []
        for each in tests:
            unmet = each(scene)
            if unmet is None:
                return None
            missing.append(unmet)
        near = [unmet for unmet in missing if unmet.near]
        return (near or missing or [Unmet(reasons.EXCLUDED)])[0]

    return test


def _not(when: Not, selectors: Selectors) -> Test:
    inner = compiled(when.of, selectors)
    no = Unmet(reasons.EXCLUDED)
    unsure = Unmet(reasons.CANNOT_BE_SURE)

    def test(scene: Scene) -> Unmet | None:
        unmet = inner(scene)
        if unmet is None:
            return no
        return unsure if unmet.reason == reasons.CANNOT_BE_SURE else None

    return test


def _subtotal(when: Subtotal, selectors: Selectors) -> Test:
    selector, bounds = selectors.of(when.lines), (when.at_least, when.at_most)

    def test(scene: Scene) -> Unmet | None:
        start = scene.start
        value = sum(start[line] for line in scene.matched(selector))
        return _outside(value, *bounds, reasons.SUBTOTAL_LOW, reasons.SUBTOTAL_HIGH)

    return test


def _quantity(when: Quantity, selectors: Selectors) -> Test:
    selector, bounds = selectors.of(when.lines), (when.at_least, when.at_most)

    def test(scene: Scene) -> Unmet | None:
        rows = scene.rows
        value = sum(rows[line][1] for line in scene.matched(selector))
        return _outside(value, *bounds, reasons.QUANTITY_LOW, reasons.QUANTITY_HIGH)

    return test


def _tier(when: TierIs, selectors: Selectors) -> Test:
    tiers = frozenset(when.any_of)

    def test(scene: Scene) -> Unmet | None:
        if scene.member is None:
            return Unmet(reasons.MEMBER_NEEDED)
        return None if scene.tier in tiers else Unmet(reasons.TIER_OTHER)

    return test


def _member(when: MemberIs, selectors: Selectors) -> Test:
    if when.status == "known":
        return lambda scene: Unmet(reasons.MEMBER_NEEDED) if scene.member is None else None
    if when.status == "none":
        return lambda scene: None if scene.member is None else Unmet(reasons.WALK_IN_ONLY)
    return lambda scene: None if scene.provisional else Unmet(reasons.NEW_ONLY)


def _balance(when: BalanceIs, selectors: Selectors) -> Test:
    unit, bounds = when.unit, (when.at_least, when.at_most)

    def test(scene: Scene) -> Unmet | None:
        if scene.member is None:
            return Unmet(reasons.MEMBER_NEEDED)
        value = scene.member.qualifying if unit == QUALIFYING else scene.purse.holds(scene.owner, unit)
        return _outside(value, *bounds, reasons.BALANCE_LOW, reasons.BALANCE_HIGH)

    return test


def _counter(when: CounterIs, selectors: Selectors) -> Test:
    key, bounds = f"{when.of}:{when.days}", (when.at_least, when.at_most)

    def test(scene: Scene) -> Unmet | None:
        if scene.member is None:
            return Unmet(reasons.MEMBER_NEEDED)
        counters = scene.facts.counters
        value = None if counters is UNSET else counters.get(key)
        if value is None:
            return Unmet(reasons.CANNOT_BE_SURE)
        return _outside(value, *bounds, reasons.COUNTER_LOW, reasons.COUNTER_HIGH)

    return test


def _time(when: TimeIs, selectors: Selectors) -> Test:
    days, start, end = frozenset(when.weekdays), when.start or "00:00", when.end or "24:00"
    any_time = when.start is None and when.end is None

    def test(scene: Scene) -> Unmet | None:
        if days and scene.weekday not in days:
            return Unmet(reasons.WRONG_TIME)
        now = scene.facts.time
        if any_time:
            return None
        if now is UNSET:
            return Unmet(reasons.CANNOT_BE_SURE)
        inside = start <= now < end if start <= end else now >= start or now < end
        return None if inside else Unmet(reasons.WRONG_TIME)

    return test


def _occasion(when: OccasionIs, selectors: Selectors) -> Test:
    wanted = frozenset(when.any_of)

    def test(scene: Scene) -> Unmet | None:
        if scene.member is None:
            return Unmet(reasons.MEMBER_NEEDED)
        near = scene.member.occasions
        return Unmet(reasons.NO_OCCASION) if near is UNSET or wanted.isdisjoint(near) else None

    return test


def _paid(when: PaidIs, selectors: Selectors) -> Test:
    kinds = when.tenders or CASH_LIKE

    def test(scene: Scene) -> Unmet | None:
        paid = 0 if scene.paid is None else sum(scene.paid.get(kind, 0) for kind in kinds)
        return _outside(paid, when.at_least, None, reasons.PAID_LOW, reasons.PAID_LOW)

    return test


def _amount(when: AmountIs, selectors: Selectors) -> Test:
    bounds = (when.at_least, when.at_most)
    return lambda scene: _outside(scene.asked, *bounds, reasons.AMOUNT_LOW, reasons.AMOUNT_HIGH)


def _role(when: RoleIs, selectors: Selectors) -> Test:
    wanted = frozenset(when.any_of)

    def test(scene: Scene) -> Unmet | None:
        if scene.unsold:
            return None
        people = (scene.facts.staff, scene.facts.approver)
        has = any(person is not UNSET and person is not None and person.role in wanted for person in people)
        return None if has else Unmet(reasons.ROLE_OTHER)

    return test


def _outside(value: int, at_least: int, at_most: int | None, low: str, high: str) -> Unmet | None:
    if value < at_least:
        return Unmet(low, at_least - value, value * 2 >= at_least)
    return Unmet(high) if at_most is not None and value > at_most else None


_MAKERS: dict[type, Callable[[Any, Selectors], Test]] = {  # each takes the class it stands for
    AllOf: _all,
    AnyOf: _any,
    Not: _not,
    Subtotal: _subtotal,
    Quantity: _quantity,
    TierIs: _tier,
    MemberIs: _member,
    BalanceIs: _balance,
    CounterIs: _counter,
    TimeIs: _time,
    OccasionIs: _occasion,
    PaidIs: _paid,
    AmountIs: _amount,
    RoleIs: _role,
}
