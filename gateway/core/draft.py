"""The pad on which an act writes its transfers before it is decided; lives for one decision. Pure.

Invariants: no lot gives more than is free of it, over all parts of an act; a new lot is "<random>.<n>" with n
from 0; each lot that this log has not met is told once, in the order of its first transfer.
"""

from msgspec import UNSET, UnsetType

from gateway.core.book import AMOUNT_MAX, LotKey
from gateway.core.errors import EventError
from gateway.core.model import REFUSED, Act, Decision, Facts, Input, NewLot, Outcome, RightsFact
from gateway.core.orders.model import OutcomeRecord
from gateway.core.promises import HELD, ISSUER, LotFact, Nature, Terms, Transfer

# Two postings each, and their ids must fit what storage keeps for one event.
TRANSFERS_MAX = 500


class Refusal(Exception):
    """Ends an act that changes nothing; `name` is REFUSED or ASKED, `settled` what explains it."""

    def __init__(self, reason: str, name: str = REFUSED, settled: OutcomeRecord | UnsetType = UNSET) -> None:
        super().__init__(reason)
        self.reason = reason
        self.name = name
        self.settled = settled


class Draft:
    """Facts, input, and what the act moves; raises EventError for facts that no ledger can have."""

    def __init__(self, facts: Facts, given: Input) -> None:
        self.facts = facts
        self.given = given
        self.setting = given.setting
        self.transfers: list[Transfer] = []
        self.settled: OutcomeRecord | UnsetType = UNSET  # what an act of a till leaves behind
        self._facts = _index(() if facts.lots is UNSET else facts.lots)
        self._taken: dict[LotKey, int] = {}
        self._new: dict[str, NewLot] = {}
        self._made = 0

    @property
    def act(self) -> Act:
        """The act that is decided."""
        assert self.given.act is not UNSET
        return self.given.act

    @property
    def rights(self) -> RightsFact:
        """What bears on every right; EventError where it was not looked up."""
        if self.facts.rights is UNSET:
            raise EventError("bad_facts", "rights")
        return self.facts.rights

    @property
    def gateway(self) -> str:
        """Whose log this is; EventError where the input does not say."""
        if not self.given.gateway:
            raise EventError("undecidable", "gateway")
        return self.given.gateway

    def lots(self) -> list[LotFact]:
        """Every lot that was looked up, in the order of the facts."""
        return list(self._facts.values())

    def lots_of(self, owner: str, unit: str) -> list[LotFact]:
        """The lots of an owner, with those of the members merged into it."""
        aliases = {} if self.facts.aliases is UNSET else self.facts.aliases
        return [
            fact
            for key, fact in self._facts.items()
            if key.unit == unit and aliases.get(key.owner, key.owner) == owner
        ]

    def lot(self, owner: str, unit: str, lot: str) -> LotFact | None:
        """One lot as it was looked up."""
        return self._facts.get(LotKey(owner, unit, lot))

    def free(self, fact: LotFact) -> int:
        """What this log may still give of a lot in this act."""
        return fact.left - fact.held - self._taken.get(_key(fact), 0)

    def known_free(self, fact: LotFact) -> int:
        """What may be given of a lot as far as is known: not what was already given of it without a right."""
        known = fact.left + fact.offered + fact.elsewhere - fact.owed
        return max(0, min(self.free(fact), known - self._taken.get(_key(fact), 0)))

    def take(self, fact: LotFact, amount: int, credit: str, hold: str | UnsetType = UNSET) -> None:
        """Move an amount that is free in a lot to a plain account, or hold it for that."""
        assert 0 < amount <= self.free(fact)
        key = _key(fact)
        self._taken[key] = self._taken.get(key, 0) + amount
        phase: str | UnsetType = UNSET if hold is UNSET else HELD
        self.move(Transfer(amount, credit, key.owner, key.unit, UNSET, key.lot, hold, phase), fact)

    def mint(self, owner: str, unit: str, amount: int, terms: Terms) -> LotFact:
        """Make a lot out of the issuer; what comes back may be taken from in the same act."""
        lot = f"{self.given.random}.{self._made}"
        self._made += 1
        fact = LotFact(0, 0, 0, amount, lot, Nature(owner, terms, unit), True, 0)
        self.move(Transfer(amount, owner, ISSUER, unit, lot), fact)
        return fact

    def move(self, transfer: Transfer, fact: LotFact | None = None) -> None:
        """Write a transfer down; `fact` is of the lot it touches, which this log may not have met."""
        self.transfers.append(transfer)
        if fact is not None and fact.new:
            self._new.setdefault(fact.lot, NewLot(fact.lot, fact.nature))

    def decision(self, outcome: Outcome) -> Decision:
        """Everything written down, as a decision."""
        lots = tuple(self._new.values()) or UNSET
        return Decision(self.given, self.facts, outcome, tuple(self.transfers), lots, self.settled)


def _key(fact: LotFact) -> LotKey:
    return LotKey(fact.nature.owner, fact.nature.unit, fact.lot)


def _index(facts: tuple[LotFact, ...]) -> dict[LotKey, LotFact]:
    index: dict[LotKey, LotFact] = {}
    for fact in facts:
        key = _key(fact)
        if key in index or not _is_sound(fact):
            raise EventError("bad_facts", f"lot {fact.lot[:64]}")
        index[key] = fact
    return index


def _is_sound(fact: LotFact) -> bool:
    terms = fact.nature.terms
    amounts = (fact.held, fact.left, fact.lease_end, fact.offered, fact.owed, fact.recall, terms.face or 0)
    return (
        fact.held <= fact.left
        and all(0 <= amount <= AMOUNT_MAX for amount in amounts)
        and abs(fact.elsewhere) <= AMOUNT_MAX
    )
