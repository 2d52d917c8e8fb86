"""A payment bridge harsher than any, a ledger of sales and returns, and a till that never gives up.

The bridge keeps the only truth about money: what it took under which key, and what it gave back. It charges
where it says nothing, says nothing where it charged, forgets nothing, and fails the test where one key means
two things or more would go back than was taken. The ledger keeps every event as canonical bytes.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from msgspec import UNSET

from gateway.core.event import GENESIS, NO_BUNDLE_HASH, Event, open_event, seal
from gateway.core.model import (
    ASKED,
    DONE,
    ORDER_COMMITTED,
    ORDER_RETURNED,
    CacheMark,
    Decision,
    Facts,
    Input,
    Outcome,
    Setting,
)
from gateway.core.orders.model import (
    Basket,
    GoBack,
    Line,
    OrderRecord,
    Piece,
    QuoteLine,
    ReturnRecord,
    Sell,
    Tender,
    TenderShare,
)
from gateway.counters import Counters
from gateway.errors import LedgerRefused
from gateway.payments.book import Book
from gateway.payments.desk import Payments, Told
from gateway.payments.port import ABSENT, PENDING, SILENT, STRANGE, Answer, Charge, Declined, Paid, Unknown
from gateway.payments.selling import Wanted

NOON_MS = 1_795_233_600_000
PAY, DECLINE, LOST, NEVER, WAIT, WRONG, RUBBISH = (
    "pay",
    "decline",
    "lost",
    "never",
    "wait",
    "wrong",
    "rubbish",
)
MOODS = (PAY, DECLINE, LOST, NEVER, WAIT, WRONG, RUBBISH)
# LOST: done, and the answer is lost. NEVER: the question is. WAIT: the customer types, and pays in the end.


class World:
    """What a power cut leaves: the bridge's book, the ledger, and the time."""

    def __init__(self) -> None:
        self.now_ms, self.steady_ms = NOON_MS, 5_000
        self.moods: deque[str] = deque()  # of the next questions; then PAY
        self.charged: dict[str, int] = {}
        self.declined: set[str] = set()
        self.waiting: dict[str, Charge] = {}
        self.back: dict[str, tuple[str, int]] = {}
        self.bodies: dict[str, object] = {}
        self.events: dict[str, bytes] = {}
        self.unreadable = False

    def forward(self, ms: int) -> None:
        self.now_ms += ms
        self.steady_ms += ms

    def net(self, payment: str) -> int:
        """What the customer is short of."""
        return self.charged.get(payment, 0) - sum(sum_ for of, sum_ in self.back.values() if of == payment)


class FakeBridge:
    """The port as the world's mood has it."""

    tenders = ("wechat", "alipay")

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: list[tuple[str, str]] = []
        self.hangs: asyncio.Event | None = None
        self.begun = asyncio.Event()

    async def charge(self, charge: Charge) -> Answer:
        mood = await self._begin("charge", charge.key)
        if mood == NEVER:
            return Unknown(SILENT)
        self._same(charge.key, charge)
        assert charge.code, "a charge without the customer's code"
        if charge.key not in self.world.charged and charge.key not in self.world.declined:
            if mood == WAIT:
                self.world.waiting[charge.key] = charge
                return Unknown(PENDING)
            if mood == DECLINE or self.world.now_ms > charge.until_ms:
                self.world.declined.add(charge.key)
            else:
                self.world.charged[charge.key] = charge.amount - (mood == WRONG)
        return Unknown(SILENT) if mood == LOST else self._told(charge.key, mood)

    async def look(self, key: str) -> Answer:
        mood = await self._begin("look", key)
        if mood in (NEVER, LOST):
            return Unknown(SILENT)
        if mood == WAIT and key in self.world.waiting:
            return Unknown(PENDING)
        charge = self.world.waiting.pop(key, None)
        if charge is not None:
            self.world.charged[key] = charge.amount
        return self._told(key, mood)

    async def refund(self, key: str, payment: str, amount: int) -> Answer:
        mood = await self._begin("refund", key)
        if mood == NEVER:
            return Unknown(SILENT)
        self._same(key, (payment, amount))
        assert 0 < amount <= self.world.net(payment) or key in self.world.back, "more than was taken"
        if key in self.world.declined:
            return Declined("declined")
        if mood == DECLINE and key not in self.world.back:
            self.world.declined.add(key)
            return Declined("declined")
        if mood == WAIT and key not in self.world.back:
            return Unknown(PENDING)
        self.world.back[key] = (payment, amount)
        return Unknown(SILENT) if mood == LOST else Unknown(STRANGE) if mood == RUBBISH else Paid(amount)

    async def close(self) -> None:
        self.asked.append(("close", ""))

    async def _begin(self, what: str, key: str) -> str:
        self.asked.append((what, key))
        self.begun.set()
        if self.hangs is not None:
            await self.hangs.wait()
        await asyncio.sleep(0)
        return self.world.moods.popleft() if self.world.moods else PAY

    def _told(self, key: str, mood: str) -> Answer:
        if mood == RUBBISH:
            return Unknown(STRANGE)
        if key in self.world.charged:
            return Paid(self.world.charged[key], f"ref-{key}")
        return Declined("no_money") if key in self.world.declined else Unknown(ABSENT)

    def _same(self, key: str, body: object) -> None:
        assert self.world.bodies.setdefault(key, body) == body, "one key, two meanings"


class FakeLedger:
    """What was booked, by key; it can be unreadable."""

    def __init__(self, world: World) -> None:
        self.world = world

    def event(self, key: str) -> Event | None:
        if self.world.unreadable:
            raise LedgerRefused("told so")
        body = self.world.events.get(key)
        return None if body is None else open_event(body)

    def sell(self, key: str, tenders: tuple[Tender, ...], outcome: str = DONE) -> Event:
        if key in self.world.events:
            return open_event(self.world.events[key])
        act = Sell(Basket((Line("cake"),)), tenders, "till-1")
        total = sum(tender.amount for tender in tenders)
        shares = tuple(TenderShare(t.kind, t.amount, (t.amount,), reference=t.reference) for t in tenders)
        line = QuoteLine("cake", {}, 1, total, total, 0, total)
        record = OrderRecord((line,), total, 0, "", "till-1", tenders=shares)
        return self._book(key, ORDER_COMMITTED, act, outcome, record)

    def go_back(self, key: str, order: str, kind: str, amount: int, outcome: str = DONE) -> Event:
        if key in self.world.events:
            return open_event(self.world.events[key])
        refunds = (TenderShare(kind, amount, (amount,)),)
        record = ReturnRecord(order, (Piece(0, 1),), refunds, amount, 0, "", "till-1")
        return self._book(key, ORDER_RETURNED, GoBack(order, "till-1"), outcome, record)

    def _book(self, key: str, type_: str, act: Any, outcome: str, record: Any) -> Event:
        setting = Setting(NOON_MS, NO_BUNDLE_HASH, CacheMark(0, None), 1, 1, "2026-11-21", "Asia/Shanghai")
        number = len(self.world.events) + 1
        given = Input(setting, "", f"{number:016x}", type_, act=act, actor="pos", key=key)
        found = Outcome(False, outcome, reason=None if outcome == DONE else "used_up")
        settled = record if outcome == DONE else UNSET
        body = seal(Decision(given, Facts(), found, settled=settled), "g1", number, GENESIS).body
        if outcome != ASKED:
            self.world.events[key] = body
        return open_event(body)


class Store:
    """One run of a gateway's payments over a world; another Store on the same folder is a restart."""

    def __init__(self, folder: Path, world: World) -> None:
        self.world, self.folder = world, folder
        self.counters = Counters()
        self.bridge, self.ledger = FakeBridge(world), FakeLedger(world)
        self.book = Book(folder, self.counters)
        clocks = (lambda: world.now_ms), (lambda: world.steady_ms)
        self.payments = Payments(self.book, self.bridge, self.ledger, *clocks, self.counters)
        self.payments.begin()

    def restart(self) -> "Store":
        self.book.close()
        return Store(self.folder, self.world)

    async def charge(self, key: str, amount: int = 6_200, tender: str = "wechat") -> Told:
        return await self.payments.charge(key, tender, amount, "till-1", "pos", "1345-code")

    async def refund(self, key: str, payment: str, by_hand: bool = False) -> Told:
        return await self.payments.refund(key, payment, "pos", by_hand)

    def sell(self, key: str, *paid: Wanted, outcome: str = DONE) -> Event:
        """As the API does: hold, book, settle."""
        references = self.payments.selling.claim(key, paid)
        tenders = [
            Tender(each.tender, each.amount, reference=reference)  # type: ignore[arg-type]
            for each, reference in zip(paid, references, strict=True)
        ]
        event = self.ledger.sell(key, tuple(tenders), outcome)
        self.payments.selling.settle(key, event)
        return event

    def go_back(self, key: str, order: str, amount: int, kind: str = "wechat", outcome: str = DONE) -> int:
        """What of a return goes back by itself."""
        selling = self.payments.selling
        if not selling.expect(key, order):
            return 0
        event = self.ledger.go_back(key, order, kind, amount, outcome)
        return sum(row.amount for row in selling.returned(key, order, event, "pos"))

    async def settle(self, steps: int = 12) -> None:
        """Ask until everything that can be known is."""
        for _ in range(steps):
            self.world.forward(300_000)
            await self.payments.step()

    def state(self, key: str) -> str:
        told = self.payments.find(key)
        assert told is not None
        return told.standing.state

    def open(self) -> dict[str, str]:
        return {told.payment.key: told.standing.state for told in self.payments.open()}


def play(act: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(act())
