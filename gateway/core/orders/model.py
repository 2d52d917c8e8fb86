"""Orders as values: goods, baskets, quotes, what a sale and a return leave behind, a till's acts. Pure.

Amounts are minor units of money; tax rates basis points, prices include tax; quantities are whole pieces.
`split` is a share for each line of the basket, in its order, and sums to the whole exactly; () where lines
have no part in it. An order is named by the random of its event. Each line's pieces that may still be
returned are a lot of unit "RETURN:<order>:<line>" of owner "order:<order>".
"""

from typing import Annotated, Literal

from msgspec import Meta

from gateway.core.promises import Terms
from gateway.core.values import Model

Text = dict[str, str]

LINES_MAX = 200  # of a basket: a transfer for each line still fits an event
QUANTITY_MAX = 9_999
COUPONS_MAX = 20  # shown for one order
TENDERS_MAX = 10
AMOUNT_MAX = 10**12

Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
Money = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,80}\Z")]

CASH, CARD, WECHAT, ALIPAY, BALANCE = "cash", "card", "wechat", "alipay", "balance"
CASH_LIKE = (CASH, CARD, WECHAT, ALIPAY)  # the earning base is what these paid
TENDERS = (*CASH_LIKE, BALANCE)

GOODS, TOPUP, OPEN = "goods", "topup", "open"  # kinds of goods; OPEN: the clerk types the price


class Good(Model, frozen=True, omit_defaults=True):
    """One article as HQ describes it. `prices`: by price book; `kind` "topup" credits CNY as typed."""

    sku: str
    name: Text
    price: Money
    category: str = ""
    kind: Literal["goods", "topup", "open"] = "goods"
    prices: dict[str, int] = {}
    tax: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Line(Model, frozen=True, omit_defaults=True):
    """One line of a basket; `amount` is the typed price of one piece of an OPEN or TOPUP article."""

    sku: Annotated[str, Meta(min_length=1, max_length=48)]
    quantity: Quantity = 1
    amount: Money | None = None


class Basket(Model, frozen=True, omit_defaults=True):
    """What is to be sold to whom. `coupons` are lots; `points` how many the customer wants to pay with;
    `chosen` programs that only happen when chosen."""

    lines: Annotated[tuple[Line, ...], Meta(max_length=LINES_MAX)]
    chosen: Annotated[tuple[str, ...], Meta(max_length=COUPONS_MAX)] = ()
    coupons: Annotated[tuple[Name, ...], Meta(max_length=COUPONS_MAX)] = ()
    member: Name | None = None
    points: Money = 0


class Applied(Model, frozen=True, omit_defaults=True):
    """One effect of one program that happened. `does` is the effect's tag.

    Of a discount `amount` is money off and `unit` ""; of a credit, an issue or a debit, so much of `unit`.
    PointsAsCash has `amount` the money and `points` how many of `unit`. `lot`: the coupon it used.
    `because` has its figures filled in.
    """

    program: str
    version: int
    does: str
    because: Text
    amount: int = 0
    lot: str | None = None
    points: int = 0
    split: tuple[int, ...] = ()
    template: str | None = None
    terms: Terms | None = None
    unit: str = ""


class Missed(Model, frozen=True, omit_defaults=True):
    """A program that did not happen, and the first thing that was missing: a reason of programs/reasons.py.

    `short` is how much more is needed, where that is a number (minor units, pieces, points).
    """

    program: str
    reason: str
    because: Text
    lot: str | None = None
    short: int | None = None


class QuoteLine(Model, frozen=True, omit_defaults=True):
    """One line priced: gross = price * quantity by the plain price; net = gross - discount is what is to be
    paid for it; `points` is what points pay of that; tax is included in net."""

    sku: str
    name: Text
    quantity: int
    price: int
    gross: int
    discount: int
    net: int
    category: str = ""
    kind: str = GOODS
    points: int = 0
    tax: int = 0
    tax_rate: int = 0


class Quote(Model, frozen=True, omit_defaults=True):
    """A basket priced: total = sum(net) - points is what tenders must pay.

    `earns` is what would be earned if cash-like tenders paid all of it; `missed` is worth saying: coupons
    that were shown and did not count, and programs that are near.
    """

    lines: tuple[QuoteLine, ...]
    total: int
    tax: int
    applied: tuple[Applied, ...] = ()
    earns: tuple[Applied, ...] = ()
    missed: tuple[Missed, ...] = ()


class Tender(Model, frozen=True, omit_defaults=True):
    """What paid so much; `given` is the cash handed over, `reference` the other system's own number."""

    kind: Literal["cash", "card", "wechat", "alipay", "balance"]
    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    given: Money | None = None
    reference: Annotated[str, Meta(max_length=80)] | None = None


class TenderShare(Model, frozen=True, omit_defaults=True):
    """A tender with its share of each line."""

    kind: str
    amount: int
    split: tuple[int, ...]
    given: int | None = None
    reference: str | None = None


class PartShare(Model, frozen=True, omit_defaults=True):
    """Transfers [first, first + count) of an order's event belong to lines by `split`.

    `rule`: "used" (points, balance: back to their lots by pieces), "earned" (by the program's rule), "whole"
    (a coupon, a cap: back when every line it touched is returned), "stays". `program` names whose it is.
    """

    rule: Literal["used", "earned", "whole", "stays"]
    first: int
    count: int
    split: tuple[int, ...]
    program: str = ""


class OrderRecord(Model, frozen=True, tag_field="of", tag="order", omit_defaults=True):
    """What a sale leaves behind: the settled order, for receipt, return and report."""

    lines: tuple[QuoteLine, ...]
    total: int
    tax: int
    shift: str
    till: str
    applied: tuple[Applied, ...] = ()
    member: str | None = None
    parts: tuple[PartShare, ...] = ()
    tenders: tuple[TenderShare, ...] = ()
    warnings: tuple[Applied, ...] = ()  # words for the receipt: what lapses, which tier is near


class Piece(Model, frozen=True):
    """So many pieces of one line (from 0) of an order."""

    line: int
    quantity: Quantity


class ReturnRecord(Model, frozen=True, tag_field="of", tag="return", omit_defaults=True):
    """What a return leaves behind. `refunds` is what each tender gives back (split: by line of the order).

    `back` is what the customer gets again or loses, itemised: units with positive or negative amounts and
    `because`. `withdrawn` is discount taken back because its threshold no longer holds, by program, with a
    share for each line that stays.
    """

    order: str
    pieces: tuple[Piece, ...]
    refunds: tuple[TenderShare, ...]
    total: int
    tax: int
    shift: str
    till: str
    back: tuple[Applied, ...] = ()
    void: bool = False
    withdrawn: tuple[Applied, ...] = ()


class TenderSum(Model, frozen=True):
    """One tender in a shift."""

    kind: str
    sold: int
    refunded: int


class ShiftSums(Model, frozen=True):
    """What a shift did, as its events say. `cash_float` was in the drawer, `moved` put in or taken."""

    cash_float: int
    discount: int
    gross: int
    moved: int
    net: int
    orders: int
    refunded: int
    returns: int
    tax: int
    tenders: tuple[TenderSum, ...]
    voids: int
    points_paid: int = 0


class ShiftRecord(Model, frozen=True, tag_field="of", tag="shift"):
    """A Z report: expected = cash_float + moved + cash sold - refunded; difference = counted - expected."""

    shift: str
    till: str
    sums: ShiftSums
    counted: int
    difference: int
    expected: int


class RunRecord(Model, frozen=True, tag_field="of", tag="run", omit_defaults=True):
    """What the programs of a trigger gave."""

    applied: tuple[Applied, ...]
    missed: tuple[Missed, ...] = ()


OutcomeRecord = OrderRecord | ReturnRecord | ShiftRecord | RunRecord


class Staff(Model, frozen=True):
    """A member of staff as a decision may know one: opaque id and role."""

    id: str
    role: str


class ShiftFact(Model, frozen=True):
    """An open shift: who opened it at which till."""

    shift: str
    staff: str
    till: str


# -- acts


class Sell(Model, frozen=True, tag_field="do", tag="sell", omit_defaults=True):
    """Commit an order: the basket, what pays it, and the digest of the quote that was shown (hex SHA-256 of
    its canonical bytes; None: whatever it costs now). `parked` is an order that ends by this one."""

    basket: Basket
    tenders: Annotated[tuple[Tender, ...], Meta(max_length=TENDERS_MAX)]
    till: Name
    approver: Name | None = None
    parked: Name | None = None
    quote: str | None = None


class GoBack(Model, frozen=True, tag_field="do", tag="go_back", omit_defaults=True):
    """Return these pieces of an order, or (void) all of it in the same shift. `refunds` (): by the shares of
    what paid; else so much by each of these kinds of tender, which must sum to what is due."""

    order: Name
    till: Name
    approver: Name | None = None
    pieces: Annotated[tuple[Piece, ...], Meta(max_length=LINES_MAX)] = ()
    reason: Annotated[str, Meta(max_length=80)] = ""
    refunds: Annotated[tuple[Tender, ...], Meta(max_length=TENDERS_MAX)] = ()
    void: bool = False


class Park(Model, frozen=True, tag_field="do", tag="park", omit_defaults=True):
    """Keep a basket under a name for later, or (basket None) forget it."""

    parked: Name
    till: Name
    basket: Basket | None = None
    note: Annotated[str, Meta(max_length=40)] = ""


class Run(Model, frozen=True, tag_field="do", tag="run", omit_defaults=True):
    """Let the programs of the event's type happen for a member; `program` names the one that was chosen,
    `coupon` the one coupon that it may use up: the lot that was shown.

    Every program of the trigger is tried; refused where the one that was named does not happen.
    """

    member: Name
    amount: Money = 0
    approver: Name | None = None
    program: Name | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""
    till: Name | None = None
    coupon: Name | None = None


class SignIn(Model, frozen=True, tag_field="do", tag="sign_in"):
    """A member of staff begins to work at a till, page or terminal, by "badge" or "pin"."""

    by: Literal["badge", "pin"]
    staff: Name
    till: Name


class OpenShift(Model, frozen=True, tag_field="do", tag="open_shift"):
    """Begin a shift with so much cash in the drawer; it is named by the event's random."""

    cash_float: Money
    till: Name


class MoveCash(Model, frozen=True, tag_field="do", tag="move_cash"):
    """Put cash into the drawer, or (negative) take it out."""

    amount: Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
    reason: Annotated[str, Meta(min_length=1, max_length=80)]
    shift: Name
    till: Name


class CloseShift(Model, frozen=True, tag_field="do", tag="close_shift", omit_defaults=True):
    """End a shift with so much cash counted; approved where the difference is above the role's limit."""

    counted: Money
    shift: Name
    till: Name
    approver: Name | None = None


class SetPin(Model, frozen=True, tag_field="do", tag="set_pin"):
    """A PIN of "member:<id>" or "staff:<id>" was set; its hash is in no event."""

    owner: Name


TillAct = Sell | GoBack | Park | Run | SignIn | OpenShift | MoveCash | CloseShift | SetPin
