"""Recognising people and cards: what was born or changed here first, then what HQ said.

A row of this ledger stands until HQ has applied the event that wrote it and says something of the same thing
itself: then HQ's word is the newer one. A member that HQ merged into another is that other one, whatever name
a card or an act uses. A member's qualifying points are HQ's opening balance and every lot of them, of this
log and of the others, that time lets count today.

Whoever was forgotten here stays so, whatever HQ still says: their cards open nothing, and may be somebody
else's from then on.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from gateway.clock import dates_in
from gateway.core.book import LotKey
from gateway.core.lots import date_for
from gateway.core.model import Facts, Instrument, Member, Setting
from gateway.core.people import ERASED
from gateway.core.promises import MEMBER, Terms
from gateway.core.tiers import QUALIFYING
from gateway.storage.cache import NO_PERSON, CachedLot, Found, Person, Seen, Snapshot
from gateway.storage.identities import InstrumentRow
from gateway.storage.knowledge import amount_everywhere
from gateway.storage.ledger import Transaction
from gateway.storage.lot_book import LotRow

MERGED = "merged"


class Lookup:
    """What one batch knows: a transaction of the ledger and a state of the cache, at a time."""

    def __init__(self, page: Transaction, cache: Snapshot, setting: Setting) -> None:
        self._page = page
        self._cache = cache
        self._setting = setting
        self.people: set[str] = set()  # every member that find() led to so far

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Found]:
        """Instruments by evidence key, with members and how to greet them; unknown keys are left out."""
        seen = self._cache.see(keys)
        found = {key: one.found for key, one in seen.items()}
        self._put_points(seen, found)
        if self._page.newest_identity:
            self._put_ours_first(keys, found)
        for key, one in found.items():
            if one.facts.member is not None and one.facts.member.status == MERGED:
                found[key] = self._met(one.facts.instrument, one.facts.member.id)
        if self._is_ahead:
            self._forget(seen, found)
        self.people.update(one.facts.member.id for one in found.values() if one.facts.member is not None)
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
        if known is None:
            ours = self._page.member(survivor) or self._page.member(id_)
            if ours is None:
                return None
            known = Member(ours.id, 0, ours.status, "")
        names = self.names(id_)
        if self._is_forgotten(names):
            return Member(known.id, 0, ERASED, "")
        return replace(known, qualifying=known.qualifying + self._points(names))

    def made_here(self, id_: str) -> bool:
        """Whether this ledger's word on a member is all there is: HQ has not told of it yet."""
        survivor = self.survivor(id_)
        return self._cache.member(survivor) is None and self._page.member(survivor) is not None

    def person(self, id_: str) -> Person:
        """How to greet a member."""
        survivor = self.survivor(id_)
        if self._is_forgotten(self.names(id_)):
            return NO_PERSON
        said = self._cache.person(survivor)
        if said.name is not None:
            return said
        row = self._page.person(survivor) or self._page.person(id_)
        ours = self._page.member(id_)
        language = said.language or (ours.language if ours else None)
        return Person((row.name or None) if row else None, language) if row or language else NO_PERSON

    def instrument(self, id_: str, member: str) -> Instrument | None:
        """One of a member's instruments, with its key told; None where it is not one of them, or they are
        forgotten and have none."""
        if self._is_forgotten(self.names(member)):
            return None
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
        """The instrument that this evidence leads to, in whatever state; None too where it was somebody's who
        is forgotten."""
        found = self.find([key]).get(key)
        if found is None or (found.facts.member is not None and found.facts.member.status == ERASED):
            return None
        return found.facts.instrument

    def _put_points(self, seen: dict[bytes, Seen], found: dict[bytes, Found]) -> None:
        """Add to everybody's opening balance what was earned since: one look into the ledger for all."""
        members = {one.found.facts.member.id for one in seen.values() if one.found.facts.member is not None}
        met = self._page.met_by([MEMBER + id_ for id_ in members], QUALIFYING) if members else {}
        for key, (one, lots, joined) in seen.items():
            member = one.facts.member
            if member is None or not (joined or lots or met):
                continue
            ours = met.get(MEMBER + member.id, ())
            points = self._points(self.names(member.id)) if joined else self._sum(ours, lots)
            if points:
                known = replace(member, qualifying=member.qualifying + points)
                found[key] = one._replace(facts=replace(one.facts, member=known))

    def _points(self, names: Sequence[str]) -> int:
        """Qualifying points of a member under every name."""
        owners = [MEMBER + name for name in names]
        met = [row for rows in self._page.met_by(owners, QUALIFYING).values() for row in rows]
        return self._sum(met, [lot for owner in owners for lot in self._cache.lots(owner, QUALIFYING)])

    def _sum(self, met: Iterable[LotRow], said: Iterable[CachedLot]) -> int:
        """What these lots come to today; both as rows of one member's."""
        ours = {row.key: row for row in met}
        total = 0
        for lot in said:
            row = ours.pop(LotKey(lot.owner, lot.unit, lot.lot), None)
            if self._counts(lot.terms):
                total += amount_everywhere(self._page.epoch, row, lot)
        return total + sum(row.part.left for row in ours.values() if self._counts(row.terms))

    def _counts(self, terms: Terms) -> bool:
        """Whether time lets a lot of these terms count today."""
        setting = self._setting
        if terms.vests_at > setting.at:
            return False
        if terms.expires_on is None:
            return True
        own = terms.zone is None or terms.zone == setting.zone
        dates = {} if own else dates_in([str(terms.zone)], setting.at)
        return (date_for(terms, setting, dates) or setting.date) <= terms.expires_on

    @property
    def _is_ahead(self) -> bool:
        """Whether this ledger tells of members or instruments what HQ had not applied when it last spoke."""
        return self._page.newest_identity > self._cache.as_of

    def _is_forgotten(self, names: Iterable[str]) -> bool:
        """Whether a member wanted to be forgotten here, under any id: HQ says that all are one person."""
        rows = (self._page.member(name) for name in names)
        return any(row is not None and row.status == ERASED for row in rows)

    def _forget(self, seen: dict[bytes, Seen], found: dict[bytes, Found]) -> None:
        """Recognise nobody who was forgotten here and of whom HQ still tells."""
        for key, one in seen.items():
            member = found[key].facts.member
            if member is None or member.status == ERASED:
                continue
            if self._is_forgotten(self.names(member.id) if one.joined else [member.id]):
                found[key] = self._met(found[key].facts.instrument, member.id)

    def _put_ours_first(self, keys: Sequence[bytes], found: dict[bytes, Found]) -> None:
        """What HQ does not know yet, or not any more."""
        newer = self._is_ahead
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
