"""What this store knows of lots: its own log joined with what HQ said in the cache.

With a lot HQ tells `total`, what all logs hold together, and how much of this gateway's own minting and
spending that contains. All these numbers only grow in an epoch, so the total now is
total + (minted here - minted then) - (spent here - spent then): exact at once, whatever HQ has applied since.
What was given out of SUSPENSE has no such number; of that, the events behind `as_of` count.

A cached part of an older epoch than the ledger's is nothing any more. A newer one means that the ledger is an
image that HQ has fenced off: HQ's total has nothing of it, and nothing is offered to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from gateway.core.book import NOTHING, LotKey, Part
from gateway.core.promises import LotFact, Nature, Terms
from gateway.storage.cache import CachedLot, Snapshot
from gateway.storage.lot_book import LotRow


class Page(Protocol):
    """What a state of the ledger must tell: a Transaction, or the Projections that a command reads."""

    @property
    def epoch(self) -> int:
        """Of the rights in force."""
        ...

    def met(self, owner: str, unit: str | None = None, lot: str | None = None) -> list[LotRow]:
        """An owner's lots, those met in older epochs only as parts of nothing."""
        ...

    def owed(self, unit: str, lot: str, after: int) -> int:
        """What events behind seq `after` gave of a lot out of SUSPENSE."""
        ...


class Balance(NamedTuple):
    """Of one unit: what this store may still give (`offered` is granted and not yet taken, part of `here`),
    what holds keep back, and what other logs have as far as it is known."""

    here: int
    held: int
    offered: int
    elsewhere: int


NO_BALANCE = Balance(0, 0, 0, 0)


def lot_facts(
    page: Page, snapshot: Snapshot, owners: Sequence[str], unit: str | None, lot: str | None
) -> tuple[LotFact, ...]:
    """Every lot of these owners, of one unit or all, of one name or all; used up or not, in order."""
    return tuple(fact for owner in owners for fact in _of_owner(page, snapshot, owner, unit, lot))


def balances(page: Page, snapshot: Snapshot, owners: Sequence[str]) -> dict[str, Balance]:
    """What these owners have together, by unit."""
    found: dict[str, Balance] = {}
    for fact in lot_facts(page, snapshot, owners, None, None):
        unit = fact.nature.unit
        here = fact.left - fact.held + fact.offered
        added = Balance(here, fact.held, fact.offered, fact.elsewhere - fact.owed)
        before = found.get(unit, NO_BALANCE)
        found[unit] = Balance(*(old + new for old, new in zip(before, added, strict=True)))
    return found


def recalls(page: Page, snapshot: Snapshot, limit: int) -> tuple[LotFact, ...]:
    """At most so many lots of which HQ wants something back that is free here.

    Reads every lot ever recalled in this epoch: ask when the cache has moved, not at every beat.
    """
    facts = (_fact_of(page, snapshot, said) for said in snapshot.recalled())
    wanted = (fact for fact in facts if min(fact.recall, fact.left - fact.held) > 0)
    return tuple(fact for _, fact in zip(range(limit), wanted, strict=False))


def due(page: Page, snapshot: Snapshot, rows: Iterable[LotRow]) -> tuple[LotFact, ...]:
    """The facts of lots that the ledger named, such as page.expired()."""
    return tuple(fact for row in rows for fact in lot_facts(page, snapshot, (row.key.owner,), *row.key[1:]))


def _of_owner(
    page: Page, snapshot: Snapshot, owner: str, unit: str | None, lot: str | None
) -> Iterator[LotFact]:
    met = {row.key: row for row in page.met(owner, unit, lot)}
    said = {LotKey(*row[:3]): row for row in snapshot.lots(owner, unit, lot)}
    for key in sorted(met.keys() | said.keys()):
        yield _join(page, snapshot, key, met.get(key), said.get(key))


def _fact_of(page: Page, snapshot: Snapshot, said: CachedLot) -> LotFact:
    key = LotKey(*said[:3])
    met = page.met(*key)
    return _join(page, snapshot, key, met[0] if met else None, said)


def _join(page: Page, snapshot: Snapshot, key: LotKey, met: LotRow | None, said: CachedLot | None) -> LotFact:
    part = met.part if met else NOTHING
    if said is None:
        terms = met.terms if met else Terms()
        return LotFact(0, part.held, 0, part.left, key.lot, Nature(key.owner, terms, key.unit), False, 0)
    ours, offered, elsewhere = _split(page.epoch, part, said)
    return LotFact(
        elsewhere,
        part.held,
        ours.lease_end,
        part.left,
        key.lot,
        Nature(key.owner, said.terms if met is None else met.terms, key.unit),
        met is None,
        offered,
        max(0, ours.recall - part.returned),
        page.owed(key.unit, key.lot, snapshot.as_of) if part.left + elsewhere + offered > 0 else 0,
    )


def amount_everywhere(epoch: int, met: LotRow | None, said: CachedLot | None) -> int:
    """What all logs have of a lot of a unit that is never spent: none gave any of it out of SUSPENSE."""
    if said is None:
        return met.part.left if met else 0
    if met is None:
        return said.total + (said.spent - said.minted if said.epoch == epoch else 0)
    _, offered, elsewhere = _split(epoch, met.part, said)
    return met.part.left + offered + elsewhere


def _split(epoch: int, part: Part, said: CachedLot) -> tuple[CachedLot, int, int]:
    """HQ's word as it counts in this epoch, what it offers, and what other logs hold."""
    ours = said if said.epoch == epoch else said._replace(granted=0, lease_end=0, recall=0, minted=0, spent=0)
    offered = max(0, ours.granted - part.granted)
    return ours, offered, said.total if said.epoch > epoch else _elsewhere(ours, part, offered)


def _elsewhere(ours: CachedLot, part: Part, offered: int) -> int:
    """What other logs hold: the total now, less what this one has or may take."""
    total = ours.total + (part.minted - ours.minted) - (part.spent - ours.spent)
    return total - part.left - offered
