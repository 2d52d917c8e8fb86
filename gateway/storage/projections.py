"""All that a log's transfers came to: lots, accounts, holds and keys as one batch sees and writes them.

Owns the tables accounts, holds and keys of ledger.db; lots and postings are lot_book.py's. A batch reads
what it changed before what the file holds, so that its decisions see each other, and writes all of it in the
commit of its events. The same code builds the tables anew from the log (rebuild.py): an event and the tables
before it are all that it needs.

Invariants: apply() changes everything or, raising EventError, nothing; what passes it is never overdrawn.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from msgspec import UNSET

from gateway.core.book import AccountKey, LotKey, Part, add, check, moves
from gateway.core.errors import EventError
from gateway.core.model import DONE, Decision
from gateway.core.promises import RELEASED, Fence, Hold, Terms
from gateway.storage.layout import POSTINGS_AN_EVENT
from gateway.storage.lot_book import Lot, LotBook

_SELECT_ACCOUNT = "SELECT posted FROM accounts WHERE owner = ? AND unit = ?"
_PUT_ACCOUNT = (
    "INSERT INTO accounts(owner, unit, posted) VALUES(?, ?, ?)"
    " ON CONFLICT(owner, unit) DO UPDATE SET posted = excluded.posted"
)
_SELECT_HOLD = "SELECT seq, until_ms FROM holds WHERE id = ?"
_SELECT_HOLDS = "SELECT id FROM holds"
_DUE_HOLDS = "SELECT id, seq, until_ms FROM holds WHERE until_ms <= ? ORDER BY until_ms, id LIMIT ?"
_INSERT_HOLD = "INSERT INTO holds(id, seq, until_ms) VALUES(?, ?, ?)"
_DELETE_HOLD = "DELETE FROM holds WHERE id = ?"
_SELECT_KEY = "SELECT seq FROM keys WHERE key = ?"
_INSERT_KEY = "INSERT INTO keys(key, seq) VALUES(?, ?)"


class HoldRow(NamedTuple):
    """A pending hold: the event that made it, and when it times out (unix ms)."""

    seq: int
    until_ms: int


class DueHold(NamedTuple):
    """A hold whose time is over."""

    id: str
    seq: int
    until_ms: int


class Projections(LotBook):
    """The tables as one batch leaves them."""

    def __init__(self, db: sqlite3.Connection, epoch: int) -> None:
        super().__init__(db, epoch)
        self._accounts: dict[AccountKey, int] = {}
        self._holds: dict[str, HoldRow | None] = {}  # None: ended in this batch
        self._keys: dict[str, int] = {}

    def account(self, key: AccountKey) -> int:
        """The balance of a plain account."""
        if key not in self._accounts:
            row = self._db.execute(_SELECT_ACCOUNT, key).fetchone()
            return row[0] if row else 0
        return self._accounts[key]

    def key(self, key: str) -> int | None:
        """The seq of the event that an asker's key led to."""
        return self._keys.get(key) or _first(self._db.execute(_SELECT_KEY, (key,)))

    def hold(self, id_: str) -> HoldRow | None:
        """A hold, while it is pending."""
        if id_ in self._holds:
            return self._holds[id_]
        row = self._db.execute(_SELECT_HOLD, (id_,)).fetchone()
        return HoldRow(*row) if row else None

    def due_holds(self, now_ms: int, limit: int) -> list[DueHold]:
        """At most so many pending holds whose time is over, the longest over first."""
        rows = self._db.execute(_DUE_HOLDS, (now_ms, limit + len(self._holds))).fetchall()
        stored = [DueHold(*row) for row in rows if row[0] not in self._holds]
        made = [DueHold(id_, *hold) for id_, hold in self._holds.items() if hold and hold.until_ms <= now_ms]
        return sorted([*stored, *made], key=lambda due: (due.until_ms, due.id))[:limit]

    def apply(self, seq: int, decision: Decision) -> None:
        """Make the changes of the event at `seq`; raises EventError and changes nothing if it must not be."""
        given = decision.input
        done = decision.outcome.name == DONE
        if given.key is not UNSET and self.key(given.key) is not None:
            raise EventError("key_reused", str(seq))
        if isinstance(given.act, Fence) and done and given.act.epoch <= self.epoch:
            raise EventError("bad_epoch", f"{given.act.epoch} after {self.epoch}")
        if decision.transfers:
            self._transfer(seq, decision)
        if given.key is not UNSET:
            self._keys[given.key] = seq
        if isinstance(given.act, Hold) and done:
            self._holds[given.random] = HoldRow(seq, given.act.until)
        elif isinstance(given.act, Fence) and done:
            self._fence(given.act.epoch)

    def write(self) -> None:
        """All statements of the batch."""
        if self._postings:
            self._write_lots()
            self._db.executemany(_PUT_ACCOUNT, [(*key, posted) for key, posted in self._accounts.items()])
        for id_, hold in self._holds.items():
            if hold is None:
                self._db.execute(_DELETE_HOLD, (id_,))
            else:
                self._db.execute(_INSERT_HOLD, (id_, *hold))
        if self._keys:
            self._db.executemany(_INSERT_KEY, self._keys.items())

    def _transfer(self, seq: int, decision: Decision) -> None:
        transfers = decision.transfers
        if len(transfers) * 2 > POSTINGS_AN_EVENT:
            raise EventError("too_many_transfers", str(len(transfers)))
        moved = moves(transfers)
        after = [self._after(key, change, decision) for key, change in moved.parts.items()]
        released = {str(transfer.hold) for transfer in transfers if transfer.phase == RELEASED}
        if not all(self.hold(name) for name in released):
            raise EventError("hold_unknown", str(seq))
        for lot, part in after:
            self._keep(lot, part)
        self._post(seq * POSTINGS_AN_EVENT, transfers)
        for account, change in moved.accounts.items():
            self._accounts[account] = self.account(account) + change
        self._holds.update(dict.fromkeys(released))

    def _after(self, key: LotKey, change: Part, decision: Decision) -> tuple[Lot, Part]:
        """A lot, and its part after a change; EventError where that may not be."""
        lot = self._find(key)
        if not lot.stored and not lot.changed:
            lot.terms = self._terms_of(key, decision)
        part = add(lot.part, change)
        check(key, part)
        return lot, part

    def _terms_of(self, key: LotKey, decision: Decision) -> Terms:
        """The terms of a lot that has no row in this epoch: as the event tells them, or an older epoch's row.

        In SUSPENSE a lot has the terms of its owner's, of which the event has the nature or a fact.
        """
        for new in decision.lots or ():
            if new.lot == key.lot:
                return new.nature.terms
        older = self._epochs(*key)
        if older:
            return older[-1].terms
        for fact in decision.facts.lots or ():
            if fact.lot == key.lot:
                return fact.nature.terms
        raise EventError("lot_unknown", key.lot[:64])

    def _fence(self, epoch: int) -> None:
        """No part of any lot and no hold goes over into another epoch."""
        pending = [row[0] for row in self._db.execute(_SELECT_HOLDS)]
        self._holds.update(dict.fromkeys([*pending, *self._holds]))
        self._epoch = epoch


def _first(rows: Iterable[Any]) -> int | None:
    return next((row[0] for row in rows), None)
