"""What the API takes and answers about staff, PINs, shifts, goods and receipts, as types with bounds."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from gateway.adapters.http.act_shapes import Body, Id, Key, Says
from gateway.adapters.http.order_shapes import (
    CouponAtTill,
    MemberAtTill,
    Money,
    OrderTold,
    Proof,
    Till,
    TillAct,
    Told,
    WithoutPin,
)
from gateway.adapters.http.shapes import UnixMs
from gateway.core.orders.model import AMOUNT_MAX, Good, ShiftRecord, ShiftSums

Digits = Annotated[str, Meta(pattern=r"^[0-9]{4,8}$(?!\n)", description="4 to 8 digits.")]
Badge = Annotated[
    str, Meta(min_length=1, max_length=256, description="The text of a staff card, or its UID in hex.")
]
AtTerminal = Annotated[
    bool,
    Meta(
        description="The badge that was shown at the terminal beside this till within the last 10 s; once. "
        "To sign in by it takes the gateway's token, as cookie or header, or a session at this till."
    ),
]
# What a proof of approval is good for: a sale; a return or void; a run of programs; the close of a shift.
For = Literal["sell", "return", "grant", "shift"]


# -- staff


class SignInAsked(Body):
    """Begin to work at a till: by `badge`, by `staff` and `pin`, or (`at_terminal`) by the badge that was
    shown at the terminal beside it."""

    till: Till
    at_terminal: AtTerminal = False
    badge: Badge | None = None
    staff: Id | None = None
    pin: Digits | None = None


class ApproveAsked(Body):
    """Agree to one act of somebody else, within 60 s: as one signs in."""

    for_: Annotated[For, Meta(description="What is agreed to.")] = field(name="for")
    at_terminal: AtTerminal = False
    badge: Badge | None = None
    staff: Id | None = None
    pin: Digits | None = None
    till: Till | None = None


class StaffTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who works at this till; all null for a program that carries the token."""

    staff: str | None
    name: str | None
    role: str | None
    may: Annotated[list[str], Meta(description="What the role may do: sell, return, void, grant ...")]
    till: str | None
    expires_at: Annotated[int | None, Meta(description="When to sign in again; unix milliseconds.")]


class Approval(Struct, kw_only=True, forbid_unknown_fields=True):
    """A proof that somebody agreed."""

    proof: Proof
    staff: str
    name: str
    expires_at: UnixMs


class SignedOut(Struct, kw_only=True, forbid_unknown_fields=True):
    """Nobody works here any more."""

    outcome: Literal["done"] = "done"


# -- PINs


class PinSetAsked(Body):
    """A new PIN; it is kept mixed with a key of this gateway, and in no event."""

    key: Key
    pin: Digits
    till: Till | None = None


class PinCheckAsked(Body):
    """Is this the PIN?"""

    pin: Digits
    till: Till | None = None


class PinAsked(Body):
    """Let the customer type the PIN at the terminal that is paired with the till."""

    till: Till | None = None


class PinSet(Told):
    """Whether the new PIN is kept."""


class PinTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether it was right; 409 has the same body without a proof."""

    outcome: Annotated[str, Meta(description="right, wrong, locked, none (never set) or no_answer.")]
    proof: Proof | None
    expires_at: int | None
    says: Says


# -- shifts


class ShiftAsked(TillAct):
    """Begin a shift with so much cash in the drawer."""

    key: Key
    cash_float: Money


class CashAsked(TillAct):
    """Put cash into the drawer, or (negative) take it out."""

    key: Key
    amount: Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
    reason: Annotated[str, Meta(min_length=1, max_length=80)]


class CloseAsked(TillAct):
    """End a shift with so much cash counted."""

    key: Key
    counted: Money
    approver: Proof | None = None


class ShiftDone(Told):
    """What became of an act on a shift; `record` is the Z report of one that was closed."""

    shift: str | None
    record: ShiftRecord | None


class ShiftTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """A shift so far (X report), or, once closed, for good."""

    shift: str
    till: str
    staff: str
    opened_at: UnixMs
    closed_at: Annotated[int | None, Meta(description="Null while it is open.")]
    sums: ShiftSums
    expected: Annotated[int, Meta(description="Cash that should be in the drawer.")]
    record: ShiftRecord | None


class ShiftAtTill(Struct, kw_only=True, forbid_unknown_fields=True):
    """The open shift of a till, if there is one."""

    shift: ShiftTold | None


# -- goods, codes, receipts


class GoodsList(Struct, kw_only=True):
    """Articles as HQ describes them."""

    goods: list[Good]


class StaffShown(Struct, kw_only=True, forbid_unknown_fields=True):
    """A member of staff by a badge that was scanned."""

    id: str
    name: str
    role: str


class Looked(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a code is: `kind` names the field that is not null.

    `stale`: a rotating code that is too old or was shown before; `blocked`: a card or code out of use.
    """

    kind: Literal["goods", "member", "coupon", "order", "staff", "stale", "blocked", "unknown"]
    goods: Good | None = None
    member: MemberAtTill | None = None
    coupons: Annotated[list[CouponAtTill], Meta(description="Of that member.")] = []
    coupon: CouponAtTill | None = None
    order: OrderTold | None = None
    staff: StaffShown | None = None
    claims: Annotated[
        int,
        Meta(ge=0, description="Members who gave the number that was typed, where nobody proved it."),
    ] = 0
    without_pin: WithoutPin | None = None


class PrintAsked(Body):
    """Print a receipt; a copy is marked as one. `key` is for askers that give one to every request.

    `seq` names one of the order's returns; left out: the sale itself, or the shift.
    """

    key: Key | None = None
    seq: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    copy_: bool = field(default=False, name="copy")


class Printed(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether it is on paper."""

    outcome: Literal["printed", "no_printer"]
    says: Says
