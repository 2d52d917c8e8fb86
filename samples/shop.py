"""Reads the demo shop: goods.csv and staff.csv of this folder, as the values a gateway keeps.

goods.csv: `barcode` holds several codes with | between them; `price` and `member_price` are yuan with two
places, "" where there is no price of that book; `tax` is percent, included in the price; `kind` as in
gateway/core/orders/model.py. staff.csv: `badge_uid` in hex, "" where somebody has no badge.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.core.orders.model import Good
from samples.brand import FOLDER

GOODS_CSV = FOLDER / "goods.csv"
STAFF_CSV = FOLDER / "staff.csv"
MEMBER_BOOK = "member"
FEN, BASIS_POINTS = 100, 100


class Article(NamedTuple):
    """One article and the codes that are printed on it."""

    good: Good
    barcodes: tuple[str, ...]


class Clerk(NamedTuple):
    """One row of staff.csv."""

    staff_no: str
    name: str
    role: str
    badge_uid: str
    store: str


def read_goods(path: Path = GOODS_CSV) -> list[Article]:
    """The rows of a goods file. Raises ValueError for a price or tax that is none."""
    return [article(row) for row in rows(path)]


def read_staff() -> list[Clerk]:
    """The rows of staff.csv."""
    return [Clerk(**row) for row in rows(STAFF_CSV)]


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def article(row: dict[str, str]) -> Article:
    """One row as an article."""
    book = row["member_price"]
    good = Good(
        row["sku"],
        {"zh-CN": row["name_zh"], "en": row["name_en"]},
        minor(row["price"]),
        row["category"],
        row["kind"],  # type: ignore[arg-type]  # the importer refuses another word; so does a test
        {MEMBER_BOOK: minor(book)} if book else {},
        int(row["tax"]) * BASIS_POINTS,
    )
    return Article(good, tuple(code for code in row["barcode"].split("|") if code))


def minor(yuan: str) -> int:
    """Yuan as minor units: "12.50" is 1250. Raises ValueError unless there are exactly two places."""
    whole, point, part = yuan.partition(".")
    if not point or len(part) != 2 or not f"{whole}{part}".isdecimal():
        raise ValueError(f"{yuan!r} is no price with two places")
    return int(whole) * FEN + int(part)
