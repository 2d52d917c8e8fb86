"""What an owner may still use in one decision: lots as facts, less what is taken. Pure.

What other logs hold counts where it can be had: HQ answers, or the unit's offline policy gives at risk; the
act then asks or risks it by the rules of every right. Pure.
"""

from typing import NamedTuple

from msgspec import UNSET

from gateway.core import model
from gateway.core.lots import usable
from gateway.core.model import Bundle, Facts, Setting
from gateway.core.promises import AT_RISK, LotFact
from gateway.core.units import unit_of

Place = tuple[str, str]  # owner and unit


class Sums(NamedTuple):
    """Of an owner's unit: what this log may give, and all that is known anywhere."""

    here: int
    known: int


class Purse:
    """Lots of one decision by owner and unit; `take` writes down, `mark` and `undo` go back."""

    def __init__(self, bundle: Bundle, facts: Facts, setting: Setting) -> None:
        self._bundle, self._facts, self._setting = bundle, facts, setting
        self._lots: dict[Place, list[LotFact]] | None = None
        self._summed: dict[Place, Sums] = {}
        self._taken: dict[Place, int] = {}
        self._used: set[str] = set()
        rights = facts.rights
        self._online = rights is not UNSET and rights.online
        self.frozen = rights is not UNSET and rights.frozen

    def lots(self, owner: str, unit: str) -> list[LotFact]:
        """An owner's lots of a unit, with those of members merged into it, in the order of the facts."""
        if self._lots is None:
            self._lots = self._index()
        return self._lots.get((owner, unit), [])

    def find(self, lot: str) -> LotFact | None:
        """The lot of this name, whoever owns it."""
        lots = () if self._facts.lots is UNSET else self._facts.lots
        return next((fact for fact in lots if fact.lot == lot), None)

    def owner_of(self, fact: LotFact) -> str:
        """Who owns a lot now."""
        owner = fact.nature.owner
        return owner if self._facts.aliases is UNSET else self._facts.aliases.get(owner, owner)

    def holds(self, owner: str, unit: str) -> int:
        """All that an owner has of a unit, here and elsewhere, as far as is known."""
        return self._sums(owner, unit).known

    def free(self, owner: str, unit: str) -> int:
        """What may still be used of it in this decision."""
        if self.frozen:
            return 0
        here, known = self._sums(owner, unit)
        return max(0, (known if self._reaches(unit) else here) - self.taken(owner, unit))

    def here(self, owner: str, unit: str) -> int:
        """What this store may still use of it without asking anybody and without any risk."""
        had = 0 if self.frozen else self._sums(owner, unit).here
        return max(0, had - self.taken(owner, unit))

    def taken(self, owner: str, unit: str) -> int:
        """What this decision took of it."""
        return self._taken.get((owner, unit), 0)

    def why_not(self, owner: str, unit: str, amount: int) -> str:
        """Why so much of it cannot be used."""
        if self.frozen:
            return model.RIGHTS_FROZEN
        enough = self.holds(owner, unit) - self.taken(owner, unit) >= amount
        return model.HELD_ELSEWHERE if enough else model.NOT_ENOUGH

    def take(self, owner: str, unit: str, amount: int) -> None:
        """Use so much of it."""
        self._taken[owner, unit] = self._taken.get((owner, unit), 0) + amount

    def coupon_problem(self, fact: LotFact) -> str | None:
        """Why one coupon cannot be used now; None if it can."""
        late = usable(fact, self._setting, self._facts.dates)
        if late is not None:
            return late
        if fact.lot in self._used or _known(fact) < 1:
            return model.USED_UP
        if self.frozen:
            return model.RIGHTS_FROZEN
        reached = _here(fact) >= 1 or self._reaches(fact.nature.unit)
        return None if reached else model.HELD_ELSEWHERE

    def use_coupon(self, lot: str) -> None:
        """Use one coupon up."""
        self._used.add(lot)

    def mark(self) -> tuple[dict[Place, int], set[str]]:
        """Where it stands, to come back to."""
        return dict(self._taken), set(self._used)

    def undo(self, mark: tuple[dict[Place, int], set[str]]) -> None:
        """Forget what was taken since."""
        self._taken, self._used = mark

    def _reaches(self, unit: str) -> bool:
        return self._online or unit_of(self._bundle, unit).offline.kind == AT_RISK

    def _sums(self, owner: str, unit: str) -> Sums:
        """All lots that time lets be used, read once."""
        found = self._summed.get((owner, unit))
        if found is None:
            dates, setting = self._facts.dates, self._setting
            lots = [fact for fact in self.lots(owner, unit) if usable(fact, setting, dates) is None]
            found = Sums(sum(map(_here, lots)), sum(map(_known, lots)))
            self._summed[owner, unit] = found
        return found

    def _index(self) -> dict[Place, list[LotFact]]:
        index: dict[Place, list[LotFact]] = {}
        for fact in () if self._facts.lots is UNSET else self._facts.lots:
            index.setdefault((self.owner_of(fact), fact.nature.unit), []).append(fact)
        return index


def _here(fact: LotFact) -> int:
    """What this log may give of a lot once it took what HQ offers."""
    free = fact.left + fact.offered - fact.held
    return max(0, min(free, free + fact.elsewhere - fact.owed))


def _known(fact: LotFact) -> int:
    return max(0, fact.left + fact.offered + fact.elsewhere - fact.owed - fact.held)
