"""A log's parts of lots and what moved them, as one batch sees and writes them.

Owns the tables lots, postings and codes of ledger.db. What the batch changed is seen before what the file
holds; a row is read once. Rows of an older epoch stay as they are: they tell what a lot is, and nothing moves
there.

A code is of the lot that was met first under it: whoever issues another coupon with a printed code steals
nothing.

Invariant: a posting's `prev` and a lot's `last` chain all that touched the lot in its epoch, back to `first`.
"""

import heapq
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from gateway.core.book import NOTHING, LotKey, Part, is_plain
from gateway.core.event import canonical
from gateway.core.promises import HELD, ORDER, RETURN, SUSPENSE, Terms, Transfer
from gateway.storage.holders import holders
from gateway.storage.layout import POSTINGS_AN_EVENT

_COLUMNS = "unit, lot, epoch, granted, minted, returned, spent, held, first, last, terms, due"
_OF_OWNER = f"SELECT owner, {_COLUMNS} FROM lots WHERE owner = ?"
_OF_UNIT = _OF_OWNER + " AND unit = ?"
_OF_NAME = _OF_OWNER + " AND lot = ?"
_OF_LOT = _OF_UNIT + " AND lot = ?"
_OF_OWNERS = f"SELECT owner, {_COLUMNS} FROM lots WHERE owner IN ({{}}) AND unit = ?"
_DUE = (
    f"SELECT owner, {_COLUMNS} FROM lots WHERE epoch = ? AND due < ?"
    " AND granted + minted > returned + spent + held ORDER BY due, first LIMIT ?"
)
_INSERT_LOT = f"INSERT INTO lots(owner, {_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Two statements: one that names `due` rewrites its index, and most changes leave it alone.
_CHANGE = "UPDATE lots SET granted = ?, minted = ?, returned = ?, spent = ?, held = ?, last = ?"
_THIS = " WHERE owner = ? AND unit = ? AND lot = ? AND epoch = ?"
_UPDATE_LOT = _CHANGE + _THIS
_UPDATE_LOT_AND_DAY = _CHANGE + ", due = ?" + _THIS
_INSERT_POSTING = "INSERT INTO postings(id, owner, unit, lot, amount, held, prev) VALUES(?, ?, ?, ?, ?, ?, ?)"
_SELECT_POSTING = "SELECT amount, held, prev FROM postings WHERE id = ?"
_SELECT_CODE = "SELECT owner, unit, lot FROM codes WHERE code = ?"
_INSERT_CODE = "INSERT OR IGNORE INTO codes(code, owner, unit, lot) VALUES(?, ?, ?, ?)"
_ANY_SUSPENDED = "SELECT 1 FROM lots WHERE owner = ? LIMIT 1"

OWNERS_TOGETHER = 16  # of one statement
TERMS_KEPT_MAX = 1_024  # most lots share few terms; some 200 bytes each
_terms = lru_cache(maxsize=TERMS_KEPT_MAX)(msgspec.json.Decoder(Terms).decode)
_DEFAULTS = msgspec.structs.asdict(Terms())


class LotRow(NamedTuple):
    """This log's part of a lot in its present epoch."""

    key: LotKey
    part: Part
    terms: Terms


class Posting(NamedTuple):
    """What one event did to a lot: `amount` got (negative: gave), `held` kept back (negative: let go)."""

    key: LotKey
    seq: int
    amount: int
    held: int


class Lot:
    """One row of lots, as it is to be; `stored` says whether the file has it, `due` what stands there."""

    __slots__ = ("changed", "due", "epoch", "first", "key", "last", "part", "stored", "terms")

    def __init__(self, key: LotKey, epoch: int, terms: Terms) -> None:
        self.key = key
        self.epoch = epoch
        self.part = NOTHING
        self.terms = terms
        self.first = self.last = 0
        self.due: str | None = None
        self.stored = self.changed = False

    def day(self) -> str | None:
        """The last day it may be used, while anything is left."""
        return self.terms.expires_on if self.part.left > 0 else None


class LotBook:
    """The two tables as one batch leaves them."""

    def __init__(self, db: sqlite3.Connection, epoch: int) -> None:
        self._db = db
        self._epoch = epoch
        self._lots: dict[tuple[LotKey, int], Lot] = {}
        self._made: dict[str, list[Lot]] = {}  # by owner, what the file does not have yet
        self._changed: list[Lot] = []
        self._postings: list[tuple[Any, ...]] = []
        self._codes: dict[str, LotKey] = {}
        self._suspense: dict[int, tuple[int, int]] = {}  # amount and prev of this batch's postings there
        self._suspended: bool | None = None  # whether SUSPENSE has any lot; None: not looked yet

    @property
    def epoch(self) -> int:
        """Of the rights in force."""
        return self._epoch

    @property
    def moved(self) -> bool:
        """Whether this batch has moved, held or made anything yet."""
        return bool(self._postings)

    def lots(self, owner: str, unit: str | None = None) -> list[LotRow]:
        """An owner's lots in the present epoch, used up or not, by unit and name."""
        return [row for row, epoch in self._known(owner, unit) if epoch == self.epoch]

    def met(self, owner: str, unit: str | None = None, lot: str | None = None) -> list[LotRow]:
        """As lots(), and those met in older epochs only, as parts of nothing."""
        return [row for row, _ in self._known(owner, unit, lot)]

    def met_by(self, owners: Sequence[str], unit: str) -> dict[str, list[LotRow]]:
        """As met(), of several owners' lots of one unit, by owner; those without any are left out."""
        found: dict[str, dict[LotKey, Lot]] = {}
        for start in range(0, len(owners), OWNERS_TOGETHER):
            some = owners[start : start + OWNERS_TOGETHER]
            for row in self._db.execute(_OF_OWNERS.format(",".join("?" * len(some))), (*some, unit)):
                _put_newest(found.setdefault(row[0], {}), self._read(row))
        for owner in self._made.keys() & set(owners):
            for lot in self._made[owner]:
                if lot.key.unit == unit:
                    _put_newest(found.setdefault(owner, {}), lot)
        return {owner: [self._as_now(lot) for lot in lots.values()] for owner, lots in found.items()}

    def holders(self, owners: Sequence[str], kind: str) -> set[str]:
        """Those of these owners of whom the file has a lot, of any epoch and used up or not, of a unit whose
        code begins with `kind`."""
        return holders(self._db.execute, owners, kind)

    def code(self, code: str) -> LotKey | None:
        """The lot that was met first under a printed code."""
        row = self._db.execute(_SELECT_CODE, (code,)).fetchone()
        return LotKey(*row) if row else self._codes.get(code)

    def part(self, key: LotKey) -> Part:
        """This log's part of a lot in the present epoch; of nothing where it has none."""
        return self._find(key).part

    def last(self, key: LotKey) -> int | None:
        """The seq of the newest event that moved or held this lot; None where none did."""
        return max((lot.last for lot in self._epochs(*key)), default=0) // POSTINGS_AN_EVENT or None

    def returnable(self, random: str) -> int | None:
        """The seq of the event with this random, if what it posted may be returned: it made a RETURN lot."""
        made = [lot.first for lot in self._epochs(ORDER + random, RETURN + random, None)]
        return min(made) // POSTINGS_AN_EVENT if made else None

    def expired(self, date: str, limit: int) -> list[LotRow]:
        """At most so many lots with something free whose last day was before this civil date."""
        rows = self._db.execute(_DUE, (self.epoch, date, limit + len(self._changed))).fetchall()
        found = {lot.key: lot for lot in (self._read(row) for row in rows)}
        found.update((lot.key, lot) for lot in self._changed if lot.epoch == self.epoch)
        late = [lot for lot in found.values() if (lot.day() or date) < date and lot.part.free > 0]
        return [_row(lot) for lot in late[:limit]]

    def owed(self, unit: str, lot: str, after: int) -> int:
        """What events behind seq `after` gave of a lot out of SUSPENSE, less what they gave back."""
        if self._suspended is None:
            self._suspended = self._db.execute(_ANY_SUSPENDED, (SUSPENSE,)).fetchone() is not None
        if not self._suspended:
            return 0
        start = (after + 1) * POSTINGS_AN_EVENT
        rows = self._epochs(SUSPENSE, unit, lot)
        return max(0, -sum(amount for row in rows for amount in self._amounts(row.last, start)))

    def history(self, owner: str) -> Iterator[Posting]:
        """What touched an owner's lots, as the file has it: lot by lot, newest first."""
        for lot in self._epochs(owner, None, None):
            at = lot.last
            while at:
                amount, held, prev = self._db.execute(_SELECT_POSTING, (at,)).fetchone()
                yield Posting(lot.key, at // POSTINGS_AN_EVENT, amount, held)
                at = prev

    def newest(self, owner: str, limit: int) -> list[int]:
        """The seqs of the last events that touched an owner's lots, as the file has it, newest first."""
        at = [-lot.last for lot in self._epochs(owner, None, None) if lot.last]
        heapq.heapify(at)
        found: list[int] = []
        while at and len(found) < limit:
            newest = -heapq.heappop(at)
            if newest // POSTINGS_AN_EVENT not in found[-1:]:
                found.append(newest // POSTINGS_AN_EVENT)
            before = self._db.execute(_SELECT_POSTING, (newest,)).fetchone()[2]
            if before:
                heapq.heappush(at, -before)
        return found

    def _find(self, key: LotKey) -> Lot:
        """The lot's row in the present epoch, empty and without terms where there is none."""
        found = self._lots.get((key, self.epoch))
        if found is None:
            self._epochs(*key)
            found = self._lots.get((key, self.epoch))
        if found is None:
            found = self._lots[key, self.epoch] = Lot(key, self.epoch, Terms())
        return found

    def _epochs(self, owner: str, unit: str | None, lot: str | None) -> list[Lot]:
        """Rows that the file or this batch has, of every epoch: by unit, name and epoch."""
        if unit is None and lot is None:
            rows = self._db.execute(_OF_OWNER, (owner,))
        elif unit is None:
            rows = self._db.execute(_OF_NAME, (owner, lot))
        elif lot is None:
            rows = self._db.execute(_OF_UNIT, (owner, unit))
        else:
            rows = self._db.execute(_OF_LOT, (owner, unit, lot))
        found = [self._read(row) for row in rows]
        made = [
            new
            for new in self._made.get(owner, ())
            if unit in (None, new.key.unit) and lot in (None, new.key.lot)
        ]
        return sorted([*found, *made], key=lambda lot: (lot.key, lot.epoch)) if made else found

    def _known(self, owner: str, unit: str | None, lot: str | None = None) -> Iterator[tuple[LotRow, int]]:
        """Each lot once, with the epoch that it has a row of: the present one if it can be."""
        newest = {row.key: row for row in self._epochs(owner, unit, lot)}
        for row in newest.values():
            yield self._as_now(row), row.epoch

    def _as_now(self, lot: Lot) -> LotRow:
        """A lot with its part in the present epoch."""
        return LotRow(lot.key, lot.part if lot.epoch == self.epoch else NOTHING, lot.terms)

    def _read(self, row: Sequence[Any]) -> Lot:
        """The lot of a row of the file, as this batch has it."""
        owner, unit, name, epoch, *numbers, first, last, terms, due = row
        key = LotKey(owner, unit, name)
        known = self._lots.get((key, epoch))
        if known is not None:
            return known
        lot = self._lots[key, epoch] = Lot(key, epoch, _terms(terms))
        lot.part, lot.first, lot.last, lot.due, lot.stored = Part(*numbers), first, last, due, True
        return lot

    def _keep(self, lot: Lot, part: Part) -> None:
        lot.part = part
        if lot.changed:
            return
        lot.changed = True
        self._changed.append(lot)
        if not lot.stored:
            self._made.setdefault(lot.key.owner, []).append(lot)
            if lot.terms.code is not None and lot.key.owner != SUSPENSE:
                self._codes.setdefault(lot.terms.code, lot.key)

    def _post(self, start: int, transfers: Sequence[Transfer]) -> None:
        for number, transfer in enumerate(transfers):
            at, amount = start + 2 * number, transfer.amount
            if transfer.phase is not UNSET:
                held = amount if transfer.phase == HELD else -amount
                self._side(at, transfer.debit, transfer.unit, transfer.debit_lot, 0, held)
                continue
            self._side(at, transfer.debit, transfer.unit, transfer.debit_lot, -amount, 0)
            self._side(at + 1, transfer.credit, transfer.unit, transfer.credit_lot, amount, 0)

    def _side(self, at: int, owner: str, unit: str, name: str | UnsetType, amount: int, held: int) -> None:
        if name is UNSET or is_plain(owner, name):
            self._postings.append((at, owner, unit, None, amount, held, 0))
            return
        lot = self._find(LotKey(owner, unit, name))
        self._postings.append((at, owner, unit, name, amount, held, lot.last))
        if owner == SUSPENSE:
            self._suspense[at] = amount, lot.last
            self._suspended = True
        lot.first, lot.last = lot.first or at, at

    def _amounts(self, at: int, start: int) -> Iterator[int]:
        """The amounts of a SUSPENSE lot's postings from `at` back to those with ids from `start`."""
        while at >= start:
            known = self._suspense.get(at)
            if known is None:
                amount, _, prev = self._db.execute(_SELECT_POSTING, (at,)).fetchone()
                known = amount, prev
            yield known[0]
            at = known[1]

    def _write_lots(self) -> None:
        new, moved, same = [], [], []
        for lot in self._changed:
            day, key = lot.day(), (*lot.key, lot.epoch)
            if not lot.stored:
                new.append((*key, *lot.part, lot.first, lot.last, short_terms(lot.terms), day))
            elif day != lot.due:
                moved.append((*lot.part, lot.last, day, *key))
            else:
                same.append((*lot.part, lot.last, *key))
        self._db.executemany(_INSERT_LOT, new)
        self._db.executemany(_UPDATE_LOT_AND_DAY, moved)
        self._db.executemany(_UPDATE_LOT, same)
        self._db.executemany(_INSERT_POSTING, self._postings)
        if self._codes:
            self._db.executemany(_INSERT_CODE, [(code, *key) for code, key in self._codes.items()])


def short_terms(terms: Terms) -> bytes:
    """Canonical JSON of what is not the default: most lots are made on few terms, and there are millions."""
    said = msgspec.structs.asdict(terms)
    return canonical({name: value for name, value in said.items() if value != _DEFAULTS[name]})


def _put_newest(lots: dict[LotKey, Lot], lot: Lot) -> None:
    """Keep of a lot's rows the one of the newest epoch."""
    known = lots.get(lot.key)
    if known is None or known.epoch < lot.epoch:
        lots[lot.key] = lot


def _row(lot: Lot) -> LotRow:
    return LotRow(lot.key, lot.part, lot.terms)
