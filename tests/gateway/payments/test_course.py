"""How a payment goes, as values: every answer after every other."""

from itertools import product

import pytest

from gateway.payments import course
from gateway.payments.course import Payment, Refund
from gateway.payments.port import ABSENT, NEVER_ARRIVED, UNKNOWNS, Answer, Declined, Paid, Unknown

NEW = Payment("till-1.pay.1", "wechat", 6_200, "till-1", "pos", 1)
BACK = Refund("back-1", NEW.key, 6_200, "", "pos", 2)
ANSWERS: tuple[Answer, ...] = (
    Paid(6_200, "ref-1"),
    Paid(6_200, "ref-2"),
    Paid(1),
    Declined("no_money"),
    *map(Unknown, UNKNOWNS),
)


@pytest.mark.parametrize("past", [False, True])
def test_the_first_word_that_money_was_taken_stands(past: bool) -> None:
    for answers in product(ANSWERS, repeat=3):
        payment = NEW
        for answer in answers:
            payment = course.after(payment, answer, past)
        assert told(payment) == wanted(answers, past), answers


def told(payment: Payment) -> tuple[object, ...]:
    return payment.state, payment.reason, payment.paid, payment.reference


def wanted(answers: tuple[Answer, ...], past: bool) -> tuple[object, ...]:
    """The first that says paid; else the first that says no; else that nobody knows."""
    for answer in answers:
        if isinstance(answer, Paid):
            return "paid", "", answer.amount, answer.reference or NEW.key
    for answer in answers:
        if isinstance(answer, Declined):
            return "declined", answer.reason, 0, ""
        if past and answer == Unknown(ABSENT):
            return "declined", NEVER_ARRIVED, 0, ""
    return "unknown", answers[-1].reason, 0, ""  # type: ignore[union-attr]


def test_the_first_word_on_a_refund_stands() -> None:
    for answers in product(ANSWERS, repeat=2):
        refund = BACK
        for answer in answers:
            refund = course.refund_after(refund, answer)
        first = next((one for one in answers if isinstance(one, Declined) or one in ANSWERS[:2]), None)
        state = "asking" if first is None else "declined" if isinstance(first, Declined) else "done"
        assert refund.state == state, answers


def test_what_is_owed_is_what_nobody_has() -> None:
    taken = NEW._replace(state="paid", paid=6_200)
    part = BACK._replace(amount=1_000)
    sold = taken._replace(sale="sale-1", order="order-1")
    for payment, refunds, standing in (
        (NEW, (), ("asking", 0)),
        (taken, (), ("paid", 6_200)),
        (taken._replace(paid=6_199), (), ("wrong_amount", 6_199)),
        (taken, (BACK,), ("giving_back", 0)),
        (taken, (part,), ("giving_back", 5_200)),
        (taken, (BACK._replace(state="declined"),), ("refund_declined", 6_200)),
        (taken, (BACK._replace(state="again"), BACK._replace(state="by_hand")), ("given_back", 0)),
        (sold, (), ("sold", 0)),
        (sold, (part,), ("giving_back", 0)),
        (sold, (part._replace(state="done"),), ("sold", 0)),
        (sold, (part._replace(state="declined"),), ("refund_declined", 1_000)),
    ):
        assert course.standing(payment, refunds) == standing
        assert course.standing(payment, refunds).state in course.STANDINGS


def test_waits_grow_to_their_bound_and_end() -> None:
    waits = [course.wait_ms(asked) for asked in range(course.ASKS_MAX + 1)]
    assert waits[:3] == [1_000, 2_000, 4_000] and waits[-2:] == [course.WAIT_MS_MAX, None]
    assert [course.wait_after_ms(looked) for looked in range(4)] == [*course.AFTER_WAITS_MS, None]
