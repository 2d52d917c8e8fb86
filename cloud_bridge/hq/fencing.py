"""A new epoch of a gateway's rights, and the settling of the old one: its owners get anew what it still
held.

An epoch ends when staff give a gateway up, when a log forks or a report falls behind, or when the gateway
fenced itself. It is settled when nothing of it can follow any more: at the gateway's fence, behind which
its log stands in the new epoch, or at once for a gateway that is given up. The loss of the merchant is what
was given there and is heard of after that. The caller holds the gateway's row.
"""

from collections import Counter

from sqlalchemy import Connection, select, union

from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.settling import settle


def raise_epoch(session: Session, gateway: str, epoch: int) -> None:
    """Begin this epoch of a gateway's rights, if it is a later one; what was granted before is over."""
    standing = session.books.standing(gateway)
    if epoch > standing.rights_epoch:
        lots = _lots_out(session, gateway, standing.rights_epoch)
        session.books.stand(standing._replace(rights_epoch=epoch))
        session.books.load(lots)
        session.books.touch(lots)


def settle_epochs(session: Session, gateway: str, epoch: int) -> Counter[str]:
    """Settle every epoch before this one; what was written off by that, by unit."""
    standing = session.books.standing(gateway)
    if epoch <= standing.settled_epoch:
        return Counter()
    lots = _lots_out(session, gateway, standing.settled_epoch)
    session.books.load(lots)
    before = _written(session, lots, gateway)
    session.books.stand(standing._replace(settled_epoch=epoch))
    settle(session, lots)
    return _written(session, lots, gateway) - before


def _written(session: Session, lots: list[str], gateway: str) -> Counter[str]:
    books, found = session.books, Counter[str]()
    for lot in (lot for lot in lots if lot in books.natures):
        for key in books.holders(lot):
            if key.gateway == gateway:
                found[books.natures[lot].unit] += books.lease(key).written
    return found


def _lots_out(session: Session, gateway: str, since: int) -> list[str]:
    """Every lot of which a gateway has, or was granted, something in this epoch or a later one.

    With those that this transaction has changed and not written yet.
    """
    held, lent = tables.holdings.c, tables.leases.c
    left = held.granted + held.minted - held.returned - held.spent
    mine = select(held.lot).where(held.log == gateway, held.epoch >= since, left != 0)
    granted = select(lent.lot).where(lent.gateway == gateway, lent.epoch >= since)
    stored = session.connection.scalars(union(mine, granted))
    return sorted({*stored, *session.books.changed_lots()})


def rights_epoch(connection: Connection, gateway: str) -> int:
    """The epoch of a gateway's rights."""
    table = tables.standings
    return connection.scalar(select(table.c.rights_epoch).where(table.c.gateway == gateway)) or 1
