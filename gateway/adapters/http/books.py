"""What pages and API need of the middle: who books acts, who looks things up, who knows PINs, who prints."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from gateway.acting import Refused, Request, Verdict
from gateway.core.orders.model import Basket, Good
from gateway.core.programs.model import Program
from gateway.guests.asked import Claim, Shake
from gateway.lines import Answer
from gateway.live import Data
from gateway.payments.desk import Payments
from gateway.sales import (
    Found,
    OrderFound,
    OrderRow,
    ParkedFound,
    Preview,
    Quoted,
    ReturnFound,
    ShiftFound,
    StaffFound,
)


class Teller(Protocol):
    """Books acts."""

    async def ask(self, request: Request) -> Verdict:
        """The verdict, durable; raises Refused where none was booked."""
        ...


class Enquiry(Protocol):
    """Looks up what this store knows."""

    def member(self, id_: str) -> Data | None:
        """act_shapes.MemberShown of a member, merged ones followed; None where nobody has this id."""
        ...

    def names(self, ids: Iterable[str]) -> dict[str, str | None]:
        """Masked names by member's id; None where this store knows none."""
        ...

    def presence_counts(self, day: str | None = None) -> list[Data]:
        """What a civil day (None: today) came to, by hour, beacon and place: {hour, beacon, place, shakes,
        visitors, redeemed}. Raises LedgerRefused."""
        ...


class Counter(Protocol):
    """Answers a till; books nothing. Every method raises LedgerRefused where nothing can be read just now."""

    def quote(self, basket: Basket, till: str, actor: str) -> Quoted | Refused:
        """A basket priced; Refused.code is a reason of the core's (goods_unknown, lot_unknown, bad_amount,
        member_unknown) or one of acting.py's."""
        ...

    def preview(self, request: Request) -> Preview | Refused:
        """What the act would lead to; no key is used up."""
        ...

    def goods(self, query: str | None, limit: int) -> tuple[Good, ...]:
        """Articles whose names, sku or barcodes hold every word of the query; None: all, by sku."""
        ...

    def lookup(self, code: str, till: str = "") -> Found:
        """What a text is that was scanned or typed at a till: barcode, sku, card, code, coupon, receipt,
        badge or phone number. That a rotating code was shown is booked."""
        ...

    def offers(self) -> tuple[Program, ...]:
        """Programs that only happen when they are chosen."""
        ...

    def orders(self, member: str | None, since_ms: int, limit: int) -> tuple[OrderRow, ...]:
        """The newest orders first, of everybody or of one member."""
        ...

    def order(self, name: str) -> OrderFound | None:
        """An order by its id or its receipt's code; None where this store has no such order."""
        ...

    def parked(self) -> tuple[ParkedFound, ...]:
        """Every basket that is put aside, the oldest first."""
        ...

    def shift(self, till: str) -> ShiftFound | None:
        """The open shift of a till."""
        ...

    def shift_by_id(self, shift: str) -> ShiftFound | None:
        """A shift, open or closed."""
        ...

    def staff(self, id_: str) -> StaffFound | None:
        """Who has this id, also one who left."""
        ...

    def staff_by_badge(self, badge: str) -> StaffFound | None:
        """Whose badge says this; never found by an id."""
        ...


class Pins(Protocol):
    """Checks and sets PINs of "member:<id>" and "staff:<id>", off the loop. See gateway/pins.py."""

    async def check(self, owner: str, digits: str) -> str:
        """ "right", "wrong", "locked" or "none" (no PIN was ever set). Raises PinsBusy."""
        ...

    async def hashed(self, owner: str, digits: str) -> str:
        """What to keep of a new PIN, in the commit of its event. Raises PinsBusy."""
        ...


class Keypads(Protocol):
    """Asks for digits at the terminal that is paired with a till."""

    async def digits(self, till: str) -> str | None:
        """What the customer typed, within its time; None where no terminal is paired, online, or answered."""
        ...

    def found(self, till: str, verdict: str) -> None:
        """Show there what was found of it: "right", "wrong", "locked" or "none"."""
        ...


class Printer(Protocol):
    """The receipt printer of this store."""

    async def print_order(self, found: OrderFound, copy: bool) -> bool:
        """Whether the receipt is on paper; False where no printer answers."""
        ...

    async def print_return(self, found: OrderFound, back: ReturnFound, copy: bool) -> bool:
        """The same, of one of an order's returns."""
        ...

    async def print_shift(self, found: ShiftFound, copy: bool) -> bool:
        """The same, of a shift's X or Z report."""
        ...


class CheckIns(Protocol):
    """Checks members in who are in the store; see gateway/presence/checkins.py."""

    async def ask(self, ask: Shake | Claim) -> Answer:
        """The answer, {"ok": true, ...} or {"ok": false, "error", ...}. Raises LedgerUnsafe."""
        ...


class Badges(Protocol):
    """Badges that were shown at terminals beside tills; see gateway/attending.py."""

    def take(self, till: str) -> str | None:
        """Who showed one there within the last seconds, asked for the first time; None for nobody."""
        ...

    def forget(self, till: str) -> None:
        """Nobody did."""
        ...


class Books(NamedTuple):
    """All of them, as app.py joins them; None where a gateway has no such part."""

    teller: Teller
    enquiry: Enquiry
    counter: Counter | None = None
    pins: Pins | None = None
    keypads: Keypads | None = None
    printer: Printer | None = None
    check_ins: CheckIns | None = None
    payments: Payments | None = None
    badges: Badges | None = None
