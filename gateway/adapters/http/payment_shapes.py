"""What the API takes and answers about payments, as types with their bounds. Amounts are minor units."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.adapters.http.act_shapes import Key, Says
from gateway.adapters.http.order_shapes import RefundTold, TillAct
from gateway.adapters.http.shapes import UnixMs
from gateway.core.orders.model import AMOUNT_MAX

PaymentKey = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:-]{8,64}$(?!\n)",
        description="The asker's own, new for each payment: it names the payment for ever.",
        examples=["till-2.pay.0042"],
    ),
]
CustomerCode = Annotated[
    str,
    Meta(
        pattern=r"^[!-~]{0,128}$(?!\n)",
        description="What the customer's phone shows. It is used once, and never written down.",
        examples=["134512345678901234"],
    ),
]
Tender = Literal["card", "wechat", "alipay"]


class PaymentAsked(TillAct):
    """Take so much from whoever shows this code."""

    key: PaymentKey
    tender: Tender
    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    code: CustomerCode = ""


class RefundAsked(TillAct):
    """Give back what is owed of a payment. `by_hand`: it was given back by other means, or the provider was
    asked about one that nobody knew of, and says that no money is there."""

    key: Key
    by_hand: bool = False


class PaymentTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """A payment as it stands: `state` for a program, `says` for people."""

    key: str
    tender: Tender
    amount: int
    till: str
    at: UnixMs
    state: Literal[
        "asking",
        "unknown",
        "paid",
        "declined",
        "wrong_amount",
        "sold",
        "giving_back",
        "given_back",
        "refund_declined",
    ]
    reason: Annotated[str | None, Meta(description="Why it was declined, or is not known.")]
    paid: Annotated[int, Meta(ge=0, description="What was taken from the customer.")]
    owed: Annotated[int, Meta(ge=0, description="How much of that is still to be given back, or sold.")]
    reference: Annotated[str | None, Meta(description="The provider's own number.")]
    order: Annotated[str | None, Meta(description="The order that it paid.")]
    refunds: list[RefundTold]
    says: Says


class PaymentList(Struct, kw_only=True):
    """What somebody should look at, the newest first."""

    payments: list[PaymentTold]
