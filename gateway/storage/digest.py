"""A ledger's digest, read row by row: what gateway.core.state gives for the same log, in little memory.

A line for each part, each account that is not zero and each hold, sorted as bytes; fields are separated by
tabs. Names hold no control characters, so the order of whole lines is that of their fields as bytes, and an
epoch is ordered as text.
"""

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

# In the order of their letters.
_LINES = (
    ("A", "SELECT owner, unit, posted FROM accounts WHERE posted <> 0 ORDER BY owner, unit"),
    ("H", "SELECT id, seq, until_ms FROM holds ORDER BY id"),
    (
        "L",
        "SELECT owner, unit, lot, epoch, granted, minted, returned, spent, held FROM lots"
        " ORDER BY owner, unit, lot, CAST(epoch AS TEXT)",
    ),
)


def digest(db: sqlite3.Connection) -> str:
    """SHA-256 in hex of what the projections hold; reads only."""
    whole = sha256()
    for line in _lines(db):
        whole.update(line)
    return whole.hexdigest()


def _lines(db: sqlite3.Connection) -> Iterator[bytes]:
    for letter, statement in _LINES:
        for row in db.execute(statement):
            yield _line(letter, row)


def _line(letter: str, row: tuple[Any, ...]) -> bytes:
    return ("\t".join((letter, *map(str, row))) + "\n").encode()
