"""What tills can ask, one row each; operations.py holds all rows together."""

from typing import Any, Final

from gateway.adapters.http import order_shapes as orders
from gateway.adapters.http import pos_examples as examples
from gateway.adapters.http import pos_shapes as pos
from gateway.adapters.http.goods import GOODS_DEFAULT, GOODS_MAX
from gateway.adapters.http.operation import JSON, STAFF, Operation, Parameter
from gateway.adapters.http.orders import ORDERS_DEFAULT, ORDERS_MAX

DURABLE: Final = (
    "Durable when answered. What the rules refuse is booked and answered with 409 and the same body; what "
    "still waits for HQ with 202: send the same again. The same key gets the same verdict."
)
FAULTS: Final = (
    ("400", "request.missing"),
    ("403", "request.not_allowed"),
    ("413", "request.too_large"),
    ("422", "request.undecidable"),
    ("503", "request.busy"),
)
READING: Final = (("503", "request.ledger_refuses"),)
ORDER_ID: Final = ("The order's id, or its receipt's code.", "5b0e6c1f9a2d4e83")
MEMBER_ID: Final = ("The member's id.", "m-0001")
SHIFT_ID: Final = ("The shift's id.", "0a1b2c3d4e5f6071")
STAFF_ID: Final = ("The id of a member of staff.", "s-chen")
TILL: Final = Parameter("till", "Which till; who has signed in at one may leave it out.", "till-1")
NO_ORDER: Final = ("404", "act.refused.order_unknown")
NO_SHIFT: Final = ("404", "act.refused.shift_unknown")


def _act(path: str, summary: str, text: str, answer: tuple[Any, Any], body: tuple[Any, Any]) -> Operation:
    """An act of a till: POST, with a key, durable."""
    shape, example = answer
    return Operation(
        path, summary, text, shape, JSON, example, "post", body, FAULTS, access=STAFF, refused=shape
    )


def _ask(path: str, summary: str, text: str, answer: tuple[Any, Any], *faults: tuple[str, str]) -> Operation:
    """A question: GET."""
    shape, example = answer
    return Operation(path, summary, text, shape, JSON, example, faults=(*faults, *READING), access=STAFF)


QUOTE: Final = Operation(
    "/v1/orders/quote",
    "Price a basket",
    "Books nothing. Each effect carries its reason; `missed` is what is near, and coupons that did not "
    "count. `digest` names exactly this quote: a commit that carries it is refused where the price has "
    "changed.",
    orders.QuoteTold,
    JSON,
    examples.QUOTE,
    "post",
    (orders.QuoteAsked, examples.QUOTE_ASKED),
    (*FAULTS, ("409", "act.refused.goods_unknown")),
    access=STAFF,
)
SIGN_IN: Final = Operation(
    "/v1/staff/sign_in",
    "Begin to work at a till",
    "By badge, here or at the terminal beside it, or by number and PIN. Sets the cookie of a session: "
    "12 hours, this till, limited by the role. Wrong tries are answered ever more slowly.",
    pos.StaffTold,
    JSON,
    examples.STAFF,
    "post",
    (pos.SignInAsked, examples.SIGN_IN),
    (*FAULTS, ("401", "request.wrong_sign_in"), ("409", "request.no_badge"), ("429", "request.slow")),
    access=(),
)
APPROVE: Final = Operation(
    "/v1/staff/approve",
    "Agree to one act of somebody else",
    "The proof goes into that act's `approver`: good for 60 s, one act, this till.",
    pos.Approval,
    JSON,
    examples.APPROVAL,
    "post",
    (pos.ApproveAsked, examples.APPROVE),
    FAULTS,
    access=STAFF,
)
SIGN_OUT: Final = Operation(
    "/v1/staff/sign_out",
    "Stop working at a till",
    "The shift stays open.",
    pos.SignedOut,
    JSON,
    {"outcome": "done"},
    "post",
    access=STAFF,
)
PRINT: Final = Operation(
    "/v1/receipts/{id}/print",
    "Print a receipt",
    "Of the sale, or of one of its returns. A copy is marked as one.",
    pos.Printed,
    JSON,
    examples.PRINTED,
    "post",
    (pos.PrintAsked, examples.PRINT),
    (*FAULTS, NO_ORDER, ("501", "request.no_printer_set")),
    access=STAFF,
    ids={"id": ORDER_ID},
)
PRINT_SHIFT: Final = PRINT._replace(
    path="/v1/shifts/{id}/print",
    summary="Print a shift's report",
    text="Its X report while it is open, its Z report once closed.",
    faults=(*FAULTS, NO_SHIFT, ("501", "request.no_printer_set")),
    ids={"id": SHIFT_ID},
)
RECEIPT: Final = Operation(
    "/v1/receipts/{id}.svg",
    "The QR of a receipt's code",
    "Scanned at a till of this store, it finds the order.",
    None,
    "image/svg+xml",
    "<svg></svg>",
    faults=(NO_ORDER,),
    access=STAFF,
    ids={"id": ORDER_ID},
)


def _pin(path: str, summary: str, text: str, body: tuple[Any, Any]) -> Operation:
    told = (pos.PinTold, examples.PIN_TOLD)
    return _act(path, summary, text, told, body)._replace(ids={"id": MEMBER_ID})


OPERATIONS: Final = (
    QUOTE,
    _act(
        "/v1/orders/commit",
        "Sell a basket",
        f"At the price that `digest` names, or whatever it costs now. {DURABLE}",
        (orders.Sold, examples.SOLD),
        (orders.CommitAsked, examples.COMMIT),
    ),
    _act(
        "/v1/orders/returns",
        "Take pieces of an order back",
        f"`record.back` itemises what the customer gets again or loses, each with its reason. {DURABLE}",
        (orders.Returned, examples.RETURNED),
        (orders.ReturnAsked, examples.RETURN),
    ),
    _act(
        "/v1/orders/void",
        "Undo a whole order in the shift that sold it",
        DURABLE,
        (orders.Returned, examples.VOIDED),
        (orders.VoidAsked, examples.VOID),
    ),
    _act(
        "/v1/orders/park",
        "Put a basket aside, or forget one",
        f"It survives a restart. {DURABLE}",
        (orders.Parked, examples.PARKED),
        (orders.ParkAsked, examples.PARK),
    ),
    _ask(
        "/v1/orders/park",
        "The baskets that are put aside",
        "The oldest first; of one till, or of all.",
        (orders.ParkedList, examples.PARKED_LIST),
    )._replace(query=(TILL,)),
    _ask(
        "/v1/orders",
        "The newest orders",
        "Newest first, of everybody or of one member.",
        (orders.OrderList, examples.ORDERS),
        ("400", "request.number"),
    )._replace(
        query=(
            Parameter("member", "Whose.", "m-0001"),
            Parameter("since", "Not older than this; unix milliseconds.", 1767196800000, 2**53),
            Parameter("limit", "How many at most.", ORDERS_DEFAULT, ORDERS_MAX),
        )
    ),
    _ask(
        "/v1/orders/{id}",
        "An order with its returns",
        "`left` is how many pieces of each line may still come back.",
        (orders.OrderTold, examples.ORDER_TOLD),
        NO_ORDER,
    )._replace(ids={"id": ORDER_ID}),
    _ask(
        "/v1/goods",
        "Find articles",
        "By words of their names, sku or barcodes.",
        (pos.GoodsList, examples.GOODS),
        ("400", "request.number"),
    )._replace(
        query=(
            Parameter("query", "Every word must be there; none: all, by sku.", "蛋糕"),
            Parameter("limit", "How many at most.", GOODS_DEFAULT, GOODS_MAX),
        )
    ),
    _ask(
        "/v1/lookup",
        "What a code is",
        "Whatever was scanned or typed: barcode, sku, card, member's code, coupon, receipt, badge, phone. "
        "That a rotating code was shown is booked, so that it opens nothing a second time; the same till "
        "may ask again while it is fresh.",
        (pos.Looked, examples.LOOKED),
        ("400", "request.missing"),
    )._replace(
        query=(
            Parameter("code", "The text as it was read.", "6901234500017", required=True),
            Parameter("till", "Where it was read: there a rotating code stands for the PIN.", "till-1"),
        )
    ),
    _act(
        "/v1/members/{id}/run",
        "Let programs happen for a member",
        "On an occasion: activation, check-in, a claim in a mall, a payment, a visit, a grant by staff. "
        f"Refused where `program` is named and does not happen; record.missed says why. {DURABLE}",
        (orders.Ran, examples.RAN),
        (orders.RunAsked, examples.RUN),
    )._replace(ids={"id": MEMBER_ID}),
    _act(
        "/v1/members/{id}/pin",
        "Set a member's PIN",
        f"It is in no event and no log. {DURABLE}",
        (pos.PinSet, examples.PIN_KEPT),
        (pos.PinSetAsked, examples.PIN_SET),
    )._replace(ids={"id": MEMBER_ID}),
    _pin(
        "/v1/members/{id}/pin/check",
        "Is this the member's PIN?",
        "A right one gives a proof for one act, 60 s long. Wrong ones lock it.",
        (pos.PinCheckAsked, examples.PIN_CHECK),
    ),
    _pin(
        "/v1/members/{id}/pin/ask",
        "Let the customer type the PIN at the terminal",
        "At the one that is paired with the till; answered when it is typed, or its time is over.",
        (pos.PinAsked, examples.PIN_ASK),
    ),
    SIGN_IN,
    _ask("/v1/staff/me", "Who works at this till", "Nulls for a program.", (pos.StaffTold, examples.STAFF)),
    APPROVE,
    SIGN_OUT,
    _act(
        "/v1/staff/{id}/pin",
        "Set the PIN of a member of staff",
        f"One's own, or anybody's by the owner, a program, or whoever may approve. {DURABLE}",
        (pos.PinSet, examples.PIN_KEPT),
        (pos.PinSetAsked, examples.STAFF_PIN),
    )._replace(ids={"id": STAFF_ID}, faults=(*FAULTS, ("404", "act.refused.staff_unknown"))),
    _act(
        "/v1/shifts",
        "Begin a shift",
        DURABLE,
        (pos.ShiftDone, examples.SHIFT_OPENED),
        (pos.ShiftAsked, examples.SHIFT_ASKED),
    ),
    _ask(
        "/v1/shifts",
        "The open shift of a till",
        "Null if none is.",
        (pos.ShiftAtTill, {"shift": examples.SHIFT}),
    )._replace(query=(TILL,), faults=(("400", "request.missing"), *READING)),
    _ask(
        "/v1/shifts/{id}",
        "What a shift did",
        "An X report while it is open; its Z report once closed.",
        (pos.ShiftTold, examples.SHIFT),
        NO_SHIFT,
    )._replace(ids={"id": SHIFT_ID}),
    _act(
        "/v1/shifts/{id}/cash",
        "Put cash into the drawer, or take it out",
        DURABLE,
        (pos.ShiftDone, examples.CASH_MOVED),
        (pos.CashAsked, examples.CASH),
    )._replace(ids={"id": SHIFT_ID}, faults=(*FAULTS, NO_SHIFT)),
    _act(
        "/v1/shifts/{id}/close",
        "End a shift",
        f"`record` is its Z report: what was counted against what should be there. {DURABLE}",
        (pos.ShiftDone, examples.SHIFT_CLOSED),
        (pos.CloseAsked, examples.CLOSE),
    )._replace(ids={"id": SHIFT_ID}, faults=(*FAULTS, NO_SHIFT)),
    PRINT_SHIFT,
    PRINT,
    RECEIPT,
)
