"""The ledger: the one file that makes a promise durable, and the gateway its only writer.

Owns the transaction of a batch: events, the records they answer and the devices' states go in together or
not at all, and only what was committed may be answered. A record is found by (device, boot, nonce, number),
by set: an older number that never came is still new.

Invariants: `seq` and `tip` name the last durable event; they move only after COMMIT came back. A commit that
failed may exist all the same (reliability: a failed fsync says nothing), so after LedgerUnsafe the process
ends, and the device's next sending is answered from what the reopened file holds.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from gateway.core.event import Sealed, open_event, seal
from gateway.core.model import Decision
from gateway.errors import GatewayError, LedgerRefused, LedgerUnsafe
from gateway.storage.layout import PUT_META, SELECT_EVENT, SELECT_TIP

# Starts of devices remembered by number: far more than run in one store, some 200 bytes each.
STARTS_KEPT_MAX = 4_096
# Nothing was written and the file is as before: the batch may be sent again.
_HARMLESS = frozenset({"SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED"})

_SELECT_RECORD = "SELECT seq FROM records WHERE boot = ? AND number = ?"
_SELECT_BOOT = "SELECT id FROM boots WHERE device = ? AND boot = ? AND nonce = ?"
_SELECT_HIGHEST = "SELECT max(number) FROM records WHERE boot = ?"
_INSERT_BOOT = "INSERT INTO boots(device, boot, nonce) VALUES(?, ?, ?)"
_INSERT_EVENT = "INSERT INTO events(seq, hash, body) VALUES(?, ?, ?)"
_INSERT_RECORD = "INSERT INTO records(boot, number, seq) VALUES(?, ?, ?)"
_PUT_DEVICE = (
    "INSERT INTO devices(device, state, at_ms, report) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(device) DO UPDATE"
    " SET state = excluded.state, at_ms = excluded.at_ms, report = excluded.report"
)
_SELECT_DEVICES = "SELECT device, state, at_ms, report FROM devices ORDER BY device"


class RecordKey(NamedTuple):
    """What makes a device's record the same record, however often it is sent."""

    device: str
    boot: int
    nonce: bytes
    number: int


Named = tuple[str, int, bytes]  # device, boot and nonce: what names a start


class Start:
    """One start of a device: its id in the file, and a number above which none of its records is booked.

    Looking a record up costs more than sealing it, and nearly every one has the highest number yet. Too
    high a mark costs a look-up, so that it may stay when its batch is undone; too low a one would book a
    record twice.
    """

    __slots__ = ("highest", "id")

    def __init__(self, id_: int, highest: int) -> None:
        self.id = id_
        self.highest = highest


class Place(NamedTuple):
    """Where a record is, or will be."""

    start: Start
    number: int


class DeviceRow(NamedTuple):
    """A device as last booked; `report` is its status as canonical JSON."""

    device: str
    state: int
    at_ms: int
    report: bytes


class Transaction:
    """One batch being written: looks records up, seals events behind the tip, and keeps all until commit."""

    def __init__(self, ledger: "Ledger", db: sqlite3.Connection, starts: "OrderedDict[Named, Start]") -> None:
        self._db = db
        self._starts = starts
        self._first = ledger.seq + 1
        self._gateway = ledger.gateway
        self._events: list[Sealed] = []
        self._records: dict[tuple[int, int], int] = {}
        self._devices: dict[str, DeviceRow] = {}
        self.new_starts: dict[Named, Start] = {}
        self.seq = ledger.seq
        self.tip = ledger.tip

    def place(self, key: RecordKey) -> Place:
        """Where this record is, or will be; a device's new start gets its number here."""
        named = key[:3]
        known = self._starts.get(named) or self.new_starts.get(named)
        if known is None:
            known = self.new_starts[named] = self._read_start(named)
        return Place(known, key.number)

    def find(self, place: Place) -> int | None:
        """The seq that this record was booked under, in this batch or before; None where it is new."""
        start, number = place
        if number > start.highest:
            return None
        found = self._records.get((start.id, number))
        if found is None:
            row = self._db.execute(_SELECT_RECORD, (start.id, number)).fetchone()
            found = row[0] if row else None
        return found

    def body(self, seq: int) -> bytes:
        """The event at `seq`, of this batch or before."""
        if seq >= self._first:
            return self._events[seq - self._first].body
        stored: bytes = self._db.execute(SELECT_EVENT, (seq,)).fetchone()[1]
        return stored

    def add(self, decision: Decision, place: Place | None) -> Sealed:
        """Put the event behind the tip; `place` is of the record it answers, None where there is none."""
        sealed = seal(decision, self._gateway, self.seq + 1, self.tip)
        self._events.append(sealed)
        self.seq, self.tip = sealed.seq, sealed.hash.hex()
        if place is not None:
            start, number = place
            self._records[start.id, number] = sealed.seq
            start.highest = max(start.highest, number)
        return sealed

    def put_device(self, row: DeviceRow) -> None:
        """The device's state, replacing the one before."""
        self._devices[row.device] = row

    def write(self) -> None:
        """All statements of the batch but the COMMIT."""
        self._db.executemany(_INSERT_EVENT, self._events)
        self._db.executemany(_INSERT_RECORD, [(*place, seq) for place, seq in self._records.items()])
        if self._devices:
            self._db.executemany(_PUT_DEVICE, self._devices.values())

    def _read_start(self, named: Named) -> Start:
        row = self._db.execute(_SELECT_BOOT, named).fetchone()
        if row is None:
            return Start(int(self._db.execute(_INSERT_BOOT, named).lastrowid or 0), 0)
        highest = self._db.execute(_SELECT_HIGHEST, row).fetchone()[0]
        return Start(row[0], highest or 0)


class Ledger:
    """An open, synced and checked ledger; made by gateway.storage.opening."""

    def __init__(self, db: sqlite3.Connection, gateway: str, epoch: int, seq: int, tip: str) -> None:
        self._db = db
        self._starts: OrderedDict[Named, Start] = OrderedDict()
        self.gateway = gateway
        self.epoch = epoch
        self.seq = seq
        self.tip = tip

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A batch: committed and synced when the block ends, undone when it raises.

        Raises LedgerRefused where nothing was written, LedgerUnsafe where nobody knows.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            batch = Transaction(self, self._db, self._starts)
            yield batch
            batch.write()
            self._db.execute("COMMIT")
        except sqlite3.Error as problem:
            self._undo()
            raise verdict(problem) from problem
        except BaseException:
            self._undo()
            raise
        self.seq, self.tip = batch.seq, batch.tip
        self._remember(batch.new_starts)

    def last_at(self) -> int:
        """When the last event was booked, unix milliseconds; 0 for an empty ledger. The clock's floor."""
        last = self._db.execute(SELECT_TIP).fetchone()
        return open_event(last[2]).at if last else 0

    def devices(self) -> list[DeviceRow]:
        """Every device ever booked."""
        return [DeviceRow(*row) for row in self._db.execute(_SELECT_DEVICES)]

    def put_meta(self, key: str, value: str | int) -> None:
        """Write one row of meta durably; raises as transaction()."""
        with self.transaction():
            self._db.execute(PUT_META, (key, value))

    def close(self) -> None:
        """Close the file; the last connection's checkpoint comes with it."""
        self._db.close()

    def _undo(self) -> None:
        # A statement that failed for want of space has rolled back by itself; the file is judged by the
        # error.
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _remember(self, starts: dict[Named, Start]) -> None:
        self._starts.update(starts)
        while len(self._starts) > STARTS_KEPT_MAX:
            self._starts.popitem(last=False)


def verdict(problem: sqlite3.Error) -> GatewayError:
    """What an error of SQLite means: LedgerRefused where the file is as before, else LedgerUnsafe."""
    name = getattr(problem, "sqlite_errorname", type(problem).__name__)
    if name in _HARMLESS:
        return LedgerRefused(
            f"The ledger took nothing ({name})", "Free space on its disk; devices send again"
        )
    return LedgerUnsafe(
        f"The ledger failed ({name}: {problem})", "The gateway restarts and reads what is durable"
    )
