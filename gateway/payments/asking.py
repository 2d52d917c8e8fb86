"""Asks the port for charges and refunds, writes down what it says, and asks again until somebody knows.

A charge is looked up 1 s to 5 min apart, one that never arrived three times more in the following day; a
refund is sent again under its key. A restart begins anew with everything that is open. Nothing is awaited
between reading a row and writing what follows from it, and no key is asked for twice at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.counters import Counters
from gateway.errors import LedgerRefused
from gateway.payments import course
from gateway.payments.book import Book
from gateway.payments.course import Payment, Refund
from gateway.payments.port import ABSENT, NEVER_ARRIVED, Answer, Charge, Port, Unknown

ALLOWED_MS: Final = 60_000  # to begin a charge: as long as a customer's code is good
LATE_MS: Final = 30_000  # and by as much may the other side's clock be behind ours
TOGETHER_MAX: Final = 8  # asked at once
LOOKED_BACK_MS: Final = 86_400_000  # how long what never arrived is looked at again, also after a restart

# Where it stands of whom nobody can tell yet.
OPEN: Final = (course.ASKING, course.UNSURE)


class Asking:
    """One for a gateway. `now_ms` is unix time, `steady_ms` never goes back."""

    def __init__(
        self,
        book: Book,
        port: Port,
        now_ms: Callable[[], int],
        steady_ms: Callable[[], int],
        counters: Counters,
    ) -> None:
        self._book = book
        self._port = port
        self._now_ms = now_ms
        self._steady_ms = steady_ms
        self._counters = counters
        self._codes: dict[str, str] = {}  # of charges that may still have to be sent again; never written
        self._begun: dict[str, int] = {}  # when a charge was sent at the latest, by the steady clock
        self._due: dict[str, tuple[int, int]] = {}  # by key: when it is asked for again, how often it was
        self._now: set[str] = set()  # being asked for

    def begin(self) -> None:
        """Take up what the last run left open."""
        for row in self._book.unsettled():
            self._begun[row.key] = self._steady_ms()
            self._put_off(row.key, 0, 0)
        for lost in self._book.lost(self._now_ms() - LOOKED_BACK_MS):
            self._put_off(lost.key, 0, course.wait_after_ms(0))
        for refund in self._book.moving():
            self._put_off(refund.key, 0, 0)

    def wait_ms(self) -> int | None:
        """How long until something is due; None: nothing is."""
        due = [at for key, (at, _) in self._due.items() if key not in self._now]
        return max(0, min(due) - self._steady_ms()) if due else None

    # -- charges

    async def charge(self, payment: Payment, code: str) -> None:
        """Write a new charge down, and ask for it."""
        self._book.put(payment)
        self._codes[payment.key] = code
        self._begun[payment.key] = self._steady_ms()
        self._put_off(payment.key, 0, course.WAIT_MS_FIRST)
        await self._send(payment)

    async def look(self, payment: Payment) -> None:
        """Find out what became of a charge; one that never arrived is sent again while it may be begun."""
        key = payment.key
        await self._heard(key, lambda: self._port.look(key))
        now = self._book.payment(key)
        if now is None or (now.state, now.reason) != (course.UNSURE, ABSENT):
            return
        if key in self._codes and key not in self._now and not self._is_over(key, 0):
            self._counters.add("payments.sent_again")
            await self._send(now)

    def close(self, payment: Payment, reason: str) -> bool:
        """Whether a person's word ended an unknown charge: not while it may still be begun."""
        if payment.state not in OPEN or not self._is_over(payment.key, LATE_MS):
            return False
        self._settled(self._book.put(payment._replace(state=course.REFUSED_PAYMENT, reason=reason)))
        return True

    async def _send(self, payment: Payment) -> None:
        charge = Charge(
            payment.key,
            payment.tender,
            payment.amount,
            self._codes[payment.key],
            payment.till,
            payment.at_ms + ALLOWED_MS,
        )
        await self._heard(payment.key, lambda: self._port.charge(charge))

    async def _heard(self, key: str, ask: Callable[[], Awaitable[Answer]]) -> None:
        answer = await self._answer(key, ask)
        row = self._book.payment(key)
        if answer is None or row is None:
            return
        after = course.after(row, answer, self._is_over(key, LATE_MS))
        if after != row:
            after = self._book.put(after)
        self._count(row, after, answer)
        if after.state not in OPEN:
            self._settled(after, row.reason)

    def _settled(self, row: Payment, before: str = "") -> None:
        """Forget what only an open charge needs; what never arrived is looked at a few times more."""
        self._codes.pop(row.key, None)
        self._begun.pop(row.key, None)
        if row.reason != NEVER_ARRIVED:
            self._due.pop(row.key, None)
        elif before != NEVER_ARRIVED:
            self._put_off(row.key, 0, course.wait_after_ms(0))

    def _is_over(self, key: str, slack_ms: int) -> bool:
        """Whether nobody may begin a charge any more."""
        begun = self._begun.get(key)
        return begun is None or self._steady_ms() - begun >= ALLOWED_MS + slack_ms

    def _count(self, row: Payment, after: Payment, answer: Answer) -> None:
        if isinstance(answer, Unknown):
            self._counters.add("payments.unknown")
        elif after == row:
            self._counters.add("payments.said_again")
        elif after.state == course.REFUSED_PAYMENT:
            self._counters.add("payments.declined")
        else:
            self._count_paid(row.state == course.ASKING)
            if after.paid != after.amount:
                self._counters.add("payments.wrong_amount")

    def _count_paid(self, at_once: bool) -> None:
        if at_once:
            self._counters.add("payments.paid")
        else:
            self._counters.add("payments.paid_late")

    # -- refunds

    def send_back(self, refund: Refund) -> None:
        """A refund is written down: the next step asks for it."""
        self._put_off(refund.key, 0, 0)

    async def give_back(self, refund: Refund) -> None:
        """Ask for a refund that is written down; what is not known of it is asked for again later."""
        if refund.key not in self._due:
            self._put_off(refund.key, 0, course.WAIT_MS_FIRST)
        ask = refund.key, refund.payment, refund.amount
        answer = await self._answer(refund.key, lambda: self._port.refund(*ask))
        row = self._book.refund(refund.key)
        if answer is None or row is None:
            return
        after = course.refund_after(row, answer)
        if after.state == course.MOVING:
            self._counters.add("payments.refunds_unknown")
            return
        if after != row:
            self._book.put_refunds([after])
            if after.state == course.RETURNED:
                self._counters.add("payments.refunded")
            else:
                self._counters.add("payments.refunds_declined")
        self._due.pop(refund.key, None)

    # -- again

    async def step(self) -> None:
        """Ask for everything that is due, some together; what the disk refuses is done by a later step."""
        now = self._steady_ms()
        due = [key for key, (at, _) in self._due.items() if at <= now and key not in self._now]
        for first in range(0, len(due), TOGETHER_MAX):
            await asyncio.gather(*(self._again(key) for key in due[first : first + TOGETHER_MAX]))

    async def _again(self, key: str) -> None:
        try:
            payment, refund = self._book.payment(key), self._book.refund(key)
            is_lost = payment is not None and payment.state == course.REFUSED_PAYMENT
            asked = self._due[key][1] + 1
            self._put_off(key, asked, course.wait_after_ms(asked) if is_lost else course.wait_ms(asked))
            if payment is not None and payment.state != course.TAKEN:
                await self.look(payment)
            elif refund is not None and refund.state == course.MOVING:
                await self.give_back(refund)
            else:
                self._due.pop(key, None)
        except LedgerRefused:
            self._counters.add("payments.steps_refused")

    def _put_off(self, key: str, asked: int, wait_ms: int | None) -> None:
        """Ask for it again after so long; None: not in this run."""
        if wait_ms is None:
            self._due.pop(key, None)
            self._counters.add("payments.given_up")
        else:
            self._due[key] = (self._steady_ms() + wait_ms, asked)

    async def _answer(self, key: str, ask: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """What the port says; None where it is being asked for this key already."""
        if key in self._now:
            return None
        self._now.add(key)
        try:
            return await ask()
        finally:
            self._now.discard(key)
