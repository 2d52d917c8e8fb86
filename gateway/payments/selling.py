"""Between payments and the ledger: a sale takes hold of what paid it, a return sends back what is due of it.

Each act is written down before the ledger is asked for it, and what became of it is read in the ledger by the
act's key, also after a power cut in between. So no payment is part of two sales, none is given back while a
sale may still have it, and no return forgets the money.
"""

import hashlib
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from gateway.core.event import Event
from gateway.core.orders.model import ReturnRecord
from gateway.counters import Counters
from gateway.errors import LedgerRefused
from gateway.payments import course, sales
from gateway.payments.book import Book
from gateway.payments.course import Payment, Refund

OURSELVES: Final = "gateway"


class Unusable(Exception):
    """What was asked of a payment cannot be; `code` is the last part of the words request.<code>."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Wanted(NamedTuple):
    """A tender of a sale, and the payment that pays it."""

    payment: str
    tender: str
    amount: int


class Selling:
    """One for a gateway."""

    def __init__(
        self,
        book: Book,
        ledger: sales.Ledger,
        send_back: Callable[[Refund], None],
        now_ms: Callable[[], int],
        counters: Counters,
    ) -> None:
        self._book = book
        self._ledger = ledger
        self._send_back = send_back
        self._now_ms = now_ms
        self._counters = counters
        self._under_way: Tally[str] = Tally()  # keys of acts that the ledger is being asked for

    def resolve(self) -> None:
        """Look up every sale and return whose end nobody wrote down. Raises LedgerRefused."""
        for row in self._book.wanted():
            self.resolved(row)
        for key, order in self._book.returns():
            if not self._under_way[key]:
                event = self._ledger.event(key)
                self._allot(key, order, None if event is None else sales.given_back(event), OURSELVES)

    def resolved(self, row: Payment) -> Payment:
        """A payment as it is once its sale was looked up."""
        if not row.sale or row.order or self._under_way[row.sale]:
            return row
        event = self._ledger.event(row.sale)
        if event is not None:
            self._decide(row.sale, event)
        return self._book.payment(row.key) or row

    def is_in_a_sale(self, row: Payment) -> bool:
        """Whether the ledger is being asked for a sale that wants it."""
        return bool(row.sale) and self._under_way[row.sale] > 0

    # -- sales

    def claim(self, sale: str, wanted: Sequence[Wanted]) -> list[str]:
        """Take hold of a sale's payments before the ledger is asked for it; gives their references, for its
        tenders. Whoever asks calls settle() with the answer. Raises Unusable, and nothing is held."""
        rows = [self._usable(sale, each) for each in wanted]
        if len({row.key for row in rows}) != len(rows):
            raise Unusable("payment_used")
        self._book.claim(sale, [row.key for row in rows if not row.order])
        self._under_way[sale] += 1
        return [row.reference for row in rows]

    def settle(self, sale: str, event: Event | None) -> None:
        """The ledger has answered a sale that claimed something; None: nothing was booked."""
        self._end(sale)
        try:
            if event is not None:
                self._decide(sale, event)
            elif not self._under_way[sale]:
                self._book.release(sale)
        except LedgerRefused:
            self._counters.add("payments.steps_refused")  # resolve() does it

    def _usable(self, sale: str, wanted: Wanted) -> Payment:
        row = self._book.payment(wanted.payment)
        if row is None:
            raise Unusable("no_payment")
        row = self.resolved(row)
        if (row.tender, row.amount) != (wanted.tender, wanted.amount):
            raise Unusable("payment_differs")
        if row.order and row.sale == sale:
            return row  # the same sale once more: the ledger says again what it said
        if row.order or (row.sale != sale and self.is_in_a_sale(row)):
            raise Unusable("payment_used")
        if course.standing(row, self._book.refunds(row.key)).state != course.TAKEN:
            raise Unusable("payment_unpaid")
        return row

    def _decide(self, sale: str, event: Event) -> None:
        """Write down what became of a sale's payments; one that still waits for HQ keeps them."""
        if event.outcome.name == sales.WAITS:
            return
        for row in self._book.of_sale(sale):
            order = sales.order_of(event, row)
            if order is not None:
                self._book.sold(row.key, order)
        self._book.release(sale)

    # -- returns

    def expect(self, key: str, order: str) -> bool:
        """Before the ledger is asked for a return: whether payments of its order may go back by it. Whoever
        was told so calls returned() with the answer."""
        for row in self._book.wanted():
            self.resolved(row)
        if not self._book.of_order(order):
            return False
        self._book.expect(key, order, self._now_ms())
        self._under_way[key] += 1
        return True

    def returned(self, key: str, order: str, event: Event | None, actor: str) -> list[Refund]:
        """What a return gives back by the port, written down and on its way; `event` None: nothing was
        booked."""
        self._end(key)
        record = None if event is None else sales.given_back(event)
        try:
            return self._allot(key, order, record, actor)
        except LedgerRefused:
            self._counters.add("payments.steps_refused")  # resolve() does it
            return []

    def _allot(self, key: str, order: str, record: ReturnRecord | None, actor: str) -> list[Refund]:
        rows = [] if record is None else self._shares(key, order, record, actor)
        self._book.settle(key, rows)
        written = [self._book.refund(row.key) or row for row in rows]
        for row in written:
            if row.state == course.MOVING:
                self._send_back(row)
        return written

    def _shares(self, key: str, order: str, record: ReturnRecord, actor: str) -> list[Refund]:
        """What each payment gives back, up to what is left of it; the rest is the clerk's to give."""
        found, payments = [], self._book.of_order(order)
        for kind in sorted({row.tender for row in payments}):
            rest = sum(share.amount for share in record.refunds if share.kind == kind)
            for row in payments:
                name = _refund_key(key, row.key)
                others = [each for each in self._book.refunds(row.key) if each.key != name]
                part = min(rest, course.left(row, others)) if row.tender == kind else 0
                if part > 0:
                    found.append(Refund(name, row.key, part, key, actor, self._now_ms()))
                    rest -= part
            if rest:
                self._counters.add("payments.refunds_over")
        return found

    def _end(self, key: str) -> None:
        self._under_way[key] -= 1
        if not self._under_way[key]:
            del self._under_way[key]


def _refund_key(act: str, payment: str) -> str:
    """The key of what a return sends back of a payment: the same however often it is worked out."""
    return "back." + hashlib.sha256(f"{act}\n{payment}".encode()).hexdigest()[:32]
