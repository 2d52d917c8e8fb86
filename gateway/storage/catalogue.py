"""Goods, staff and printed codes as HQ said them: one state of the cache, read only.

A Catalogue reads by the snapshot it belongs to, so it is as long-lived as that and raises what it raises.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from gateway.core.book import LotKey
from gateway.core.orders.model import Good

GOODS_TOGETHER = 32  # skus of one statement
GOODS_KEPT_MAX = 4_096  # decoded; a store has some thousand articles of half a kilobyte
WORDS_SEARCHED_MAX = 8  # more only make a search slower, never better
ACTIVE = "active"

_GOODS = "SELECT sku, body FROM goods WHERE sku IN ({})"
_BY_BARCODE = "SELECT g.body FROM barcodes b JOIN goods g ON g.sku = b.sku WHERE b.code = ?"
_SEARCH = "SELECT body FROM goods{} ORDER BY sku LIMIT ?"
_LIKE = "words LIKE ? ESCAPE '\\'"
_STAFF = "SELECT id, name, role, status FROM staff WHERE id = ?"
_BY_BADGE = "SELECT id, name, role, status FROM staff WHERE badge = ? ORDER BY status, id LIMIT 1"
_EVERYBODY = "SELECT id, name, role, status FROM staff WHERE status = 'active' ORDER BY name, id"
_CODE = "SELECT owner, unit, lot FROM codes WHERE code = ?"

_good = lru_cache(maxsize=GOODS_KEPT_MAX)(msgspec.json.Decoder(Good).decode)

Rows = Callable[[str, Sequence[Any]], list[Any]]


class StaffRow(NamedTuple):
    """A member of staff; status "active" or "left". The name is for pages alone, never for an event."""

    id: str
    name: str
    role: str
    status: str

    @property
    def works_here(self) -> bool:
        """Whether this one may still do anything."""
        return self.status == ACTIVE


class Catalogue:
    """What a till looks up that is nobody's promise; `rows` runs a statement in the snapshot, and `broken`
    says what an undecodable row means."""

    def __init__(self, rows: Rows, broken: Callable[[Exception], Exception]) -> None:
        self._rows = rows
        self._broken = broken

    def goods(self, skus: Iterable[str]) -> dict[str, Good]:
        """These articles by sku; those that HQ does not know are left out."""
        wanted = list(dict.fromkeys(skus))
        found: dict[str, Good] = {}
        for start in range(0, len(wanted), GOODS_TOGETHER):
            some = wanted[start : start + GOODS_TOGETHER]
            rows = self._rows(_GOODS.format(",".join("?" * len(some))), some)
            found.update((row[0], self._decode(row[1])) for row in rows)
        return found

    def by_barcode(self, code: str) -> Good | None:
        """The article with this barcode."""
        rows = self._rows(_BY_BARCODE, (code,))
        return self._decode(rows[0][0]) if rows else None

    def search(self, query: str, limit: int) -> list[Good]:
        """At most so many articles whose words contain every word of the query, by sku; all for none."""
        words = query.lower().split()[:WORDS_SEARCHED_MAX]
        where = " WHERE " + " AND ".join(_LIKE for _ in words) if words else ""
        rows = self._rows(_SEARCH.format(where), (*(f"%{_plain(word)}%" for word in words), limit))
        return [self._decode(row[0]) for row in rows]

    def staff(self, id_: str) -> StaffRow | None:
        """A member of staff, also one who left."""
        rows = self._rows(_STAFF, (id_,))
        return StaffRow(*rows[0]) if rows else None

    def staff_by_badge(self, key: bytes) -> StaffRow | None:
        """Whose badge has this evidence key; of two, the one who still works here."""
        rows = self._rows(_BY_BADGE, (key,))
        return StaffRow(*rows[0]) if rows else None

    def everybody(self) -> list[StaffRow]:
        """All who work here, by name."""
        return [StaffRow(*row) for row in self._rows(_EVERYBODY, ())]

    def code(self, code: str) -> LotKey | None:
        """The coupon on which this code is printed."""
        rows = self._rows(_CODE, (code,))
        return LotKey(*rows[0]) if rows else None

    def _decode(self, body: bytes) -> Good:
        try:
            return _good(body)
        except msgspec.MsgspecError as problem:
            raise self._broken(problem) from problem


def _plain(word: str) -> str:
    """A word that stands for itself in LIKE."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
