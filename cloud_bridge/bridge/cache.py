"""One cache generation, of which the bridge is the sole writer: made from a snapshot, then kept by the feed.

A batch of changes and the cursor after it are one transaction, so a crash repeats a batch at worst. WAL with
synchronous=NORMAL: a power cut may take back the last batches together with their cursor, and HQ sends them
again. Rows are checked before they come here.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from cloud_bridge.bridge.errors import CacheDamaged, DiskFails
from cloud_bridge.bridge.rows import TABLES, Reader, statements
from cloud_bridge.wire import BundleRow, Row, SnapshotStart, WireError
from gateway.core.errors import EventError
from gateway.core.event import open_bundle
from gateway.storage import layout

# What tells a full or failing disk, which a person must help, from a damaged file, which HQ replaces.
_DISK_CODES: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY: Final = 0xFF  # the extended codes of SQLite carry the primary one in the low byte


class Mark(NamedTuple):
    """What HQ said last: its cursor, its seq of our events, the epoch of our rights, and when (unix ms)."""

    cursor: int
    as_of: int
    rights_epoch: int
    synced_at_ms: int


# Where each field of a Mark is kept.
_MARK_KEYS: Final = (
    layout.META_CURSOR,
    layout.META_AS_OF,
    layout.META_RIGHTS_EPOCH,
    layout.META_SYNCED_AT,
)


def check_bundle(row: Row) -> None:
    """Nothing, unless the row is a bundle that is not what its hash says. Raises WireError."""
    if not isinstance(row, BundleRow):
        return
    body = row.body.encode()
    if hashlib.sha256(body).hexdigest() != row.hash:
        raise WireError(f"bundle {row.hash[:16]} has another hash")
    try:
        open_bundle(body)
    except EventError as fault:
        raise WireError(f"bundle {row.hash[:16]}: {fault}") from None


class Cache:
    """An open generation of one gateway's cache."""

    def __init__(self, path: Path, generation: str, gateway: str) -> None:
        """Open and check the file whole. Raises CacheDamaged, DiskFails."""
        self.generation = generation
        self._gateway = gateway
        self._path = path
        if not path.is_file():
            raise CacheDamaged(f"{path.name} is not there")
        with _faults():
            self._connection = _connect(f"{path.resolve().as_uri()}?mode=rw")
            try:
                self.mark = self._check()
            except BaseException:
                self._connection.close()
                raise
        self._identity = _identity(path)

    def apply(self, rows: Iterable[Row], mark: Mark) -> None:
        """Write rows and the mark after them in one transaction. Raises CacheDamaged, DiskFails."""
        with _faults(), _transaction(self._connection):
            _write_rows(self._connection, rows, Reader(self._gateway, mark.rights_epoch))
            _write_mark(self._connection, mark)
        self.mark = mark

    def in_place(self) -> bool:
        """Whether the file we write is still the one of that name."""
        return _identity(self._path) == self._identity

    def close(self) -> None:
        """Let go; the last one to close folds the WAL into the file."""
        self._connection.close()

    def _check(self) -> Mark:
        verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise CacheDamaged(str(verdict))
        meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        wanted = {layout.META_LAYOUT: layout.CACHE_LAYOUT, layout.META_GENERATION: self.generation}
        if any(meta.get(key) != value for key, value in wanted.items()):
            raise CacheDamaged("it is of another layout or generation")
        if not isinstance(meta.get(layout.META_BRAND_KEY), bytes):
            raise CacheDamaged("it has no brand key")
        for table in TABLES:
            self._connection.execute(f"SELECT * FROM {table} LIMIT 0")
        return Mark(*(_number(meta, key) for key in _MARK_KEYS))


class NewGeneration:
    """A generation in the making, in a file nobody reads: no journal, synced once at the end."""

    def __init__(self, part: Path, start: SnapshotStart, gateway: str, now_ms: int) -> None:
        """Begin the file. Raises DiskFails."""
        part.unlink(missing_ok=True)
        self._part = part
        self._reader = Reader(gateway, start.rights_epoch)
        self.rows = 0
        with _faults():
            self._connection = _connect(f"{part.resolve().as_uri()}?mode=rwc")
            try:
                self._begin(start, now_ms)
            except BaseException:
                self.abandon()
                raise

    def _begin(self, start: SnapshotStart, now_ms: int) -> None:
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("BEGIN")
        for sql in layout.CACHE_SCHEMA:
            self._connection.execute(sql)
        _write_start(self._connection, start, now_ms)

    def add(self, rows: list[Row]) -> None:
        """Add rows. Raises DiskFails."""
        with _faults():
            _write_rows(self._connection, rows, self._reader)
        self.rows += len(rows)

    def finish(self) -> None:
        """Commit, turn to WAL, check and sync the file. Raises CacheDamaged, DiskFails."""
        with _faults():
            self._connection.execute("COMMIT")
            self._connection.execute("PRAGMA journal_mode = WAL")
            verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            self._connection.close()
        if verdict != "ok":
            raise CacheDamaged(f"just written, yet {verdict}")
        with open(self._part, "rb") as file:
            os.fsync(file.fileno())

    def abandon(self) -> None:
        """Drop what was made."""
        self._connection.close()
        self._part.unlink(missing_ok=True)


def _connect(uri: str) -> sqlite3.Connection:
    # Steps of one loop run on changing threads, one at a time.
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2.0, check_same_thread=False)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")  # an erased name must not stay in a free page
    return connection


@contextmanager
def _faults() -> Iterator[None]:
    """SQLite's errors as ours: a damaged file, or a disk that fails."""
    try:
        yield
    except sqlite3.Error as fault:
        code = getattr(fault, "sqlite_errorcode", 0) & _PRIMARY
        raise (DiskFails if code in _DISK_CODES else CacheDamaged)(str(fault)) from None
    except OSError as fault:
        raise DiskFails(str(fault)) from None


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _write_rows(connection: sqlite3.Connection, rows: Iterable[Row], reader: Reader) -> None:
    with closing(connection.cursor()) as cursor:
        for row in rows:
            for sql, values in statements(row, reader):
                cursor.execute(sql, values)
            if isinstance(row, BundleRow):
                cursor.execute(layout.PUT_META, (layout.META_BUNDLE_HASH, row.hash))


def _write_mark(connection: sqlite3.Connection, mark: Mark) -> None:
    connection.executemany(layout.PUT_META, zip(_MARK_KEYS, mark, strict=True))


def _write_start(connection: sqlite3.Connection, start: SnapshotStart, now_ms: int) -> None:
    values: dict[str, object] = {
        layout.META_LAYOUT: layout.CACHE_LAYOUT,
        layout.META_GENERATION: start.generation,
        layout.META_BRAND_KEY: bytes.fromhex(start.brand_key),
    }
    connection.executemany(layout.PUT_META, values.items())
    _write_mark(connection, Mark(start.cursor, start.as_of, start.rights_epoch, now_ms))


def _number(meta: dict[str, object], key: str) -> int:
    value = meta.get(key)
    if not isinstance(value, int) or value < 0:
        raise CacheDamaged(f"its {key} is not a number")
    return value


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
