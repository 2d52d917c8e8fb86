"""What presence keeps over a restart, in a small file of its own: presence.db beside the ledger.

    clocks(beacon, key, epoch_s, highest, anchor_epoch_s, anchor_s, lost_s)    of each beacon and tag heard
    notes(name, body)                                                          JSON: "visits", "learned"

It holds nothing that anybody was promised: losing it costs a cold start (clocks are found again by what is
heard, visits begin once more). So it is written at most once a second, without waiting for the disk, and one
that cannot be read is put aside and begun anew, counted. What is deleted is overwritten: who was here is
nobody's business afterwards.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.counters import Counters
from gateway.presence.clocks import Kept
from gateway.storage.synced import sync

FILE: Final = "presence.db"
VISITS, LEARNED = "visits", "learned"
LAYOUT: Final = 1
COLUMNS: Final = ", ".join(Kept._fields)
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS clocks(beacon TEXT PRIMARY KEY, key TEXT NOT NULL, epoch_s INTEGER NOT NULL,"
    " highest INTEGER NOT NULL, anchor_epoch_s INTEGER NOT NULL, anchor_s INTEGER NOT NULL,"
    " lost_s INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS notes(name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
)


class PresenceDb:
    """The file of one gateway; in memory where `path` is None."""

    def __init__(self, path: Path | None, counters: Counters) -> None:
        self._counters = counters
        self._db = _open(path, counters)

    def clocks(self) -> list[Kept]:
        """What was kept of every beacon."""
        return [Kept(*row) for row in self._db.execute(f"SELECT {COLUMNS} FROM clocks ORDER BY beacon")]

    def note(self, name: str) -> list[Any]:
        """A list that was kept; empty where none was, or another release wrote it."""
        row = self._db.execute("SELECT body FROM notes WHERE name = ?", (name,)).fetchone()
        try:
            found = msgspec.json.decode(row[0]) if row else []
        except msgspec.MsgspecError:
            return []
        return found if isinstance(found, list) else []

    def write(self, clocks: Iterable[Kept], **notes: object) -> bool:
        """Keep these, all or none; False, counted, where the disk takes nothing."""
        try:
            with self._db:
                self._db.executemany("INSERT OR REPLACE INTO clocks VALUES(?, ?, ?, ?, ?, ?, ?)", clocks)
                bodies = [(name, msgspec.json.encode(value)) for name, value in notes.items()]
                self._db.executemany("INSERT OR REPLACE INTO notes VALUES(?, ?)", bodies)
        except sqlite3.Error:
            self._counters.add("presence.writes_refused")
            return False
        return True

    def tidy(self) -> None:
        """Empty the log beside the file, and with it what was deleted."""
        with suppress(sqlite3.Error):  # some reader is at it: the next time does it
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        self.tidy()
        self._db.close()


def copy_without_visits(path: Path, target: Path) -> None:
    """What a backup takes along: how the clocks of tags and beacons run, and not who was in the store.
    Raises OSError where the file cannot be read as ours."""
    try:
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            target.chmod(0o600)
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute("DELETE FROM notes WHERE name = ?", (VISITS,))
            copy.execute("VACUUM")
    except sqlite3.Error as problem:
        raise OSError(f"{path} cannot be copied ({problem})") from problem
    sync(target)


def is_sound(path: Path) -> bool:
    """Whether the file is one of ours that can be read."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            (layout,) = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"SELECT {COLUMNS} FROM clocks").fetchall()
    except sqlite3.Error:
        return False
    return bool(layout == LAYOUT)


def _open(path: Path | None, counters: Counters) -> sqlite3.Connection:
    """The file, ready; one that is none of ours is put aside."""
    if path is None:
        return _prepared(sqlite3.connect(":memory:"))
    try:
        return _prepared(_connected(path))
    except sqlite3.DatabaseError:
        counters.add("presence.files_put_aside")
        for end in ("", "-wal", "-shm"):
            lost = path.with_name(path.name + end)
            if lost.exists():
                os.replace(lost, path.with_name(path.name + ".damaged" + end))
        return _prepared(_connected(path))


def _connected(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # who was where is for nobody else
    return sqlite3.connect(path, timeout=0)


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        (layout,) = db.execute("PRAGMA user_version").fetchone()
        if layout not in (0, LAYOUT):
            raise sqlite3.DatabaseError(f"layout {layout}")
        with db:
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {LAYOUT}")
            db.execute(f"SELECT {COLUMNS} FROM clocks").fetchall()
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db
