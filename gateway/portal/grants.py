"""portal.db: who may be online, and who tried how often. Its rows are the truth; the kernel enforces them.

    sessions   id, hash, mac, ip, member, door, class, begins_ms, ends_ms, extensions, ended_ms, ended_why
    tries      hash, kind, at_ms          enrolments and codes tried, for the limits of a day and of an hour
    keys       day, key                   hash = HMAC-SHA256(key of the day, mac)[:16]; a forgotten key makes
                                          its hashes mean nothing

`mac` and `ip` stand in a row only while its grant is alive. Rows go KEPT_MS after they ended, keys with them.
One writer: the portal. A commit is synced (synchronous FULL), so that a restart knows every grant it gave.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

import msgspec

KEPT_MS: Final = 24 * 3_600_000
DAY_MS: Final = 24 * 3_600_000
KEY_BYTES: Final = 32
VERSION: Final = 1

_LAYOUT: Final = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, mac TEXT, ip TEXT, member TEXT, door TEXT NOT NULL,
    class TEXT NOT NULL, begins_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL, extensions INTEGER NOT NULL,
    ended_ms INTEGER, ended_why TEXT NOT NULL,
    CHECK ((ended_ms IS NULL) = (mac IS NOT NULL)), CHECK ((mac IS NULL) = (ip IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE tries (hash BLOB NOT NULL, kind TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE keys (day INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;
"""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One stay online. Times are unix milliseconds; `member` None is a guest who just connected."""

    id: str
    hash: bytes
    mac: str | None
    ip: str | None
    member: str | None
    door: str  # "join" or "connect"
    kind: str  # "guest" or "member": the class of traffic
    begins_ms: int
    ends_ms: int
    extensions: int = 0
    ended_ms: int | None = None
    ended_why: str = ""  # "time", "staff", "left", "refused"

    @property
    def pair(self) -> tuple[str, str]:
        """What the kernel knows it by; only while it is alive."""
        assert self.mac is not None and self.ip is not None
        return self.mac, self.ip


class Try(NamedTuple):
    """Something counted against a limit."""

    hash: bytes
    kind: str
    at_ms: int


Change = Session | Try


class Kept(NamedTuple):
    """What a portal finds at its start."""

    sessions: list[Session]
    tries: list[Try]


class GrantBook:
    """The file. Calls block: `write` and `forget` belong into a thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # One connection, so that one thread's INSERT is never in the middle of another one's transaction.
        self._one = Lock()
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._db.executescript(f"BEGIN; {_LAYOUT} PRAGMA user_version={VERSION}; COMMIT;")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def load(self) -> Kept:
        """Everything that is kept."""
        rows = self._db.execute("SELECT * FROM sessions")
        names = [column[0] for column in rows.description]
        found = [_session(dict(zip(names, row, strict=True))) for row in rows]
        return Kept(found, [Try(*row) for row in self._db.execute("SELECT hash, kind, at_ms FROM tries")])

    def write(self, changes: Sequence[Change]) -> None:
        """All of them or none; a session takes the place of the one with its id. Raises sqlite3.Error."""
        with self._one, self._whole():
            for change in changes:
                self._put(change)

    def key_of(self, day: int) -> bytes:
        """The key of a day since 1970, made where there is none yet."""
        with self._one:
            row = self._db.execute("SELECT key FROM keys WHERE day = ?", (day,)).fetchone()
            if row:
                return bytes(row[0])
            key = secrets.token_bytes(KEY_BYTES)
            self._db.execute("INSERT INTO keys VALUES (?, ?)", (day, key))
            return key

    def forget(self, now_ms: int) -> None:
        """Delete what ended, was tried, or hashed longer ago than KEPT_MS."""
        before_ms = now_ms - KEPT_MS
        with self._one, self._whole():
            self._db.execute("DELETE FROM sessions WHERE ended_ms < ?", (before_ms,))
            self._db.execute("DELETE FROM tries WHERE at_ms < ?", (before_ms,))
            self._db.execute("DELETE FROM keys WHERE day < ?", (before_ms // DAY_MS,))

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """One transaction; where anything in it fails, none of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _put(self, change: Change) -> None:
        if isinstance(change, Try):
            self._db.execute("INSERT INTO tries VALUES (?, ?, ?)", change)
            return
        values = msgspec.structs.astuple(change)
        self._db.execute(f"INSERT OR REPLACE INTO sessions VALUES ({_marks(values)})", values)


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _session(row: dict[str, object]) -> Session:
    row["kind"] = row.pop("class")
    return msgspec.convert(row, Session)
