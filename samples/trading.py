"""A day of the demo bakery, act by act: shifts, orders, returns, top-ups, passes, people who join.

What happens follows from the day's plan (samples/day.py), from what members hold when they come, and from
each visit's own chance; shares are constants below, each of all visits or of those it can happen to.
"""

import heapq
from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

from gateway.core import model
from gateway.core.event import Event
from gateway.core.orders.model import (
    CloseShift,
    GoBack,
    Line,
    MoveCash,
    OpenShift,
    OrderRecord,
    Park,
    Piece,
    Quote,
    Run,
    Sell,
    SignIn,
    Tender,
)
from gateway.core.promises import Enrol
from samples.counter import TILL, Counter
from samples.day import CLOSE_HOUR, NOON_HOUR, OPEN_HOUR, Visit
from samples.people import People, new_card, new_name
from samples.wallet import Wallet

MORNING, EVENING, LEAD, MANAGER = "S03", "S04", "S02", "S01"
FLOAT: Final = 50_000
CASH_STEPS: Final = (100, 1_000, 5_000, 10_000)  # people pay with what they have: coins, then notes
TOP_UPS: Final = (20_000, 30_000, 50_000, 100_000)
TOP_UP_SHARE, PASS_SHARE, CHECK_IN_SHARE, MALL_SHARE = 0.02, 0.006, 0.3, 0.04  # of members' visits
JOIN_SHARE = 0.07  # of visits by others who spent enough to be asked
RETURN_SHARE, VOID_SHARE, PARK_SHARE, SPLIT_SHARE = 0.012, 0.004, 0.01, 0.03  # of orders
GRANT_SHARE = 0.1  # of days
MISCOUNT_SHARE = 0.12  # of shifts: some coins too many or too few
JOINING_LEAST = 3_000  # minor units; as the program pay-to-member
RETURN_ALONE_MAX = 10_000  # what a clerk may give back alone, in rules/roles.json
ENTRANCE = "device:entrance-1"


class Tally(NamedTuple):
    """What a day came to."""

    orders: int = 0
    returns: int = 0
    joined: int = 0


class Trading:
    """One day at one till."""

    def __init__(self, counter: Counter, people: People, random: Random, prices: dict[str, int]) -> None:
        self._counter, self._people, self._random, self._prices = counter, people, random, prices
        self._later: list[tuple[int, int, Callable[[int], None]]] = []
        self._number = count()
        self._clerk, self._shift = MORNING, ""
        self._orders = self._returns = self._joined = 0

    def trade(self, visits: list[Visit], missed: Sequence[str] = ()) -> Tally:
        """Open, serve, hand over at noon, close; `missed` are members who get a coupon to come back."""
        self._counter.do_duties(OPEN_HOUR * 60 - 30)
        self._open(OPEN_HOUR * 60 - 10, MORNING)
        for member in missed:
            self._plan(10 * 60, self._calling(member))
        self._plan(NOON_HOUR * 60, self._hand_over)
        self._plan((CLOSE_HOUR - 1) * 60, self._bank)
        if self._random.random() < GRANT_SHARE:
            self._plan(16 * 60, self._grant)
        for visit in visits:
            self._plan(visit.minute, self._serving(visit))
        while self._later:
            minute, _, happen = heapq.heappop(self._later)
            happen(minute)
        self._close(CLOSE_HOUR * 60 + 75)
        return Tally(self._orders, self._returns, self._joined)

    def _plan(self, minute: int, happen: Callable[[int], None]) -> None:
        """Let something happen at a minute; what is planned together happens in that order."""
        heapq.heappush(self._later, (minute, next(self._number), happen))

    def _ask(self, minute: int, type_: str, act: model.Act, actor: str = "", **more: Any) -> Event | None:
        return self._counter.ask(minute, type_, act, actor or f"staff:{self._clerk}", **more)

    # -- shifts

    def _open(self, minute: int, clerk: str) -> None:
        self._clerk = clerk
        self._ask(minute, model.SIGNED_IN, SignIn("badge", clerk, TILL))
        opened = self._ask(minute, model.SHIFT_OPENED, OpenShift(FLOAT, TILL))
        assert opened is not None  # the shift before was closed
        self._shift = opened.random

    def _close(self, minute: int) -> None:
        counted = self._counter.cash_due(self._shift)
        if self._random.random() < MISCOUNT_SHARE:
            counted += self._random.choice((-500, -100, -50, 50, 100))
        self._ask(minute, model.SHIFT_CLOSED, CloseShift(max(0, counted), self._shift, TILL))

    def _hand_over(self, minute: int) -> None:
        self._close(minute)
        self._open(minute, EVENING)

    def _bank(self, minute: int) -> None:
        """Take to the bank what the next day does not need."""
        much = (self._counter.cash_due(self._shift) - FLOAT) // 10_000 * 10_000
        if much > 0:
            self._ask(minute, model.CASH_MOVED, MoveCash(-much, "存银行", self._shift, TILL))

    # -- visits

    def _serving(self, visit: Visit) -> Callable[[int], None]:
        return lambda minute: self._serve(minute, visit)

    def _serve(self, minute: int, visit: Visit) -> None:
        member = self._people.draw(self._random) if visit.member else None
        lines = tuple(Line(item.sku, item.quantity) for item in visit.items)
        if member is not None:
            lines = self._member_lines(minute, visit, member, lines)
        if lines:
            self._sell(minute, visit, member, lines)

    def _member_lines(
        self, minute: int, visit: Visit, member: str, lines: tuple[Line, ...]
    ) -> tuple[Line, ...]:
        """What a member does before paying, and what is left to be paid for."""
        draw = self._random.random
        if draw() < CHECK_IN_SHARE:
            self._ask(minute, model.CHECKED_IN, Run(member), ENTRANCE)
        wallet = Wallet(self._counter.holdings(member))
        if wallet.points >= 300 and draw() < MALL_SHARE:
            program = "mall-100-50" if wallet.points >= 800 else "mall-croissant"
            self._ask(minute, model.COUPON_CLAIMED, Run(member, program=program), pin="right")
        if wallet.cups and any(line.sku.startswith("coffee") for line in lines):
            used = self._ask(minute, model.VISIT_CONSUMED, Run(member, program="pass-visit", till=TILL))
            cup = next(line for line in lines if line.sku.startswith("coffee"))
            lines = tuple(line for line in lines if used is None or line is not cup)
        chance = draw()
        if chance < TOP_UP_SHARE:
            return (Line("topup", 1, self._random.choice(TOP_UPS)),)
        if chance < TOP_UP_SHARE + PASS_SHARE and not wallet.cups:
            return (*lines, Line("pass-coffee"))
        return lines

    def _sell(self, minute: int, visit: Visit, member: str | None, lines: tuple[Line, ...]) -> None:
        wallet = Wallet(self._counter.holdings(member)) if member else Wallet(())
        basket = wallet.basket(lines, member, self._prices, visit.chance)
        quote = self._counter.quote(minute, basket)
        if quote is None:
            return
        tenders = self._tenders(quote, visit.tender, wallet)
        parked = None
        if self._random.random() < PARK_SHARE:
            parked = f"park-{next(self._number)}"
            self._ask(minute, model.ORDER_PARKED, Park(parked, TILL, basket, "忘拿手机"))
        sold = self._ask(
            minute, model.ORDER_COMMITTED, Sell(basket, tenders, TILL, parked=parked), pin="right"
        )
        if sold is not None:
            self._after(minute, sold, member, quote.total)

    def _tenders(self, quote: Quote, kind: str, wallet: Wallet) -> tuple[Tender, ...]:
        total = quote.total
        if not total:
            return ()
        if wallet.money >= total and not any(line.kind == "topup" for line in quote.lines):
            return (Tender("balance", total),)
        if kind == "cash":
            step = next((step for step in CASH_STEPS if step * 10 >= total), CASH_STEPS[-1])
            return (Tender("cash", total, -(-total // step) * step),)
        if total > 2_000 and self._random.random() < SPLIT_SHARE:
            return (Tender("cash", 1_000, 1_000), Tender("wechat", total - 1_000))
        reference = f"{self._random.getrandbits(40):012d}"
        return (Tender(kind, total, reference=reference),)  # type: ignore[arg-type]  # of samples/day.py's TENDERS

    def _after(self, minute: int, sold: Event, member: str | None, total: int) -> None:
        """What may follow an order: some of it comes back, somebody joins."""
        self._orders += 1
        draw = self._random.random
        if draw() < VOID_SHARE:
            self._plan(minute + 2, self._voiding(sold.random))
        elif draw() < RETURN_SHARE and isinstance(sold.settled, OrderRecord):
            later = minute + self._random.randrange(20, 150)
            self._plan(min(later, CLOSE_HOUR * 60 + 60), self._returning(sold.random, sold.settled))
        elif member is None and total >= JOINING_LEAST and draw() < JOIN_SHARE:
            self._join(minute)

    def _voiding(self, order: str) -> Callable[[int], None]:
        act = GoBack(order, TILL, void=True, reason="输错商品")
        return lambda minute: self._back(minute, model.ORDER_VOIDED, act, f"staff:{LEAD}")

    def _returning(self, order: str, record: OrderRecord) -> Callable[[int], None]:
        line = self._random.randrange(len(record.lines))
        one = record.lines[line]
        approver = LEAD if one.net > RETURN_ALONE_MAX else None
        act = GoBack(order, TILL, approver, (Piece(line, 1),), "不新鲜")
        return lambda minute: self._back(minute, model.ORDER_RETURNED, act)

    def _back(self, minute: int, type_: str, act: GoBack, actor: str = "") -> None:
        self._returns += self._ask(minute, type_, act, actor) is not None

    # -- members

    def _join(self, minute: int) -> None:
        name = new_name(self._random)
        promise, salt = self._counter.commit_to(name)
        card = ("nfc.uid", new_card(self._random))
        member = f"p-{self._random.getrandbits(64):016x}"
        enrol = Enrol(promise, "zh-CN", member)
        joined = self._ask(minute, model.MEMBER_ENROLLED, enrol, evidence=card)
        if joined is None:
            return
        self._joined += 1
        self._counter.keep_name(member, name, salt, joined.seq)
        self._people.join(member)
        self._ask(minute, model.MEMBER_ENROLLED, Run(member, till=TILL))
        self._ask(minute, model.MEMBER_ACTIVATED, Run(member, till=TILL))

    def _calling(self, member: str) -> Callable[[int], None]:
        run = Run(member, program="welcome-back", till=TILL)
        return lambda minute: self._call_back(minute, run)

    def _call_back(self, minute: int, run: Run) -> None:
        self._ask(minute, "manual", run, f"staff:{LEAD}")

    def _grant(self, minute: int) -> None:
        member = self._people.draw(self._random)
        if member is not None:
            amount = self._random.choice((100, 200, 300, 500))
            run = Run(member, amount, MANAGER, "suggestion", "建议早餐加豆浆套餐", TILL)
            self._ask(minute, model.GRANT_REQUESTED, run)
