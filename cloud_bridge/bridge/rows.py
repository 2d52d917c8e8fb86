"""What each row from HQ does to a cache: statements that, repeated, change nothing. Rows are checked before.

Of a lot only this gateway's part is kept, and only if it is of the present epoch of its rights: a part of
another epoch is nothing any more, so it counts as zeros. Rows written in an earlier epoch stay as they are
until HQ sends them again, which it does when it settles them; their `epoch` tells readers that they are old.

A coupon is found by the code of its lot's terms; of two lots with one code the first to come keeps it. A
barcode that went from one article to another is where it is now, in whatever order both rows come.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from cloud_bridge.wire import (
    AliasRow,
    BundleRow,
    GoodKey,
    GoodRow,
    InstrumentKey,
    InstrumentRow,
    LotKey,
    LotRow,
    MemberKey,
    MemberRow,
    PartRow,
    PersonKey,
    PersonRow,
    Row,
    StaffKey,
    StaffRow,
)
from gateway.core.event import canonical
from gateway.core.promises import Terms

TABLES: Final = (
    *("members", "people", "instruments", "bundles", "aliases", "lots"),
    *("goods", "barcodes", "staff", "codes"),
)

_MEMBER: Final = (
    "INSERT OR REPLACE INTO members(id, status, tier, qualifying, language, home) VALUES(?, ?, ?, ?, ?, ?)"
)
_PERSON: Final = "INSERT OR REPLACE INTO people(member, name, birthday) VALUES(?, ?, ?)"
_INSTRUMENT: Final = "INSERT OR REPLACE INTO instruments VALUES(?, ?, ?, ?, ?)"
_BUNDLE: Final = "INSERT OR REPLACE INTO bundles(hash, body, signature) VALUES(?, ?, ?)"
_GOOD: Final = "INSERT OR REPLACE INTO goods(sku, body, words) VALUES(?, ?, ?)"
_NO_BARCODES: Final = "DELETE FROM barcodes WHERE sku = ?"
_BARCODE: Final = "INSERT OR REPLACE INTO barcodes(code, sku) VALUES(?, ?)"
_STAFF: Final = "INSERT OR REPLACE INTO staff(id, name, role, badge, status) VALUES(?, ?, ?, ?, ?)"
_ALIAS: Final = "INSERT OR REPLACE INTO aliases VALUES(?, ?)"
_LOT: Final = "INSERT OR REPLACE INTO lots VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CODE: Final = "INSERT OR IGNORE INTO codes(code, owner, unit, lot) VALUES(?, ?, ?, ?)"
_FORGET_LOT: Final = "DELETE FROM lots WHERE owner = ? AND unit = ? AND lot = ?"
_FORGET_CODE: Final = "DELETE FROM codes WHERE owner = ? AND unit = ? AND lot = ?"

_DEFAULTS: Final = msgspec.structs.asdict(Terms())

Statement = tuple[str, tuple[Any, ...]]


class Reader(NamedTuple):
    """Whose cache it is, and the present epoch of its rights."""

    gateway: str
    epoch: int


def statements(row: Row, reader: Reader) -> list[Statement]:
    """What this row does to the cache of this reader."""
    if isinstance(row, LotRow):
        code = row.terms.code
        coupon = [(_CODE, (code, row.owner, row.unit, row.lot))] if code else []
        return [(_LOT, _lot(row, reader)), *coupon]
    return _STATEMENTS[type(row)](row)


def _lot(row: LotRow, reader: Reader) -> tuple[Any, ...]:
    part = row.parts.get(reader.gateway)
    if part is None or part.epoch != reader.epoch:
        part = PartRow(reader.epoch, 0, 0, 0, 0, 0)
    return (
        *(row.owner, row.unit, row.lot, _short(row.terms), row.total),
        *(part.epoch, part.granted, part.lease_end, part.recall, part.minted, part.spent),
    )


def _short(terms: Terms) -> bytes:
    """Canonical JSON of what is not the default: there are millions, of few kinds."""
    said = msgspec.structs.asdict(terms)
    return canonical({name: value for name, value in said.items() if value != _DEFAULTS[name]})


def _good(row: GoodRow) -> list[Statement]:
    words = " ".join((row.sku, *row.good.name.values(), *row.barcodes)).lower()
    return [
        (_GOOD, (row.sku, canonical(row.good), words)),
        (_NO_BARCODES, (row.sku,)),
        *((_BARCODE, (code, row.sku)) for code in row.barcodes),
    ]


def _staff(row: StaffRow) -> list[Statement]:
    badge = None if row.badge is None else bytes.fromhex(row.badge)
    return [(_STAFF, (row.id, row.name, row.role, badge, row.status))]


def _instrument(row: InstrumentRow) -> list[Statement]:
    return [(_INSTRUMENT, (bytes.fromhex(row.key), row.id, row.kind, row.member, row.status))]


def _bundle(row: BundleRow) -> list[Statement]:
    return [(_BUNDLE, (row.hash, row.body.encode(), bytes.fromhex(row.signature)))]


def _forget_lot(row: LotKey) -> list[Statement]:
    key = (row.owner, row.unit, row.lot)
    return [(_FORGET_LOT, key), (_FORGET_CODE, key)]


def _forget_good(row: GoodKey) -> list[Statement]:
    return [("DELETE FROM goods WHERE sku = ?", (row.sku,)), (_NO_BARCODES, (row.sku,))]


_STATEMENTS: Final[dict[type[Any], Callable[[Any], list[Statement]]]] = {
    MemberRow: lambda row: [
        (_MEMBER, (row.id, row.status, row.tier, row.qualifying, row.language, row.home))
    ],
    MemberKey: lambda row: [("DELETE FROM members WHERE id = ?", (row.id,))],
    PersonRow: lambda row: [(_PERSON, (row.member, row.name, row.birthday))],
    PersonKey: lambda row: [("DELETE FROM people WHERE member = ?", (row.member,))],
    InstrumentRow: _instrument,
    InstrumentKey: lambda row: [("DELETE FROM instruments WHERE key = ?", (bytes.fromhex(row.key),))],
    BundleRow: _bundle,
    GoodRow: _good,
    GoodKey: _forget_good,
    StaffRow: _staff,
    StaffKey: lambda row: [("DELETE FROM staff WHERE id = ?", (row.id,))],
    AliasRow: lambda row: [(_ALIAS, (row.id, row.into))],
    LotKey: _forget_lot,
}
