"""Figures that the words of a program may name in braces, and the words with them filled in. Pure.

A figure is a number of the program itself, named by its field ("{off}") or, where several fields of that
name differ, by its condition or effect and field ("{subtotal.at_least}", "{credit.amount}"); where there are
several of these too, with a number from 1 ("{credit.2.amount}"). Money shows as money of the store, shares
as percents, by language. `{zhe}` is a percent off as Chinese says it (1,000 basis points off: "9").
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from gateway.core.model import Bundle
from gateway.core.programs.figures import BY_SCALE, SCALE_MAX, count, money, percent, tenths_left, times
from gateway.core.programs.model import (
    AllOf,
    AmountIs,
    AnyOf,
    BalanceIs,
    Condition,
    CounterIs,
    Debit,
    Earn,
    Issue,
    Not,
    PointsAsCash,
    Program,
    Quantity,
    Template,
    Text,
    Validity,
)
from gateway.core.units import unit_of

LANGUAGES = ("zh-CN", "en")
BRACES = re.compile(r"\{([^{}]*)\}")
MONEY_SCALE = 2
RUNS_ON_MONEY = ("order.committed", "payment.captured", "balance.topped_up")

Show = Callable[[int, str], str]  # a value in a language


class Figure(NamedTuple):
    """One number (or day) of a program, and how it is shown."""

    node: str  # tag of its condition or effect, or "program"
    place: int  # which one of that tag, from 1
    field: str
    value: int | str
    show: Show


Figures = dict[str, Figure | None]  # by the name in braces; None: the name is not clear


def figures(program: Program, bundle: Bundle) -> Figures:
    """Every name that the words of a program may have."""
    named: Figures = {}
    for figure in _numbered(_all(program, bundle)):
        for name in _names(figure):
            known = named.get(name, figure)
            same = known is not None and (known.value, known.show) == (figure.value, figure.show)
            named[name] = known if same else None
    return named


def fill(text: Text, named: Figures) -> Text:
    """Words with their figures; a name that is none stays as it is written (check.py refuses it)."""

    def filled(words: str, language: str) -> str:
        def shown(match: re.Match[str]) -> str:
            figure = named.get(match[1])
            if figure is None:
                return match[0]
            return figure.value if isinstance(figure.value, str) else figure.show(figure.value, language)

        return BRACES.sub(shown, words)

    return {language: filled(words, language) for language, words in text.items()}


def _names(figure: Figure) -> tuple[str, ...]:
    node, place, field = figure.node, figure.place, figure.field
    return field, f"{node}.{field}", f"{node}.{place}.{field}"


def _numbered(found: Iterator[tuple[object, Figure]]) -> Iterator[Figure]:
    """Figures with the number of their condition or effect among those of the same tag."""
    places: dict[int, int] = {}
    counts: dict[str, int] = {}
    for owner, figure in found:
        if id(owner) not in places:
            counts[figure.node] = places[id(owner)] = counts.get(figure.node, 0) + 1
        yield figure._replace(place=places[id(owner)])


def _all(program: Program, bundle: Bundle) -> Iterator[tuple[object, Figure]]:
    for leaf in leaves(program.when):
        for figure in _of_condition(leaf, program, bundle):
            yield leaf, figure
    for effect in program.then:
        for figure in _of_effect(effect, program, bundle):
            yield effect, figure
    for figure in _of_program(program):
        yield program, figure


def leaves(when: Condition | None) -> Iterator[Condition]:
    """The conditions of a tree that compare something, in their order."""
    if isinstance(when, AllOf | AnyOf):
        for each in when.of:
            yield from leaves(each)
    elif isinstance(when, Not):
        yield from leaves(when.of)
    elif when is not None:
        yield when


def _of_condition(leaf: Any, program: Program, bundle: Bundle) -> Iterator[Figure]:
    tag = leaf.__struct_config__.tag
    show = _shown_of(leaf, program, bundle)
    for field in ("at_least", "at_most"):
        value = getattr(leaf, field, None)
        if value:
            yield Figure(tag, 0, field, value, show)
    if isinstance(leaf, CounterIs):
        yield Figure(tag, 0, "days", leaf.days, count)


def _shown_of(leaf: Condition, program: Program, bundle: Bundle) -> Show:
    if isinstance(leaf, BalanceIs):
        return in_unit(bundle, leaf.unit)
    plain = (
        isinstance(leaf, Quantity)
        or (isinstance(leaf, CounterIs) and leaf.of == "orders")
        or (isinstance(leaf, AmountIs) and program.trigger not in RUNS_ON_MONEY)
    )
    return count if plain else money


def in_unit(bundle: Bundle, unit: str) -> Show:
    """How amounts of a unit are shown."""
    scale = MONEY_SCALE if unit.split(".")[0] == "CNY" else unit_of(bundle, unit).scale
    return BY_SCALE[min(scale, SCALE_MAX)]


_FIELDS: dict[str, Show] = {
    "buy": count,
    "cap": money,
    "each": money,
    "get": count,
    "points": count,
    "price": money,
    "quantity": count,
    "share": percent,
    "times_max": count,
    "vests_days": count,
    "worth": money,
}


def _of_effect(effect: Any, program: Program, bundle: Bundle) -> Iterator[Figure]:
    tag = effect.__struct_config__.tag
    for field, show in _FIELDS.items():
        value = getattr(effect, field, None)
        if value:
            yield Figure(tag, 0, field, value, show)
    off = getattr(effect, "off", None)
    if off is not None:
        yield Figure(tag, 0, "off", off, money if tag == "fixed" else percent)
        if tag != "fixed":
            yield Figure(tag, 0, "zhe", off, tenths_left)
    if isinstance(effect, Earn):
        yield from _of_earn(effect, program, bundle)
    elif isinstance(effect, Debit):
        yield Figure(tag, 0, "amount", effect.amount, in_unit(bundle, effect.unit))
    elif isinstance(effect, Issue):
        yield from _of_issue(effect, bundle)
    elif isinstance(effect, PointsAsCash):
        yield Figure(tag, 0, "unit", effect.unit, count)


def _of_earn(effect: Earn, program: Program, bundle: Bundle) -> Iterator[Figure]:
    shown = in_unit(bundle, effect.unit)
    for field, show in (("amount", shown), ("gives", shown), ("per", money)):
        value = getattr(effect, field)
        if value:
            yield Figure("credit", 0, field, value, show)
    for tier, factor in sorted(effect.by_tier.items()):
        yield Figure("credit", 0, f"by_tier.{tier}", factor, times)
    reached = money if program.trigger in RUNS_ON_MONEY else count
    for place, step in enumerate(effect.steps, 1):
        yield Figure("credit", 0, f"steps.{place}.at_least", step.at_least, reached)
        yield Figure("credit", 0, f"steps.{place}.amount", step.amount, shown)
    yield from _of_validity("credit", effect.validity)


def _of_issue(effect: Issue, bundle: Bundle) -> Iterator[Figure]:
    yield Figure("issue", 0, "count", effect.count, count)
    template = template_of(bundle, effect.template)
    if template is None:
        return
    if template.face is not None:
        yield Figure("issue", 0, "face", template.face, money)
    if template.visits:
        yield Figure("issue", 0, "visits", template.visits, count)
    yield from _of_validity("issue", effect.validity or template.validity)


def _of_validity(tag: str, validity: Validity) -> Iterator[Figure]:
    if validity.days:
        yield Figure(tag, 0, "valid_days", "/".join(str(days) for days in validity.days), count)
    if validity.until is not None:
        yield Figure(tag, 0, "until", validity.until, count)


def _of_program(program: Program) -> Iterator[Figure]:
    limits = program.limits
    for field, value, show in (
        ("per_member", limits.per_member, count),
        ("total", limits.total, count),
        ("budget", limits.budget, money),
    ):
        if value is not None:
            yield Figure("program", 0, field, value, show)
    for field in ("first_day", "last_day"):
        day = getattr(program, field)
        if day is not None:
            yield Figure("program", 0, field, day, count)


def template_of(bundle: Bundle, code: str) -> Template | None:
    """The template of this code."""
    templates = bundle.templates or ()
    return next((template for template in templates if template.code == code), None)
