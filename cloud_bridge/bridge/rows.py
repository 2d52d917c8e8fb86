"""What each row from HQ does to a cache: one statement, idempotent. Rows are checked before they come here.

Of a lot only this gateway's part is kept, and only if it is of the present epoch of its rights: a part of
another epoch is nothing any more, so it counts as zeros. Rows written in an earlier epoch stay as they are
until HQ sends them again, which it does when it settles them; their `epoch` tells readers that they are old.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from cloud_bridge.wire import (
    AliasRow,
    BundleRow,
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
)
from gateway.core.event import canonical
from gateway.core.promises import Terms

TABLES: Final = ("members", "people", "instruments", "bundles", "aliases", "lots")

_MEMBER: Final = (
    "INSERT OR REPLACE INTO members(id, status, tier, qualifying, language) VALUES(?, ?, ?, ?, ?)"
)
_PERSON: Final = "INSERT OR REPLACE INTO people(member, name) VALUES(?, ?)"
_INSTRUMENT: Final = "INSERT OR REPLACE INTO instruments VALUES(?, ?, ?, ?, ?)"
_BUNDLE: Final = "INSERT OR REPLACE INTO bundles(hash, body) VALUES(?, ?)"
_ALIAS: Final = "INSERT OR REPLACE INTO aliases VALUES(?, ?)"
_LOT: Final = "INSERT OR REPLACE INTO lots VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FORGET_LOT: Final = "DELETE FROM lots WHERE owner = ? AND unit = ? AND lot = ?"

_DEFAULTS: Final = msgspec.structs.asdict(Terms())

Statement = tuple[str, tuple[Any, ...]]


class Reader(NamedTuple):
    """Whose cache it is, and the present epoch of its rights."""

    gateway: str
    epoch: int


def statement(row: Row, reader: Reader) -> Statement:
    """What this row does to the cache of this reader."""
    if isinstance(row, LotRow):
        return _LOT, _lot(row, reader)
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


_STATEMENTS: Final[dict[type[Any], Callable[[Any], Statement]]] = {
    MemberRow: lambda row: (_MEMBER, (row.id, row.status, row.tier, row.qualifying, row.language)),
    MemberKey: lambda row: ("DELETE FROM members WHERE id = ?", (row.id,)),
    PersonRow: lambda row: (_PERSON, (row.member, row.name)),
    PersonKey: lambda row: ("DELETE FROM people WHERE member = ?", (row.member,)),
    InstrumentRow: lambda row: (
        _INSTRUMENT,
        (bytes.fromhex(row.key), row.id, row.kind, row.member, row.status),
    ),
    InstrumentKey: lambda row: ("DELETE FROM instruments WHERE key = ?", (bytes.fromhex(row.key),)),
    BundleRow: lambda row: (_BUNDLE, (row.hash, row.body.encode())),
    AliasRow: lambda row: (_ALIAS, (row.id, row.into)),
    LotKey: lambda row: (_FORGET_LOT, (row.owner, row.unit, row.lot)),
}
