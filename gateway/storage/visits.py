"""Who was in the store, when and where: what is counted of presence, and a member's own visits.

Owns the table visits of ledger.db: a row for each Here that was done, by its event. A coupon that a member
redeems marks their rows of that civil day. Whoever is forgotten leaves rows that name nobody: how often
somebody came stays true.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from gateway.core.model import DONE, Decision
from gateway.core.people import forgotten
from gateway.core.presence import Visit, redeemers, visit_of
from gateway.core.promises import Forget, Here

COUNTS_MAX = 5_000  # rows of one day's counts: 24 hours at 200 beacons

_INSERT = (
    "INSERT INTO visits(seq, at_ms, day, hour, member, proof, beacon, place, shaken, redeemed)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REDEEMED = "UPDATE visits SET redeemed = 1 WHERE member = ? AND day = ? AND NOT redeemed"
_FORGET = "UPDATE visits SET member = NULL WHERE member = ?"
_OF_MEMBER = "SELECT seq FROM visits WHERE member = ? ORDER BY day DESC, seq DESC LIMIT ?"
_SHAKEN = "SELECT count(*) FROM visits WHERE member = ? AND day = ? AND shaken"
# Somebody who is forgotten counts no more as a visitor: nobody can tell their visits from another's.
_COUNTS = (
    "SELECT hour, beacon, place, sum(shaken), count(DISTINCT member),"
    " count(DISTINCT CASE WHEN redeemed THEN member END)"
    " FROM visits WHERE day = ? GROUP BY hour, beacon, place ORDER BY hour, beacon, place LIMIT ?"
)


class Count(NamedTuple):
    """What one hour of a day came to at a beacon and place ("" where none is known): presence tickets used,
    different members seen, and how many of those redeemed a coupon later on that day."""

    hour: int
    beacon: str
    place: str
    shakes: int
    visitors: int
    redeemed: int


class Visits:
    """The table as one batch leaves it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._rows: dict[int, Visit] = {}
        self._redeemed: set[tuple[str, str]] = set()  # members and days, of stored rows
        self._forgotten: set[str] = set()  # whose stored rows name nobody any more

    def of(self, member: str, limit: int) -> list[int]:
        """The seqs of at most so many events that tell of a member's being here, the newest first."""
        made = [seq for seq, visit in self._rows.items() if visit.member == member]
        stored = [] if member in self._forgotten else self._db.execute(_OF_MEMBER, (member, limit)).fetchall()
        return sorted([*made, *(row[0] for row in stored)], reverse=True)[:limit]

    def tickets_used(self, member: str, day: str) -> int:
        """How many presence tickets of a member were used on a civil day, as the file holds it."""
        return int(self._db.execute(_SHAKEN, (member, day)).fetchone()[0])

    def counts(self, day: str) -> list[Count]:
        """What a civil day came to, as the file holds it, by hour, beacon and place."""
        return [Count(*row) for row in self._db.execute(_COUNTS, (day, COUNTS_MAX))]

    def prepare(self, decision: Decision) -> Visit | None:
        """What is to be kept of a decision, if it tells of somebody's being here; EventError where it must
        not be. Changes nothing."""
        given, act = decision.input, decision.input.act
        if not isinstance(act, Here) or decision.outcome.name != DONE:
            return None
        return visit_of(act, decision.facts, given.setting.at, given.setting.date)

    def apply(self, seq: int, decision: Decision, visit: Visit | None) -> None:
        """Make the changes of the event at `seq`; `visit` as prepared. Cannot fail."""
        act = decision.input.act
        for member in redeemers(decision.transfers, decision.facts):
            self._redeem(member, decision.input.setting.date)
        if visit is not None:
            self._rows[seq] = visit
        if isinstance(act, Forget) and decision.outcome.name == DONE:
            self._forget(forgotten(decision.facts, act))

    def write(self) -> None:
        """All statements of the batch."""
        if self._redeemed:
            self._db.executemany(_REDEEMED, sorted(self._redeemed))
        if self._forgotten:
            self._db.executemany(_FORGET, [(member,) for member in sorted(self._forgotten)])
        if self._rows:
            self._db.executemany(_INSERT, [(seq, *visit) for seq, visit in self._rows.items()])

    def _redeem(self, member: str, day: str) -> None:
        """Mark a member's visits of a day; none of those that nobody can tell are theirs."""
        if member not in self._forgotten:
            self._redeemed.add((member, day))
        for seq, visit in self._rows.items():
            if (visit.member, visit.day) == (member, day):
                self._rows[seq] = visit._replace(redeemed=True)

    def _forget(self, members: Iterable[str]) -> None:
        names = set(members)
        self._forgotten |= names
        for seq, visit in self._rows.items():
            if visit.member in names:
                self._rows[seq] = visit._replace(member=None)
