"""Lots as gateways get them: what all logs hold together, and each gateway's own part. One row a lot.

total = HQ's part + what each gateway may still spend in its present epoch, as far as HQ has applied its
log, less what was given without a right and is not settled. So a gateway that adds its own later doings is
exact at once.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from cloud_bridge.hq import feed
from cloud_bridge.hq.books import Books
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.lease import rest
from cloud_bridge.hq.settling import is_shared
from cloud_bridge.wire import LotRow, PartRow, WireError, encode, read
from gateway.core.promises import HQ, MEMBER


def total(books: Books, lot: str) -> int:
    """What all logs hold of a lot with a nature; below zero: more was given than there was."""
    live = sum(max(0, rest(books.lease(key), books.holder(*key))) for key in books.live_holders(lot))
    return books.pool(lot).left + live - books.shortfall(lot)


def lot_row(books: Books, lot: str) -> LotRow:
    """The row of a loaded lot with a nature."""
    parts = {}
    for key in books.live_holders(lot):
        lease, part = books.lease(key), books.holder(*key)
        shown = (lease.granted, lease.ends_ms, lease.recall, part.minted, part.spent)
        parts[key.gateway] = PartRow(key.epoch, *shown)
    nature = books.natures[lot]
    return LotRow(lot, nature.owner, nature.unit, nature.terms, total(books, lot), parts)


def tell(connection: Connection, books: Books, lots: Iterable[str], now_ms: int) -> list[str]:
    """Put these lots into the feed where gateways should know them; those that no wire can carry."""
    rows, unfit = [], []
    for lot in lots:
        if not is_shared(books, lot) or not _concerns_others(books, lot):
            continue
        payload = encode(lot_row(books, lot))
        try:
            read(payload, LotRow)
        except WireError:
            unfit.append(lot)
        else:
            rows.append(FeedRow("lots", lot, "put", payload.decode()))
    feed.append(connection, rows, now_ms)
    return unfit


def _concerns_others(books: Books, lot: str) -> bool:
    """A member's lots may be used in every store; an order's or a program's once HQ has had a part of it."""
    return books.natures[lot].owner.startswith(MEMBER) or books.is_met(lot, HQ)
