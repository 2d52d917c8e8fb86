"""Payments as the API tells them: payment_shapes.py's, made of gateway/payments' values. Pure."""

from typing import Final

from gateway.adapters.http.act_words import sentences
from gateway.live import Data
from gateway.payments import course
from gateway.payments.course import Refund
from gateway.payments.desk import Told

STATUS_OF: Final = {  # of an answer to whoever wants money to move; every other standing is 201
    course.ASKING: 202,
    course.UNSURE: 202,
    course.REFUSED_PAYMENT: 402,
    course.DIFFERS: 409,
}
REFUND_STATUS_OF: Final = {course.GIVING_BACK: 202, course.REFUND_DECLINED: 409}  # every other is 200


def payment(told: Told) -> Data:
    """payment_shapes.PaymentTold."""
    row, standing = told.payment, told.standing
    return {
        "key": row.key,
        "tender": row.tender,
        "amount": row.amount,
        "till": row.till,
        "at": row.at_ms,
        "state": standing.state,
        "reason": row.reason or None,
        "paid": row.paid,
        "owed": standing.owed,
        "reference": row.reference or None,
        "order": row.order or None,
        "refunds": [refund(each) for each in told.refunds],
        "says": sentences(stem(standing.state, row.reason)),
    }


def refund(row: Refund) -> Data:
    """payment_shapes.RefundTold."""
    return {
        "key": row.key,
        "payment": row.payment,
        "amount": row.amount,
        "state": row.state,
        "at": row.at_ms,
    }


def stem(state: str, reason: str) -> str:
    """The words for how a payment stands."""
    if state == course.REFUSED_PAYMENT:
        return f"payment.declined.{reason}"
    if state == course.UNSURE and reason == "pending":
        return "payment.pending"
    return f"payment.{state}"
