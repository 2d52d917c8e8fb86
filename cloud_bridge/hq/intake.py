"""A gateway's requests as plain calls: a batch, a position, a page of changes, a snapshot. No HTTP here.

Each call notes that the gateway spoke. Everything here may block on the database, so it runs on threads.
"""

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, NamedTuple

from cloud_bridge.hq import feed, fencing, ingest
from cloud_bridge.hq.bundle import Bundles
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.ingest import Taken
from cloud_bridge.hq.live import Contact, Live
from cloud_bridge.hq.metrics import Metrics
from cloud_bridge.hq.notes import event_note
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.upkeep import Upkeep
from cloud_bridge.log import Logger
from cloud_bridge.wire import (
    HASHES_MAX,
    HashesAt,
    Position,
    SnapshotEnd,
    SnapshotStart,
    change_line,
    encode,
    read_batch,
)

SNAPSHOTS_AT_ONCE_MAX: Final = 4  # each reads the whole feed once: 3 s of one core for a million members
EVENTS_TOLD_MAX: Final = 20  # of one batch, the newest: a page shows some dozens
QUIET_MS: Final = 5_000  # a gateway asks every second; after this silence its return is news


class Gone(Exception):
    """The gateway cannot go on from where it is: it must take a snapshot."""


class Busy(Exception):
    """SNAPSHOTS_AT_ONCE_MAX snapshots are being made: try again later."""


class ChangesPage(NamedTuple):
    """One page of the feed, encoded as it travels."""

    body: bytes
    rows: int


class Intake:
    """What HQ does for gateways."""

    def __init__(
        self,
        database: Database,
        bundles: Bundles,
        brand_key: bytes,
        spool: Path,
        live: Live,
        metrics: Metrics,
        now_ms: Callable[[], int],
        frame: Callable[[], Frame],
        upkeep: Upkeep,
        log: Logger,
    ) -> None:
        self._database = database
        self._bundles = bundles
        self._brand_key = brand_key
        self._spool = spool
        self._live = live
        self._metrics = metrics
        self._now_ms = now_ms
        self._frame = frame
        self._upkeep = upkeep
        self._log = log
        self._snapshots = threading.BoundedSemaphore(SNAPSHOTS_AT_ONCE_MAX)

    def heard(self, gateway: str, head: int | None) -> None:
        """Note that a gateway spoke; `head` is the seq it says its log has reached."""
        before = self._live.contacts.get(gateway)
        now = Contact(self._now_ms(), head if head is not None else before.head if before else None)
        self._live.contacts[gateway] = now
        if before is None or before.head != now.head or now.at_ms - before.at_ms > QUIET_MS:
            self._live.tell("gateway", {"gateway": gateway, "head": now.head})

    def position(self, gateway: str) -> Position:
        """Where to go on."""
        with self._database.reading() as connection:
            return ingest.read_position(connection, gateway)

    def hashes(self, gateway: str, seq: int) -> HashesAt:
        """Every hash at one seq."""
        with self._database.reading() as connection:
            return HashesAt(seq, ingest.read_hashes(connection, gateway, seq, HASHES_MAX))

    def take(self, gateway: str, body: bytes) -> Taken:
        """Store a request's events. Raises WireError, ChainError or Gap; then nothing is stored."""
        batch = ingest.check_batch(gateway, read_batch(body), self._bundles.get)
        with self._database.writing() as connection:
            taken = ingest.store(connection, batch, self._frame())
        self._count(gateway, taken)
        return taken

    def changes(self, gateway: str, generation: str, cursor: int, limit: int) -> ChangesPage:
        """The next page of the feed. Raises Gone."""
        if not generation.isdecimal() or len(generation) > 15:
            raise Gone
        self._upkeep.look(gateway)
        with self._database.reading() as connection:
            if not feed.may_continue(connection, gateway, int(generation), cursor):
                raise Gone
            page = feed.read_page(connection, cursor, limit)
            as_of = ingest.read_position(connection, gateway).seq
            epoch = fencing.rights_epoch(connection, gateway)
        self._metrics.changes.labels(gateway).inc(len(page.rows))
        rows = b",".join(change_line(*row) for row in page.rows)
        body = b'{"generation":"%b","cursor":%d,"as_of":%d,"rights_epoch":%d,"rows":[%b],"more":%b}' % (
            generation.encode(),
            page.cursor,
            as_of,
            epoch,
            rows,
            b"true" if page.more else b"false",
        )
        return ChangesPage(body, len(page.rows))

    def snapshot(self, gateway: str) -> IO[bytes]:
        """A whole snapshot as an unnamed file, at its start. Raises Busy.

        Written out first: a slow line would otherwise hold one state of the database for minutes.
        """
        if not self._snapshots.acquire(blocking=False):
            raise Busy
        try:
            return self._write_snapshot(gateway)
        finally:
            self._snapshots.release()

    def _write_snapshot(self, gateway: str) -> IO[bytes]:
        with self._database.writing() as connection:
            generation = feed.open_generation(connection, gateway, self._now_ms())
        file = tempfile.TemporaryFile(dir=self._spool)  # noqa: SIM115 - its reader closes it
        rows = self._fill(file, gateway, generation)
        self._metrics.snapshots.labels(gateway).inc()
        self._log.info("snapshot made", gateway=gateway, generation=generation, rows=rows, bytes=file.tell())
        file.seek(0)
        return file

    def _fill(self, file: IO[bytes], gateway: str, generation: int) -> int:
        """Write every line, of one state of the database; how many rows it had."""
        rows = 0
        with self._database.reading() as connection:
            as_of = ingest.read_position(connection, gateway).seq
            epoch = fencing.rights_epoch(connection, gateway)
            cursor = feed.head(connection)
            start = SnapshotStart(str(generation), cursor, as_of, self._brand_key.hex(), epoch, 3)
            file.write(encode(start) + b"\n")
            for table, payload in feed.read_snapshot(connection):
                file.write(change_line(table, "put", payload) + b"\n")
                rows += 1
        file.write(encode(SnapshotEnd(rows)) + b"\n")
        return rows

    def _count(self, gateway: str, taken: Taken) -> None:
        self._metrics.known.labels(gateway).inc(taken.known)
        self._metrics.accepted.labels(gateway).inc(len(taken.fresh))
        self._metrics.position.labels(gateway).set(taken.position.seq)
        for kind in taken.raised:
            self._metrics.exceptions.labels(kind).inc()
            self._log.warning("exception raised", gateway=gateway, kind=kind, seq=taken.position.seq)
            self._live.tell("exception", {"gateway": gateway, "kind": kind})
        if taken.fresh:
            events = [
                event_note(gateway, link.seq, link.hash, link.body) for link in taken.fresh[-EVENTS_TOLD_MAX:]
            ]
            note = {
                "gateway": gateway,
                "seq": taken.position.seq,
                "accepted": len(taken.fresh),
                "events": events,
            }
            self._live.tell("events", note)
