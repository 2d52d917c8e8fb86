"""Finding the lots that a decision may read: an owner's under every name, and of those only what matters.

An event repeats its facts, so a spend is told of the lots that it would use and not of all there are: those
that are used first, up to what covers it, or all that still hold anything where nothing covers it.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import UNSET, UnsetType

from gateway.batch import Batch
from gateway.clock import dates_in
from gateway.core.lots import foreign_zones, order, usable
from gateway.core.promises import AT_RISK, GATEWAY, MEMBER, SUSPENSE, Hold, LotFact, Spend, Transfer
from gateway.core.risk import allowance_unit
from gateway.core.units import unit_of
from gateway.storage.knowledge import lot_facts

# Lots that one decision reads of an owner's unit: a transfer of each still fits an event. Whoever has more,
# and needs more than these hold, spends twice; they are those that expire first.
LOTS_READ_MAX = 400

Use = Spend | Hold


class Lots(dict[tuple[str, str, str], LotFact]):
    """Facts of lots, each once, by owner, unit and name."""

    def put(self, facts: Iterable[LotFact]) -> None:
        """Add these."""
        for fact in facts:
            self[fact.nature.owner, fact.nature.unit, fact.lot] = fact


class LotFinder:
    """Finds lots for one batch."""

    def __init__(self, batch: Batch) -> None:
        self._page, self._cache = batch.page, batch.cache
        self._setting, self._gateway = batch.setting, batch.gateway
        self._lookup = batch.lookup

    def lots(self, owner: str, unit: str | None, lot: str | None = None) -> tuple[LotFact, ...]:
        """Lots of an owner under every name it ever had: of one unit or any, of one name or all."""
        return self.under(self._names(owner), unit, lot)

    def under(self, owners: Iterable[str], unit: str | None, lot: str | None) -> tuple[LotFact, ...]:
        """Lots that stand under exactly these names of owners."""
        return lot_facts(self._page, self._cache, tuple(owners), unit, lot)

    def without(self, members: Sequence[str], kind: str) -> set[str]:
        """Those of these members who have no lot of a unit whose code begins with `kind`: lots() would give
        none, unless this batch made some. Whoever was merged is left out: they may have some."""
        owners = [MEMBER + member for member in members]
        some = self._page.holders(owners, kind) | self._cache.holders(owners, kind)
        others = self._cache.renamed(members)
        return {member for member in members if member not in others and MEMBER + member not in some}

    def owner(self, owner: str) -> str:
        """An owner by its present name."""
        if not owner.startswith(MEMBER):
            return owner
        return MEMBER + self._lookup.survivor(owner.removeprefix(MEMBER))

    def for_uses(self, uses: Iterable[Use]) -> Lots:
        """What these may take together, and what today allows at risk where that is not covered."""
        uses, found = list(uses), Lots()
        for use in uses:
            lots, covered = self._choose(use, sum(_shared(use, other) for other in uses))
            found.put(lots)
            if not covered:
                found.put(self._allowances(use.owner, use.unit))
        return found

    def holding(self, owner: str, unit: str) -> list[LotFact]:
        """Every lot of an owner's unit that still holds anything, at most LOTS_READ_MAX; where none does, one
        that is used up says more than no lot at all."""
        known = sorted(self.lots(owner, unit), key=order)
        return [fact for fact in known if _holds_anything(fact)][:LOTS_READ_MAX] or known[-1:]

    def aliases(self, lots: Iterable[LotFact]) -> dict[str, str] | UnsetType:
        """Owners of these lots by the names they have now, where that is another one."""
        owners = {fact.nature.owner for fact in lots}
        return {owner: now for owner in sorted(owners) if (now := self.owner(owner)) != owner} or UNSET

    def dates(self, lots: Iterable[LotFact]) -> dict[str, str] | UnsetType:
        """The civil date in every zone but the store's that these lots name."""
        return dates_in(sorted(foreign_zones(lots, self._setting)), self._setting.at) or UNSET

    def allowances_of(self, places: Iterable[tuple[str, str]]) -> Iterator[LotFact]:
        """What today still allows at risk of these owners' units."""
        for owner, unit in places:
            yield from self._allowances(owner, unit)

    def _choose(self, use: Use, amount: int) -> tuple[list[LotFact], bool]:
        """What of an owner's lots is used first up to an amount, and whether that covers it."""
        if use.lot is None:
            known = self.holding(use.owner, use.unit)
        else:
            known = sorted(self.lots(use.owner, use.unit, use.lot), key=order)
        free = 0
        for number, fact in enumerate(known, start=1):
            if usable(fact, self._setting, self.dates((fact,))) is None:
                free += fact.left - fact.held + takeable(fact, self._setting.at)
            if free >= amount:
                return known[:number], True
        return known, False

    def _allowances(self, owner: str, code: str) -> list[LotFact]:
        """What today still allows of this unit without a right, where anything of it was used already."""
        unit = unit_of(self._cache.bundle, code)
        if unit.offline.kind != AT_RISK:
            return []
        allowed = allowance_unit(unit, self._setting.date)
        return [fact for holder in (owner, GATEWAY + self._gateway) for fact in self.lots(holder, allowed)]

    def _names(self, owner: str) -> list[str]:
        """Every name under which lots of an owner may stand, the present one first."""
        if not owner.startswith(MEMBER):
            return [owner]
        return [MEMBER + name for name in self._lookup.names(owner.removeprefix(MEMBER))]


def takeable(fact: LotFact, at: int) -> int:
    """How much of what HQ offers of a lot may be taken at this time."""
    return fact.offered if fact.lease_end == 0 or at < fact.lease_end else 0


def sides(transfers: Iterable[Transfer]) -> dict[tuple[str, str, str], None]:
    """Every lot that transfers name, once, in their order; a shortfall is given back without a look at it."""
    return {
        (owner, transfer.unit, lot): None
        for transfer in transfers
        for owner, lot in ((transfer.debit, transfer.debit_lot), (transfer.credit, transfer.credit_lot))
        if lot is not UNSET and owner != SUSPENSE
    }


def _shared(use: Use, other: Use) -> int:
    """How much `other` may use of the lots that `use` may use."""
    if (use.owner, use.unit) != (other.owner, other.unit):
        return 0
    return other.amount if use.lot is None or other.lot in (None, use.lot) else 0


def _holds_anything(fact: LotFact) -> bool:
    return fact.left > 0 or fact.offered > 0 or fact.elsewhere > fact.owed
