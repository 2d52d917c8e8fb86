"""What the middle tells a till, as values: quotes, orders, parked ones, shifts, staff, and what a code is.

Nothing of it is booked. A member is as gateway/adapters/http/act_shapes.py has it (MemberShown), the name
masked; times are unix milliseconds. A receipt's code names an order across stores: receipt_code() makes it.
"""

from typing import Literal, NamedTuple

from gateway.core.model import Outcome
from gateway.core.orders.model import (
    Applied,
    Basket,
    Good,
    OrderRecord,
    OutcomeRecord,
    Quote,
    ReturnRecord,
    ShiftRecord,
    ShiftSums,
)
from gateway.live import Data

RECEIPT = "R"


class WithoutPin(NamedTuple):
    """The customer showed a rotating code here at this time: until something is sold here, or a few minutes
    are over, so much of points and balance needs no PIN, minor units of money."""

    shown_at: int
    left: int


class Quoted(NamedTuple):
    """A basket priced now. `digest` names the quote; `elsewhere` are units of the member of which a part is
    with HQ or other stores, as of `synced_at_ms`."""

    quote: Quote
    digest: str
    member: Data | None
    synced_at_ms: int
    elsewhere: tuple[str, ...] = ()
    warnings: tuple[Applied, ...] = ()
    without_pin: WithoutPin | None = None


class Preview(NamedTuple):
    """What an act would lead to if it were asked for now."""

    outcome: Outcome
    record: OutcomeRecord | None


class OrderRow(NamedTuple):
    """An order in a list; `returned`: how many returns (a void is one) it has."""

    order: str
    seq: int
    at: int
    till: str
    shift: str
    member: str | None
    total: int
    returned: int


class ReturnFound(NamedTuple):
    """One return of an order."""

    seq: int
    at: int
    record: ReturnRecord


class OrderFound(NamedTuple):
    """An order of this store with its returns, the oldest first; `actor` is who asked for it."""

    order: str
    seq: int
    at: int
    actor: str
    record: OrderRecord
    returns: tuple[ReturnFound, ...] = ()


class ParkedFound(NamedTuple):
    """A basket that was put aside; `seq` is the event that did it last."""

    parked: str
    seq: int
    at: int
    till: str
    actor: str
    note: str
    basket: Basket


class ShiftFound(NamedTuple):
    """A shift; `closed` is the seq of the event that ended it, and `record` its last report; None while it
    is open. `staff` is who opened it."""

    shift: str
    till: str
    staff: str
    seq: int
    at: int
    sums: ShiftSums
    closed: int | None = None
    closed_at: int | None = None
    record: ShiftRecord | None = None


class StaffFound(NamedTuple):
    """Somebody who works here; `may` is what their role may do (gateway/core/programs/model.py, Role)."""

    id: str
    name: str
    role: str
    active: bool
    may: tuple[str, ...] = ()


class CouponFound(NamedTuple):
    """A coupon or pass by the code printed on it; `name` by language, `owner` "member:<id>"; `unusable` says
    why it cannot be used now; `used_where` the till or device where it was used."""

    lot: str
    owner: str
    unit: str
    code: str
    name: dict[str, str] | None
    face: int | None
    expires_on: str | None
    unusable: str | None
    used_at: int | None = None
    used_where: str | None = None


class Found(NamedTuple):
    """What a scanned or typed code is; all but the one that `kind` names is None. "stale" is a rotating code
    that is too old or was shown before, "blocked" a card or code that is out of use. `claims`: how many
    members gave the phone number that was typed and never proved it, where nobody has. `without_pin` is of a
    member who showed a code at this till."""

    kind: Literal["goods", "member", "coupon", "order", "staff", "stale", "blocked", "unknown"]
    goods: Good | None = None
    member: Data | None = None
    coupon: CouponFound | None = None
    order: OrderFound | None = None
    staff: StaffFound | None = None
    claims: int = 0
    without_pin: WithoutPin | None = None


UNKNOWN = Found("unknown")
STALE = Found("stale")
BLOCKED = Found("blocked")


def receipt_code(gateway: str, seq: int) -> str:
    """The code printed on an order's receipt: "R<gateway>.<seq>"."""
    return f"{RECEIPT}{gateway}.{seq}"


def parse_receipt_code(code: str) -> tuple[str, int] | None:
    """(gateway, seq) of a receipt's code; None for what is none."""
    gateway, point, seq = code.strip().removeprefix(RECEIPT).rpartition(".")
    if not (code.strip().startswith(RECEIPT) and gateway and point):
        return None
    if not (seq.isascii() and seq.isdigit() and len(seq) <= 18):
        return None
    return gateway, int(seq)
