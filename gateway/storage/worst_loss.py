"""What a store can lose at worst, summed up by SQLite: from the ledger as it is, while the gateway runs.

Reads every lot once, and holds Python's lock only for the sums: some seconds for millions of lots, so it is
asked for now and then, from a thread of its own, and never by a batch.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.core.book import LotKey
from gateway.core.exposure import Exposure, Held, exposure
from gateway.core.model import Bundle
from gateway.core.promises import GATEWAY, SUSPENSE, Terms
from gateway.errors import LedgerDamaged
from gateway.storage import layout

_ANY = "*"  # owners whose lots count alike
# A lot's face is its worth. What is missing in a SUSPENSE lot counts in every epoch, until HQ settles it; of
# the gateway's own lots, its allowances, an empty one says that today's limit is used up.
_SUMS = (
    "SELECT who, unit, face, sum(rest) FROM (SELECT"
    " CASE WHEN owner IN (:suspense, :gateway) THEN owner ELSE :any END who,"
    " unit, json_extract(terms, '$.face') face, granted + minted - returned - spent rest"
    " FROM lots WHERE epoch = :epoch OR owner = :suspense)"
    " WHERE who = :gateway OR rest < 0 OR (rest > 0 AND who <> :suspense) GROUP BY who, unit, face"
)


def worst_loss(path: Path, bundle: Bundle, date: str) -> Exposure:
    """In minor units of money, on this civil day of the store; raises LedgerDamaged."""
    try:
        with closing(sqlite3.connect(layout.read_only_uri(path), uri=True, isolation_level=None)) as db:
            db.execute("BEGIN")
            gateway = str(_meta(db, layout.META_GATEWAY))
            return exposure(bundle, gateway, date, _held(db, gateway))
    except sqlite3.Error as problem:
        raise LedgerDamaged(
            f"{path} cannot be read ({problem})", "`shopbell ledger verify` says more"
        ) from problem


def _held(db: sqlite3.Connection, gateway: str) -> Iterator[Held]:
    """What is left, all lots of one face together."""
    values = {
        "suspense": SUSPENSE,
        "gateway": GATEWAY + gateway,
        "any": _ANY,
        "epoch": _meta(db, layout.META_EPOCH),
    }
    for who, unit, face, rest in db.execute(_SUMS, values):
        yield Held(LotKey(who, unit, ""), Terms(face=face), rest)


def _meta(db: sqlite3.Connection, key: str) -> object:
    row = db.execute(layout.SELECT_META, (key,)).fetchone()
    return row[0] if row else None
