"""Recognising people and cards: what was born or changed here first, then what HQ said.

A row of this ledger stands until HQ has applied the event that wrote it and says something of the same thing
itself: then HQ's word is the newer one. A member that HQ merged into another is that other one, whatever name
a card or an act uses.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from gateway.core.model import Facts, Instrument, Member
from gateway.storage.cache import NO_PERSON, Found, Person, Snapshot
from gateway.storage.identities import InstrumentRow
from gateway.storage.ledger import Transaction

MERGED = "merged"


class Lookup:
    """What one batch knows: a transaction of the ledger and a state of the cache."""

    def __init__(self, page: Transaction, cache: Snapshot) -> None:
        self._page = page
        self._cache = cache

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Found]:
        """Instruments by evidence key, with members and how to greet them; unknown keys are left out."""
        found = self._cache.find(keys)
        if self._page.newest_identity:
            self._put_ours_first(keys, found)
        for key, one in found.items():
            if one.facts.member is not None and one.facts.member.status == MERGED:
                found[key] = self._met(one.facts.instrument, one.facts.member.id)
        return found

    def survivor(self, id_: str) -> str:
        """Whom a member was merged into; itself where HQ says nothing of it."""
        return self._cache.survivor(id_)

    def names(self, id_: str) -> list[str]:
        """Every id that a member ever had, the present one first."""
        survivor = self.survivor(id_)
        return [survivor, *self._cache.aliases(survivor)]

    def member(self, id_: str) -> Member | None:
        """The member of this id, or whom it was merged into; None where nobody here knows it."""
        survivor = self.survivor(id_)
        known = self._cache.member(survivor)
        if known is not None:
            return known
        ours = self._page.member(survivor) or self._page.member(id_)
        return None if ours is None else Member(ours.id, 0, ours.status, "")

    def person(self, id_: str) -> Person:
        """How to greet a member."""
        survivor = self.survivor(id_)
        said = self._cache.person(survivor)
        if said.name is not None:
            return said
        row = self._page.person(survivor) or self._page.person(id_)
        ours = self._page.member(id_)
        language = said.language or (ours.language if ours else None)
        return Person(row.name if row else None, language) if row or language else NO_PERSON

    def instrument(self, id_: str, member: str) -> Instrument | None:
        """One of a member's instruments, with its key told; None where it is not one of them."""
        row = self._page.instrument_by_id(id_)
        said = next((one for name in self.names(member) for one in self._said(name) if one.id == id_), None)
        if row is None or (said is not None and not self._is_newer(row)):
            return said
        if self.survivor(row.member) != self.survivor(member):
            return None
        ours = _ours(row, said)
        if row.key is not None:
            return replace(ours, key=row.key.hex())
        return ours if said is None else replace(ours, key=said.key)

    def holder(self, key: bytes) -> Instrument | None:
        """The instrument that this evidence leads to, whoever's and in whatever state."""
        found = self.find([key]).get(key)
        return None if found is None else found.facts.instrument

    def _put_ours_first(self, keys: Sequence[bytes], found: dict[bytes, Found]) -> None:
        """What HQ does not know yet, or not any more."""
        newer = self._page.newest_identity > self._cache.as_of
        for key in keys:
            said = found.get(key)
            if said is None or newer:
                ours = self._newest(key, said)
                if ours is not None:
                    found[key] = self._met(ours, ours.member)

    def _newest(self, key: bytes, said: Found | None) -> Instrument | None:
        """This ledger's word on an instrument, where it counts before HQ's."""
        row = self._page.instrument(key)
        known = said.facts.instrument if said else None
        if row is None and known is not None:
            row = self._page.instrument_by_id(known.id)
        if row is None or (known is not None and not self._is_newer(row)):
            return None
        return _ours(row, known)

    def _is_newer(self, row: InstrumentRow) -> bool:
        """Whether HQ had not applied what this row says when it last spoke."""
        return row.seq > self._cache.as_of

    def _met(self, instrument: Instrument | None, member: str) -> Found:
        person = self.person(member)
        return Found(Facts(instrument, self.member(member)), person.name, person.language)

    def _said(self, member: str) -> list[Instrument]:
        return [
            Instrument(row.id, row.kind, row.member, row.status, row.key.hex())
            for row in self._cache.instruments(member)
        ]


def _ours(row: InstrumentRow, said: Instrument | None) -> Instrument:
    """A row of this ledger; what it does not tell, the cache does."""
    return Instrument(row.id, row.kind or (said.kind if said else ""), row.member, row.status)
