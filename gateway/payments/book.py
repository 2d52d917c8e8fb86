"""payments.db beside the ledger: every charge from before it is asked for, and every refund.

    payments(key, tender, amount, till, actor, at_ms, state, reason, paid, reference, sale, ord)
    refunds(key, payment, amount, source, actor, at_ms, state, reason)
    returns(key, ord, at_ms)     a return that was asked of the ledger, and whose refunds are not written yet

Not part of the ledger: what is charged is no promise of ours until a sale says so, and the other side keeps
its own book. Every write is synced before anybody acts on it. A file that is none of ours is put aside, and
what it knew is to be asked of the other side. The customer's code is never written.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from gateway.counters import Counters
from gateway.errors import LedgerRefused, SettingsError
from gateway.payments.course import REFUSED_PAYMENT, REPLACED, TAKEN, Payment, Refund

FILE: Final = "payments.db"
LAYOUT: Final = 1
KEPT_MS: Final = 400 * 86_400_000  # settled payments; what a year old order gives back is given by hand then
DROPPED_MAX: Final = 500  # rows of one tidying
OPEN_MAX: Final = 500  # rows of the list; a store has a handful

_SCHEMA: Final = (
    "CREATE TABLE payments(key TEXT PRIMARY KEY, tender TEXT NOT NULL, amount INTEGER NOT NULL,"
    " till TEXT NOT NULL, actor TEXT NOT NULL, at_ms INTEGER NOT NULL, state TEXT NOT NULL,"
    " reason TEXT NOT NULL, paid INTEGER NOT NULL, reference TEXT NOT NULL, sale TEXT NOT NULL,"
    " ord TEXT NOT NULL) STRICT",
    "CREATE TABLE refunds(key TEXT PRIMARY KEY, payment TEXT NOT NULL, amount INTEGER NOT NULL,"
    " source TEXT NOT NULL, actor TEXT NOT NULL, at_ms INTEGER NOT NULL, state TEXT NOT NULL,"
    " reason TEXT NOT NULL) STRICT",
    "CREATE TABLE returns(key TEXT PRIMARY KEY, ord TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT",
    "CREATE INDEX payments_open ON payments(at_ms) WHERE ord = '' AND state <> 'declined'",
    "CREATE INDEX payments_sale ON payments(sale) WHERE sale <> '' AND ord = ''",
    "CREATE INDEX payments_order ON payments(ord) WHERE ord <> ''",
    "CREATE UNIQUE INDEX payments_reference ON payments(reference) WHERE reference <> ''",
    "CREATE INDEX refunds_payment ON refunds(payment)",
    "CREATE INDEX refunds_open ON refunds(state) WHERE state IN ('asking', 'declined')",
)
_PAYMENT: Final = (
    "SELECT key, tender, amount, till, actor, at_ms, state, reason, paid, reference, sale, ord"
    " FROM payments WHERE "
)
_REFUND: Final = "SELECT key, payment, amount, source, actor, at_ms, state, reason FROM refunds WHERE "
_UNSETTLED: Final = "ord = '' AND state <> 'declined' AND state <> 'paid' ORDER BY at_ms LIMIT ?"
_LISTED: Final = (
    "key IN (SELECT key FROM payments WHERE ord = '' AND state <> 'declined' AND (state <> 'paid' OR paid >"
    " (SELECT coalesce(sum(amount), 0) FROM refunds WHERE payment = payments.key"
    " AND state IN ('done', 'by_hand')))"
    " UNION SELECT payment FROM refunds WHERE state IN ('asking', 'declined'))"
    " ORDER BY at_ms DESC LIMIT ?"
)
_SAME: Final = "reference = ? AND reference <> '' AND key <> ?"
_LOST: Final = "state = 'declined' AND reason = 'never_arrived' AND at_ms >= ? ORDER BY at_ms DESC LIMIT ?"
_DROP: Final = (
    "DELETE FROM payments WHERE key IN (SELECT key FROM payments WHERE at_ms < ?"
    " AND (ord <> '' OR state = 'declined' OR key IN (SELECT payment FROM refunds))"
    " AND key NOT IN (SELECT payment FROM refunds WHERE state IN ('asking', 'declined')) LIMIT ?)"
)


class Book:
    """The file; one writer, in the gateway's loop. Methods raise LedgerRefused where the disk refuses."""

    def __init__(self, folder: Path, counters: Counters) -> None:
        self._counters = counters
        self._db = _open(folder / FILE, counters)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def payment(self, key: str) -> Payment | None:
        """A payment, however it stands."""
        return next(iter(self._payments("key = ?", key)), None)

    def unsettled(self) -> list[Payment]:
        """Those whose outcome nobody knows, the oldest first."""
        return self._payments(_UNSETTLED, OPEN_MAX)

    def listed(self) -> list[Payment]:
        """Those that may need a person: no order has them, or a refund is not through; newest first."""
        return self._payments(_LISTED, OPEN_MAX)

    def lost(self, since_ms: int) -> list[Payment]:
        """Those that never arrived, as far as anybody could tell."""
        return self._payments(_LOST, since_ms, OPEN_MAX)

    def of_sale(self, sale: str) -> list[Payment]:
        """Those that a sale's key wants, and no order has."""
        return self._payments("sale = ? AND sale <> '' AND ord = '' ORDER BY key", sale)

    def wanted(self) -> list[Payment]:
        """Those that some sale's key wants, and no order has."""
        return self._payments("sale <> '' AND ord = ''")

    def of_order(self, order: str) -> list[Payment]:
        """Those that paid an order."""
        return self._payments("ord = ? AND ord <> '' ORDER BY at_ms, key", order)

    def refund(self, key: str) -> Refund | None:
        """A refund, however it stands."""
        return next(iter(self._refunds("key = ?", key)), None)

    def refunds(self, payment: str) -> list[Refund]:
        """All of a payment's."""
        return self._refunds("payment = ? ORDER BY at_ms, key", payment)

    def moving(self) -> list[Refund]:
        """Those that are on their way."""
        return self._refunds("state = 'asking' ORDER BY at_ms LIMIT ?", OPEN_MAX)

    def returns(self) -> list[tuple[str, str]]:
        """(key, order) of returns whose refunds are not written yet."""
        return [(key, order) for key, order in self._ask("SELECT key, ord FROM returns ORDER BY key")]

    def put(self, payment: Payment) -> Payment:
        """Write a payment as it is now; gives it as it was written: what paid under a reference that another
        has goes by its own key."""
        if payment.reference and payment.state == TAKEN:
            others = self._payments(_SAME, payment.reference, payment.key)
            if others:
                self._counters.add("payments.references_again")
                payment = payment._replace(reference=payment.key)
        self._write([(f"INSERT OR REPLACE INTO payments VALUES({_marks(Payment)})", payment)])
        return payment

    def put_refunds(self, refunds: Iterable[Refund], payment: Payment | None = None) -> None:
        """Write refunds as they are now; they replace what was declined of `payment`, which no sale may have
        any more unless one has it already."""
        rows: list[tuple[str, Sequence[object]]] = []
        if payment is not None:
            declined = "UPDATE refunds SET state = ? WHERE payment = ? AND state = ?"
            rows.append((declined, (REPLACED, payment.key, REFUSED_PAYMENT)))
            rows.append(("UPDATE payments SET sale = '' WHERE key = ? AND ord = ''", (payment.key,)))
        rows += [(f"INSERT OR REPLACE INTO refunds VALUES({_marks(Refund)})", refund) for refund in refunds]
        self._write(rows)

    def claim(self, sale: str, keys: Iterable[str]) -> None:
        """A sale's key wants these, until it is known what became of it."""
        statement = "UPDATE payments SET sale = ? WHERE key = ? AND ord = ''"
        self._write([(statement, (sale, key)) for key in keys])

    def release(self, sale: str) -> None:
        """The sale is decided: another may have what it did not take."""
        self._write([("UPDATE payments SET sale = '' WHERE sale = ? AND sale <> '' AND ord = ''", (sale,))])

    def sold(self, key: str, order: str) -> None:
        """An order has it."""
        self._write([("UPDATE payments SET ord = ? WHERE key = ?", (order, key))])

    def expect(self, key: str, order: str, at_ms: int) -> None:
        """A return of an order is being asked of the ledger."""
        self._write([("INSERT OR IGNORE INTO returns VALUES(?, ?, ?)", (key, order, at_ms))])

    def settle(self, key: str, refunds: Iterable[Refund]) -> None:
        """That return is decided: these go back; those that are written already stay as they are."""
        rows: list[tuple[str, Sequence[object]]] = [
            (f"INSERT OR IGNORE INTO refunds VALUES({_marks(Refund)})", refund) for refund in refunds
        ]
        self._write([*rows, ("DELETE FROM returns WHERE key = ?", (key,))])

    def tidy(self, now_ms: int) -> None:
        """Drop what was settled long ago."""
        self._write([(_DROP, (now_ms - KEPT_MS, DROPPED_MAX))])
        self._write([("DELETE FROM refunds WHERE payment NOT IN (SELECT key FROM payments)", ())])

    def _payments(self, where: str, *values: object) -> list[Payment]:
        return [Payment._make(row) for row in self._ask(_PAYMENT + where, *values)]

    def _refunds(self, where: str, *values: object) -> list[Refund]:
        return [Refund._make(row) for row in self._ask(_REFUND + where, *values)]

    def _ask(self, statement: str, *values: object) -> list[tuple[str, ...]]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as problem:
            raise self._refused(problem) from problem

    def _write(self, rows: Iterable[tuple[str, Sequence[object]]]) -> None:
        """All of it, synced, or nothing."""
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                for statement, values in rows:
                    self._db.execute(statement, tuple(values))
        except sqlite3.Error as problem:
            raise self._refused(problem) from problem

    def _refused(self, problem: sqlite3.Error) -> LedgerRefused:
        self._counters.add("payments.files_refused")
        return LedgerRefused(f"{FILE}: {problem}")


def _marks(row: type[Payment] | type[Refund]) -> str:
    return ", ".join("?" * len(row._fields))


def _open(path: Path, counters: Counters) -> sqlite3.Connection:
    try:
        return _prepared(path)
    except (sqlite3.OperationalError, OSError) as problem:  # the disk: what is in the file may be whole
        hint = "Make room, and let the gateway read and write it"
        raise SettingsError(f"{path} cannot be used ({problem})", hint) from problem
    except sqlite3.DatabaseError:
        counters.add("payments.files_put_aside")
        for end in ("", "-wal", "-shm"):
            lost = path.with_name(path.name + end)
            if lost.exists():
                os.replace(lost, path.with_name(path.name + ".damaged" + end))
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        (layout,) = db.execute("PRAGMA user_version").fetchone()
        if layout not in (0, LAYOUT):
            raise sqlite3.DatabaseError(f"layout {layout}")
        if layout == 0:
            db.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {LAYOUT}")
            db.execute("COMMIT")
        db.execute("SELECT count(*) FROM payments, refunds, returns").fetchone()
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db
