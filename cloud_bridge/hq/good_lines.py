"""What one line of a goods file must say: fields in, a checked article or the list of refusals out. Pure.

`barcode` holds several codes with | between them; prices are yuan with at most two places, `tax` is percent
and included in the price. An article named twice in one file is refused the second time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from cloud_bridge.bounds import GOOD_TEXT_MAX
from cloud_bridge.hq.csv_file import Line, Shape
from cloud_bridge.hq.lines import Refusal, RefusedGroup, Rule, Wrong, matching, name, one_of, read_columns
from cloud_bridge.wire import BARCODES_MAX
from gateway.core.orders.model import GOODS as ORDINARY
from gateway.core.orders.model import OPEN, TOPUP, Good

MEMBER_PRICE: Final = "member_price"
MEMBER_BOOK: Final = "member"  # the price book it fills
GOODS: Final = Shape(
    ("sku", "barcode", "name_zh", "name_en", "category", "price", "tax", "kind"), (MEMBER_PRICE,)
)
FEN: Final = 100
BASIS_POINTS: Final = 100
TAX_MAX: Final = 10_000
_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,48}\Z")
_YUAN: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?\Z")
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?\Z")


class GoodLine(NamedTuple):
    """A line that is right in itself."""

    line: int
    good: Good
    barcodes: tuple[str, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its one line."""
        return (self.line,)


def read_goods(lines: Iterable[Line]) -> Iterator[GoodLine | RefusedGroup]:
    """The file's articles in order."""
    seen: set[str] = set()
    for line in lines:
        found = read_good(line)
        if isinstance(found, GoodLine) and found.good.sku in seen:
            found = [Refusal(line.number, "sku", "sku_twice", found.good.sku)]
        if isinstance(found, list):
            yield RefusedGroup(tuple(found), (line.number,))
        else:
            seen.add(found.good.sku)
            yield found


def read_good(line: Line) -> GoodLine | list[Refusal]:
    """The line as an article, or everything that is wrong with it."""
    found = read_columns(line, _RULES, ())
    if isinstance(found, list):
        return found
    book = found.get(MEMBER_PRICE)
    good = Good(
        found["sku"],
        {"zh-CN": found["name_zh"], "en": found["name_en"]},
        found["price"],
        found["category"],
        found["kind"],
        {} if book is None else {MEMBER_BOOK: book},
        found["tax"],
    )
    return GoodLine(line.number, good, found["barcode"])


def _barcodes(field: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in field.split("|")) if field else ()
    if not all(map(_CODE.match, codes)):
        raise Wrong("bad_barcode")
    if len(set(codes)) != len(codes):
        raise Wrong("barcode_twice")
    if len(codes) > BARCODES_MAX:
        raise Wrong("too_many_barcodes")
    return codes


def _category(field: str) -> str:
    if len(field) > GOOD_TEXT_MAX:
        raise Wrong("name_too_long")
    return field


def _money(field: str) -> int:
    return int(Decimal(matching(field, _YUAN, "bad_price")) * FEN)


def _tax(field: str) -> int:
    points = int(Decimal(matching(field, _PERCENT, "bad_tax")) * BASIS_POINTS)
    if points > TAX_MAX:
        raise Wrong("bad_tax")
    return points


_RULES: Final[Mapping[str, Rule]] = {
    "sku": lambda field: matching(field, _CODE, "bad_sku"),
    "barcode": _barcodes,
    "name_zh": name,
    "name_en": name,
    "category": _category,
    "price": _money,
    "tax": _tax,
    "kind": lambda field: one_of(field, (ORDINARY, TOPUP, OPEN), "unknown_kind") if field else ORDINARY,
    MEMBER_PRICE: lambda field: _money(field) if field else None,
}
