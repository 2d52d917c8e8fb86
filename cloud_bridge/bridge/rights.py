"""Asks HQ for the rights that the gateway's log asks for, as soon as HQ has the event that asks.

A right.requested event waits at a till for a second and a half, so each is one request at once, one at a
time, in the order of the log; what the gateway asks by itself, because somebody came in, waits for those that
people wait for. The answer's lots are offered to the cache before the feed brings them, and the
feed is pulled. A grant is HQ's by the key of the event: asking again is granted once.

Nothing here is kept: an ask that is too old or failed too often is dropped and counted. Whoever asked asks
again, as a new event.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from cloud_bridge.asks import RightsGiven, RightsWanted, Want
from cloud_bridge.bridge.door import HqDoor
from cloud_bridge.bridge.errors import HqFailing, HqUnreachable, Trouble
from cloud_bridge.bridge.ledger import Ledger
from cloud_bridge.bridge.status import Status
from cloud_bridge.bridge.wake import Nudge
from cloud_bridge.chain import Link
from cloud_bridge.wire import WireError, encode, read
from gateway.core.model import RIGHT_REQUESTED
from gateway.core.promises import OURSELVES, Ask

WAITING_MAX: Final = (
    64  # tills of one store ask a few at once; a day's backlog asks for nobody who still waits
)
TRIES_MAX: Final = 3
AGE_S_MAX: Final = 10.0  # the till has given up after 1.5 s; its clerk may try again for a few more


class _Waiting(NamedTuple):
    """An ask: its event's seq, when we saw it (steady seconds), how many tries failed; `early` if nobody
    waits for it."""

    seq: int
    want: Want
    since: float
    tries: int
    early: bool


class _Asking(msgspec.Struct, frozen=True):
    """The keys of a right.requested event's body that are read here."""

    act: Ask
    actor: str = ""


_DECODER: Final = msgspec.json.Decoder(_Asking)


class Rights:
    """The asks of one gateway; `offer` takes what HQ gave, `asked` is rung when there is something to do."""

    def __init__(
        self,
        gateway: str,
        ledger: Ledger,
        door: HqDoor,
        status: Status,
        offer: Callable[[RightsGiven], None],
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.asked = Nudge()
        self._gateway = gateway
        self._ledger = ledger
        self._door = door
        self._status = status
        self._offer = offer
        self._steady_s = steady_s
        self._waiting: deque[_Waiting] = deque()

    def note(self, links: list[Link]) -> None:
        """HQ has these events: remember those that ask, the newest WAITING_MAX of them."""
        for link in links:
            if link.type == RIGHT_REQUESTED and (waiting := self._read(link)) is not None:
                self._waiting.append(waiting)
                self.asked.ring()
        while len(self._waiting) > WAITING_MAX:
            self._waiting.remove(self._first(early=True))
            self._status.count("rights_dropped")

    async def step(self) -> bool:
        """One ask; True if there are more. Raises Trouble; the ask is then tried again, or dropped."""
        waiting = self._next()
        if waiting is None:
            return False
        wanted = RightsWanted(self._ledger.epoch(), f"{self._gateway}.{waiting.seq}", [waiting.want])
        try:
            given = await self._door.rights(wanted)
        except Trouble as trouble:
            self._fail(waiting, isinstance(trouble, HqUnreachable | HqFailing))
            raise
        self._status.count("rights_asked")
        self._offer(given)
        return bool(self._waiting)

    def _next(self) -> _Waiting | None:
        """The oldest ask that somebody may still wait for, or else the oldest that nobody does."""
        while self._waiting:
            waiting = self._first(early=False)
            self._waiting.remove(waiting)
            if self._steady_s() - waiting.since <= AGE_S_MAX:
                return waiting
            self._status.count("rights_dropped")
        return None

    def _first(self, early: bool) -> _Waiting:
        """The oldest of one sort; of the other where there is none."""
        return next((each for each in self._waiting if each.early == early), self._waiting[0])

    def _fail(self, waiting: _Waiting, may_pass: bool) -> None:
        if may_pass and waiting.tries + 1 < TRIES_MAX:
            self._waiting.append(waiting._replace(tries=waiting.tries + 1))
        else:
            self._status.count("rights_dropped")

    def _read(self, link: Link) -> _Waiting | None:
        """What an event asks for; None, and counted, if it cannot travel as a want."""
        try:
            asking = _DECODER.decode(link.body)
            act = asking.act
            want = read(encode(Want(act.owner, act.unit, act.lot, act.amount)), Want)
            return _Waiting(link.seq, want, self._steady_s(), 0, asking.actor == OURSELVES)
        except (msgspec.DecodeError, WireError):
            self._status.count("rights_unsound")
            return None
