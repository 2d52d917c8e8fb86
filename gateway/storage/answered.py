"""Which event answers which device's record, told by the log: what keeps a record from being booked twice.

The tables boots and records of a ledger follow from its events, but for the numbers of starts, which each
file gives out in its own order; so rows are matched by what a start is: device, boot and nonce. A start
without any record says nothing, and may be there or not.
"""

import sqlite3

from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.storage.differences import LOG, Difference

RECORDS = "records"
_INSERT_START = "INSERT OR IGNORE INTO main.boots(device, boot, nonce) VALUES(?, ?, ?)"
_INSERT_RECORD = (
    "INSERT INTO main.records(boot, number, seq)"
    " SELECT id, ?, ? FROM main.boots WHERE device = ? AND boot = ? AND nonce = ?"
)
_ONLY_IN = (
    "FROM {here}.records r JOIN {here}.boots b ON b.id = r.boot WHERE NOT EXISTS"
    " (SELECT 1 FROM {there}.boots tb JOIN {there}.records tr ON tr.boot = tb.id WHERE tb.device = b.device"
    " AND tb.boot = b.boot AND tb.nonce = b.nonce AND tr.number = r.number AND tr.seq = r.seq)"
)
_MISSING = _ONLY_IN.format(here="main", there=LOG)
_EXTRA = _ONLY_IN.format(here=LOG, there="main")
_LOST_START = f"FROM {LOG}.records WHERE boot NOT IN (SELECT id FROM {LOG}.boots)"

Row = tuple[str, int, bytes, int, int]  # device, boot, nonce, number, seq


class Answered:
    """Fills boots and records of a scratch file, some events at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._rows: list[Row] = []

    def apply(self, event: Event) -> None:
        """Note which record this event answers, if any."""
        if event.record is not None:
            mark = event.record
            self._rows.append((event.device, mark.boot, bytes.fromhex(mark.nonce), mark.number, event.seq))

    def write(self) -> None:
        """Write what was noted; raises EventError where two events answer one record."""
        self._db.executemany(_INSERT_START, sorted({row[:3] for row in self._rows}))
        try:
            self._db.executemany(
                _INSERT_RECORD, [(number, seq, *start) for *start, number, seq in self._rows]
            )
        except sqlite3.IntegrityError as problem:
            raise EventError("record_reused", f"up to {self._rows[-1][-1]}") from problem
        self._rows = []


def record_difference(db: sqlite3.Connection) -> Difference | None:
    """What the ledger's records have that differs; None where nothing does."""
    missing, extra, lost = (_count(db, source) for source in (_MISSING, _EXTRA, _LOST_START))
    return Difference(RECORDS, missing, 0, extra + lost) if missing or extra or lost else None


def put_records_right(db: sqlite3.Connection) -> None:
    """Make the ledger's records those of the scratch file; the caller's transaction."""
    db.execute(f"DELETE {_LOST_START}")
    db.execute(f"DELETE FROM {LOG}.records WHERE (boot, number) IN (SELECT r.boot, r.number {_EXTRA})")
    db.execute(
        f"INSERT OR IGNORE INTO {LOG}.boots(device, boot, nonce)"
        f" SELECT DISTINCT b.device, b.boot, b.nonce {_MISSING}"
    )
    db.execute(
        f"INSERT INTO {LOG}.records(boot, number, seq) SELECT (SELECT id FROM {LOG}.boots lb WHERE"
        f" lb.device = b.device AND lb.boot = b.boot AND lb.nonce = b.nonce), r.number, r.seq {_MISSING}"
    )


def _count(db: sqlite3.Connection, source: str) -> int:
    found: int = db.execute(f"SELECT count(*) {source}").fetchone()[0]
    return found
