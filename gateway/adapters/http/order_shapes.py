"""What the API takes and answers about orders, as types with their bounds.

What is sent are the values of gateway/core/orders/model.py, field by field the same, with patterns that
programs in every language read alike; what is answered are those values themselves. Amounts are minor units
of money. A field that has its default value may be left out, of what is sent and of what is answered.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gateway.adapters.http.act_shapes import Body, Id, Key, LotName, Says
from gateway.adapters.http.shapes import UnixMs
from gateway.core.orders.model import (
    AMOUNT_MAX,
    COUPONS_MAX,
    LINES_MAX,
    QUANTITY_MAX,
    TENDERS_MAX,
    Applied,
    OrderRecord,
    Quote,
    ReturnRecord,
    RunRecord,
)

Text = dict[str, str]

Sku = Annotated[str, Meta(min_length=1, max_length=48, examples=["6901234500017"])]
Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
Money = Annotated[int, Meta(ge=0, le=AMOUNT_MAX, description="Minor units: 6200 is 62.00.")]
Till = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)",
        description="Which till; who has signed in at one may leave it out.",
        examples=["till-1"],
    ),
]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="Of the quote that was shown.")]
Proof = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._=-]{1,512}$(?!\n)",
        description="From /v1/staff/approve or /v1/members/{id}/pin/check; good for one act, within 60 s.",
    ),
]
Reason = Annotated[str, Meta(max_length=80)]
TenderKind = Literal["cash", "card", "wechat", "alipay", "balance"]
# The occasions a till can tell of; sales, returns and top-ups tell of themselves.
RunType = Literal[
    "member.enrolled",
    "member.activated",
    "instrument.linked",
    "presence.checked_in",
    "coupon.claimed",
    "payment.captured",
    "visit.consumed",
    "grant.requested",
    "manual",
]


# -- what is sent


class LineGiven(Body, omit_defaults=True):
    """One line; `amount` is the typed price of a piece of an article without a price of its own."""

    sku: Sku
    quantity: Quantity = 1
    amount: Money | None = None


class BasketGiven(Body, omit_defaults=True):
    """What is to be sold to whom: `coupons` are lots, `points` how many of them pay, `chosen` programs that
    only happen when chosen."""

    lines: Annotated[list[LineGiven], Meta(min_length=1, max_length=LINES_MAX)]
    chosen: Annotated[list[Id], Meta(max_length=COUPONS_MAX)] = []
    coupons: Annotated[list[LotName], Meta(max_length=COUPONS_MAX)] = []
    member: Id | None = None
    points: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0


class TenderGiven(Body, omit_defaults=True):
    """What pays so much; `given` is the cash handed over, `reference` the other system's number."""

    kind: TenderKind
    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    given: Money | None = None
    reference: Reason | None = None


class TenderTaken(TenderGiven, omit_defaults=True):
    """What pays a sale; `payment` is the key of a payment that was taken for it, which brings its own
    reference along."""

    payment: Id | None = None


class PieceGiven(Body):
    """So many pieces of a line, counted from 0."""

    line: Annotated[int, Meta(ge=0, lt=LINES_MAX)]
    quantity: Quantity


class TillAct(Body, kw_only=True):
    """What every act of a till may name besides itself. `staff`: a program's word for who does it; their role
    limits it then, and who has signed in can only name themselves."""

    till: Till | None = None
    staff: Id | None = None


class QuoteAsked(Body):
    """Price a basket; nothing is booked, so there is no key."""

    basket: BasketGiven
    till: Till | None = None


class CommitAsked(TillAct):
    """Sell it: tenders sum to the quote's total. With `digest`, only at the price that was shown.

    `pin` is the proof that the member's PIN was right, `approver` that somebody with more rights agreed;
    `parked` is a parked order that ends by this one.
    """

    key: Key
    basket: BasketGiven
    tenders: Annotated[list[TenderTaken], Meta(max_length=TENDERS_MAX)]
    digest: Digest | None = None
    approver: Proof | None = None
    pin: Proof | None = None
    parked: Id | None = None


class ReturnAsked(TillAct):
    """Take pieces back. `refunds` left out: by the shares of what paid. `preview`: only say what would come
    back; the key stays free."""

    key: Key
    order: Id
    pieces: Annotated[list[PieceGiven], Meta(min_length=1, max_length=LINES_MAX)]
    refunds: Annotated[list[TenderGiven], Meta(max_length=TENDERS_MAX)] = []
    reason: Reason = ""
    approver: Proof | None = None
    preview: bool = False


class VoidAsked(TillAct):
    """Undo a whole order, in the shift that sold it."""

    key: Key
    order: Id
    reason: Reason = ""
    approver: Proof | None = None
    preview: bool = False


class ParkAsked(TillAct):
    """Put a basket aside under a name of the asker's own, or (basket null) forget it."""

    key: Key
    parked: Id
    basket: BasketGiven | None
    note: Annotated[str, Meta(max_length=40)] = ""


class RunAsked(TillAct):
    """Let the programs of an occasion happen for a member; `program` is the one that was chosen, `amount` how
    much is asked for or was paid; `pin` the proof of the member's PIN, where points are to be spent."""

    key: Key
    type: RunType
    program: Id | None = None
    amount: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    reason: Annotated[str, Meta(max_length=200)] = ""
    approver: Proof | None = None
    pin: Proof | None = None


# -- what is answered


class UnitAtTill(Struct, kw_only=True, forbid_unknown_fields=True):
    """How much of a unit a member has: here, and where it is not here."""

    unit: Annotated[str, Meta(examples=["PTS"])]
    scale: Annotated[int, Meta(ge=0, description="Decimal places people see.")]
    here: int
    held: int
    offered: Annotated[int, Meta(description="Granted by HQ, taken over at its first use.")]
    elsewhere: int


class MemberAtTill(Struct, kw_only=True, forbid_unknown_fields=True):
    """A member as a clerk may see one."""

    id: str
    name: Annotated[str | None, Meta(description="Masked.", examples=["林**"])]
    status: str
    language: str | None
    tier: str | None
    tier_name: Text | None
    next: Annotated[str | None, Meta(description="The tier above; null at the top.")]
    next_name: Text | None
    to_next: Annotated[int | None, Meta(description="Qualifying points still missing for it.")]
    synced_at_ms: Annotated[int, Meta(ge=0, description="What is elsewhere is as of then.")]
    phone: Annotated[
        Literal["none", "unverified", "verified"],
        Meta(description="A number was given; somebody here has seen that it is theirs."),
    ]
    units: list[UnitAtTill]


class CouponAtTill(Struct, kw_only=True, forbid_unknown_fields=True):
    """A coupon or pass of a member; `lot` is what a basket names."""

    lot: str
    unit: str
    code: str | None
    name: Text | None
    face: int | None
    expires_on: str | None
    usable: bool
    unusable: Annotated[str | None, Meta(description="Why not, as a reason of the rules.")]
    used_at: Annotated[int | None, Meta(description="When it was used here; unix milliseconds.")]
    used_where: Annotated[str | None, Meta(description="At which till or device.")]
    owner: Annotated[str, Meta(description="Whose it is.", examples=["member:m-0001"])]


class WithoutPin(Struct, kw_only=True, forbid_unknown_fields=True):
    """The customer showed a rotating code at this till: until something is sold here, or for five minutes,
    points and balance of so much need no PIN."""

    shown_at: UnixMs
    left: Annotated[int, Meta(ge=1, description="Minor units of money, of this member today.")]


class QuoteTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """A basket priced now, each effect with its reason, and what is near in `missed`."""

    quote: Quote
    digest: str
    member: MemberAtTill | None
    coupons: list[CouponAtTill]
    elsewhere: Annotated[list[str], Meta(description="Units of which the member has more, but not here.")]
    synced_at_ms: UnixMs
    warnings: Annotated[list[Applied], Meta(description="Words for the receipt.")]
    without_pin: Annotated[WithoutPin | None, Meta(description="Null where the PIN is needed.")]


class Told(Struct, kw_only=True, forbid_unknown_fields=True):
    """What became of an act of a till. 409 has the same body, with outcome refused."""

    seq: Annotated[int | None, Meta(description="Its place in the log; null for a preview.")]
    at: UnixMs
    type: Annotated[str, Meta(examples=["order.committed"])]
    outcome: Annotated[str, Meta(description="done, refused or asked.")]
    reason: Annotated[str | None, Meta(description="Why, when it was not done.", examples=["used_up"])]
    says: Says
    used_at: Annotated[int | None, Meta(description="used_up: when, in unix milliseconds.")]
    used_where: Annotated[str | None, Meta(description="used_up: at which till or device.")]
    duplicate: Annotated[bool, Meta(description="The key was asked before: this is what was said then.")]


class Sold(Told):
    """An order committed; `order` names it in returns."""

    order: str | None
    record: OrderRecord | None
    receipt_code: Annotated[str | None, Meta(examples=["Rs1-gateway.1208"])]
    change: Annotated[int, Meta(ge=0, description="Cash to hand back.")]


class RefundTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """So much of a payment on its way back."""

    key: str
    payment: str
    amount: int
    state: Annotated[
        Literal["asking", "done", "declined", "by_hand", "again"],
        Meta(description="again: a later one stands for it."),
    ]
    at: UnixMs


class Returned(Told):
    """Pieces taken back; `record` says what goes back, itemised, `payments` what goes back by itself."""

    order: str
    record: ReturnRecord | None
    receipt_code: str | None
    preview: bool
    payments: list[RefundTold]


class Parked(Told):
    """A basket put aside, or forgotten."""

    parked: str


class Ran(Told):
    """What programs gave a member."""

    member: str
    record: RunRecord | None


class ParkedRow(Struct, kw_only=True, forbid_unknown_fields=True):
    """A basket that was put aside."""

    parked: str
    at: UnixMs
    till: str
    actor: str
    note: str
    basket: dict[str, Any]


class ParkedList(Struct, kw_only=True):
    """All of them, the oldest first."""

    parked: list[ParkedRow]


class OrderListed(Struct, kw_only=True, forbid_unknown_fields=True):
    """One order of a list."""

    order: str
    seq: int
    at: UnixMs
    till: str
    shift: str
    member: str | None
    total: int
    returned: Annotated[int, Meta(ge=0, description="How many returns it has.")]
    receipt_code: str


class OrderList(Struct, kw_only=True):
    """The newest first."""

    orders: list[OrderListed]


class ReturnListed(Struct, kw_only=True, forbid_unknown_fields=True):
    """One return of an order."""

    seq: int
    at: UnixMs
    record: ReturnRecord


class OrderTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """An order of this store, with what came back of it."""

    order: str
    seq: int
    at: UnixMs
    actor: str
    receipt_code: str
    record: OrderRecord
    returns: list[ReturnListed]
    left: Annotated[list[int], Meta(description="How many pieces of each line may still come back.")]
