"""The ledger: the one file that makes a promise durable, and the gateway its only writer.

Owns the transaction of a batch: events, the records they answer, the devices' states and all that follows
from the events (projections.py, identities.py) go in together or not at all, and only what was committed may
be answered. A record is found by (device, boot, nonce, number),
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

from msgspec import UNSET

from gateway.core.errors import EventError
from gateway.core.event import Event, Sealed, open_event, seal
from gateway.core.model import DONE, Decision
from gateway.core.orders.model import TillAct
from gateway.core.people import forgotten
from gateway.core.promises import MEMBER, Forget
from gateway.storage.identities import PersonRow, newest_identity
from gateway.storage.layout import (
    EVENT_BYTES_MAX,
    META_EPOCH,
    PUT_META,
    SELECT_EVENT,
    SELECT_META,
    SELECT_TIP,
)
from gateway.storage.lookups import Lookups
from gateway.storage.pins import PinRow
from gateway.storage.sqlite_errors import verdict
from gateway.storage.till_book import NO_CHANGES, Changes

# Starts of devices remembered by number: far more than run in one store, some 200 bytes each.
STARTS_KEPT_MAX = 4_096

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


class Transaction(Lookups):
    """One batch being written: looks up what it and the file hold, seals events behind the tip, keeps all
    until commit."""

    def __init__(self, ledger: "Ledger", db: sqlite3.Connection, starts: "OrderedDict[Named, Start]") -> None:
        super().__init__(db, ledger.epoch, ledger.newest_identity)
        self._db = db
        self._starts = starts
        self._first = ledger.seq + 1
        self._gateway = ledger.gateway
        self._events: list[Sealed] = []
        self._opened: dict[int, Event] = {}  # of this batch, those that had to be read again
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

    def event(self, seq: int) -> Event:
        """The event at `seq`, opened."""
        return self._opened.get(seq) or open_event(self.body(seq))

    def add(self, decision: Decision, place: Place | None = None) -> Sealed:
        """Put the event behind the tip, with all that follows from it; `place` is of the record it answers.

        Raises EventError, and the batch is as before, for a decision that must not be: an overdraft, a lot
        that nobody told the nature of, more bytes than HQ takes.
        """
        given, seq = decision.input, self.seq + 1
        sealed = seal(decision, self._gateway, seq, self.tip)
        if len(sealed.body) > EVENT_BYTES_MAX:
            raise EventError("too_large", str(len(sealed.body)))
        if decision.transfers or given.act is not UNSET or given.key is not UNSET:
            changes, visit = self._till_changes(decision, sealed), self.visits.prepare(decision)
            self._book.apply(seq, decision)
            self._who.apply(seq, decision)
            self.tills.keep(changes)
            self._consents.apply(seq, decision)
            self.visits.apply(seq, decision, visit)
            self._forget_pins(decision)
        self._rotated.apply(given.evidence)
        self._events.append(sealed)
        self.seq, self.tip = sealed.seq, sealed.hash.hex()
        if place is not None:
            start, number = place
            self._records[start.id, number] = sealed.seq
            start.highest = max(start.highest, number)
        return sealed

    def _forget_pins(self, decision: Decision) -> None:
        """Whoever is forgotten has no PIN either."""
        act = decision.input.act
        if isinstance(act, Forget) and decision.outcome.name == DONE:
            for name in forgotten(decision.facts, act):
                self.pins.forget(MEMBER + name)

    def _till_changes(self, decision: Decision, sealed: Sealed) -> Changes:
        """What an act of a till changes beside its transfers."""
        if not isinstance(decision.input.act, TillAct):
            return NO_CHANGES
        event = self._opened[sealed.seq] = open_event(sealed.body)
        return self.tills.prepare(event)

    def put_device(self, row: DeviceRow) -> None:
        """The device's state, replacing the one before."""
        self._devices[row.device] = row

    def put_person(self, row: PersonRow) -> None:
        """Keep a person's row, in place of the one before."""
        self._who.put_person(row)

    def erase_person(self, member: str) -> None:
        """Forget who a member is."""
        self._who.erase_person(member)

    def put_pin(
        self, owner: str, hash_: str, tries: int, locked_until_ms: int, seq: int | None = None
    ) -> None:
        """Keep a PIN, set by the event at `seq`; None: by the one that set the one before, if any did."""
        if seq is None:
            before = self.pin(owner)
            seq = before.seq if before else 0
        self.pins.put(PinRow(owner, hash_, tries, locked_until_ms, seq))

    def write(self) -> None:
        """All statements of the batch but the COMMIT."""
        self._db.executemany(_INSERT_EVENT, self._events)
        self._db.executemany(_INSERT_RECORD, [(*place, seq) for place, seq in self._records.items()])
        if self._devices:
            self._db.executemany(_PUT_DEVICE, self._devices.values())
        self._book.write()
        self._who.write()
        self._consents.write()
        self._rotated.write()
        self.visits.write()
        self.pins.write()
        self.tills.write()

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
        self.newest_identity = newest_identity(db)

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
            if batch.epoch != self.epoch:
                self._db.execute(PUT_META, (META_EPOCH, batch.epoch))
            self._db.execute("COMMIT")
        except sqlite3.Error as problem:
            self._undo()
            raise verdict(problem) from problem
        except BaseException:
            self._undo()
            raise
        self.seq, self.tip = batch.seq, batch.tip
        self.epoch, self.newest_identity = batch.epoch, batch.newest_identity
        self._remember(batch.new_starts)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One state of the ledger to look things up in; what is added to it is forgotten.

        Raises as transaction().
        """
        try:
            self._db.execute("BEGIN")
            yield Transaction(self, self._db, self._starts)
        except sqlite3.Error as problem:
            raise verdict(problem) from problem
        finally:
            self._undo()

    def last_at(self) -> int:
        """When the last event was booked, unix milliseconds; 0 for an empty ledger. The clock's floor."""
        last = self._db.execute(SELECT_TIP).fetchone()
        return open_event(last[2]).at if last else 0

    def devices(self) -> list[DeviceRow]:
        """Every device ever booked."""
        return [DeviceRow(*row) for row in self._db.execute(_SELECT_DEVICES)]

    def meta(self, key: str) -> str | int | bytes | None:
        """One row of meta; None where nobody wrote it."""
        row = self._db.execute(SELECT_META, (key,)).fetchone()
        return row[0] if row else None

    def put_meta(self, key: str, value: str | int | bytes) -> None:
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
