"""A ledger whose pages are damaged, written anew: what only it has is copied, the rest comes from its events.

The new file gets its name by one rename, when it is whole, checked and synced; the damaged one stays beside
it under another name. Whoever is killed half-way has the damaged one, and begins again.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.errors import LedgerDamaged
from gateway.storage import layout
from gateway.storage.answered import RECORDS
from gateway.storage.differences import META, TABLES
from gateway.storage.verify import verify_chain

NEW = ".rebuilt"
ASIDE = ".damaged"
ONLY_THERE = ("events", "meta", "devices", "people", "pins")
FROM_EVENTS = (*TABLES, "boots", RECORDS)
_KEEP_BACKUP = "Keep this file for repair and restore the newest backup beside it"


def write_anew(path: Path, projections: Path) -> Path:
    """Replace the ledger at `path`, with the tables of the file `projections`; where the damaged one is now.

    Nobody else has it open. Raises LedgerDamaged where what only it has cannot be read either.
    """
    new = path.with_name(path.name + NEW)
    new.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(new.resolve().as_uri(), uri=True, isolation_level=None)) as db:
            _fill(db, path, projections)
        _close_log(path)
    except (sqlite3.DatabaseError, LedgerDamaged) as problem:
        new.unlink(missing_ok=True)
        raise LedgerDamaged(f"{path} cannot be read ({problem})", _KEEP_BACKUP) from problem
    new.chmod(0o600)
    _sync(new)
    aside = _free_name(path)
    os.link(path, aside)
    new.replace(path)
    _sync(path.parent)
    return aside


def _fill(db: sqlite3.Connection, path: Path, projections: Path) -> None:
    db.execute("PRAGMA synchronous = OFF")  # synced whole, before it gets its name
    for migration in layout.LEDGER_MIGRATIONS:
        for statement in migration:
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {layout.LEDGER_VERSION}")
    db.execute("ATTACH ? AS damaged", (layout.read_only_uri(path),))
    db.execute("ATTACH ? AS made", (layout.read_only_uri(projections),))
    db.execute("BEGIN")
    for table in ONLY_THERE:
        db.execute(f"INSERT INTO main.{table} SELECT * FROM damaged.{table}")
    for table in FROM_EVENTS:
        db.execute(f"INSERT INTO main.{table} SELECT * FROM made.{table}")
    db.execute(f"INSERT OR REPLACE INTO main.{META} SELECT * FROM made.{META}")
    db.execute("COMMIT")
    pages = db.execute("PRAGMA main.integrity_check(1)").fetchone()[0]
    chain = verify_chain(db)
    if pages != "ok" or chain.bad_seq is not None:
        raise LedgerDamaged(f"just written, yet {chain.reason or pages}")


def _close_log(path: Path) -> None:
    """Leave no log beside the damaged file: it would be read into the one that takes its name."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    log = path.with_name(path.name + "-wal")
    if busy or (log.exists() and log.stat().st_size):
        raise LedgerDamaged(f"{log} cannot be folded in")


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}{ASIDE}-{number}")).exists():
        number += 1
    return aside


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
