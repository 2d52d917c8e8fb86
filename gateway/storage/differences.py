"""Two files with the same tables: in which rows one differs from the other, and making it the same.

`ours` is the main file of a connection and right, `theirs` is attached under the name LOG. Rows are matched
by primary key, so both are read in order and nothing is kept in memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.core.state import EPOCH_FIRST
from gateway.storage.layout import META_EPOCH

LOG = "log"  # the name under which the ledger is attached
TABLES = (
    "accounts",
    "lots",
    "postings",
    "codes",
    "holds",
    "keys",
    "members",
    "instruments",
    "consents",
    "rotated",
    "visits",
    "orders",
    "order_returns",
    "parked",
    "shifts",
)
META = "meta"  # of which only the epoch follows from the log


class Difference(NamedTuple):
    """Rows of a table that are not as they should be: not there, with other content, or too many."""

    table: str
    missing: int
    different: int
    extra: int


class Columns(NamedTuple):
    """A table's primary key, and its other columns."""

    keys: tuple[str, ...]
    rest: tuple[str, ...]


def differences(db: sqlite3.Connection) -> Iterator[Difference]:
    """Every table in which theirs differs from ours."""
    for table in TABLES:
        keys, rest = _columns(db, table)
        unequal = " OR ".join(f"ours.{name} IS NOT theirs.{name}" for name in rest) or "FALSE"
        both = f"main.{table} ours JOIN {LOG}.{table} theirs USING({', '.join(keys)})"
        found = Difference(
            table,
            _count(db, _only_in("main", LOG, table, keys)),
            _count(db, f"{both} WHERE {unequal}"),
            _count(db, _only_in(LOG, "main", table, keys)),
        )
        if any(found[1:]):
            yield found
    if epoch_of(db, LOG) != epoch_of(db, "main"):
        yield Difference(META, 0, 1, 0)


def put_right(db: sqlite3.Connection, found: Iterable[Difference]) -> None:
    """Make their rows ours, touching no other; the caller's transaction."""
    for table, *_ in found:
        if table == META:
            db.execute(f"UPDATE {LOG}.meta SET value = ? WHERE key = ?", (epoch_of(db, "main"), META_EPOCH))
            continue
        keys, rest = _columns(db, table)
        this = ", ".join(keys)
        same = " AND ".join(f"ours.{name} IS theirs.{name}" for name in (*keys, *rest))
        db.execute(
            f"DELETE FROM {LOG}.{table} WHERE ({this}) IN (SELECT {this} FROM {LOG}.{table} theirs"
            f" WHERE NOT EXISTS (SELECT 1 FROM main.{table} ours WHERE {same}))"
        )
        db.execute(f"INSERT INTO {LOG}.{table} SELECT here.* FROM {_only_in('main', LOG, table, keys)}")


def epoch_of(db: sqlite3.Connection, file: str) -> object:
    """The epoch that a file's meta table tells."""
    row = db.execute(f"SELECT value FROM {file}.meta WHERE key = ?", (META_EPOCH,)).fetchone()
    return row[0] if row else EPOCH_FIRST


def _only_in(here: str, there: str, table: str, keys: tuple[str, ...]) -> str:
    """FROM and WHERE of the rows `here` whose keys the other file does not have."""
    same = " AND ".join(f"there.{name} = here.{name}" for name in keys)
    return f"{here}.{table} here WHERE NOT EXISTS (SELECT 1 FROM {there}.{table} there WHERE {same})"


def _columns(db: sqlite3.Connection, table: str) -> Columns:
    rows = db.execute(f"PRAGMA main.table_info({table})").fetchall()
    return Columns(tuple(row[1] for row in rows if row[5]), tuple(row[1] for row in rows if not row[5]))


def _count(db: sqlite3.Connection, source: str) -> int:
    found: int = db.execute(f"SELECT count(*) FROM {source}").fetchone()[0]
    return found
