"""What a store does with a member's wishes: whoever is forgotten in its log is nobody there any more.

No card greets them, nothing is linked to them or allowed by them, no row names them or leads to them; and the
money that this log held of theirs was gone before. Judged by the log and by the file's tables.
"""

import sqlite3

from gateway.core.event import Event
from gateway.core.model import DONE, GREETED
from gateway.core.people import forgotten
from gateway.core.promises import MEMBER, Consent, Enrol, Forget, Here, Link
from gateway.core.state import State
from tests.simulation.verdict import Violation

MONEY = ("CNY", "CNY.bonus")
NAMING = {
    "people": "SELECT member FROM people",
    "consents": "SELECT member FROM consents",
    "visits": "SELECT member FROM visits",
    "instruments": "SELECT member FROM instruments WHERE key IS NOT NULL",
}
VISITS = "SELECT seq, at_ms, day, hour, member, proof, beacon, place, shaken, redeemed FROM visits"
MEMBERS = "SELECT id, status FROM members"
CONSENTS = "SELECT member, purpose, given, text FROM consents"


class WishJudge:
    """Whom one log has forgotten."""

    def __init__(self) -> None:
        self._forgotten: set[str] = set()

    def judge(self, name: str, event: Event, state: State) -> None:
        """Take in an event; `state` is of the log before it."""
        member = event.facts.member
        if event.outcome.name == GREETED and member is not None and member.id in self._forgotten:
            raise Violation(21, f"{name}: {member.id} was greeted")
        if event.outcome.name != DONE:
            return
        act = event.act
        if isinstance(act, Forget):
            self._forget(name, forgotten(event.facts, act), state)
        elif isinstance(act, Enrol | Link | Consent | Here) and act.member in self._forgotten:
            raise Violation(21, f"{name}: {act}")

    def judge_file(self, name: str, db: sqlite3.Connection, state: State) -> None:
        """The tables after the log that was read; `state` is of the same."""
        for table, statement in NAMING.items():
            found = self._forgotten & {row[0] for row in db.execute(statement)}
            if found:
                raise Violation(21, f"{name}: {table} has {sorted(found)}")
        if dict(db.execute(MEMBERS)) != {id_: row.status for id_, row in state.members.items()}:
            raise Violation(8, f"{name}: members are not what the events make of them")
        allowed = {row[:2]: (bool(row[2]), row[3]) for row in db.execute(CONSENTS)}
        if allowed != {key: row[:2] for key, row in state.consents.items()}:
            raise Violation(8, f"{name}: consents are not what the events make of them")
        if {row[0]: row[1:] for row in db.execute(VISITS)} != state.visits:
            raise Violation(8, f"{name}: visits are not what the events make of them")

    def _forget(self, name: str, names: tuple[str, ...], state: State) -> None:
        owners = {MEMBER + id_ for id_ in names}
        for (key, epoch), part in state.parts.items():
            if key.owner in owners and key.unit in MONEY and epoch == state.epoch and part.left:
                raise Violation(21, f"{name}: {key.owner} had {part.left} {key.unit} left")
        self._forgotten |= set(names)
