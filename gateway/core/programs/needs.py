"""What must be looked up before programs are tried: units of the member, caps, counters. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.core.model import Bundle, Setting
from gateway.core.orders.model import Basket, Run
from gateway.core.programs.because import leaves
from gateway.core.programs.book import Entry, book_of
from gateway.core.programs.caps import BUDGET, USE, use_unit
from gateway.core.programs.model import BalanceIs, CounterIs, Debit, PointsAsCash
from gateway.core.promises import MEMBER, PROGRAM


class Needs(NamedTuple):
    """Units of which the member's lots are needed, sorted; caps as (owner, unit); counters as (of, days)."""

    units: tuple[str, ...]
    caps: tuple[tuple[str, str], ...]
    counters: tuple[tuple[str, int], ...]


def needs(
    bundle: Bundle, setting: Setting, triggers: Iterable[str], asked: Basket | Run, member: str | None
) -> Needs:
    """What programs of these triggers may read or spend; `member` is the member's id, None for a walk-in."""
    units: set[str] = set()
    caps: set[tuple[str, str]] = set()
    counters: set[tuple[str, int]] = set()
    book = book_of(bundle)
    for trigger in triggers:
        for entry in book.of(trigger):
            if _may_happen(entry, setting, asked):
                units |= set(_units(entry, asked))
                caps |= set(_caps(entry, setting, member))
                counters |= set(_counters(entry))
    if member is None:
        return Needs((), tuple(sorted(caps)), ())
    return Needs(tuple(sorted(units)), tuple(sorted(caps)), tuple(sorted(counters)))


def _may_happen(entry: Entry, setting: Setting, asked: Basket | Run) -> bool:
    program, date = entry.program, setting.date
    named = (asked.program,) if isinstance(asked, Run) else asked.chosen
    return (
        not program.paused
        and (program.first_day or date) <= date <= (program.last_day or date)
        and (not program.opt_in or program.id in named)
    )


def _units(entry: Entry, asked: Basket | Run) -> Iterator[str]:
    if entry.coupon is not None and (isinstance(asked, Run) or asked.coupons):
        yield entry.coupon
    for each in leaves(entry.program.when):
        if isinstance(each, BalanceIs):
            yield each.unit
    for effect in entry.program.then:
        # Whoever pays with no points has no part of the event for them.
        if isinstance(effect, Debit) or (isinstance(effect, PointsAsCash) and _pays_with_points(asked)):
            yield effect.unit


def _pays_with_points(asked: Basket | Run) -> bool:
    return isinstance(asked, Basket) and asked.points > 0


def _counters(entry: Entry) -> Iterator[tuple[str, int]]:
    for each in leaves(entry.program.when):
        if isinstance(each, CounterIs):
            yield each.of, each.days


def _caps(entry: Entry, setting: Setting, member: str | None) -> Iterator[tuple[str, str]]:
    program, limits = entry.program, entry.program.limits
    if limits.per_member is not None and member is not None:
        yield MEMBER + member, use_unit(program, setting.date)
    if limits.total is not None:
        yield PROGRAM + program.id, USE + program.id
    if limits.budget is not None:
        yield PROGRAM + program.id, BUDGET + program.id
