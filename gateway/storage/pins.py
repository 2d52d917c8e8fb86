"""PINs as the ledger keeps them: hashes and wrong tries, in no event but that one was set.

Owns the table pins of ledger.db, which no log leads to: it is copied, never rebuilt. gateway/pins.py says
what a hash is.
"""

import sqlite3
from typing import NamedTuple

_SELECT = "SELECT owner, hash, tries, locked_until_ms, seq FROM pins WHERE owner = ?"
_PUT = (
    "INSERT INTO pins(owner, hash, tries, locked_until_ms, seq) VALUES(?, ?, ?, ?, ?)"
    " ON CONFLICT(owner) DO UPDATE SET hash = excluded.hash, tries = excluded.tries,"
    " locked_until_ms = excluded.locked_until_ms, seq = excluded.seq"
)
_OWNERS = "SELECT owner FROM pins WHERE owner > ? ORDER BY owner LIMIT ?"
_DELETE = "DELETE FROM pins WHERE owner = ?"


class PinRow(NamedTuple):
    """The PIN of "member:<id>" or "staff:<id>", set by event `seq` (0: by none); `tries` wrong in a row."""

    owner: str
    hash: str
    tries: int
    locked_until_ms: int
    seq: int


class PinBook:
    """The table as one batch leaves it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._rows: dict[str, PinRow | None] = {}  # None: forgotten in this batch

    def pin(self, owner: str) -> PinRow | None:
        """The row of an owner; None where no PIN is set."""
        if owner in self._rows:
            return self._rows[owner]
        row = self._db.execute(_SELECT, (owner,)).fetchone()
        return PinRow(*row) if row else None

    def owners(self, after: str, limit: int) -> list[str]:
        """At most so many owners of stored PINs behind one, in their order."""
        return [row[0] for row in self._db.execute(_OWNERS, (after, limit))]

    def put(self, row: PinRow) -> None:
        """Keep a row, in place of the one before."""
        self._rows[row.owner] = row

    def forget(self, owner: str) -> None:
        """No PIN any more."""
        self._rows[owner] = None

    def write(self) -> None:
        """All statements of the batch."""
        for owner, row in self._rows.items():
            self._db.execute(_DELETE if row is None else _PUT, (owner,) if row is None else row)
