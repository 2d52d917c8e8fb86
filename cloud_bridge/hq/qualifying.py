"""A member's qualifying points and tier as all stores together know them: the opening, and what came since.

Points of qualifying are lots like any others ("QPT"), never spent; those past their last day count no more. A
merged member's count for the one that survives.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from cloud_bridge.hq import granting
from cloud_bridge.hq.books import Books
from cloud_bridge.hq.lot_feed import total
from cloud_bridge.hq.own_log import Frame
from gateway.core.model import Bundle
from gateway.core.promises import MEMBER
from gateway.core.tiers import standing

UNIT = "QPT"


class Qualified(NamedTuple):
    """Points that count today, and the tier they and HQ's word make."""

    qualifying: int
    tier: str


def qualified(connection: Connection, member: Any, bundle: Bundle, frame: Frame) -> Qualified:
    """Of a row of members."""
    owners = granting.family(connection, MEMBER + member["id"])
    names = granting.lots_of(connection, owners, UNIT, granting.usable_since(frame))
    books = Books(connection)
    books.load(names)
    points = sum(total(books, lot) for lot in names if _counts(books, lot, frame))
    qualifying = max(0, member["qualifying"] + points)
    return Qualified(qualifying, standing(bundle, member["tier"], qualifying).tier)


def _counts(books: Books, lot: str, frame: Frame) -> bool:
    terms = books.natures[lot].terms
    return terms.vests_at <= frame.now_ms and not granting.is_over(terms, frame)
