"""The change feed: what gateways must know, under one rising cursor, and snapshots of it.

Every write to members, people, instruments and bundles goes through append() in the same transaction. The
feed keeps the newest change of each (table, key); reading the puts from the start is a snapshot. A gateway
whose generation HQ does not know, whose cursor is ahead (HQ was restored from a backup) or behind the oldest
deletion kept, is told to take a snapshot.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, func, select

from cloud_bridge.hq import models
from cloud_bridge.hq.database import Row, advance, counter_value, pieces, upsert

CURSOR: Final = "feed_cursor"
FLOOR: Final = "feed_floor"  # cursors below this may have missed a deletion that is no longer kept
DELETIONS_KEPT_MS: Final = 90 * 24 * 3600 * 1000  # a gateway away for longer takes a snapshot
GENERATIONS_KEPT: Final = 8  # of one gateway: its present one, and some it failed to finish
SNAPSHOT_ROWS_FETCHED: Final = 5_000


class FeedRow(NamedTuple):
    """One change: `payload` is the row as it travels."""

    table: str
    key: str
    op: str
    payload: str


class Page(NamedTuple):
    """Rows after a cursor; `cursor` is the position after the last of them."""

    rows: Sequence[tuple[str, str, str]]  # table, op, payload
    cursor: int
    more: bool


def append(connection: Connection, rows: Sequence[FeedRow], now_ms: int) -> None:
    """Record changes in this order, each replacing the older change of its row."""
    if not rows:
        return
    first = advance(connection, CURSOR, len(rows)) - len(rows) + 1
    values: list[Row] = [
        {
            "cursor": cursor,
            "table_name": row.table,
            "key": row.key,
            "op": row.op,
            "payload": row.payload,
            "at_ms": now_ms,
        }
        for cursor, row in enumerate(rows, first)
    ]
    for piece in pieces(values):
        upsert(connection, models.feed, piece, ["table_name", "key"])


def head(connection: Connection) -> int:
    """The cursor of the newest change; 0 if there never was one."""
    return counter_value(connection, CURSOR)


def read_page(connection: Connection, cursor: int, limit: int) -> Page:
    """At most `limit` changes after the cursor, oldest first."""
    table = models.feed
    query = select(table.c.cursor, table.c.table_name, table.c.op, table.c.payload)
    found = connection.execute(
        query.where(table.c.cursor > cursor).order_by(table.c.cursor).limit(limit + 1)
    ).all()
    rows = found[:limit]
    reached = rows[-1].cursor if rows else max(cursor, head(connection))
    return Page([(row.table_name, row.op, row.payload) for row in rows], reached, len(found) > limit)


def read_snapshot(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every row in force as (table, payload), oldest change first; members before their instruments."""
    table = models.feed
    query = select(table.c.table_name, table.c.payload).where(table.c.op == "put").order_by(table.c.cursor)
    result = connection.execution_options(yield_per=SNAPSHOT_ROWS_FETCHED).execute(query)
    for partition in result.partitions():
        for row in partition:
            yield row.table_name, row.payload


def may_continue(connection: Connection, gateway: str, generation: int, cursor: int) -> bool:
    """Whether a gateway may go on from this cursor of this generation, rather than take a snapshot."""
    table = models.generations
    known = connection.scalar(
        select(table.c.cursor).where(table.c.gateway == gateway, table.c.generation == generation)
    )
    if known is None:
        return False
    return bool(max(known, counter_value(connection, FLOOR)) <= cursor <= head(connection))


def open_generation(connection: Connection, gateway: str, now_ms: int) -> int:
    """A generation number this gateway never had, recorded at the present cursor.

    Numbers follow the clock (milliseconds), so that an HQ restored from a backup does not give one out again.
    """
    table = models.generations
    newest = connection.scalar(select(func.max(table.c.generation)).where(table.c.gateway == gateway))
    generation = max((newest or 0) + 1, now_ms)
    row = {"gateway": gateway, "generation": generation, "cursor": head(connection), "at_ms": now_ms}
    upsert(connection, table, [row], ["gateway", "generation"])
    _forget_generations(connection, gateway)
    return generation


def _forget_generations(connection: Connection, gateway: str) -> None:
    table = models.generations
    mine = select(table.c.generation).where(table.c.gateway == gateway)
    kept = connection.scalars(mine.order_by(table.c.generation.desc()).limit(GENERATIONS_KEPT)).all()
    connection.execute(delete(table).where(table.c.gateway == gateway, table.c.generation < min(kept)))


def forget_deletions(connection: Connection, before_ms: int) -> None:
    """Drop deletions older than this and raise the floor above them."""
    table = models.feed
    old = (table.c.op == "del") & (table.c.at_ms < before_ms)
    newest = connection.scalar(select(func.max(table.c.cursor)).where(old))
    if newest is not None:
        connection.execute(delete(table).where(old))
        advance(connection, FLOOR, newest - counter_value(connection, FLOOR))
