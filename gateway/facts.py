"""The facts of acts: every lot, transfer and person that a rule of the core may read for one.

An event repeats its facts, so a spend is told of the lots that it would use and not of all there are: those
that are used first, up to what covers it, or all that still hold anything where nothing covers it.
"""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from gateway.batch import Batch
from gateway.clock import dates_in
from gateway.core.event import open_event
from gateway.core.lots import foreign_zones, order, usable
from gateway.core.model import Act, Facts, Input, Instrument, Member, RightsFact
from gateway.core.promises import (
    AT_RISK,
    GATEWAY,
    MEMBER,
    SUSPENSE,
    Ask,
    Change,
    Enrol,
    Hold,
    Link,
    LotFact,
    Post,
    Release,
    Reverse,
    Spend,
    Transfer,
)
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


class FactFinder:
    """Finds the facts of one batch's acts."""

    def __init__(self, batch: Batch) -> None:
        self._page, self._cache = batch.page, batch.cache
        self._setting, self._gateway = batch.setting, batch.gateway
        self._lookup = batch.lookup

    def resolve(self, act: Act) -> Act:
        """The act, with every member that was merged into another named as that other."""
        if isinstance(act, Post):
            parts = (replace(part, owner=self._owner(part.owner)) for part in act.parts)
            return replace(act, parts=tuple(parts))
        if isinstance(act, Hold | Ask):
            return replace(act, owner=self._owner(act.owner))
        if isinstance(act, Link | Change):
            return replace(act, member=self._lookup.survivor(act.member))
        return act

    def find(self, given: Input, rights: RightsFact) -> Facts:
        """What a rule may read for this act, which resolve() gave."""
        act = given.act
        if isinstance(act, Post | Hold):
            return self._of_use(act, rights)
        if isinstance(act, Reverse):
            return self._of_reversal(act, rights)
        if isinstance(act, Release):
            return Facts(transfers=self._held(act.hold), rights=rights)
        if isinstance(act, Enrol | Link):
            return self._of_linking(given, act, rights)
        if isinstance(act, Change):
            instrument = self._instrument(act.instrument, act.member)
            return Facts(instrument, self._lookup.member(act.member), rights=rights)
        return Facts(rights=rights)

    def of_lots(self, lots: Iterable[LotFact], rights: RightsFact) -> Facts:
        """Facts of the gateway's own acts: these lots and no more."""
        found = tuple(lots)
        return Facts(lots=found, rights=rights, dates=self._dates(found))

    def lots(self, owner: str, unit: str, lot: str | None = None) -> tuple[LotFact, ...]:
        """Lots of an owner under every name it ever had: of one name, or all of the unit."""
        return lot_facts(self._page, self._cache, self._names(owner), unit, lot)

    def _of_use(self, act: Post | Hold, rights: RightsFact) -> Facts:
        uses = uses_of(act)
        if not uses:
            return Facts(rights=rights)
        found = Lots()
        for use in uses:
            lots, covered = self._choose(use, sum(_shared(use, other) for other in uses))
            found.put(lots)
            if not covered:
                found.put(self._allowances(use))
        every = tuple(found.values())
        return Facts(
            member=self._first_member(uses),
            lots=every,
            rights=rights,
            aliases=self._aliases(every),
            dates=self._dates(every),
        )

    def _choose(self, use: Use, amount: int) -> tuple[list[LotFact], bool]:
        """What of an owner's lots is used first up to an amount, and whether that covers it."""
        known = sorted(self.lots(use.owner, use.unit, use.lot), key=order)
        if use.lot is None:
            # Where nothing is left, one lot that is used up says more than no lot at all.
            known = [fact for fact in known if _holds_anything(fact)][:LOTS_READ_MAX] or known[-1:]
        free = 0
        for number, fact in enumerate(known, start=1):
            if usable(fact, self._setting, self._dates((fact,))) is None:
                free += fact.left - fact.held + takeable(fact, self._setting.at)
            if free >= amount:
                return known[:number], True
        return known, False

    def _allowances(self, use: Use) -> list[LotFact]:
        """What today still allows of this unit without a right, where anything of it was used already."""
        unit = unit_of(self._cache.bundle, use.unit)
        if unit.offline.kind != AT_RISK:
            return []
        allowed = allowance_unit(unit, self._setting.date)
        return [fact for owner in (use.owner, GATEWAY + self._gateway) for fact in self.lots(owner, allowed)]

    def _of_reversal(self, act: Reverse, rights: RightsFact) -> Facts:
        seq = self._page.returnable(act.of)
        if seq is None:
            return Facts(rights=rights)
        transfers = open_event(self._page.body(seq)).transfers
        found = Lots()
        for owner, unit, lot in _sides(transfers):
            found.put(lot_facts(self._page, self._cache, (owner,), unit, lot))
        lots = tuple(found.values())
        return Facts(lots=lots, transfers=transfers, rights=rights, dates=self._dates(lots))

    def _of_linking(self, given: Input, act: Enrol | Link, rights: RightsFact) -> Facts:
        key = given.evidence.key if given.evidence else None
        holder = None if key is None else self._lookup.holder(bytes.fromhex(key))
        replaces = act.replaces if isinstance(act, Link) else None
        instrument = None if replaces is None else self._instrument(replaces, act.member)
        return Facts(instrument, self._lookup.member(act.member), holder=holder, rights=rights)

    def _held(self, hold: str) -> tuple[Transfer, ...]:
        row = self._page.hold(hold)
        return () if row is None else open_event(self._page.body(row.seq)).transfers

    def _instrument(self, id_: str, member: str) -> Instrument | None:
        """One of a member's instruments, as the present member's."""
        found = self._lookup.instrument(id_, member)
        return None if found is None else replace(found, member=self._lookup.survivor(found.member))

    def _owner(self, owner: str) -> str:
        """An owner by its present name."""
        if not owner.startswith(MEMBER):
            return owner
        return MEMBER + self._lookup.survivor(owner.removeprefix(MEMBER))

    def _names(self, owner: str) -> list[str]:
        """Every name under which lots of an owner may stand, the present one first."""
        if not owner.startswith(MEMBER):
            return [owner]
        return [MEMBER + name for name in self._lookup.names(owner.removeprefix(MEMBER))]

    def _aliases(self, lots: Iterable[LotFact]) -> dict[str, str] | UnsetType:
        """Owners of these lots by the names they have now, where that is another one."""
        owners = {fact.nature.owner for fact in lots}
        return {owner: now for owner in sorted(owners) if (now := self._owner(owner)) != owner} or UNSET

    def _first_member(self, uses: Iterable[Use]) -> Member | None:
        """Who uses something here: nobody uses two members' promises in one act."""
        owner = next((use.owner for use in uses if use.owner.startswith(MEMBER)), None)
        return None if owner is None else self._lookup.member(owner.removeprefix(MEMBER))

    def _dates(self, lots: Iterable[LotFact]) -> dict[str, str] | UnsetType:
        """The civil date in every zone but the store's that these lots name."""
        return dates_in(sorted(foreign_zones(lots, self._setting)), self._setting.at) or UNSET


def takeable(fact: LotFact, at: int) -> int:
    """How much of what HQ offers of a lot may be taken at this time."""
    return fact.offered if fact.lease_end == 0 or at < fact.lease_end else 0


def uses_of(act: Act) -> list[Use]:
    """The parts of an act that use lots."""
    if isinstance(act, Post):
        return [part for part in act.parts if isinstance(part, Spend)]
    return [act] if isinstance(act, Hold) else []


def _shared(use: Use, other: Use) -> int:
    """How much `other` may use of the lots that `use` may use."""
    if (use.owner, use.unit) != (other.owner, other.unit):
        return 0
    return other.amount if use.lot is None or other.lot in (None, use.lot) else 0


def _holds_anything(fact: LotFact) -> bool:
    return fact.left > 0 or fact.offered > 0 or fact.elsewhere > fact.owed


def _sides(transfers: Iterable[Transfer]) -> dict[tuple[str, str, str], None]:
    """Every lot that transfers name, once, in their order; a shortfall is given back without a look at it."""
    return {
        (owner, transfer.unit, lot): None
        for transfer in transfers
        for owner, lot in ((transfer.debit, transfer.debit_lot), (transfer.credit, transfer.credit_lot))
        if lot is not UNSET and owner != SUSPENSE
    }
