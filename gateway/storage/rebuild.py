"""Whatever follows from a log made again, to be compared with what the file has or put in its place.

That is projections.py, identities.py, consents.py, rotated.py, visits.py, till_book.py and answered.py; not
people (no event names them), PINs (no event has them) nor devices.

They are built in a scratch file beside the ledger by the very code that keeps them, some thousand events at a
time, so memory stays bounded however long the log is; the disk must have room for them once more. Reading is
one transaction, and the gateway may run. What differs is then repaired row by row in one transaction, only
while no gateway runs: a ledger that is right is not written to at all. Where pages cannot be read the whole
file is written anew.

A log whose chain is broken, or which moves what was not there, is told and never repaired: the log is the
truth, and only a backup has it whole.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from gateway.core.errors import EventError
from gateway.core.event import GENESIS, Event, input_of
from gateway.core.model import Decision
from gateway.core.state import EPOCH_FIRST
from gateway.errors import LedgerDamaged
from gateway.storage import layout
from gateway.storage.answered import RECORDS, Answered, put_records_right, record_difference
from gateway.storage.consents import Consents
from gateway.storage.differences import LOG, TABLES, Difference, differences, put_right
from gateway.storage.digest import digest
from gateway.storage.identities import Identities
from gateway.storage.projections import Projections
from gateway.storage.reader import PROGRESS_EVENTS, Progress, check_version
from gateway.storage.rotated import Rotated
from gateway.storage.salvage import write_anew
from gateway.storage.till_book import TillBook
from gateway.storage.verify import head, links
from gateway.storage.visits import Visits

EVENTS_TOGETHER = 2_000  # of one write into the scratch file: some 10 MiB of rows in memory
SCRATCH_CACHE_KIB = 32_768
_KEEP_BACKUP = "Keep this file for repair and restore the newest backup beside it"
_REPAIR = "Stop the gateway and run `shopbell ledger rebuild`"


class Report(NamedTuple):
    """Events and tip of the chain, the digest that the log leads to, and what the file had that differs.

    `aside` is where the file is now that had pages nobody can read; None where all could be read.
    """

    events: int
    tip: str
    digest: str
    differences: tuple[Difference, ...] = ()
    aside: Path | None = None


class Made(NamedTuple):
    """All that follows from a log, some thousand events of it in memory."""

    book: Projections
    who: Identities
    consents: Consents
    rotated: Rotated
    visits: Visits
    tills: TillBook

    def apply(self, event: Event) -> None:
        """Add an event; raises EventError where it must not be."""
        decision = decision_of(event)
        changes, visit = self.tills.prepare(event), self.visits.prepare(decision)
        self.book.apply(event.seq, decision)
        self.who.apply(event.seq, decision)
        self.consents.apply(event.seq, decision)
        self.rotated.apply(event.evidence)
        self.visits.apply(event.seq, decision, visit)
        self.tills.keep(changes)

    def written(self, db: sqlite3.Connection) -> "Made":
        """The same with everything in the file and nothing in memory."""
        for part in self:
            part.write()
        return made_in(db, self.book.epoch, self.who.newest)


def made_in(db: sqlite3.Connection, epoch: int, newest: int) -> Made:
    """All parts, of what a file holds in this epoch; `newest` as newest_identity()."""
    book, who = Projections(db, epoch), Identities(db, newest)
    return Made(book, who, Consents(db), Rotated(db), Visits(db), TillBook(db))


class _PagesDamaged(Exception):
    """Some page or index of the ledger is not what it should be."""


def compare(path: Path, progress: Progress) -> Report:
    """Check every event of the ledger and every row that follows from them; reads only.

    `progress` gets (events done, events in all). Raises LedgerDamaged where the log or a page is broken.
    """
    with _scratch(path) as scratch, closing(_open(scratch, path, "ro")) as db:
        db.execute("BEGIN")
        report = _project(db, path, progress)
        try:
            _check_pages(db)
            return report._replace(differences=_differences(db))
        except (_PagesDamaged, sqlite3.DatabaseError) as problem:
            raise LedgerDamaged(f"{path} is damaged ({problem})", _REPAIR) from problem


def repair(path: Path, progress: Progress) -> Report:
    """As compare(), and put right what differs; the caller holds the gateway's lock."""
    with _scratch(path) as scratch:
        with closing(_open(scratch, path, "rw")) as db:
            db.execute("BEGIN")
            report = _project(db, path, progress)
            db.execute("COMMIT")
            with suppress(_PagesDamaged, sqlite3.DatabaseError):
                return report._replace(differences=_put_right(db))
        return report._replace(aside=write_anew(path, scratch))


def decision_of(event: Event) -> Decision:
    """What was decided, taken back out of the event."""
    return Decision(input_of(event), event.facts, event.outcome, event.transfers, event.lots, event.settled)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """The name of a file on the ledger's disk, or where temporary files go if that cannot be written."""
    if not path.exists():
        raise LedgerDamaged(f"There is no ledger at {path}", "Name its folder in [gateway] data_dir")
    folder = path.parent if os.access(path.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=".rebuild-", dir=folder) as made:
        yield Path(made) / "projections.db"


def _open(scratch: Path, path: Path, mode: str) -> sqlite3.Connection:
    """The scratch file with empty tables, and the ledger attached; `events` means the ledger's."""
    db = sqlite3.connect(scratch.resolve().as_uri(), uri=True, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = OFF")  # lost with the process, and nobody else's
        db.execute("PRAGMA synchronous = OFF")
        db.execute(f"PRAGMA cache_size = -{SCRATCH_CACHE_KIB}")
        for migration in layout.LEDGER_MIGRATIONS:
            for statement in migration:
                db.execute(statement)
        db.execute("DROP TABLE events")
        db.execute(f"ATTACH ? AS {LOG}", (f"{path.resolve().as_uri()}?mode={mode}",))
        db.execute(f"PRAGMA {LOG}.synchronous = FULL")
        check_version(db, LOG)
    except BaseException as problem:
        db.close()
        if isinstance(problem, sqlite3.DatabaseError):
            raise LedgerDamaged(f"{path} cannot be read ({problem})", _KEEP_BACKUP) from problem
        raise
    return db


def _project(db: sqlite3.Connection, path: Path, progress: Progress) -> Report:
    """Fill the scratch file from the log. Raises LedgerDamaged where the log is broken."""
    done = 0
    tip = GENESIS
    made = made_in(db, EPOCH_FIRST, 0)
    answered = Answered(db)
    try:
        total = head(db)
        for link in links(db):
            made.apply(link.event)
            answered.apply(link.event)
            done, tip = link.seq, link.tip
            if done % PROGRESS_EVENTS == 0:
                progress(done, total)
            if done % EVENTS_TOGETHER == 0:
                made = made.written(db)
                answered.write()
        made = made.written(db)
        answered.write()
    except EventError as problem:
        raise LedgerDamaged(f"{path}: event {done + 1} is broken ({problem})", _KEEP_BACKUP) from problem
    except sqlite3.DatabaseError as problem:
        raise LedgerDamaged(f"{path} cannot be read ({problem})", _KEEP_BACKUP) from problem
    db.execute(layout.PUT_META, (layout.META_EPOCH, made.book.epoch))
    progress(total, total)
    return Report(total, tip, digest(db))


def _put_right(db: sqlite3.Connection) -> tuple[Difference, ...]:
    """Put the ledger's rows and indexes right, all or nothing; what was wrong with its rows."""
    db.execute("BEGIN IMMEDIATE")
    try:
        whole = _pages(db) is None
        if not whole:
            for table in (*TABLES, "boots", RECORDS):
                db.execute(f"REINDEX {LOG}.{table}")
        found = _differences(db)
        put_right(db, [one for one in found if one.table != RECORDS])
        put_records_right(db)
        if found or not whole:
            _check_pages(db)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
    return found


def _differences(db: sqlite3.Connection) -> tuple[Difference, ...]:
    records = record_difference(db)
    return (*differences(db), *([records] if records else []))


def _check_pages(db: sqlite3.Connection) -> None:
    """Nothing, if the ledger's pages and indexes are whole."""
    found = _pages(db)
    if found is not None:
        raise _PagesDamaged(found)


def _pages(db: sqlite3.Connection) -> str | None:
    """What is wrong with the ledger's pages and indexes; None where nothing is."""
    found: str = db.execute(f"PRAGMA {LOG}.integrity_check(1)").fetchone()[0]
    return None if found == "ok" else found.splitlines()[-1]
