"""What a database of an older HQ lacks and stores must be told: done once, at the first start of a newer one.

Columns come by Database.create(). A member's home store was not in the feed before layout 3.
"""

from typing import Final

from sqlalchemy import Connection, select

from cloud_bridge.hq import feed, models
from cloud_bridge.hq.database import ROWS_PER_STATEMENT_MAX, Database, advance, counter_value
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.member_store import member_row
from cloud_bridge.wire import encode
from gateway.storage.layout import CACHE_LAYOUT

TOLD: Final = "feed_layout"  # counter: the layout by which every row of the feed was made


def tell_anew(database: Database, now_ms: int) -> None:
    """Feed every member again where that was done by an older layout; cut off, it begins anew."""
    with database.reading() as connection:
        told = counter_value(connection, TOLD)
    if told >= CACHE_LAYOUT:
        return
    last: str | None = ""
    while last is not None:
        with database.writing() as connection:
            last = _tell_some(connection, last, now_ms)
    with database.writing() as connection:
        advance(connection, TOLD, CACHE_LAYOUT - told)


def _tell_some(connection: Connection, after: str, now_ms: int) -> str | None:
    """Feed the next members by id; the last of them, None where there are no more."""
    table = models.members
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(ROWS_PER_STATEMENT_MAX)
    rows = connection.execute(query).mappings().all()
    told = [FeedRow("members", row["id"], "put", encode(member_row(dict(row))).decode()) for row in rows]
    feed.append(connection, told, now_ms)
    return rows[-1]["id"] if rows else None
