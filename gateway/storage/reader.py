"""A ledger as commands read it: mode=ro, one state of it, while the gateway goes on."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from gateway.core.errors import EventError
from gateway.core.event import Event, Sealed, open_event
from gateway.core.state import EPOCH_FIRST
from gateway.errors import LedgerDamaged
from gateway.storage import layout
from gateway.storage.identities import Identities
from gateway.storage.lot_book import Posting
from gateway.storage.projections import Projections
from gateway.storage.verify import EVENTS_READ_MAX, head
from gateway.storage.visits import Visits

PROGRESS_EVENTS = 500
_REPAIR = "`shopbell ledger verify` says more"

Progress = Callable[[int, int], None]


class Stored(NamedTuple):
    """An event as it is stored, and what it says."""

    sealed: Sealed
    event: Event


class Reader:
    """One state of a ledger; made by reading()."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.gateway = str(self._meta(layout.META_GATEWAY, ""))
        self.epoch = int(str(self._meta(layout.META_EPOCH, EPOCH_FIRST)))
        self.head = head(db)
        self.book = Projections(db, self.epoch)
        self.who = Identities(db, 0)
        self.visits = Visits(db)

    def event(self, seq: int) -> Stored | None:
        """One event; None where there is none. Raises LedgerDamaged."""
        row = self._db.execute(layout.SELECT_EVENT, (seq,)).fetchone()
        return _stored(seq, *row) if row else None

    def last(self, count: int) -> Iterator[Stored]:
        """The newest events, oldest of them first. Raises LedgerDamaged."""
        after = max(0, self.head - count)
        for row in self._db.execute(layout.SELECT_EVENTS_AFTER, (after, self.head, count)):
            yield _stored(*row)

    def history(self, owner: str) -> Iterator[Posting]:
        """What touched an owner's lots, lot by lot, newest first."""
        return self.book.history(owner)

    def export(self, out: IO[bytes], progress: Progress) -> int:
        """Every event, one a line: {"event": its bytes unchanged, "hash": ..., "seq": ...}; how many."""
        done = 0
        while done < self.head:
            rows = self._db.execute(layout.SELECT_EVENTS_AFTER, (done, self.head, EVENTS_READ_MAX))
            for seq, event_hash, body in rows.fetchall():
                out.write(b'{"event":%b,"hash":"%b","seq":%d}\n' % (body, event_hash.hex().encode(), seq))
                done = seq
            progress(done, self.head)
        return done

    def _meta(self, key: str, otherwise: object) -> object:
        row = self._db.execute(layout.SELECT_META, (key,)).fetchone()
        return row[0] if row else otherwise


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """The ledger at `path` as it is now; raises LedgerDamaged where it cannot be read."""
    if not path.exists():
        raise LedgerDamaged(f"There is no ledger at {path}", "Name its folder in [gateway] data_dir")
    try:
        with closing(sqlite3.connect(layout.read_only_uri(path), uri=True, isolation_level=None)) as db:
            db.execute("BEGIN")
            check_version(db)
            yield Reader(db)
    except sqlite3.Error as problem:
        raise LedgerDamaged(f"{path} cannot be read ({problem})", _REPAIR) from problem


def check_version(db: sqlite3.Connection, file: str = "main") -> None:
    """Nothing, if an open ledger has the layout that this program knows; LedgerDamaged otherwise."""
    version = db.execute(f"PRAGMA {file}.user_version").fetchone()[0]
    if version != layout.LEDGER_VERSION:
        known = f"The ledger has layout {version}, this command knows {layout.LEDGER_VERSION}"
        raise LedgerDamaged(known, "Start the gateway of this version once: it brings the file up to date")


def _stored(seq: int, event_hash: bytes, body: bytes) -> Stored:
    try:
        return Stored(Sealed(seq, event_hash, body), open_event(body))
    except EventError as problem:
        raise LedgerDamaged(f"Event {seq} is broken ({problem})", _REPAIR) from problem
