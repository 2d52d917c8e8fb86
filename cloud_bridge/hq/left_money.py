"""Money of people who are forgotten: a store forgets nobody whose money it knows of, but it may not know all.

So HQ looks, when it hears of it and whenever their money moves again: what is left is told to a person, who
pays it out, and is no trouble any more when nothing is left.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, select

from cloud_bridge.hq import granting, models, troubles
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import pieces
from cloud_bridge.hq.lot_feed import total
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.troubles import Where
from gateway.core.orders.settling import GIFT, MONEY
from gateway.core.promises import MEMBER

UNITS: Final = (MONEY, GIFT)


def money_left(session: Session, member: str) -> int:
    """Stored value of a member and whoever was merged into it, paid in or given, that is not over."""
    books, owners = session.books, granting.family(session.connection, MEMBER + member)
    lots = {lot for unit in UNITS for lot in granting.lots_of(session.connection, owners, unit)}
    lots |= {lot for lot in _moved(session) if books.natures[lot].owner in owners}
    books.load(sorted(lots))
    usable = (lot for lot in lots if not granting.is_over(books.natures[lot].terms, session.frame))
    return sum(max(0, total(books, lot)) for lot in usable)


def tell_left(session: Session, forgotten: Iterable[str], where: Where) -> list[str]:
    """Look at these members, and at all forgotten ones whose money has moved; new kinds of exceptions."""
    owners = {session.books.natures[lot].owner for lot in _moved(session)}
    moved = {owner.removeprefix(MEMBER) for owner in owners if owner.startswith(MEMBER)}
    raised = []
    for member in sorted(_erased(session.connection, moved.union(forgotten))):
        amount = money_left(session, member)
        kind, now_ms = troubles.FORGOTTEN_MONEY, session.frame.now_ms
        if amount == 0:
            troubles.resolve(session.connection, kind, [member])
        elif troubles.raise_trouble(session.connection, where, kind, member, {"amount": amount}, now_ms):
            raised.append(kind)
    return raised


def _moved(session: Session) -> list[str]:
    """Lots of money that this transaction has changed."""
    natures = session.books.natures
    return [lot for lot in session.books.changed_lots() if lot in natures and natures[lot].unit in UNITS]


def _erased(connection: Connection, members: set[str]) -> set[str]:
    """Those of these members, by their present ids, who are nobody any more."""
    aliases, found = tables.aliases.c, models.members.c
    erased: set[str] = set()
    for piece in pieces(sorted(members)):
        merged = {
            row.id: row.into_member
            for row in connection.execute(
                select(aliases.id, aliases.into_member).where(aliases.id.in_(piece))
            )
        }
        present = {merged.get(member, member) for member in piece}
        query = select(found.id).where(found.id.in_(sorted(present)), found.status == granting.ERASED)
        erased.update(connection.scalars(query))
    return erased
