"""Members and instruments that were born or changed here, and the erasable rows that name people.

Owns the tables members, instruments and people of ledger.db. What stands here counts before the cache until
HQ has applied the event `seq` of its row; from then on the cache knows at least as much, and HQ's word counts
(a card locked here may have been opened there). A batch sees its own changes first.

Whoever is forgotten keeps a row that says so, under every id; the personal row goes, and their instruments
are revoked and lose the key by which they were found. That is in the commit of the event which says it.
"""

import sqlite3
from hashlib import sha256
from typing import NamedTuple

from msgspec import UNSET

from gateway.core.event import canonical
from gateway.core.model import DONE, Decision, Instrument
from gateway.core.people import ERASED, forgotten
from gateway.core.promises import Change, Enrol, Forget, Link
from gateway.storage.layout import SELECT_PEOPLE_AFTER

PROVISIONAL, ACTIVE, REPLACED, REVOKED = "provisional", "active", "replaced", "revoked"

_SELECT_MEMBER = "SELECT id, status, language, seq FROM members WHERE id = ?"
_PUT_MEMBER = (
    "INSERT INTO members(id, status, language, seq) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(id) DO UPDATE SET status = excluded.status, seq = excluded.seq"
)
_INSTRUMENT = "SELECT id, key, kind, member, status, at_ms, seq FROM instruments WHERE "
_BY_ID = _INSTRUMENT + "id = ?"
_BY_KEY = _INSTRUMENT + "key = ? ORDER BY seq DESC LIMIT 1"
_BY_MEMBER = _INSTRUMENT + "member = ? ORDER BY id"
_PUT_INSTRUMENT = (
    "INSERT INTO instruments(id, key, kind, member, status, at_ms, seq) VALUES(?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(id) DO UPDATE SET key = excluded.key, kind = excluded.kind, member = excluded.member,"
    " status = excluded.status, at_ms = excluded.at_ms, seq = excluded.seq"
)
_SELECT_PERSON = "SELECT member, name, salt, seq, phone_key, phone_box FROM people WHERE member = ?"
_BY_PHONE = (
    "SELECT member, name, salt, seq, phone_key, phone_box FROM people WHERE phone_key = ? ORDER BY seq"
)
_INSERT_PERSON = "INSERT INTO people(member, name, salt, seq, phone_key, phone_box) VALUES(?, ?, ?, ?, ?, ?)"
_DELETE_PERSON = "DELETE FROM people WHERE member = ?"
_NEWEST = (
    "SELECT max((SELECT ifnull(max(seq), 0) FROM members), (SELECT ifnull(max(seq), 0) FROM instruments))"
)


class MemberRow(NamedTuple):
    """A member made or changed here, by event `seq`; status as in gateway/storage/layout.py."""

    id: str
    status: str
    language: str
    seq: int


class InstrumentRow(NamedTuple):
    """An instrument linked or changed here, by event `seq`; key and kind None where that does not say."""

    id: str
    key: bytes | None
    kind: str | None
    member: str
    status: str
    at_ms: int
    seq: int


class PersonRow(NamedTuple):
    """Who a member is, told to nobody but HQ; `seq` is of the event that has the commitment to it.

    `phone_key` is the keyed hash of a phone number, `phone_box` the number, sealed for HQ; None: none given.
    """

    member: str
    name: str
    salt: bytes
    seq: int
    phone_key: bytes | None = None
    phone_box: bytes | None = None


def commitment(name: str, salt: bytes, phone_box: bytes | None = None) -> str:
    """What an event says of a person: nothing to whoever has not the row, and proof of it to who has."""
    said = {"name": name} if phone_box is None else {"name": name, "phone": phone_box.hex()}
    return sha256(salt + canonical(said)).hexdigest()


def newest_identity(db: sqlite3.Connection) -> int:
    """The seq of the last event that made or changed a member or an instrument; 0 for none."""
    found: int = db.execute(_NEWEST).fetchone()[0]
    return found


class Identities:
    """The tables as one batch leaves them; `newest` as newest_identity()."""

    def __init__(self, db: sqlite3.Connection, newest: int) -> None:
        self._db = db
        self.newest = newest
        self._members: dict[str, MemberRow] = {}
        self._instruments: dict[str, InstrumentRow] = {}
        self._people: dict[str, PersonRow | None] = {}  # None: erased in this batch

    def member(self, id_: str) -> MemberRow | None:
        """A member made or changed here."""
        if id_ in self._members:
            return self._members[id_]
        row = self._db.execute(_SELECT_MEMBER, (id_,)).fetchone()
        return MemberRow(*row) if row else None

    def instrument(self, key: bytes) -> InstrumentRow | None:
        """The instrument of this evidence, if it was linked or changed here."""
        made = [row for row in self._instruments.values() if row.key == key]
        if made:
            return made[-1]
        row = self._db.execute(_BY_KEY, (key,)).fetchone()
        if row is None or row[0] in self._instruments:  # changed in this batch: it has another key, or none
            return None
        return InstrumentRow(*row)

    def instrument_by_id(self, id_: str) -> InstrumentRow | None:
        """The instrument of this id, if it was linked or changed here."""
        if id_ in self._instruments:
            return self._instruments[id_]
        row = self._db.execute(_BY_ID, (id_,)).fetchone()
        return InstrumentRow(*row) if row else None

    def instruments(self, member: str) -> list[InstrumentRow]:
        """All of a member's that were linked or changed here, by id."""
        found = {row[0]: InstrumentRow(*row) for row in self._db.execute(_BY_MEMBER, (member,))}
        found.update(self._instruments)
        return sorted(row for row in found.values() if row.member == member)

    def person(self, member: str) -> PersonRow | None:
        """The erasable row of a member enrolled here."""
        if member in self._people:
            return self._people[member]
        row = self._db.execute(_SELECT_PERSON, (member,)).fetchone()
        return PersonRow(*row) if row else None

    def people(self, after: int, limit: int) -> list[PersonRow]:
        """At most so many stored rows of members enrolled behind event `after`, in their order."""
        rows = [PersonRow(*row) for row in self._db.execute(SELECT_PEOPLE_AFTER, (after, limit))]
        return [row for row in rows if self._people.get(row.member, row) is not None]

    def people_by_phone(self, key: bytes) -> list[PersonRow]:
        """Every member enrolled here who gave the number of this key, the first enrolled first."""
        found = {row[0]: PersonRow(*row) for row in self._db.execute(_BY_PHONE, (key,))}
        rows = {**found, **self._people}.values()
        return sorted((row for row in rows if row and row.phone_key == key), key=lambda row: row.seq)

    def put_person(self, row: PersonRow) -> None:
        """Keep a person's row, in place of the one before."""
        self._people[row.member] = row

    def erase_person(self, member: str) -> None:
        """Forget who a member is; the event's commitment proves nothing without it."""
        self._people[member] = None

    def apply(self, seq: int, decision: Decision) -> None:
        """Make the changes of the event at `seq`, if its act was done."""
        act = decision.input.act
        if act is UNSET or decision.outcome.name != DONE:
            return
        if isinstance(act, Enrol):
            self._members[act.member] = MemberRow(act.member, PROVISIONAL, act.language, seq)
        elif isinstance(act, Link):
            self._link(seq, decision, act)
        elif isinstance(act, Change):
            self._set(seq, decision, act.instrument, act.member, act.status)
        elif isinstance(act, Forget):
            for name in forgotten(decision.facts, act):
                self._forget(seq, decision, name)
        else:
            return
        self.newest = seq

    def write(self) -> None:
        """All statements of the batch."""
        if not (self._members or self._instruments or self._people):
            return
        self._db.executemany(_PUT_MEMBER, self._members.values())
        self._db.executemany(_PUT_INSTRUMENT, self._instruments.values())
        self._db.executemany(_DELETE_PERSON, [(member,) for member in self._people])
        self._db.executemany(_INSERT_PERSON, [row for row in self._people.values() if row])

    def _forget(self, seq: int, decision: Decision, name: str) -> None:
        """Keep nothing by which a member could be named or recognised."""
        before = self.member(name)
        self._members[name] = MemberRow(name, ERASED, before.language if before else "", seq)
        at_ms = decision.input.setting.at
        for row in self.instruments(name):
            self._instruments[row.id] = row._replace(key=None, status=REVOKED, at_ms=at_ms, seq=seq)
        self.erase_person(name)

    def _link(self, seq: int, decision: Decision, act: Link) -> None:
        given = decision.input
        key = bytes.fromhex(given.evidence.key) if given.evidence and given.evidence.key else None
        before = None if key is None else self.instrument(key)
        if before is not None:  # somebody's whom HQ has erased: a key leads to one instrument
            self._instruments[before.id] = before._replace(key=None)
        self._instruments[act.instrument] = InstrumentRow(
            act.instrument,
            key,
            given.evidence.kind if given.evidence else None,
            act.member,
            ACTIVE,
            given.setting.at,
            seq,
        )
        if act.replaces is not None:
            self._set(seq, decision, act.replaces, act.member, REPLACED)

    def _set(self, seq: int, decision: Decision, id_: str, member: str, status: str) -> None:
        """An instrument's new status; its key and kind from the row before, else as the event tells them."""
        key, kind = _told(decision.facts.instrument, id_)
        before = self.instrument_by_id(id_)
        if before is not None:
            key, kind = before.key or key, before.kind or kind
        at_ms = decision.input.setting.at
        self._instruments[id_] = InstrumentRow(id_, key, kind, member, status, at_ms, seq)


def _told(instrument: Instrument | None, id_: str) -> tuple[bytes | None, str | None]:
    """Key and kind of an instrument, if it is the one that was looked up."""
    if instrument is None or instrument.id != id_:
        return None, None
    return (None if instrument.key is UNSET else bytes.fromhex(instrument.key)), instrument.kind
