"""Why every program did or did not happen, for a basket or a trigger: values and words. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.core.model import Bundle, Facts, Setting
from gateway.core.orders.model import Applied, Basket, Run
from gateway.core.programs import reasons
from gateway.core.programs.book import ProgramBook, book_of
from gateway.core.programs.figures import money
from gateway.core.programs.firing import fired
from gateway.core.programs.model import Program, Text
from gateway.core.programs.quoting import price
from gateway.core.programs.trying import Verdict

DISCOUNT_WORDS = ("减 {amount} 元", "{amount} off")
POINTS_WORDS = ("用 {points} {unit} 抵 {amount} 元", "{points} {unit} pay {amount}")
GIVEN_WORDS = ("得 {amount} {unit}", "{amount} {unit} given")
TAKEN_WORDS = ("扣 {amount} {unit}", "{amount} {unit} taken")
SHOWN_WORDS = ("已显示", "Shown")


class Line(NamedTuple):
    """One program: what it did, or (`reason` not None) the first thing that was missing; `lot` its coupon.

    `words` say the same for people, by language.
    """

    program: str
    version: int
    trigger: str
    applied: tuple[Applied, ...]
    reason: str | None
    short: int | None
    lot: str | None
    because: Text
    words: Text


def explain(bundle: Bundle, facts: Facts, setting: Setting, basket: Basket) -> tuple[Line, ...]:
    """Every program of the bundle against a basket, as quote() and its preview decide; Refusal as quote().

    In the order in which they are tried; those of other triggers last, by id.
    """
    pricing = price(bundle, facts, setting, basket)
    verdicts = (*pricing.verdicts, *pricing.earning)
    return _lines(book_of(bundle), verdicts)


def explain_run(bundle: Bundle, facts: Facts, setting: Setting, trigger: str, act: Run) -> tuple[Line, ...]:
    """Every program of the bundle against a happening outside any order; Refusal as fire()."""
    return _lines(book_of(bundle), fired(bundle, facts, setting, None, trigger, act))


def _lines(book: ProgramBook, verdicts: Iterable[Verdict]) -> tuple[Line, ...]:
    lines = [_line(verdict) for verdict in verdicts]
    tried = {line.program for line in lines}
    for program in sorted(book.programs.values(), key=lambda program: program.id):
        if program.id not in tried:
            lines.append(_untried(program))
    return tuple(lines)


def _line(verdict: Verdict) -> Line:
    entry, unmet = verdict.entry, verdict.unmet
    program = entry.program
    said = done_words(verdict.applied) if unmet is None else reasons.words(unmet.reason, unmet.short)
    reason, short = (None, None) if unmet is None else (unmet.reason, unmet.short)
    return Line(
        program.id,
        program.version,
        program.trigger,
        verdict.applied,
        reason,
        short,
        verdict.lot,
        entry.because,
        said,
    )


def _untried(program: Program) -> Line:
    reason = reasons.OTHER_TRIGGER
    said = reasons.words(reason)
    return Line(program.id, program.version, program.trigger, (), reason, None, None, program.because, said)


def done_words(applied: Iterable[Applied]) -> Text:
    """What effects did, for people, by language."""
    effects = list(applied)
    return {
        "zh-CN": "，".join(_said(each, 0, "zh-CN") for each in effects),
        "en": ", ".join(_said(each, 1, "en") for each in effects),
    }


def _said(applied: Applied, column: int, language: str) -> str:
    if applied.does == "show":
        return SHOWN_WORDS[column]
    if not applied.unit:
        return DISCOUNT_WORDS[column].format(amount=money(applied.amount, language))
    if applied.does == "points_as_cash":
        amount = money(applied.amount, language)
        return POINTS_WORDS[column].format(points=applied.points, unit=applied.unit, amount=amount)
    words = TAKEN_WORDS if applied.does == "debit" else GIVEN_WORDS
    stored = applied.unit.split(".")[0] == "CNY"
    amount = money(applied.amount, language) if stored else str(applied.amount)
    return words[column].format(amount=amount, unit=applied.unit)
