"""The payments of a store, as its tills meet them: take money, give it back, tell how each stands.

A sale's own part is selling.py's, what is asked of the other side asking.py's; this joins them and runs.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from gateway.counters import Counters
from gateway.errors import LedgerRefused
from gateway.payments import course, sales
from gateway.payments.asking import OPEN, Asking
from gateway.payments.book import Book
from gateway.payments.course import Payment, Refund, Standing
from gateway.payments.port import CLOSED_BY_HAND, Port
from gateway.payments.selling import Selling, Unusable

UNSETTLED_MAX: Final = 200  # charges of unknown outcome; more is a service that is down: tills stop asking
STEP_MS_MAX: Final = 5_000  # sales and returns whose end nobody wrote down are looked up as often
TIDY_MS: Final = 86_400_000
LEFT_MS: Final = 600_000  # a sale takes some minutes; what is older waits for a person


class Told(NamedTuple):
    """A payment as it stands."""

    payment: Payment
    standing: Standing
    refunds: tuple[Refund, ...]


class Payments:
    """One for a gateway. `now_ms` is unix time, `steady_ms` never goes back."""

    def __init__(
        self,
        book: Book,
        port: Port,
        ledger: sales.Ledger,
        now_ms: Callable[[], int],
        steady_ms: Callable[[], int],
        counters: Counters,
        alarm: Callable[[bool], None] = lambda left: None,
    ) -> None:
        """`alarm` is told at every step whether anything waits for a person."""
        self._alarm = alarm
        self._book = book
        self._port = port
        self._now_ms = now_ms
        self._steady_ms = steady_ms
        self._counters = counters
        self._asking = Asking(book, port, now_ms, steady_ms, counters)
        self.selling = Selling(book, ledger, self._send_back, now_ms, counters)
        self._called = asyncio.Event()
        self._tidied_ms: int | None = None

    @property
    def tenders(self) -> Collection[str]:
        """What is asked of the port; the others are recorded as the clerk says."""
        return self._port.tenders

    async def charge(self, key: str, tender: str, amount: int, till: str, actor: str, code: str) -> Told:
        """Take the money, once for its key; asked again it is looked up. Raises Unusable, and LedgerRefused:
        then nothing was asked."""
        known = self._book.payment(key)
        if known is None:
            self._check_new(tender)
            new = Payment(key, tender, amount, till, actor, self._now_ms())
            await self._asking.charge(new, code)
        elif (known.tender, known.amount) != (tender, amount):
            raise Unusable("key_reused")
        elif known.state in OPEN:
            await self._asking.look(known)
        return self._told(key)

    async def refund(self, key: str, payment: str, actor: str, by_hand: bool) -> Told:
        """Give back what is owed of a payment, once for `key`. `by_hand`: somebody did already, or asked the
        other side about what nobody knew. Raises Unusable, LedgerRefused."""
        known = self._book.refund(key)
        if known is not None and known.payment != payment:
            raise Unusable("key_reused")
        if known is None:
            known = self._begin_refund(key, payment, actor, by_hand)
        if known is not None and known.state == course.MOVING:
            await self._asking.give_back(known)
        return self._told(payment)

    def find(self, key: str) -> Told | None:
        """A payment as it stands; None: nobody asked for it."""
        return None if self._book.payment(key) is None else self._told(key)

    def open(self) -> list[Told]:
        """What somebody should look at: unknown, or paid and no sale's, or not given back; newest first."""
        told = [self._told(row.key) for row in self._book.listed()]
        return [each for each in told if each.standing.state in course.OPEN]

    def begin(self) -> None:
        """Take up what the last run left."""
        self._asking.begin()

    async def close(self) -> None:
        """Hang up on the other side, when nobody asks any more."""
        await self._port.close()

    async def run(self) -> None:
        """Ask again what is due, until cancelled."""
        while True:
            self._called.clear()
            await self.step()
            wait_ms = self._asking.wait_ms()
            wait_s = (STEP_MS_MAX if wait_ms is None else min(wait_ms, STEP_MS_MAX)) / 1000
            try:
                await asyncio.wait_for(self._called.wait(), wait_s)
            except TimeoutError:
                continue

    async def step(self) -> None:
        """Everything that is due now; what the disk refuses is done by a later step."""
        try:
            self.selling.resolve()
            self._tidy()
            before_ms = self._now_ms() - LEFT_MS
            self._alarm(any(told.payment.at_ms < before_ms for told in self.open()))
        except LedgerRefused:
            self._counters.add("payments.steps_refused")
        await self._asking.step()

    def _check_new(self, tender: str) -> None:
        if tender not in self._port.tenders:
            raise Unusable("tender_recorded")
        if len(self._book.unsettled()) >= UNSETTLED_MAX:
            self._counters.add("payments.full")
            raise Unusable("payments_full")

    def _begin_refund(self, key: str, payment: str, actor: str, by_hand: bool) -> Refund | None:
        row = self._book.payment(payment)
        if row is None:
            raise Unusable("no_payment")
        row = self.selling.resolved(row)
        if self.selling.is_in_a_sale(row):
            raise Unusable("payment_used")
        if by_hand and self._asking.close(row, CLOSED_BY_HAND):
            self._counters.add("payments.by_hand")
            return None
        told = self._told(payment)
        if not told.standing.owed:
            raise Unusable("payment_sold" if row.order else "nothing_owed")
        source = next((each.source for each in told.refunds if each.state == course.REFUSED_PAYMENT), "")
        state = course.BY_HAND if by_hand else course.MOVING
        refund = Refund(key, payment, told.standing.owed, source, actor, self._now_ms(), state)
        self._book.put_refunds([refund], row)
        if by_hand:
            self._counters.add("payments.by_hand")
        return refund

    def _send_back(self, refund: Refund) -> None:
        self._asking.send_back(refund)
        self._called.set()

    def _tidy(self) -> None:
        now = self._steady_ms()
        if self._tidied_ms is None or now - self._tidied_ms >= TIDY_MS:
            self._tidied_ms = now
            self._book.tidy(self._now_ms())

    def _told(self, key: str) -> Told:
        row = self._book.payment(key)
        assert row is not None, "only what was found is told"
        refunds = tuple(self._book.refunds(key))
        return Told(row, course.standing(row, refunds), refunds)
