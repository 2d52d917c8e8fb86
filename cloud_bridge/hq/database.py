"""The one door to HQ's database: write transactions, consistent reads, and the two portable kinds of insert.

A write transaction takes its lock at the start (SQLite: BEGIN IMMEDIATE; PostgreSQL: the counters and
gateways rows are locked as they are read). A read transaction sees one state from its first statement to its
end (SQLite: WAL; PostgreSQL: REPEATABLE READ). What only one database needs is here and nowhere else.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.schema import CreateColumn

from cloud_bridge.errors import StartError
from cloud_bridge.hq import models

BUSY_TIMEOUT_MS: Final = 10_000  # an import's chunk takes some 50 ms; longer than this is a fault to be seen
ROWS_PER_STATEMENT_MAX: Final = 500  # SQLite allows 32,766 variables; a row has at most 14
UTF8: Final = "UTF8"
_WRITES: Final = "shopbell_writes"

Row = dict[str, Any]


class Database:
    """One engine; `writing` and `reading` are the only ways in."""

    def __init__(self, url: str) -> None:
        self._engine = _open_engine(url)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        # SQLite's own waiting for the lock polls with pauses up to 100 ms; within one process we can queue.
        self._turn = threading.Lock() if self._engine.dialect.name == "sqlite" else nullcontext()

    def create(self) -> None:
        """Create tables, columns and indexes that are not there. Raises StartError if it cannot be opened."""
        try:
            with self.writing() as connection:
                encoding = _encoding(connection)
                if encoding == UTF8:
                    models.metadata.create_all(connection)
                    _add_columns(connection)
                    _add_indexes(connection)
        except DBAPIError as fault:
            where = self._engine.url.render_as_string(hide_password=True)
            raise StartError(
                f"[hq] database_url = {where!r} cannot be opened ({root_cause(fault)})",
                "Check that its folder is there and can be written",
            ) from None
        if encoding != UTF8:
            raise StartError(
                f"[hq] database_url: the database is kept in {encoding}, which cannot hold every name",
                "Create it with ENCODING 'UTF8' TEMPLATE template0",
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back by any error."""
        with self._turn, self._writer.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction over one unmoving state."""
        with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _encoding(connection: Connection) -> str:
    if connection.dialect.name != "postgresql":
        return UTF8  # SQLite knows no other
    return str(connection.exec_driver_sql("SHOW server_encoding").scalar())


def _add_columns(connection: Connection) -> None:
    """Columns that an older HQ's tables lack; each has a default on the server."""
    there = inspect(connection)
    for table in models.metadata.sorted_tables:
        names = {column["name"] for column in there.get_columns(table.name)}
        for column in (column for column in table.columns if column.name not in names):
            wanted = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {wanted}")


def _add_indexes(connection: Connection) -> None:
    """Indexes that an older HQ's tables lack."""
    for table in models.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection, checkfirst=True)


def _open_engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=16, max_overflow=0)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late, and as a reader's
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",  # an erased name must not stay in a free page
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def root_cause(fault: BaseException) -> str:
    """The driver's own sentence, without the statement and its parameters (they may hold names)."""
    return str(getattr(fault, "orig", None) or fault).splitlines()[0]


def is_world_fault(fault: DatabaseError) -> bool:
    """Whether the database failed (disk full, damaged, locked), rather than a mistake of ours."""
    return isinstance(fault, OperationalError) or type(fault) is DatabaseError


def upsert(connection: Connection, table: Table, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """Insert rows; where `keys` (a unique constraint) are there already, the other columns are replaced."""
    if not rows:
        return
    insert = _dialect(connection).insert(table)
    columns = [column for column in rows[0] if column not in keys]
    changes = {column: insert.excluded[column] for column in columns}
    statement = insert.on_conflict_do_update(index_elements=list(keys), set_=changes)
    connection.execute(statement, list(rows))


def insert_absent(connection: Connection, table: Table, row: Row, keys: Sequence[str]) -> bool:
    """Insert the row unless its keys (none: any that must be unique) are there; whether it was inserted."""
    statement = _dialect(connection).insert(table).on_conflict_do_nothing(index_elements=list(keys) or None)
    # The row itself is asked for: PostgreSQL's driver does not count rows of such an insert.
    return connection.execute(statement.returning(*table.primary_key), row).first() is not None


def _dialect(connection: Connection) -> Any:
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]


def advance(connection: Connection, counter: str, by: int) -> int:
    """Add to a counter and return its new value; its row stays locked until the transaction ends."""
    counters = models.counters
    insert_absent(connection, counters, {"name": counter, "value": 0}, ["name"])
    connection.execute(update(counters).where(counters.c.name == counter).values(value=counters.c.value + by))
    return counter_value(connection, counter)


def counter_value(connection: Connection, counter: str) -> int:
    """A counter's value; 0 if it never moved."""
    counters = models.counters
    value = connection.scalar(select(counters.c.value).where(counters.c.name == counter))
    return int(value or 0)


def pieces(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows in pieces that fit into one statement."""
    for start in range(0, len(rows), ROWS_PER_STATEMENT_MAX):
        yield rows[start : start + ROWS_PER_STATEMENT_MAX]
