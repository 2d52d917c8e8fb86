"""Projections made again from the log, to be compared with those in the file or put in their place.

They are built in a scratch file beside the ledger by the very code that keeps them, some thousand events at a
time, so memory stays bounded however long the log is; the disk must have room for them once more. Reading is
one transaction, and the gateway may run. What differs is then repaired row by row in one transaction, only
while no gateway runs: a ledger that is right is not written to at all.

A log whose chain is broken, or which moves what was not there, is told and never repaired: the log is the
truth, and only a backup has it whole.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway.core.errors import EventError
from gateway.core.event import GENESIS, Event, input_of
from gateway.core.model import Decision
from gateway.core.state import EPOCH_FIRST
from gateway.errors import LedgerDamaged
from gateway.storage import layout
from gateway.storage.digest import digest
from gateway.storage.identities import Identities
from gateway.storage.projections import Projections
from gateway.storage.reader import PROGRESS_EVENTS, Progress, check_version
from gateway.storage.verify import head, links

EVENTS_TOGETHER = 2_000  # of one write into the scratch file: some 10 MiB of rows in memory
SCRATCH_CACHE_KIB = 32_768
TABLES = ("accounts", "lots", "postings", "holds", "keys", "members", "instruments")
META = "meta"  # of which only the epoch follows from the log

_LOG = "log"  # the name under which the ledger is attached
_KEEP_BACKUP = "Keep this file for repair and restore the newest backup beside it"


class Difference(NamedTuple):
    """Rows of a table that are not what the log says: not there, with other content, or too many."""

    table: str
    missing: int
    different: int
    extra: int


class Report(NamedTuple):
    """Events and tip of the chain, the digest that the log leads to, and what the file had that differs."""

    events: int
    tip: str
    digest: str
    differences: tuple[Difference, ...]


def compare(path: Path, progress: Progress) -> Report:
    """Check every event of the ledger and every row that follows from them; reads only.

    `progress` gets (events done, events in all). Raises LedgerDamaged where the log or a page is broken.
    """
    with _built(path, "ro", progress) as (db, report):
        problem = _pages(db)
        if problem:
            raise LedgerDamaged(f"{path} is damaged ({problem})", "`shopbell ledger rebuild` may repair it")
        return report


def repair(path: Path, progress: Progress) -> Report:
    """As compare(), and put every row right that differs; the caller holds the gateway's lock."""
    with _built(path, "rw", progress) as (db, report):
        if _pages(db):
            db.execute("REINDEX")
        if report.differences:
            _put_right(db, report)
        problem = _pages(db)
        if problem:
            raise LedgerDamaged(f"{path} is damaged ({problem})", _KEEP_BACKUP)
        db.execute("COMMIT")
        return report


@contextmanager
def _built(path: Path, mode: str, progress: Progress) -> Iterator[tuple[sqlite3.Connection, Report]]:
    """A scratch file with the projections that the log leads to, the ledger attached, in one transaction."""
    if not path.exists():
        raise LedgerDamaged(f"There is no ledger at {path}", "Name its folder in [gateway] data_dir")
    with _scratch(path) as scratch, closing(_open(scratch, path, mode)) as db:
        try:
            db.execute("BEGIN IMMEDIATE" if mode == "rw" else "BEGIN")
            tip = _project(db, path, progress)
            differences = tuple(_differences(db))
            yield db, Report(head(db), tip, digest(db), differences)
        except sqlite3.DatabaseError as problem:
            raise LedgerDamaged(f"{path} cannot be read ({problem})", _KEEP_BACKUP) from problem


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """An empty file on the ledger's disk, or where temporary files go if that cannot be written."""
    folder = path.parent if os.access(path.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=".rebuild-", dir=folder) as made:
        yield Path(made) / "projections.db"


def _open(scratch: Path, path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(scratch.resolve().as_uri(), uri=True, isolation_level=None)
    db.execute("PRAGMA journal_mode = OFF")  # lost with the process, and nobody else's
    db.execute("PRAGMA synchronous = OFF")
    db.execute(f"PRAGMA cache_size = -{SCRATCH_CACHE_KIB}")
    for migration in layout.LEDGER_MIGRATIONS:
        for statement in migration:
            db.execute(statement)
    db.execute("DROP TABLE events")  # so that the name means the log's
    db.execute(f"ATTACH ? AS {_LOG}", (f"{path.resolve().as_uri()}?mode={mode}",))
    db.execute(f"PRAGMA {_LOG}.synchronous = FULL")
    check_version(db, _LOG)
    return db


def _project(db: sqlite3.Connection, path: Path, progress: Progress) -> str:
    """Fill the scratch file from the log; gives the hash in hex of its last event."""
    total, done, tip = head(db), 0, GENESIS
    book, who = Projections(db, EPOCH_FIRST), Identities(db, 0)
    try:
        for link in links(db):
            decision = decision_of(link.event)
            book.apply(link.seq, decision)
            who.apply(link.seq, decision)
            done, tip = link.seq, link.tip
            if done % PROGRESS_EVENTS == 0:
                progress(done, total)
            if done % EVENTS_TOGETHER == 0:
                book, who = _write(db, book, who)
    except EventError as problem:
        raise LedgerDamaged(f"{path}: event {done + 1} is broken ({problem})", _KEEP_BACKUP) from problem
    _write(db, book, who)
    db.execute(layout.PUT_META, (layout.META_EPOCH, book.epoch))
    progress(total, total)
    return tip


def _write(db: sqlite3.Connection, book: Projections, who: Identities) -> tuple[Projections, Identities]:
    book.write()
    who.write()
    return Projections(db, book.epoch), Identities(db, who.newest)


def decision_of(event: Event) -> Decision:
    """What was decided, taken back out of the event."""
    return Decision(input_of(event), event.facts, event.outcome, event.transfers, event.lots)


def _differences(db: sqlite3.Connection) -> Iterator[Difference]:
    for table in TABLES:
        keys, rest = _columns(db, table)
        unequal = " OR ".join(f"ours.{name} IS NOT theirs.{name}" for name in rest)
        found = Difference(
            table,
            _count(db, _without(table, keys, "main", _LOG)),
            _count(
                db, f"main.{table} ours JOIN {_LOG}.{table} theirs USING({', '.join(keys)}) WHERE {unequal}"
            ),
            _count(db, _without(table, keys, _LOG, "main")),
        )
        if any(found[1:]):
            yield found
    if _epoch(db, _LOG) != _epoch(db, "main"):
        yield Difference(META, 0, 1, 0)


def _put_right(db: sqlite3.Connection, report: Report) -> None:
    """Make the file's rows those of the scratch file."""
    for table, _, different, extra in report.differences:
        if table == META:
            db.execute(
                f"UPDATE {_LOG}.meta SET value = ? WHERE key = ?", (_epoch(db, "main"), layout.META_EPOCH)
            )
            continue
        keys, rest = _columns(db, table)
        if extra or different:
            this = ", ".join(keys)
            same = " AND ".join(f"theirs.{name} IS mine.{name}" for name in (*keys, *rest))
            db.execute(
                f"DELETE FROM {_LOG}.{table} WHERE ({this}) IN (SELECT {this} FROM {_LOG}.{table} mine"
                f" WHERE NOT EXISTS (SELECT 1 FROM main.{table} theirs WHERE {same}))"
            )
        db.execute(f"INSERT INTO {_LOG}.{table} SELECT ours.* FROM {_without(table, keys, 'main', _LOG)}")


def _without(table: str, keys: tuple[str, ...], here: str, there: str) -> str:
    """FROM and WHERE of the rows `ours` whose keys the other file does not have."""
    same = " AND ".join(f"theirs.{name} = ours.{name}" for name in keys)
    return f"{here}.{table} ours WHERE NOT EXISTS (SELECT 1 FROM {there}.{table} theirs WHERE {same})"


def _columns(db: sqlite3.Connection, table: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A table's primary key, and its other columns."""
    rows = db.execute(f"PRAGMA main.table_info({table})").fetchall()
    return tuple(row[1] for row in rows if row[5]), tuple(row[1] for row in rows if not row[5])


def _count(db: sqlite3.Connection, source: str) -> int:
    found: int = db.execute(f"SELECT count(*) FROM {source}").fetchone()[0]
    return found


def _epoch(db: sqlite3.Connection, file: str) -> object:
    row = db.execute(f"SELECT value FROM {file}.meta WHERE key = ?", (layout.META_EPOCH,)).fetchone()
    return row[0] if row else EPOCH_FIRST


def _pages(db: sqlite3.Connection) -> str | None:
    """What is wrong with the ledger's pages or indexes; None where nothing is."""
    found: str = db.execute(f"PRAGMA {_LOG}.integrity_check(1)").fetchone()[0]
    return None if found == "ok" else found
