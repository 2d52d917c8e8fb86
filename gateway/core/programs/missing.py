"""The coupons that were shown, and what is worth saying of programs that did not happen. Pure.

Said are: every coupon that did not count, every program that was chosen and did not happen, points that were
offered in vain, and the nearest NEAR_MAX programs (also of what would be earned) of which only an amount is
missing and half of it is there.
"""

from collections.abc import Sequence

from gateway.core.lots import order
from gateway.core.model import LOT_UNKNOWN
from gateway.core.orders.model import Basket, Missed
from gateway.core.programs import reasons
from gateway.core.programs.book import POINTS, Entry
from gateway.core.programs.conditions import Unmet
from gateway.core.programs.scene import Scene
from gateway.core.programs.trying import Verdict
from gateway.core.promises import LotFact

Key = tuple[int, int, str]
NEAR_MAX = 3  # more is noise at a till
NEAR = (reasons.SUBTOTAL_LOW, reasons.QUANTITY_LOW, reasons.PAID_LOW)


class Coupons:
    """The coupons of a basket, each once, those that expire first first; `used` grows as they count."""

    def __init__(self, scene: Scene, basket: Basket) -> None:
        self.used: set[str] = set()
        names = sorted(set(basket.coupons))
        found = {name: scene.purse.find(name) for name in names}
        self.unknown = [name for name, fact in found.items() if fact is None]
        self.shown = sorted((fact for fact in found.values() if fact is not None), key=order)

    def of(self, unit: str) -> list[LotFact]:
        """Those of one template that no program used yet."""
        return [fact for fact in self.shown if fact.nature.unit == unit and fact.lot not in self.used]


def missed(basket: Basket, coupons: Coupons, verdicts: Sequence[Verdict]) -> tuple[Missed, ...]:
    """What is worth saying, in the order of the programs; coupons without one last."""
    unmet = [verdict for verdict in verdicts if verdict.unmet is not None]
    in_vain = basket.points > 0 and not any(
        verdict.entry.step == POINTS for verdict in verdicts if verdict.unmet is None
    )
    said = [verdict for verdict in unmet if _is_said(verdict, basket, coupons, in_vain)]
    shown = {id(verdict) for verdict in said}
    said += _near([each for each in unmet if each.lot is None and id(each) not in shown], verdicts)
    told = {verdict.lot for verdict in said}
    orphans = [fact.lot for fact in coupons.shown if fact.lot not in told | coupons.used]
    return (
        *(missed_of(verdict.entry, verdict.unmet, verdict.lot) for verdict in said if verdict.unmet),
        *(Missed("", reasons.NO_PROGRAM, reasons.words(reasons.NO_PROGRAM), lot) for lot in orphans),
        *(Missed("", LOT_UNKNOWN, reasons.words(LOT_UNKNOWN), lot) for lot in coupons.unknown),
    )


def missed_of(entry: Entry, unmet: Unmet, lot: str | None) -> Missed:
    """A program that did not happen, as a record tells it."""
    return Missed(entry.program.id, unmet.reason, entry.because, lot, unmet.short)


def _is_said(verdict: Verdict, basket: Basket, coupons: Coupons, in_vain: bool) -> bool:
    if verdict.lot is not None:
        return verdict.lot not in coupons.used
    entry = verdict.entry
    if entry.step == POINTS:
        return in_vain
    return entry.program.opt_in and entry.program.id in basket.chosen


def _near(unmet: Sequence[Verdict], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The nearest programs of which nothing else is missing, and that none before them shuts out."""
    taken = {
        (verdict.entry.step, verdict.entry.program.exclusive): verdict.entry.key
        for verdict in verdicts
        if verdict.unmet is None
    }
    near: list[tuple[int, Key, Verdict]] = []
    for verdict in unmet:
        entry, why = verdict.entry, verdict.unmet
        if why is None or not why.near or why.reason not in NEAR or why.short is None:
            continue
        before = taken.get((entry.step, entry.program.exclusive)) if entry.program.exclusive else None
        if before is None or entry.key < before:
            near.append((why.short, entry.key, verdict))
    return [verdict for _, _, verdict in sorted(near, key=lambda each: each[:2])[:NEAR_MAX]]
