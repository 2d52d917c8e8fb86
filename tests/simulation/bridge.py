"""The bridge of one gateway: what was announced goes up in order, each event once; what HQ says comes down.

It has no memory but the position it last asked for, and forgets that after any error. A call to HQ may be
lost, be answered in vain, arrive twice, or arrive long after the bridge gave up waiting.
"""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.core.book import LotKey, Part
from gateway.core.event import GENESIS, Sealed, open_event
from gateway.core.promises import Ask
from gateway.storage import layout
from tests.simulation.cache_file import CacheFile
from tests.simulation.hq import PAGE_ROWS_MAX, Hq, Want
from tests.simulation.hq_tree import Gap
from tests.simulation.network import Line, Network

BATCH_MAX = 20

REQUEST_LOST, ANSWER_LOST = "request lost", "answer lost"
CALL_DOUBLED, CALL_LATE = "call doubled", "call late"
FAULTS = (REQUEST_LOST, ANSWER_LOST, CALL_DOUBLED, CALL_LATE)
# One call in seven: some good ones must follow each other for anything to happen.
FATES = (*FAULTS, *("",) * 24)


class Unreachable(Exception):
    """HQ gave no answer; whether it did anything is unknown."""


class Call(NamedTuple):
    """A request under way to HQ."""

    method: str
    arguments: tuple[Any, ...]


class House(NamedTuple):
    """What a bridge sees of its gateway."""

    gateway: str
    ledger: Callable[[], sqlite3.Connection]
    head: Callable[[], tuple[int, int]]
    now_ms: Callable[[], int]
    tell: Callable[[bool], None]  # whether HQ answered last


class Bridge:
    """The bridge of one gateway, started again with it."""

    def __init__(
        self, house: House, cache: CacheFile, hq: Hq, network: Network, faults: Counter[str]
    ) -> None:
        self._house = house
        self.cache = cache
        self._hq = hq
        self._network = network
        self._faults = faults
        self._at: tuple[int, str] | None = None
        self._wants: dict[str, tuple[int, tuple[Want, ...]]] = {}

    def forward(self, chance: random.Random | None) -> bool:
        """Send one batch behind HQ's position; True if there was one. `chance` None: nothing goes wrong."""
        _, head = self._house.head()
        try:
            if self._at is None:
                self._at = self._find_common(chance, head)
            links = self._read(self._at[0], head)
            if links:
                self._at = self._call(chance, "take", self._house.gateway, links)
                self._notice(links)
                return True
        except (Unreachable, Gap):
            self._at = None
        return False

    def pull(self, chance: random.Random | None, limit: int = PAGE_ROWS_MAX) -> bool:
        """One page of the feed, or a whole snapshot; True if there may be more."""
        gateway, cache = self._house.gateway, self.cache
        try:
            page = None
            if cache.generation is not None:
                page = self._call(chance, "page", gateway, cache.generation, cache.cursor, limit)
            if page is None:
                cache.begin(self._call(chance, "snapshot", gateway), self._house.now_ms())
                return True
            cache.apply(page, self._house.now_ms())
            return bool(page.more)
        except Unreachable:
            return False

    def ask_rights(self, chance: random.Random | None) -> None:
        """Ask for what the gateway's events asked for, with the events' own keys."""
        for key, (epoch, wants) in tuple(self._wants.items()):
            try:
                rows = self._call(chance, "ask", self._house.gateway, epoch, key, wants)
            except Unreachable:
                return
            del self._wants[key]
            if self.cache.generation is not None and rows:
                self.pull(chance)

    def report(self, chance: random.Random | None) -> None:
        """Say the cumulative numbers of every part."""
        try:
            self._call(chance, "take_report", self._house.gateway, read_parts(self._house.ledger()))
        except Unreachable:
            return

    def _call(self, chance: random.Random | None, method: str, *arguments: Any) -> Any:
        self._house.tell(False)
        answer = self._answer(chance, method, *arguments)
        self._house.tell(True)
        return answer

    def _answer(self, chance: random.Random | None, method: str, *arguments: Any) -> Any:
        if chance is not None and not self._network.joins(self._house.gateway, "hq"):
            raise Unreachable
        fate = "" if chance is None else chance.choice(FATES)
        if fate:
            self._faults[fate] += 1
        if fate == REQUEST_LOST:
            raise Unreachable
        if fate == CALL_LATE:
            self._network.send(Line(self._house.gateway, "hq"), Call(method, arguments))
            raise Unreachable
        answer = getattr(self._hq, method)(*arguments)
        if fate == CALL_DOUBLED:
            answer = getattr(self._hq, method)(*arguments)
        if fate == ANSWER_LOST:
            raise Unreachable
        return answer

    def _find_common(self, chance: random.Random | None, head: int) -> tuple[int, str]:
        """The last event that HQ and this ledger both have."""
        gateway = self._house.gateway
        seq, _ = self._call(chance, "position", gateway)
        if seq > head:
            self._call(chance, "is_behind", gateway)
        seq = min(seq, head)
        while True:
            mine = self._hash_at(seq)
            if mine in (self._call(chance, "hashes_at", gateway, seq)):
                return seq, mine
            seq -= 1

    def _hash_at(self, seq: int) -> str:
        if seq == 0:
            return GENESIS
        row = self._house.ledger().execute(layout.SELECT_EVENT, (seq,)).fetchone()
        return str(row[0].hex())

    def _read(self, after: int, head: int) -> list[Sealed]:
        rows = self._house.ledger().execute(layout.SELECT_EVENTS_AFTER, (after, head, BATCH_MAX))
        return [Sealed(*row) for row in rows]

    def _notice(self, links: list[Sealed]) -> None:
        """Remember what the events asked HQ for."""
        for link in links:
            event = open_event(link.body)
            if isinstance(event.act, Ask) and event.facts.rights:
                act = event.act
                want = Want(act.owner, act.unit, act.lot, act.amount)
                key = f"{self._house.gateway}.{event.seq}.{event.random}"
                self._wants[key] = (event.facts.rights.epoch, (want,))


def read_parts(db: sqlite3.Connection) -> dict[tuple[LotKey, int], Part]:
    """Every part of every lot in a ledger, by lot and epoch."""
    rows = db.execute("SELECT owner, unit, lot, epoch, granted, minted, returned, spent, held FROM lots")
    return {(LotKey(*row[:3]), row[3]): Part(*row[4:]) for row in rows}
