"""What can be asked of payments, one row each; operations.py holds all rows together."""

from typing import Any, Final

from gateway.adapters.http import payment_shapes as shapes
from gateway.adapters.http.act_words import sentences
from gateway.adapters.http.operation import JSON, STAFF, Operation

KEY: Final = ("The payment's key.", "till-2.pay.0042")
ASKED: Final[dict[str, Any]] = {
    "key": "till-2.pay.0042",
    "tender": "wechat",
    "amount": 6200,
    "code": "134512345678901234",
    "till": "till-1",
}
REFUND: Final[dict[str, Any]] = {"key": "till-2.back.0007", "till": "till-1"}
PAID: Final[dict[str, Any]] = {
    "key": "till-2.pay.0042",
    "tender": "wechat",
    "amount": 6200,
    "till": "till-1",
    "at": 1767232800000,
    "state": "paid",
    "reason": None,
    "paid": 6200,
    "owed": 6200,
    "reference": "4200001234",
    "order": None,
    "refunds": [],
    "says": sentences("payment.paid"),
}
BACK: Final[dict[str, Any]] = PAID | {
    "state": "given_back",
    "owed": 0,
    "refunds": [
        {
            "key": "till-2.back.0007",
            "payment": "till-2.pay.0042",
            "amount": 6200,
            "state": "done",
            "at": 1767232860000,
        }
    ],
    "says": sentences("payment.given_back"),
}
FAULTS: Final = (
    ("400", "request.missing"),
    ("403", "request.not_allowed"),
    ("409", "request.key_reused"),
    ("413", "request.too_large"),
    ("503", "request.ledger_refuses"),
)

OPERATIONS: Final = (
    Operation(
        "/v1/payments",
        "Take money by phone or card",
        "Asks the chain's payment bridge, where one is set; else it is recorded as said. 201: paid, and good "
        "for a tender of one sale (`payment` in /v1/orders/commit). 202: nobody can be sure yet; ask for it "
        "by its key until it is known, it is looked up meanwhile. 402: declined, nothing was taken. 409 with "
        "a `state`: another amount was taken. The same key is charged once, however often it is sent.",
        shapes.PaymentTold,
        JSON,
        PAID,
        "post",
        (shapes.PaymentAsked, ASKED),
        FAULTS,
        access=STAFF,
        status="201",
    ),
    Operation(
        "/v1/payments",
        "Payments that somebody should look at",
        "Of unknown outcome, paid and part of no sale, or not given back; what to do is in `says`. The "
        "newest first, 500 at most.",
        shapes.PaymentList,
        JSON,
        {"payments": [PAID]},
        faults=(("503", "request.ledger_refuses"),),
        access=STAFF,
    ),
    Operation(
        "/v1/payments/{id}",
        "How a payment stands",
        "From what is known here; the bridge is asked in the background.",
        shapes.PaymentTold,
        JSON,
        PAID,
        faults=(("404", "request.no_payment"), ("503", "request.ledger_refuses")),
        access=STAFF,
        ids={"id": KEY},
    ),
    Operation(
        "/v1/payments/{id}/refund",
        "Give a payment back that no sale has",
        "All that is owed of it, once for its key. What was sold goes back by returning the order. 202: on "
        "its way, and asked for again until it is known. 409: declined, or there is nothing to give back.",
        shapes.PaymentTold,
        JSON,
        BACK,
        "post",
        (shapes.RefundAsked, REFUND),
        (*FAULTS, ("404", "request.no_payment")),
        access=STAFF,
        ids={"id": KEY},
    ),
)
