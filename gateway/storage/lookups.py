"""What a batch may look up in the ledger: all that follows from its events, its own changes first."""

import sqlite3
from collections.abc import Sequence

from gateway.core.book import AccountKey, LotKey, Part
from gateway.storage.consents import ConsentRow, Consents
from gateway.storage.identities import Identities, InstrumentRow, MemberRow, PersonRow
from gateway.storage.lot_book import LotRow
from gateway.storage.pins import PinBook, PinRow
from gateway.storage.projections import DueHold, HoldRow, Projections
from gateway.storage.rotated import Rotated
from gateway.storage.till_book import TillBook
from gateway.storage.visits import Visits


class Lookups:
    """The tables as one batch leaves them; `newest_identity` as identities.newest_identity()."""

    def __init__(self, db: sqlite3.Connection, epoch: int, newest_identity: int) -> None:
        self._book = Projections(db, epoch)
        self._who = Identities(db, newest_identity)
        self._consents = Consents(db)
        self._rotated = Rotated(db)
        self.visits = Visits(db)  # to be looked through
        self.pins = PinBook(db)  # to be looked through
        self.tills = TillBook(db)  # orders, parked baskets and shifts, to be looked up

    @property
    def newest_identity(self) -> int:
        """The seq of the last event that made or changed a member or an instrument; 0 for none."""
        return self._who.newest

    @property
    def epoch(self) -> int:
        """Of the rights in force; an event right.fenced begins another."""
        return self._book.epoch

    @property
    def moved(self) -> bool:
        """Whether this batch has moved, held or made anything yet."""
        return self._book.moved

    def lots(self, owner: str, unit: str | None = None) -> list[LotRow]:
        """An owner's lots in the present epoch, used up or not, by unit and name."""
        return self._book.lots(owner, unit)

    def met(self, owner: str, unit: str | None = None, lot: str | None = None) -> list[LotRow]:
        """As lots(), and those met in older epochs only, as parts of nothing."""
        return self._book.met(owner, unit, lot)

    def part(self, key: LotKey) -> Part:
        """This log's part of a lot in the present epoch; of nothing where it has none."""
        return self._book.part(key)

    def met_by(self, owners: Sequence[str], unit: str) -> dict[str, list[LotRow]]:
        """As met(), of several owners' lots of one unit, by owner: one statement for some of them."""
        return self._book.met_by(owners, unit)

    def holders(self, owners: Sequence[str], kind: str) -> set[str]:
        """Those of these owners of whom the file has a lot, of any epoch and used up or not, of a unit whose
        code begins with `kind`; what this batch made is no part of it."""
        return self._book.holders(owners, kind)

    def code(self, code: str) -> LotKey | None:
        """The coupon that this log has met under the code printed on it."""
        return self._book.code(code)

    def last(self, key: LotKey) -> int | None:
        """The seq of the newest event that moved or held this lot here; None where none did."""
        return self._book.last(key)

    def newest(self, owner: str, limit: int) -> list[int]:
        """The seqs of at most so many stored events that touched an owner's lots, the newest first."""
        return self._book.newest(owner, limit)

    def account(self, key: AccountKey) -> int:
        """The balance of a plain account."""
        return self._book.account(key)

    def owed(self, unit: str, lot: str, after: int) -> int:
        """What events behind seq `after` gave of a lot out of SUSPENSE, less what they gave back."""
        return self._book.owed(unit, lot, after)

    def expired(self, date: str, limit: int) -> list[LotRow]:
        """At most so many lots with something free whose last day was before this civil date."""
        return self._book.expired(date, limit)

    def key(self, key: str) -> int | None:
        """The seq of the event that an asker's key led to."""
        return self._book.key(key)

    def hold(self, id_: str) -> HoldRow | None:
        """A hold, while it is pending."""
        return self._book.hold(id_)

    def due_holds(self, now_ms: int, limit: int) -> list[DueHold]:
        """At most so many pending holds whose time is over, the longest over first."""
        return self._book.due_holds(now_ms, limit)

    def returnable(self, random: str) -> int | None:
        """The seq of the event with this random, if what it posted may be returned."""
        return self._book.returnable(random)

    def member(self, id_: str) -> MemberRow | None:
        """A member made or changed here."""
        return self._who.member(id_)

    def instrument(self, key: bytes) -> InstrumentRow | None:
        """The instrument of this evidence, if it was linked or changed here."""
        return self._who.instrument(key)

    def instrument_by_id(self, id_: str) -> InstrumentRow | None:
        """The instrument of this id, if it was linked or changed here."""
        return self._who.instrument_by_id(id_)

    def instruments(self, member: str) -> list[InstrumentRow]:
        """All of a member's that were linked or changed here, by id."""
        return self._who.instruments(member)

    def person(self, member: str) -> PersonRow | None:
        """The erasable row of a member enrolled here."""
        return self._who.person(member)

    def people(self, after: int, limit: int) -> list[PersonRow]:
        """At most so many stored rows of members enrolled behind event `after`, in their order."""
        return self._who.people(after, limit)

    def people_by_phone(self, key: bytes) -> list[PersonRow]:
        """Every member enrolled here who gave the number of this keyed hash, the first enrolled first."""
        return self._who.people_by_phone(key)

    def consents(self, member: str) -> list[ConsentRow]:
        """A member's last words here on what they allow, by purpose."""
        return self._consents.of(member)

    def rotated(self, key: bytes, step: int) -> bool:
        """Whether the rotating code of this evidence key and step was shown here before."""
        return self._rotated.shown(key, step)

    def pin(self, owner: str) -> PinRow | None:
        """The PIN of "member:<id>" or "staff:<id>"; None where none is set."""
        return self.pins.pin(owner)
