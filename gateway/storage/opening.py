"""Opening the ledger: sync what a dead process left, check it, bring its layout up to date.

A commit can survive a SIGKILL before its fsync, so files and folder are synced before anything read from
them is answered. A damaged file stops the gateway with its name; nothing is renamed, repaired or replaced,
and the gateway never starts with an empty ledger in its place.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.core.event import GENESIS
from gateway.errors import LedgerDamaged, LedgerTooNew, LedgerUnsafe, SettingsError
from gateway.storage import layout
from gateway.storage.ledger import Ledger
from gateway.storage.sqlite_errors import verdict
from gateway.storage.verify import verify_chain

# SQLite's own check reads every page: 46 ms for 12 MiB; above this it would cost the restart its two seconds.
QUICK_CHECK_BYTES_MAX = 48 << 20
# The newest events are where a torn write shows; `shopbell ledger verify` reads them all.
TAIL_CHECKED_EVENTS = 256
PAGE_CACHE_KIB = 1_024
# In-line checkpoints are the backstop of the idle ones: at 4,096 pages some 900 single commits share one.
CHECKPOINT_PAGES = 4_096
LOG_KEPT_BYTES = 20 << 20  # 4,096 pages and some: more is given back after a reader held the log up
WRITTEN_AGAIN_BYTES = 1 << 20  # of the log at a time
BUSY_WAIT_MS = 500  # a backup tool's lock; nobody else writes

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")
_RESTORE = "Nothing was changed. Restore the newest backup beside it, keep this file for repair"


def open_ledger(path: Path, gateway: str) -> Ledger:
    """The ledger at `path`, made if absent, synced and checked.

    Raises LedgerDamaged, LedgerTooNew, and SettingsError for another gateway's ledger.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_half_restored(path)
    with _judged(path):
        sync_files(path)
        db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_WAIT_MS / 1000, check_same_thread=False)
    try:
        with _judged(path):
            _configure(db)
            _check_pages(db, path)
        with _written():
            _migrate(db)
            epoch = _claim(db, gateway)
        with _judged(path):
            seq, tip = _check_tail(db, path)
            return Ledger(db, gateway, epoch, seq, tip)
    except BaseException:
        db.close()
        raise


def _refuse_half_restored(path: Path) -> None:
    """Where a restore was interrupted the ledger may be missing: no empty one may begin in its place."""
    unfinished = path.with_name(layout.UNFINISHED_FILE)
    if unfinished.exists():
        raise LedgerDamaged(
            f"{unfinished} says that putting a backup back was interrupted",
            "Say `shopbell backup restore` again, with the backup that this file names",
        )


@contextmanager
def _judged(path: Path) -> Iterator[None]:
    """Say what an error of SQLite while reading means for the file."""
    try:
        yield
    except sqlite3.DatabaseError as problem:
        # A torn header is no "corrupt" to SQLite, but an "unsupported file format" without a code of its own.
        if getattr(problem, "sqlite_errorname", "").startswith(_DAMAGE):
            raise LedgerDamaged(f"{path} is damaged ({problem})", _RESTORE) from problem
        raise verdict(problem) from problem
    except OSError as problem:
        raise LedgerUnsafe(f"{path} cannot be made durable ({problem})", "Look at its disk") from problem


@contextmanager
def _written() -> Iterator[None]:
    """Say what an error of SQLite while writing means; a statement it does not understand is our mistake."""
    try:
        yield
    except sqlite3.Error as problem:
        if getattr(problem, "sqlite_errorname", "") == "SQLITE_ERROR":
            raise
        raise verdict(problem) from problem


def sync_files(path: Path) -> None:
    """Make durable what a killed process may have left in memory; only before SQLite opens the file."""
    log = path.with_name(path.name + "-wal")
    if path.exists():
        _sync(path, os.O_RDWR)
    if log.exists():
        _write_again(log)
    _sync(path.parent, os.O_RDONLY)


def _write_again(path: Path) -> None:
    """Sync a file by writing what is read of it: after a failed sync Linux takes its pages for written."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        offset = 0
        while chunk := os.pread(descriptor, WRITTEN_AGAIN_BYTES, offset):
            os.pwrite(descriptor, chunk, offset)
            offset += len(chunk)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checkpoint(path: Path) -> None:
    """Move what the log holds into the file, as far as readers allow; from any thread of the owner.

    Raises LedgerRefused where nothing was done, LedgerUnsafe where nobody knows.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None, timeout=0)
    except sqlite3.Error as problem:
        raise verdict(problem) from problem
    try:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except sqlite3.Error as problem:
        raise verdict(problem) from problem
    finally:
        db.close()


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _configure(db: sqlite3.Connection) -> None:
    # A change that fails is no error to SQLite: it says by its answer that the mode is another one.
    if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise LedgerUnsafe("The ledger cannot be written ahead", "Look at its disk")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")  # an erased name must not stay in a free page
    db.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    db.execute(f"PRAGMA journal_size_limit = {LOG_KEPT_BYTES}")


def _check_pages(db: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size <= QUICK_CHECK_BYTES_MAX:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise LedgerDamaged(f"{path} is damaged ({found})", _RESTORE)


def _migrate(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > layout.LEDGER_VERSION:
        hint = "Install the version that wrote it, or a later one"
        raise LedgerTooNew(
            f"The ledger has layout {version}, this gateway knows {layout.LEDGER_VERSION}", hint
        )
    for number in range(version, layout.LEDGER_VERSION):
        db.execute("BEGIN IMMEDIATE")
        for statement in layout.LEDGER_MIGRATIONS[number]:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number + 1}")
        db.execute("COMMIT")


def _claim(db: sqlite3.Connection, gateway: str) -> int:
    """The ledger's epoch; writes gateway and epoch 1 into a new one."""
    owner = db.execute(layout.SELECT_META, (layout.META_GATEWAY,)).fetchone()
    if owner is None:
        db.execute("BEGIN IMMEDIATE")
        db.execute(layout.PUT_META, (layout.META_GATEWAY, gateway))
        db.execute(layout.PUT_META, (layout.META_EPOCH, 1))
        db.execute("COMMIT")
        return 1
    if owner[0] != gateway:
        hint = f'Set id = "{owner[0]}", or another data_dir'
        raise SettingsError(f"[gateway] id = {gateway!r}, but the ledger belongs to {owner[0]!r}", hint)
    return int(db.execute(layout.SELECT_META, (layout.META_EPOCH,)).fetchone()[0])


def _check_tail(db: sqlite3.Connection, path: Path) -> tuple[int, str]:
    """(seq, hash in hex) of the last event, after checking the newest links."""
    last = db.execute(layout.SELECT_TIP).fetchone()
    if last is None:
        return 0, GENESIS
    verdict = verify_chain(db, max(0, last[0] - TAIL_CHECKED_EVENTS))
    if verdict.bad_seq is not None:
        raise LedgerDamaged(f"{path}: event {verdict.bad_seq} is broken ({verdict.reason})", _RESTORE)
    return verdict.seq, verdict.tip
