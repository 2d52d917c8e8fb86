"""A new epoch of a gateway's rights: what the old one still held is written off, its owners are made whole.

Begun by staff for a lost gateway, by HQ when a log forks or a report falls behind, and followed when a
gateway fenced itself. The caller holds the gateway's row. Loss of the merchant: exactly what the gateway
may have given that HQ never heard of.
"""

from collections import Counter

from sqlalchemy import Connection, select, union

from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import upsert
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.settling import settle

LOST, FORKED, FELL_BACK, FENCED = "lost", "forked", "fell_back", "fenced"  # why an epoch ended


def raise_epoch(session: Session, gateway: str, epoch: int) -> Counter[str]:
    """Begin this epoch of a gateway's rights, if it is a later one."""
    books = session.books
    ended = books.epoch(gateway)
    if epoch <= ended:
        return Counter()
    books.epochs[gateway] = epoch
    put_standing(session.connection, gateway, rights_epoch=epoch)
    lots = _lots_out(session.connection, gateway, ended)
    before = _written(session, lots, gateway)
    settle(session, lots)
    return _written(session, lots, gateway) - before


def _written(session: Session, lots: list[str], gateway: str) -> Counter[str]:
    books, loss = session.books, Counter[str]()
    books.load(lots)
    for lot in (lot for lot in lots if lot in books.natures):
        for key in books.holders(lot):
            if key.gateway == gateway:
                loss[books.natures[lot].unit] += books.lease(key).written
    return loss


def _lots_out(connection: Connection, gateway: str, epoch: int) -> list[str]:
    """Every lot of which a gateway has, or was granted, something in an epoch."""
    held, lent = tables.holdings.c, tables.leases.c
    left = held.granted + held.minted - held.returned - held.spent
    mine = select(held.lot).where(held.log == gateway, held.epoch == epoch, left > 0)
    granted = select(lent.lot).where(lent.gateway == gateway, lent.epoch == epoch)
    return sorted(connection.scalars(union(mine, granted)))


def put_standing(connection: Connection, gateway: str, **values: int) -> None:
    """Write some of a gateway's numbers, the others as they were or as they begin."""
    table = tables.standings
    found = connection.execute(select(table).where(table.c.gateway == gateway)).mappings().one_or_none()
    row = dict(found) if found else {"gateway": gateway, "rights_epoch": 1, "people_seq": 0}
    upsert(connection, table, [{**row, **values}], ["gateway"])


def rights_epoch(connection: Connection, gateway: str) -> int:
    """The epoch of a gateway's rights."""
    table = tables.standings
    return connection.scalar(select(table.c.rights_epoch).where(table.c.gateway == gateway)) or 1
