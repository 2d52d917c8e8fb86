"""What effects must mean: on their trigger, in one step, of units and templates that may be used so. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from gateway.core.model import Bundle
from gateway.core.programs.because import template_of
from gateway.core.programs.book import DISCOUNTS, ITEM, ORDER, POINTS, PRICE
from gateway.core.programs.civil import is_day
from gateway.core.programs.condition_rules import AFTER, BEFORE
from gateway.core.programs.conditions import QUALIFYING
from gateway.core.programs.faults import Problem
from gateway.core.programs.model import (
    BundlePrice,
    Debit,
    Earn,
    Effect,
    Issue,
    PointsAsCash,
    Program,
    SetPriceBook,
    Show,
    Validity,
)

# Units that have a way of their own to come into being, or that only the core counts in.
OWN_WAYS: Final = ("USE:", "BUDGET:", "RETURN:", "CPN:", "VISIT:", "CLR:")
STORED: Final = "CNY"  # what was paid in: only a top-up makes it
_BEFORE = (*DISCOUNTS, PointsAsCash, Debit, Show)
_AFTER = (Earn, Issue, Show)
_ELSEWHERE = (Earn, Issue, Debit, Show)


def effect_faults(program: Program, pointer: str, bundle: Bundle, known: bool) -> Iterator[Problem]:
    """What is wrong with a program's effects and its coupon."""
    steps = {step for effect in program.then if (step := _step(effect, program)) is not None}
    if len(steps) > 1:
        yield Problem(pointer + "/then", "mixed_steps", "make a program of each")
    for place, effect in enumerate(program.then):
        where = f"{pointer}/then/{place}"
        if not isinstance(effect, _allowed(program)):
            tag = effect.__struct_config__.tag
            yield Problem(f"{where}/do", "wrong_effect", f"{tag!r} cannot happen at {program.trigger}")
        yield from _one(effect, program, where, bundle, known)
    yield from _coupon_faults(program, pointer, bundle, known)


def validity_faults(validity: Validity, pointer: str) -> Iterator[Problem]:
    """What is wrong with how long something lasts."""
    given = (bool(validity.days), validity.until is not None, validity.year_end is not None)
    if sum(given) > 1:
        yield Problem(pointer, "not_one", "days, until or year_end")
    if validity.until is not None and not is_day(validity.until):
        yield Problem(pointer + "/until", "no_such_day", validity.until)


def _step(effect: Effect, program: Program) -> int | None:
    if isinstance(effect, SetPriceBook):
        return PRICE
    if isinstance(effect, PointsAsCash):
        return POINTS
    level = ITEM if program.level == "item" else ORDER
    return level if isinstance(effect, DISCOUNTS) else None


def _allowed(program: Program) -> tuple[type, ...]:
    if program.trigger in BEFORE:
        return _BEFORE
    return _AFTER if program.trigger in AFTER else _ELSEWHERE


def _one(effect: Any, program: Program, pointer: str, bundle: Bundle, known: bool) -> Iterator[Problem]:
    if isinstance(effect, Earn):
        yield from _earn_faults(effect, program, pointer, bundle, known)
    elif isinstance(effect, Issue):
        if known and template_of(bundle, effect.template) is None:
            yield Problem(pointer + "/template", "unknown_template", repr(effect.template))
        if effect.validity is not None:
            yield from validity_faults(effect.validity, pointer + "/validity")
    elif isinstance(effect, PointsAsCash):
        yield from _unit_faults(effect.unit, pointer, (*OWN_WAYS, QUALIFYING, STORED))
    elif isinstance(effect, Debit):
        barred = tuple(each for each in OWN_WAYS if each != "VISIT:")
        yield from _unit_faults(effect.unit, pointer, (*barred, QUALIFYING, STORED))
        if not program.opt_in:
            yield Problem(pointer, "unchosen_debit", 'give the program "opt_in": true')
    elif isinstance(effect, BundlePrice) and not effect.items:
        yield Problem(pointer + "/items", "empty", "name the pieces")


def _earn_faults(
    effect: Earn, program: Program, pointer: str, bundle: Bundle, known: bool
) -> Iterator[Problem]:
    yield from _unit_faults(effect.unit, pointer, (*OWN_WAYS, STORED))
    ways = (effect.amount > 0, effect.as_asked, effect.per > 0 or effect.gives > 0, bool(effect.steps))
    if sum(ways) != 1 or (effect.per > 0) != (effect.gives > 0):
        yield Problem(pointer, "not_one", "amount, as_asked, gives with per, or steps")
    if effect.per and program.trigger not in AFTER:
        yield Problem(pointer + "/per", "wrong_effect", f"nothing is bought at {program.trigger}")
    if effect.as_asked and program.trigger in AFTER:
        yield Problem(pointer + "/as_asked", "wrong_effect", f"nothing is asked for at {program.trigger}")
    reached = [step.at_least for step in effect.steps]
    if reached != sorted(set(reached)):
        yield Problem(pointer + "/steps", "not_rising", "each step from more on than the one before")
    if known:
        tiers = {tier.code for tier in bundle.tiers}
        for tier in sorted(effect.by_tier.keys() - tiers):
            yield Problem(f"{pointer}/by_tier/{tier}", "unknown_tier", f"one of {', '.join(sorted(tiers))}")
    yield from validity_faults(effect.validity, pointer + "/validity")


def _unit_faults(unit: str, pointer: str, barred: tuple[str, ...]) -> Iterator[Problem]:
    stems = tuple(each for each in barred if each.endswith(":"))
    bad = unit.startswith(stems) or unit in barred or not unit.isprintable() or not 0 < len(unit) <= 64
    if bad:
        yield Problem(pointer + "/unit", "bad_unit", repr(unit[:64]))


def _coupon_faults(program: Program, pointer: str, bundle: Bundle, known: bool) -> Iterator[Problem]:
    if program.coupon is None:
        return
    if program.trigger in AFTER:
        yield Problem(pointer + "/coupon", "wrong_effect", f"no coupon is shown at {program.trigger}")
    elif program.trigger not in BEFORE and not program.opt_in:
        yield Problem(pointer + "/coupon", "unchosen_debit", 'give the program "opt_in": true')
    template = template_of(bundle, program.coupon)
    if known and template is None:
        yield Problem(pointer + "/coupon", "unknown_template", repr(program.coupon))
    if template is not None and template.service is not None:
        yield Problem(pointer + "/coupon", "wrong_template", f"{program.coupon!r} is a pass, not a coupon")
