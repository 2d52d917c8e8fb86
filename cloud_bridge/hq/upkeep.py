"""What HQ does by the clock: leases of gateways that still speak are renewed, what is over leaves HQ's
part.

Done when a gateway reads the feed, at most once an hour for each, and soon again while more leases are due
than are renewed together: a lease lasts weeks, and what is over is not granted anyway. A gateway that is
silent until its leases end may use them no more, and nothing is freed by that.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from cloud_bridge.hq import granting
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import Database, advance, counter_value
from cloud_bridge.hq.finishing import finish
from cloud_bridge.hq.lease import LeaseKey
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.settling import settle
from cloud_bridge.hq.shown_codes import drop_old_codes
from gateway.core.promises import HQ

EVERY_MS: Final = 3_600_000
RENEWED_TOGETHER_MAX: Final = 500  # leases; the others have their turn MORE_MS later
# An imported brand's leases end together: 300,000 at one gateway are renewed in 100 minutes, of 15 days.
MORE_MS: Final = 10_000
EXPIRED_TOGETHER_MAX: Final = 500
EXPIRED_THROUGH: Final = "expired_through"  # counter: the last civil day looked at, as days since year 1


class Upkeep:
    """Remembers when each gateway had its turn; after a restart all have it at once."""

    def __init__(self, database: Database, frame: Callable[[], Frame]) -> None:
        self._database = database
        self._frame = frame
        self._next_ms: dict[str, int] = {}

    def look(self, gateway: str) -> None:
        """Do what is due for a gateway that speaks."""
        frame = self._frame()
        if frame.now_ms < self._next_ms.get(gateway, 0):
            return
        self._next_ms[gateway] = frame.now_ms + EVERY_MS
        with self._database.writing() as connection:
            session = Session(connection, frame)
            renewed = renew(session, gateway)
            expire(session)
            finish(session)
            drop_old_codes(connection, frame.now_ms)
        if renewed == RENEWED_TOGETHER_MAX:
            self._next_ms[gateway] = frame.now_ms + MORE_MS


def renew(session: Session, gateway: str) -> int:
    """Extend the leases of a gateway that end within half a lease; how many."""
    table, books, frame = tables.leases, session.books, session.frame
    mine = (table.c.gateway == gateway) & (table.c.epoch == books.epoch(gateway)) & (table.c.granted > 0)
    ending = table.c.ends_ms.between(1, frame.now_ms + frame.lease_ms // 2)
    found = select(table.c.lot).where(mine, ending).order_by(table.c.ends_ms).limit(RENEWED_TOGETHER_MAX)
    lots = list(session.connection.scalars(found))
    books.load(lots)
    for lot in lots:
        name = LeaseKey(lot, gateway, books.epoch(gateway))
        books.put_lease(name, books.lease(name)._replace(ends_ms=frame.now_ms + frame.lease_ms))
    return len(lots)


def expire(session: Session) -> None:
    """Move what HQ still has of lots past their last day to EXPIRED, once a day."""
    connection, today = session.connection, date.fromisoformat(session.frame.date)
    through = counter_value(connection, EXPIRED_THROUGH)
    since = date.fromordinal(max(1, through - granting.ZONES_DAYS)).isoformat()
    lot, part = tables.lots.c, tables.holdings.c
    left = part.granted + part.minted - part.returned - part.spent
    ours = (part.log == HQ) & (part.owner == lot.owner) & (left > 0)
    over = (lot.expires_on >= since) & (lot.expires_on < today.isoformat())
    query = select(lot.lot).join_from(tables.lots, tables.holdings, part.lot == lot.lot).where(ours, over)
    lots = list(connection.scalars(query.order_by(lot.expires_on, lot.lot).limit(EXPIRED_TOGETHER_MAX)))
    session.books.load(lots)
    settle(
        session, [name for name in lots if granting.is_over(session.books.natures[name].terms, session.frame)]
    )
    yesterday = (today - timedelta(days=1)).toordinal()
    if len(lots) < EXPIRED_TOGETHER_MAX and yesterday > through:
        advance(connection, EXPIRED_THROUGH, yesterday - through)
