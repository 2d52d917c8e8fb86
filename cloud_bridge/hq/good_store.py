"""Writes goods: checked lines become rows of goods and barcodes, and of the feed.

A line is the whole of an article: a barcode it no longer names is free. A barcode is never taken from another
article. What a file does not name stays as it is; forget() takes an article away.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, or_, select

from cloud_bridge.hq import feed, models
from cloud_bridge.hq.database import pieces, upsert
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.good_lines import GoodLine
from cloud_bridge.hq.lines import Effect, Refusal, RefusedGroup
from cloud_bridge.wire import GoodKey, GoodRow, encode
from gateway.core.event import canonical
from gateway.core.orders.model import Good

_GOODS: Final = msgspec.json.Decoder(Good)


class Article(NamedTuple):
    """One article and its barcodes, in order."""

    good: Good
    barcodes: tuple[str, ...]


def put_goods(connection: Connection, lines: Sequence[GoodLine], now_ms: int) -> Effect:
    """Bring HQ's rows and the feed to what the lines say."""
    before = {article.good.sku: article for article in _read(connection, [line.good.sku for line in lines])}
    owners = _owners(connection, [code for line in lines for code in line.barcodes])
    changes: list[Article] = []
    refused = []
    for line in lines:
        sku, wanted = line.good.sku, Article(line.good, tuple(sorted(line.barcodes)))
        taken = [code for code in line.barcodes if owners.get(code, sku) != sku]
        if taken:
            refused.append(
                RefusedGroup((Refusal(line.line, "barcode", "barcode_taken", taken[0]),), line.numbers)
            )
            continue
        present = before.get(sku)
        for code in present.barcodes if present else ():
            owners.pop(code, None)
        owners.update(dict.fromkeys(line.barcodes, sku))
        if present != wanted:
            changes.append(wanted)
    _write(connection, changes, now_ms)
    created = sum(1 for change in changes if change.good.sku not in before)
    unchanged = len(lines) - len(refused) - len(changes)
    return Effect(created, len(changes) - created, unchanged, tuple(refused))


def _read(connection: Connection, skus: Sequence[str]) -> list[Article]:
    codes: dict[str, list[str]] = {}
    for row in _rows(connection, models.barcodes, "sku", skus):
        codes.setdefault(row.sku, []).append(row.code)
    goods = [_GOODS.decode(row.body) for row in _rows(connection, models.goods, "sku", skus)]
    return [Article(good, tuple(sorted(codes.get(good.sku, ())))) for good in goods]


def _owners(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    return {row.code: row.sku for row in _rows(connection, models.barcodes, "code", codes)}


def _rows(connection: Connection, table: Table, column: str, values: Sequence[str]) -> Iterable[Any]:
    for piece in pieces(values):
        yield from connection.execute(select(table).where(table.c[column].in_(piece)))


def _write(connection: Connection, changes: Sequence[Article], now_ms: int) -> None:
    for piece in pieces(changes):
        skus = [change.good.sku for change in piece]
        connection.execute(delete(models.barcodes).where(models.barcodes.c.sku.in_(skus)))
        bodies = [{"sku": one.good.sku, "body": canonical(one.good).decode()} for one in piece]
        upsert(connection, models.goods, bodies, ["sku"])
    codes = [{"code": code, "sku": one.good.sku} for one in changes for code in one.barcodes]
    for piece in pieces(codes):
        connection.execute(insert(models.barcodes), list(piece))
    feed.append(connection, [_feed_row(change) for change in changes], now_ms)


def _feed_row(article: Article) -> FeedRow:
    sku = article.good.sku
    row = GoodRow(sku, list(article.barcodes), article.good)
    return FeedRow("goods", sku, "put", encode(row).decode())


def forget(connection: Connection, sku: str, now_ms: int) -> bool:
    """Take an article out of every till. False: no such article."""
    connection.execute(delete(models.barcodes).where(models.barcodes.c.sku == sku))
    gone = connection.execute(
        delete(models.goods).where(models.goods.c.sku == sku).returning(models.goods.c.sku)
    )
    if gone.first() is None:
        return False
    feed.append(connection, [FeedRow("goods", sku, "del", encode(GoodKey(sku)).decode())], now_ms)
    return True


def count(connection: Connection) -> int:
    """How many articles there are."""
    return connection.scalar(select(func.count()).select_from(models.goods)) or 0


def find(connection: Connection, query: str, limit: int) -> list[Article]:
    """Articles whose sku or a barcode begins with the text, by sku; all for no text."""
    goods, codes = models.goods.c, models.barcodes.c
    by_code = select(codes.sku).where(codes.code.startswith(query, autoescape=True))
    match = or_(goods.sku.startswith(query, autoescape=True), goods.sku.in_(by_code))
    wanted = select(goods.sku).order_by(goods.sku).limit(limit)
    skus = list(connection.scalars(wanted.where(match) if query else wanted))
    return sorted(_read(connection, skus), key=lambda article: article.good.sku)
