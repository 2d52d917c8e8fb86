"""Carries out what was decided about time online: first the book, then the kernel, many phones in one commit.

An order waits in a queue of ORDERS_MAX; one worker takes what is there, writes it in one synced transaction,
then tells netd in one ask. What netd does not hear is in the book all the same, and `reconcile` says it
again: at the start, each RECONCILE_S, and so as soon as netd is back. Nobody else asks netd to change
anything, and never two asks at once: a late one could undo a newer one.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from gateway.counters import Counters
from gateway.lines import Away
from gateway.log import Log
from gateway.portal.clients import Leases
from gateway.portal.doors import CLIENTS_PER_ASK, NetdDoor
from gateway.portal.grants import Change, GrantBook, Session, Try
from gateway.portal.reconcile import Held, Pair, client, difference
from gateway.portal.sessions import Sessions, over

ORDERS_MAX: Final = 1_000  # more than a store's phones: what does not fit is told to try again
TRIES_MAX: Final = 1_000  # not written yet: what one second brings, and what a full disk keeps waiting
TICK_S: Final = 1.0  # how late a session may end
RECONCILE_TICKS: Final = 5
FORGET_TICKS: Final = 600

# What may become of an order; these are keys of the pages' words too.
ONLINE: Final = "online"
ENDED: Final = "ended"
AWAY: Final = "away"  # written down, but netd does not hear: it is so as soon as netd does
BUSY: Final = "busy"  # nothing was written
UNKNOWN: Final = "unknown"  # ended meanwhile


class _Order(NamedTuple):
    change: Session
    revoke: Pair | None
    done: asyncio.Future[str]


class Enforcer:
    """The one writer of the book and the one who asks netd."""

    def __init__(
        self,
        book: GrantBook,
        netd: NetdDoor,
        leases: Leases,
        now_ms: Callable[[], int],
        counters: Counters,
        log: Log,
        kept: Iterable[Session] = (),
    ) -> None:
        self._book, self._netd, self._leases = book, netd, leases
        self._now_ms, self._counters, self._log = now_ms, counters, log
        self.sessions = Sessions(kept)
        self.enforced = False  # whether netd did what it was asked last
        self.held: dict[Pair, Held] = {}  # as netd said last
        self._wan: bool | None = None
        self._told_wan: bool | None = None
        self._granted: dict[str, Pair] = {}
        self._tries: deque[Try] = deque(maxlen=TRIES_MAX)
        self._orders: asyncio.Queue[_Order] = asyncio.Queue(ORDERS_MAX)
        self._kernel = asyncio.Lock()

    def is_open(self, session: Session) -> bool:
        """Whether the kernel lets it through, as far as netd has said."""
        return session.mac is not None and self._granted.get(session.id) == session.pair

    async def order(self, change: Session, revoke: Pair | None = None) -> str:
        """Make a session so, and revoke a pair it had; one of the words above, or netd's refusal."""
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            self._orders.put_nowait(_Order(change, revoke, done))
        except asyncio.QueueFull:
            self._counters.add("portal.orders_full")
            return BUSY
        return await done

    def remember(self, tried: Try) -> None:
        """Write down a try with the next orders, or at the next tick: nobody waits for it."""
        self._tries.append(tried)

    def set_wan(self, up: bool) -> None:
        """The internet is there, or not; netd hears of it at the next tick."""
        self._wan = up

    # The worker

    async def work(self) -> None:
        """Carry out orders for ever."""
        while True:
            batch = [await self._orders.get()]
            while len(batch) < CLIENTS_PER_ASK and not self._orders.empty():
                batch.append(self._orders.get_nowait())
            await self.carry_out(batch)

    async def carry_out(self, batch: Sequence[_Order]) -> None:
        """Book a batch, tell the kernel, tell who waits."""
        changed = self._in_order(batch)
        if not await self._written(list(changed.values())):
            _tell(batch, dict.fromkeys(changed, BUSY))
            return
        for session in changed.values():
            self.sessions.put(session)
        async with self._kernel:
            became = await self._enforce(changed.values(), [o.revoke for o in batch if o.revoke is not None])
        _tell(batch, became)

    def _in_order(self, batch: Sequence[_Order]) -> dict[str, Session]:
        """The last word on each session of a batch; what has ended stays ended."""
        changed: dict[str, Session] = {}
        for order in batch:
            before = changed.get(order.change.id) or self.sessions.get(order.change.id)
            if before is None or before.ended_ms is None:
                changed[order.change.id] = order.change
        return changed

    async def _written(self, changes: Sequence[Change]) -> bool:
        """Book changes and the tries that wait; of these TRIES_MAX are kept where the book refuses."""
        tries, self._tries = self._tries, deque(maxlen=TRIES_MAX)
        try:
            await asyncio.to_thread(self._book.write, [*changes, *tries])
        except sqlite3.Error as problem:
            self._counters.add("portal.book_refuses")
            self._log.error("portal.book_refuses", reason=str(problem))
            self._tries.extendleft(reversed(tries))
            return False
        return True

    async def _enforce(self, changed: Iterable[Session], revoke: list[Pair]) -> dict[str, str]:
        """Tell the kernel; what became of each session by its id."""
        became = {each.id: ENDED for each in changed if each.mac is None}
        live = [each for each in changed if each.mac is not None]
        refused: dict[Pair, str] = {}
        try:
            if revoke:
                await self._netd.revoke(revoke)
            if live:
                refused = await self._grant(live)
        except Away as problem:
            self._lost(problem)
            return {**became, **dict.fromkeys((each.id for each in live), AWAY)}
        self.enforced = True
        await self._unwrite([each for each in live if each.pair in refused])
        return {**became, **{each.id: refused.get(each.pair, ONLINE) for each in live}}

    async def _grant(self, live: Sequence[Session]) -> dict[Pair, str]:
        now_ms = self._now_ms()
        refused = await self._netd.grant([client(session, now_ms) for session in live])
        self._granted.update((each.id, each.pair) for each in live if each.pair not in refused)
        return refused

    async def _unwrite(self, sessions: Sequence[Session]) -> None:
        """netd refused these: they were never online, and use up no time of the day."""
        if not sessions:
            return
        self._counters.add("portal.grants_refused", len(sessions))
        ended = [over(session, "refused", self._now_ms()) for session in sessions]
        await self._written(ended)
        self._drop(ended)

    def _drop(self, ended: Iterable[Session]) -> None:
        for session in ended:
            self._granted.pop(session.id, None)
            self.sessions.put(session)

    def _lost(self, problem: Away) -> None:
        """netd does not hear; said once, until it does again."""
        self._counters.add("portal.netd_away")
        if self.enforced:
            self._log.warning("portal.netd_away", reason=str(problem))
        self.enforced, self._told_wan = False, None
        self._granted.clear()
        self.held = {}

    # The clock

    async def watch(self) -> None:
        """End what is due, and keep the kernel as the book says, for ever."""
        ticks = 0
        while True:
            await self.end_due()
            await self.settle()
            if ticks % RECONCILE_TICKS == 0 or (self._wan is not None and self._wan != self._told_wan):
                await self.reconcile()
            if ticks % FORGET_TICKS == 0:
                await self.forget()
            ticks += 1
            await asyncio.sleep(TICK_S)

    async def end_due(self) -> None:
        """End the sessions whose time is over."""
        now_ms = self._now_ms()
        due = [over(session, "time", now_ms) for session in self.sessions.due(now_ms)]
        pairs = [session.pair for session in self.sessions.due(now_ms)]
        await asyncio.gather(*(self.order(*each) for each in zip(due, pairs, strict=True)))

    async def settle(self) -> None:
        """Write down the tries that wait."""
        if self._tries:
            await self._written([])

    async def reconcile(self) -> None:
        """Make the kernel hold what the book says, of phones that have a lease; once."""
        async with self._kernel:
            try:
                await self._reconcile()
            except Away as problem:
                self._lost(problem)

    async def forget(self) -> None:
        """Delete what nobody needs any more."""
        now_ms = self._now_ms()
        self.sessions.forget(now_ms)
        try:
            await asyncio.to_thread(self._book.forget, now_ms)
        except sqlite3.Error as problem:  # a full disk: the next time
            self._counters.add("portal.book_refuses")
            self._log.error("portal.book_refuses", reason=str(problem))

    async def _reconcile(self) -> None:
        if self._wan is not None and self._wan != self._told_wan:
            wan = self._wan
            await self._netd.wan(wan)
            self._told_wan = wan
        held = await self._netd.held()
        leased = [each for each in self.sessions.all_live() if self._leases.mac_of(each.pair[1]) == each.mac]
        apart = difference(leased, held, self._now_ms())
        if apart.revoke:
            self._counters.add("portal.reconciled_revokes", len(apart.revoke))
            await self._netd.revoke(apart.revoke)
        refused = await self._grant(apart.grant) if apart.grant else {}
        self._counters.add("portal.reconciled_grants", len(apart.grant) - len(refused))
        self._granted = {each.id: each.pair for each in leased if each.pair not in refused}
        self.held = held
        if not self.enforced:
            self._log.info("portal.netd_back", granted=len(apart.grant), revoked=len(apart.revoke))
        self.enforced = True


def _tell(batch: Sequence[_Order], became: dict[str, str]) -> None:
    for order in batch:
        if not order.done.done():
            order.done.set_result(became.get(order.change.id, UNKNOWN))
