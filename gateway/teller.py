"""The teller: takes acts from many pages at once, and hands what waits to the desk as one batch a turn.

Acts that arrive while the loop is busy share one commit. An act that waits for HQ's grant is tried again
whenever the cache has moved, for ASKED_WAIT_S at most; then the offline policy answers. Whoever stops
waiting for an answer changes nothing: the act is booked, and its key gives the verdict again.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from gateway.acting import BUSY, Refused, Request, Verdict
from gateway.core.model import ASKED
from gateway.counters import Counters

WAITING_MAX = 256  # acts not yet begun: some seconds of the busiest store
JOINED_MAX = 64  # acts of one commit: more would hold the loop longer than an fsync takes
ASKED_MAX = 64  # acts that wait for HQ at once; more are answered by the offline policy
ASKED_WAIT_S = 1.5  # a customer at the till waits no longer for HQ


class Desk(Protocol):
    """What a teller needs of a desk."""

    def act(self, requests: Sequence[Request]) -> list[Verdict | Refused]:
        """Verdicts in the order of the requests, durable. Raises only what ends the gateway."""
        ...


class _Asker(NamedTuple):
    request: Request
    answer: "asyncio.Future[Verdict]"


class Teller:
    """Serves one desk, in its loop."""

    def __init__(self, desk: Desk, counters: Counters, wait_s: float = ASKED_WAIT_S) -> None:
        self._desk = desk
        self._counters = counters
        self._wait_s = wait_s
        self._waiting: deque[_Asker] = deque()
        self._called = asyncio.Event()
        self._closed = False
        self._asking = 0
        self._moves = 0
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled. Raises what the desk raises: it ends the gateway."""
        try:
            while True:
                await self._called.wait()
                self._serve()
                await asyncio.sleep(0)  # answers leave, and messages have their turn, between two commits
        finally:
            self._closed = True
            for asker in self._waiting:
                _answer(asker, Refused(BUSY))

    async def ask(self, request: Request) -> Verdict:
        """The verdict on an act; raises Refused where none was booked."""
        seen = self._moves
        verdict = await self._join(request)
        if verdict.event.outcome.name != ASKED:
            return verdict
        if self._asking >= ASKED_MAX:
            self._counters.add("teller.asked_refused")
            return await self._join(request._replace(asked=verdict.seq, final=True))
        self._asking += 1
        try:
            return await self._wait(request._replace(asked=verdict.seq), seen)
        finally:
            self._asking -= 1

    def look(self) -> None:
        """The cache may have moved: whoever waits for a grant tries again."""
        self._moves += 1
        self._moved.set()
        self._moved = asyncio.Event()

    async def _wait(self, request: Request, seen: int) -> Verdict:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._wait_s
        while await self._cache_moved(seen, until_s - loop.time()):
            seen = self._moves
            verdict = await self._join(request)
            if verdict.event.outcome.name != ASKED:
                self._counters.add("teller.grants_came")
                return verdict
        self._counters.add("teller.grants_late")
        return await self._join(request._replace(final=True))

    async def _cache_moved(self, seen: int, wait_s: float) -> bool:
        """Whether it moves on from `seen` within so many seconds."""
        if wait_s <= 0:
            return False
        if self._moves != seen:
            return True
        try:
            await asyncio.wait_for(self._moved.wait(), wait_s)
        except TimeoutError:
            return False
        return True

    async def _join(self, request: Request) -> Verdict:
        if self._closed or len(self._waiting) >= WAITING_MAX:
            self._counters.add("teller.refused")
            raise Refused(BUSY)
        asker = _Asker(request, asyncio.get_running_loop().create_future())
        self._waiting.append(asker)
        self._called.set()
        return await asker.answer

    def _serve(self) -> None:
        """Hand what waits to the desk: the first JOINED_MAX of them now, the rest next turn."""
        joined = [self._waiting.popleft() for _ in range(min(JOINED_MAX, len(self._waiting)))]
        if not self._waiting:
            self._called.clear()
        self._counters.add("teller.batches")
        self._counters.add("teller.acts", len(joined))
        try:
            verdicts = self._desk.act([asker.request for asker in joined])
        except BaseException as problem:  # nobody knows what is durable: only the same key will tell
            for asker in joined:
                _fail(asker, problem)
            raise
        for asker, verdict in zip(joined, verdicts, strict=True):
            _answer(asker, verdict)


def _answer(asker: _Asker, verdict: Verdict | Refused) -> None:
    if isinstance(verdict, Refused):
        _fail(asker, verdict)
    elif not asker.answer.done():  # else whoever asked has gone, and the key gives the verdict again
        asker.answer.set_result(verdict)


def _fail(asker: _Asker, problem: BaseException) -> None:
    if not asker.answer.done():
        asker.answer.set_exception(problem)
