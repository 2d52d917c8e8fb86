"""Proof that a ledger's events are one unbroken chain, or the first place where they are not."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from gateway.core.errors import EventError
from gateway.core.event import GENESIS, Event, check_link
from gateway.storage.layout import SELECT_EVENT, SELECT_EVENTS_AFTER, SELECT_TIP

EVENTS_READ_MAX = 500  # rows in memory at a time


class Verdict(NamedTuple):
    """`bad_seq` and `reason` name the first broken event; both None where the chain holds up to `seq`."""

    seq: int
    tip: str
    bad_seq: int | None = None
    reason: str | None = None


class Linked(NamedTuple):
    """An event that follows the one before it; `tip` is its hash in hex."""

    seq: int
    tip: str
    event: Event


def verify_chain(ledger: sqlite3.Connection, after: int = 0) -> Verdict:
    """Check every event behind `after` (0: from the first), each link and hash; reads only."""
    good = Verdict(after, _hash_at(ledger, after))
    try:
        for link in links(ledger, after):
            good = Verdict(link.seq, link.tip)
    except EventError as problem:
        return Verdict(good.seq, good.tip, good.seq + 1, str(problem))
    return good


def links(ledger: sqlite3.Connection, after: int = 0) -> Iterator[Linked]:
    """Every event behind `after`, checked; raises EventError at the first that is broken. Reads only."""
    end = head(ledger)
    seq, tip = after, _hash_at(ledger, after)
    while seq < end:
        rows = ledger.execute(SELECT_EVENTS_AFTER, (seq, end, EVENTS_READ_MAX)).fetchall()
        for found, event_hash, body in rows:
            _check_row(found, seq + 1, event_hash, body)
            event = check_link(event_hash, body, seq + 1, tip)
            seq, tip = found, event_hash.hex()
            yield Linked(seq, tip, event)


def head(ledger: sqlite3.Connection) -> int:
    """The seq of the last event; 0 where there is none."""
    last = ledger.execute(SELECT_TIP).fetchone()
    return last[0] if last else 0


def _hash_at(ledger: sqlite3.Connection, seq: int) -> str:
    row = ledger.execute(SELECT_EVENT, (seq,)).fetchone()
    return row[0].hex() if row else GENESIS


def _check_row(found: int, expected: int, event_hash: object, body: object) -> None:
    if found != expected:
        raise EventError("missing", str(expected))
    if type(event_hash) is not bytes or type(body) is not bytes:
        raise EventError("not_bytes", str(expected))  # edited by hand: SQLite keeps any type anywhere
