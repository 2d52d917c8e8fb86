"""Rotating codes that were shown here, so that each opens something once.

Owns the table rotated of ledger.db. A code is named by its instrument's evidence key and the step of time it
was made for. Every event with fresh evidence of a step notes its code, whatever became of it, and ends the
memory of codes made more than STEPS_KEPT steps before it: they are refused by their age, whoever shows them.

Invariant: what is kept follows from the events in their order, however many of them share a batch.
"""

import sqlite3

from msgspec import UNSET

from gateway.core.evidence import FRESH
from gateway.core.model import Evidence
from gateway.core.state import STEPS_KEPT

_SELECT = "SELECT 1 FROM rotated WHERE step = ? AND key = ?"
_INSERT = "INSERT OR IGNORE INTO rotated(key, step) VALUES(?, ?)"
_DELETE = "DELETE FROM rotated WHERE step < ?"


class Rotated:
    """The table as one batch leaves it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._noted: dict[tuple[bytes, int], None] = {}
        self._first: int | None = None  # stored codes of earlier steps are gone; None: none are

    def shown(self, key: bytes, step: int) -> bool:
        """Whether this code was shown here before."""
        if (key, step) in self._noted:
            return True
        if self._first is not None and step < self._first:
            return False
        return self._db.execute(_SELECT, (step, key)).fetchone() is not None

    def apply(self, evidence: Evidence | None) -> None:
        """Note the code that an event was shown, if it was one."""
        if evidence is None or evidence.level != FRESH or evidence.key is None or evidence.step is UNSET:
            return
        first = evidence.step - STEPS_KEPT
        self._first = first if self._first is None else max(self._first, first)
        self._noted = {code: None for code in self._noted if code[1] >= first}
        self._noted[bytes.fromhex(evidence.key), evidence.step] = None

    def write(self) -> None:
        """All statements of the batch."""
        if self._first is not None:
            self._db.execute(_DELETE, (self._first,))
            self._db.executemany(_INSERT, self._noted)
