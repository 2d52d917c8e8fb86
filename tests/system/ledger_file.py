"""A ledger as its file says it, read by connections that can only read: what a restart would find."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.core.event import Event, open_event
from gateway.storage import layout
from gateway.storage.verify import verify_chain


class LedgerFile:
    """The ledger below a data folder."""

    def __init__(self, data_dir: str) -> None:
        self._path = layout.ledger_path(data_dir)

    def events(self, after: int = 0) -> list[Event]:
        """Every event behind `after`."""
        with reading(self._path) as db:
            found = db.execute("SELECT body FROM events WHERE seq > ? ORDER BY seq", (after,)).fetchall()
        return [open_event(row[0]) for row in found]

    def records(self, after: int = 0) -> list[Event]:
        """The events that answer a device's record: taps and scans."""
        return [event for event in self.events(after) if event.record is not None]

    def tip(self) -> int:
        """The seq of the last event; 0 before the first."""
        with reading(self._path) as db:
            return int(db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])

    def hashes(self) -> list[tuple[int, bytes]]:
        """(seq, hash) of every event."""
        with reading(self._path) as db:
            return db.execute("SELECT seq, hash FROM events ORDER BY seq").fetchall()

    def text(self) -> bytes:
        """All events' bytes, a line each."""
        with reading(self._path) as db:
            return b"\n".join(row[0] for row in db.execute("SELECT body FROM events ORDER BY seq"))

    def chain_fault(self) -> str | None:
        """What breaks the chain; None where it holds from the first event to the last."""
        with reading(self._path) as db:
            verdict = verify_chain(db)
        return None if verdict.bad_seq is None else f"event {verdict.bad_seq}: {verdict.reason}"


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, closed behind the block."""
    db = sqlite3.connect(layout.read_only_uri(path), uri=True)
    try:
        yield db
    finally:
        db.close()
