"""Long logs of invented promises, the same for the same number: what a ledger has after years.

Every event gives one member three lots (points, a coupon, stored value), as a till's order would. They are
made of ready decisions, without looking anything up, so that a million take minutes; all that follows from
them is written by the caller through the gateway's own ledger. `grow` only lengthens a log, with bodies that
mean nothing: for asking whether length costs anything.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.core.event import seal
from gateway.core.model import (
    DONE,
    TRANSFER_POSTED,
    CacheMark,
    Decision,
    Facts,
    Input,
    NewLot,
    Outcome,
    Setting,
)
from gateway.core.promises import ISSUER, MEMBER, POINTS, Credit, Nature, Post, Terms, Transfer
from gateway.storage.layout import POSTINGS_AN_EVENT, SELECT_TIP

COUPON_UNIT = "CPN:tea"
MONEY_UNIT = "CNY"
POINTS_GIVEN, COUPONS_GIVEN, MONEY_GIVEN = 500, 1, 5_000
LOTS_AN_EVENT = 3
BODY_BYTES = 300  # of an event that only lengthens the log
READABLE = 300  # events at the end that a gateway may check when it opens the ledger
LAST_DAY = "2027-12-31"
GIVEN = (
    (POINTS, POINTS_GIVEN, Terms(expires_on=LAST_DAY)),
    (COUPON_UNIT, COUPONS_GIVEN, Terms(face=500, expires_on=LAST_DAY)),
    (MONEY_UNIT, MONEY_GIVEN, Terms()),
)

_GROW_EVENTS = """
    WITH RECURSIVE more(seq) AS (SELECT ?1 UNION ALL SELECT seq + 1 FROM more WHERE seq < ?2)
    INSERT INTO events(seq, hash, body) SELECT seq, zeroblob(32), ?3 FROM more"""
_GROW_POSTINGS = """
    WITH RECURSIVE more(seq) AS (SELECT ?1 UNION ALL SELECT seq + 1 FROM more WHERE seq < ?2)
    INSERT INTO postings(id, owner, unit, lot, amount, held, prev)
    SELECT seq * ?3 + 1, 'member:m00000000', 'PTS', '0000000000000000.0', 1, 0, 0 FROM more"""


def owner_of(number: int) -> str:
    """The member whom event `number` (0 and up) gives something."""
    return f"{MEMBER}m{number:08d}"


def lot_of(number: int, index: int) -> str:
    """The name of the lot `index` (as in GIVEN) of event `number`."""
    return f"{number:016x}.{index}"


def decisions(gateway: str, first: int, count: int, at_ms: int, date: str) -> Iterator[Decision]:
    """The decisions of events `first` to `first + count - 1`."""
    setting = Setting(at_ms, "0" * 64, CacheMark(0, None), 1, 1, date, "Asia/Shanghai")
    for number in range(first, first + count):
        owner = owner_of(number)
        parts = tuple(Credit(amount, owner, terms, unit) for unit, amount, terms in GIVEN)
        transfers = tuple(
            Transfer(amount, owner, ISSUER, unit, credit_lot=lot_of(number, index))
            for index, (unit, amount, _) in enumerate(GIVEN)
        )
        lots = tuple(
            NewLot(lot_of(number, index), Nature(owner, terms, unit))
            for index, (unit, _, terms) in enumerate(GIVEN)
        )
        given = Input(
            setting,
            "",
            f"{number:016x}",
            TRANSFER_POSTED,
            act=Post(parts),
            actor="staff:sample",
            gateway=gateway,
        )
        yield Decision(given, Facts(), Outcome(False, DONE), transfers, lots)


def grow(path: Path, gateway: str, events: int) -> None:
    """Lengthen a closed ledger's log to so many events: nobody can read the new ones but the last."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        last = db.execute(SELECT_TIP).fetchone()[0]
        db.execute("BEGIN")
        db.execute(_GROW_EVENTS, (last + 1, events - READABLE, b" " * BODY_BYTES))
        db.execute(_GROW_POSTINGS, (last + 1, events - READABLE, POSTINGS_AN_EVENT))
        _, event_hash, _ = db.execute(SELECT_TIP).fetchone()
        for decision in decisions(gateway, 0, READABLE, 0, LAST_DAY):
            seq = db.execute(SELECT_TIP).fetchone()[0] + 1
            sealed = seal(Decision(decision.input, Facts(), decision.outcome), gateway, seq, event_hash.hex())
            db.execute("INSERT INTO events(seq, hash, body) VALUES(?, ?, ?)", sealed)
            event_hash = sealed.hash
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = WAL")
