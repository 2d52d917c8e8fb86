"""One gateway's log as its file holds it, read event by event and judged by what each event must not do.

A Chain reads what is new in the file after every step and keeps the State that those events make: the
reference that the file's own tables are compared with. After a restored image it begins again.
"""

import sqlite3
from collections.abc import Callable

from gateway.core.errors import EventError
from gateway.core.event import GENESIS, Event, check_link
from gateway.core.model import DONE, Bundle
from gateway.core.redecide import redecide
from gateway.core.state import State
from gateway.storage.layout import SELECT_EVENTS_AFTER
from tests.simulation.calendar import LotDays
from tests.simulation.device import RecordId
from tests.simulation.judge_once import OnceJudge
from tests.simulation.judge_orders import OrderJudge
from tests.simulation.judge_reversal import ReversalJudge
from tests.simulation.judge_risk import RiskJudge
from tests.simulation.judge_wishes import WishJudge
from tests.simulation.verdict import Violation

READ_MAX = 1_000


class Chain:
    """A gateway's present log; not `whole` where a later part of it was lost with the disk it was on."""

    def __init__(
        self, gateway: str, bundle_of: Callable[[str], Bundle], once: OnceJudge, whole: bool = True
    ) -> None:
        self.gateway = gateway
        self.whole = whole
        self._bundle_of = bundle_of
        self.state = State(gateway)
        self.events: list[Event] = []
        self.hashes: list[str] = []
        self.bodies: list[bytes] = []
        self._records: set[tuple[object, ...]] = set()
        self.days = LotDays()
        self.risk = RiskJudge(self.days, bundle_of)
        self._reversals = ReversalJudge(self.days)
        self._orders = OrderJudge(bundle_of)
        self._once = once
        self.wishes = WishJudge()

    @property
    def tip(self) -> str:
        """The hash of the last event."""
        return self.hashes[-1] if self.hashes else GENESIS

    def read(self, db: sqlite3.Connection) -> list[tuple[str, Event]]:
        """Take in what the file has behind what was read, judged; (hash, event) of each."""
        rows = db.execute(SELECT_EVENTS_AFTER, (self.state.seq, 2**62, READ_MAX)).fetchall()
        return [(hash_.hex(), self._take(hash_, body)) for _, hash_, body in rows]

    def holds(self, seq: int, body: bytes) -> bool:
        """Whether the event at `seq` is this one."""
        return seq <= len(self.bodies) and self.bodies[seq - 1] == body

    def answers(self, record: RecordId, seq: int) -> bool:
        """Whether the event at `seq` is of this device's record."""
        if seq > len(self.events) or (mark := self.events[seq - 1].record) is None:
            return False
        device = self.events[seq - 1].device
        return (device, mark.boot, bytes.fromhex(mark.nonce), mark.number) == record

    def _take(self, hash_: bytes, body: bytes) -> Event:
        seq = self.state.seq + 1
        try:
            event = check_link(hash_, body, seq, self.tip)
        except EventError as problem:
            raise Violation(13, f"{self.gateway} {seq}: {problem}") from problem
        self._judge(f"{self.gateway} {seq} {event.type}", event, body)
        self.events.append(event)
        self.hashes.append(hash_.hex())
        self.bodies.append(body)
        return event

    def _judge(self, name: str, event: Event, body: bytes) -> None:
        if redecide(body, self._bundle_of(event.bundle)) != body:
            raise Violation(9, f"{name}: decided otherwise from its own facts")
        if event.transfers and event.outcome.name != DONE:
            raise Violation(2, f"{name}: was not done, and moved something")
        self._judge_record(name, event)
        self.days.judge(name, event)
        self.risk.judge(name, event)
        self._reversals.judge(name, event, self.whole)
        self._orders.judge(name, event, self.whole)
        self._once.judge(name, event, self.whole)
        self.wishes.judge(name, event, self.state)
        try:
            self.state.apply(event)
        except EventError as problem:
            raise Violation(5 if problem.reason == "key_reused" else 2, f"{name}: {problem}") from problem

    def _judge_record(self, name: str, event: Event) -> None:
        mark = event.record
        if mark is None:
            return
        key = (event.device, mark.boot, mark.nonce, mark.number)
        if key in self._records:
            raise Violation(5, f"{name}: record {mark.number} of {event.device} booked twice")
        self._records.add(key)
