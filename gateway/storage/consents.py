"""What members allowed or allowed no more, at this gateway: the last word on each purpose.

Owns the table consents of ledger.db. Every word is an event and stays one; a row is the newest of a member's
on one purpose. Whoever is forgotten has no rows any more.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from gateway.core.model import DONE, Decision
from gateway.core.people import forgotten
from gateway.core.promises import Consent, Forget

_COLUMNS = "member, purpose, given, text, language, at_ms, seq"
_SELECT = f"SELECT {_COLUMNS} FROM consents WHERE member = ? ORDER BY purpose"
_PUT = (
    f"INSERT INTO consents({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(member, purpose) DO UPDATE SET given = excluded.given, text = excluded.text,"
    " language = excluded.language, at_ms = excluded.at_ms, seq = excluded.seq"
)
_DELETE = "DELETE FROM consents WHERE member = ?"


class ConsentRow(NamedTuple):
    """A member's last word here on a purpose, by event `seq`; `text` is the version of what was shown."""

    member: str
    purpose: str
    given: bool
    text: str
    language: str
    at_ms: int
    seq: int


class Consents:
    """The table as one batch leaves it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._rows: dict[tuple[str, str], ConsentRow] = {}
        self._forgotten: set[str] = set()  # whose stored rows are gone

    def of(self, member: str) -> list[ConsentRow]:
        """A member's last words here, by purpose."""
        stored = [] if member in self._forgotten else self._db.execute(_SELECT, (member,)).fetchall()
        found = {row[1]: ConsentRow(*row) for row in stored}
        found = {purpose: row._replace(given=bool(row.given)) for purpose, row in found.items()}
        found.update({row.purpose: row for row in self._rows.values() if row.member == member})
        return sorted(found.values())

    def apply(self, seq: int, decision: Decision) -> None:
        """Make the changes of the event at `seq`, if its act was done."""
        act = decision.input.act
        if decision.outcome.name != DONE:
            return
        if isinstance(act, Consent):
            key, at_ms = (act.member, act.purpose), decision.input.setting.at
            self._rows[key] = ConsentRow(*key, act.given, act.text, act.language, at_ms, seq)
        elif isinstance(act, Forget):
            self._forget(forgotten(decision.facts, act))

    def write(self) -> None:
        """All statements of the batch."""
        if self._forgotten:
            self._db.executemany(_DELETE, [(member,) for member in sorted(self._forgotten)])
        if self._rows:
            self._db.executemany(_PUT, self._rows.values())

    def _forget(self, members: Iterable[str]) -> None:
        """Keep nothing of a member, under every name that they had."""
        self._forgotten |= set(members)
        self._rows = {key: row for key, row in self._rows.items() if row.member not in self._forgotten}
