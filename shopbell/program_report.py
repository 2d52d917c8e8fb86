"""How a trial on past orders reads on a terminal."""

from collections import Counter
from collections.abc import Iterator

from gateway.core.model import Bundle
from gateway.core.programs.figures import BY_SCALE
from gateway.core.programs.reasons import WORDS
from gateway.core.units import unit_of
from shopbell.program_fill import LANGUAGES
from shopbell.program_month import Month
from shopbell.program_orders import Outcome, Tally
from shopbell.program_view import View, amount

REASONS_SHOWN_MAX = 3  # the most frequent; the rest is noise


def month_lines(view: View, month: Month, outcome: Outcome, bundle: Bundle, offered: bool) -> Iterator[str]:
    """What programs did, or would have done, to a month's orders."""
    yield view.word(
        "month.head",
        first=month.first,
        last=month.last,
        orders=outcome.orders,
        members=outcome.of_members,
        takings=amount(outcome.takings_before),
    )
    if offered:
        yield view.word("month.offered")
    for name, tally in sorted(outcome.tallies.items()):
        yield view.word(
            "month.program",
            id=name,
            fired=tally.fired,
            members=len(tally.members),
            cost=amount(tally.cost),
            most=amount(tally.most),
        )
        yield from ("    " + line for line in _parts(view, tally, bundle))
    if outcome.takings != outcome.takings_before:
        yield view.word("month.takings", takings=amount(outcome.takings))
    if outcome.refused:
        yield view.word("month.refused", orders=outcome.refused)


def _parts(view: View, tally: Tally, bundle: Bundle) -> Iterator[str]:
    if tally.discount:
        yield view.word("month.discount", amount=amount(tally.discount))
    for unit, units in sorted(tally.units.items()):
        shown = BY_SCALE[unit_of(bundle, unit).scale](units, view.language)
        yield view.word("month.given" if units >= 0 else "month.taken", amount=shown.lstrip("-"), unit=unit)
    if tally.missed:
        yield view.word("month.missed", reasons=_reasons(view, tally.missed))


def _reasons(view: View, missed: Counter[str]) -> str:
    """The most frequent reasons; how much was missing differs from order to order."""
    column = LANGUAGES.index(view.language)
    return ", ".join(
        f"{times} × {WORDS[reason][column].replace('{short}', '…')}"
        for reason, times in missed.most_common(REASONS_SHOWN_MAX)
    )
