"""How a payment goes: what an answer makes of it, what is owed of it, when it is looked at again. Pure.

    asking -> paid | declined | unknown        unknown -> paid | declined
    declined -> paid      (the other side broke its word: the money is there all the same)

Invariants: what is paid stays paid, however often and however late anything else is said. Of what no order
has, taken = given back + moving back + owed; of what was sold only refunds that were declined are owed.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.payments.port import ABSENT, NEVER_ARRIVED, Answer, Declined, Paid, Unknown

ASKING, UNSURE, TAKEN, REFUSED_PAYMENT = "asking", "unknown", "paid", "declined"  # states of a payment
MOVING, RETURNED, BY_HAND, REPLACED = "asking", "done", "by_hand", "again"  # states of a refund, and declined

# How a payment stands, for people: its states, and what follows from its sale and its refunds.
DIFFERS, SOLD, GIVING_BACK, GIVEN_BACK, REFUND_DECLINED = (
    "wrong_amount", "sold", "giving_back", "given_back", "refund_declined",
)  # fmt: skip
STANDINGS: Final = (
    ASKING, UNSURE, TAKEN, REFUSED_PAYMENT, DIFFERS, SOLD, GIVING_BACK, GIVEN_BACK, REFUND_DECLINED,
)  # fmt: skip
OPEN: Final = (ASKING, UNSURE, TAKEN, DIFFERS, GIVING_BACK, REFUND_DECLINED)  # somebody has to do something

WAIT_MS_FIRST: Final = 1_000
WAIT_MS_MAX: Final = 300_000  # a payment service that is down for a day is asked 300 times, not 80,000
ASKS_MAX: Final = 600  # two days; then a person asks the service, and a restart asks again
AFTER_WAITS_MS: Final = (300_000, 3_600_000, 86_400_000)  # looks at what never arrived, in case it did


class Payment(NamedTuple):
    """A charge. `paid` is what was taken, 0 unless TAKEN; `sale` the key of the sale that wants it, "" none;
    `order` the order that it paid, "" none yet."""

    key: str
    tender: str
    amount: int
    till: str
    actor: str
    at_ms: int
    state: str = ASKING
    reason: str = ""
    paid: int = 0
    reference: str = ""
    sale: str = ""
    order: str = ""


class Refund(NamedTuple):
    """So much of a payment on its way back; `source` is the key of the return that it belongs to, "" where
    the payment never became a sale."""

    key: str
    payment: str
    amount: int
    source: str
    actor: str
    at_ms: int
    state: str = MOVING
    reason: str = ""


class Standing(NamedTuple):
    """How a payment stands, and how much of it is still to be given back."""

    state: str
    owed: int


def after(payment: Payment, answer: Answer, past: bool) -> Payment:
    """A payment after an answer; `past`: nobody may begin the charge any more."""
    if payment.state == TAKEN:
        return payment
    if isinstance(answer, Paid):
        reference = answer.reference or payment.key
        return payment._replace(state=TAKEN, reason="", paid=answer.amount, reference=reference)
    if payment.state == REFUSED_PAYMENT:
        return payment
    if isinstance(answer, Declined):
        return payment._replace(state=REFUSED_PAYMENT, reason=answer.reason)
    if answer.reason == ABSENT and past:
        return payment._replace(state=REFUSED_PAYMENT, reason=NEVER_ARRIVED)
    return payment._replace(state=UNSURE, reason=answer.reason)


def refund_after(refund: Refund, answer: Answer) -> Refund:
    """A refund after an answer; less than was asked for is none that we understand, and is asked again."""
    if refund.state != MOVING or isinstance(answer, Unknown):
        return refund
    if isinstance(answer, Declined):
        return refund._replace(state=REFUSED_PAYMENT, reason=answer.reason)
    return refund._replace(state=RETURNED) if answer.amount == refund.amount else refund


def standing(payment: Payment, refunds: Sequence[Refund]) -> Standing:
    """What people should know of it."""
    if payment.state != TAKEN:
        return Standing(payment.state, 0)
    sums = {state: _sum(refunds, state) for state in (MOVING, RETURNED, BY_HAND, REFUSED_PAYMENT)}
    back = sums[RETURNED] + sums[BY_HAND]
    owed = sums[REFUSED_PAYMENT] if payment.order else payment.paid - back - sums[MOVING]
    if sums[MOVING]:
        return Standing(GIVING_BACK, owed)
    if sums[REFUSED_PAYMENT]:
        return Standing(REFUND_DECLINED, owed)
    if payment.order:
        return Standing(SOLD, owed)
    if back:
        return Standing(GIVEN_BACK, owed)
    return Standing(TAKEN if payment.paid == payment.amount else DIFFERS, owed)


def left(payment: Payment, refunds: Sequence[Refund]) -> int:
    """How much of it may still be given back at all."""
    return payment.paid - sum(refund.amount for refund in refunds if refund.state != REPLACED)


def wait_ms(asked: int) -> int | None:
    """How long until the next asking, after so many; None: not again in this run."""
    return None if asked >= ASKS_MAX else min(WAIT_MS_FIRST * 2 ** min(asked, 16), WAIT_MS_MAX)


def wait_after_ms(looked: int) -> int | None:
    """The same for what never arrived."""
    return AFTER_WAITS_MS[looked] if looked < len(AFTER_WAITS_MS) else None


def _sum(refunds: Sequence[Refund], state: str) -> int:
    return sum(refund.amount for refund in refunds if refund.state == state)
