"""A counter harsher than ours, for the API of tills: it prices by hand, refuses by the letter, remembers all.

Two cakes at 56.00 with the coupon 满100减50 are 62.00. Above 1,000.00 a cashier needs approval; a balance
needs a PIN; an order goes back at most once. What it decides is as small as the rules it keeps.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from gateway.acting import Refused, Request
from gateway.core import model
from gateway.core.event import canonical
from gateway.core.model import DONE, REFUSED, Outcome
from gateway.core.orders.model import (
    Applied,
    Basket,
    CloseShift,
    GoBack,
    Good,
    MoveCash,
    OpenShift,
    OrderRecord,
    OutcomeRecord,
    Park,
    Quote,
    QuoteLine,
    ReturnRecord,
    Run,
    RunRecord,
    Sell,
    SetPin,
    ShiftRecord,
    ShiftSums,
    SignIn,
    TenderShare,
    TenderSum,
)
from gateway.core.programs.model import Earn, Program
from gateway.errors import LedgerRefused
from gateway.live import Data
from gateway.pins import NONE, RIGHT, WRONG
from gateway.sales import (
    BLOCKED,
    STALE,
    UNKNOWN,
    CouponFound,
    Found,
    OrderFound,
    OrderRow,
    ParkedFound,
    Preview,
    Quoted,
    ReturnFound,
    ShiftFound,
    StaffFound,
    WithoutPin,
    parse_receipt_code,
)

NOW_MS = 1_767_232_800_000
COUPON = "8f1c2d3e4a5b6c7d.0"
BECAUSE = {"zh-CN": "满100减50", "en": "50 off 100"}
CAKE = Good("cake", {"zh-CN": "蛋糕", "en": "Cake"}, 5_600, "cakes", tax=1_300)
TEA = Good("tea", {"zh-CN": "茶", "en": "Tea"}, 1_800, "drinks")
CARD = Good("card", {"zh-CN": "充值", "en": "Top up"}, 0, kind="topup")
THANKS = {"zh-CN": "谢谢您的建议", "en": "Thank you for the suggestion"}
SUGGESTION = Program(
    "suggestion", 1, THANKS, THANKS, "grant.requested", (Earn("PTS", as_asked=True),), opt_in=True
)
CHEN = StaffFound("s-chen", "陈", "cashier", True, ("sell", "return", "shift"))
ZHOU = StaffFound("s-zhou", "周", "manager", True, ("sell", "return", "void", "enrol", "pin", "approve"))
GONE = StaffFound("s-gone", "吴", "manager", False, ("approve",))
BADGES = {"BADGE-CHEN": CHEN, "BADGE-ZHOU": ZHOU, "BADGE-GONE": GONE}
CODES = {"SBROLD": STALE, "LOST-CARD": BLOCKED}
CLAIMED = "13800138000"  # a phone number that two members gave, and nobody proved
LIMIT = 100_000
ORDER, SHIFT = "5b0e6c1f9a2d4e83", "0a1b2c3d4e5f6071"
TEA_COUPON = CouponFound(
    COUPON,
    "member:m-0001",
    "CPN:tea",
    "TEA-5",
    {"zh-CN": "茶券", "en": "Tea"},
    500,
    "2026-12-31",
    "used_up",
    NOW_MS,
    "till-1",
)

Decided = tuple[Outcome, OutcomeRecord | None]


def refused(reason: str) -> Decided:
    return Outcome(False, REFUSED, reason=reason), None


class Shop:
    """A Counter, and what decides the acts of tills."""

    def __init__(self, members: dict[str, Data], pins: "PinBook") -> None:
        self.members = members
        self.pins = pins
        self.stock = {good.sku: good for good in (CAKE, TEA, CARD)}
        self.staff_known = {one.id: one for one in (CHEN, ZHOU, GONE)}
        self.sold: dict[str, OrderFound] = {}
        self.put_aside: dict[str, ParkedFound] = {}
        self.shifts: dict[str, ShiftFound] = {}
        self.asked: list[Any] = []
        self.unreadable = False
        self.without_pin: WithoutPin | None = None  # what a code that was shown is said to stand for
        self.code_stands = False  # whether it does, when it comes to it

    def begin_anew(self) -> None:
        """One order and one open shift, as the examples of the API's document name them."""
        line = QuoteLine("cake", CAKE.name, 2, 5_600, 11_200, 0, 11_200)
        record = OrderRecord((line,), 11_200, 0, "", "till-1", member="m-0001")
        self.sold = {ORDER: OrderFound(ORDER, 1_208, NOW_MS, "pos", record)}
        sums = ShiftSums(20_000, 0, 0, 0, 0, 0, 0, 0, 0, (TenderSum("cash", 6_200, 0),), 0)
        self.shifts = {SHIFT: ShiftFound(SHIFT, "till-9", "s-chen", 3, NOW_MS, sums)}
        self.put_aside = {}
        self.without_pin, self.code_stands = None, False

    # -- the counter

    def quote(self, basket: Basket, till: str, actor: str) -> Quoted | Refused:
        self._look(("quote", basket, till, actor))
        priced = self._price(basket)
        if isinstance(priced, str):
            return Refused(priced)
        member = self.members[basket.member] if basket.member else None
        elsewhere = ("PTS",) if member else ()
        free = self.without_pin if member else None
        return Quoted(priced, digest(priced), member, NOW_MS - 180_000, elsewhere, (), free)

    def preview(self, request: Request) -> Preview | Refused:
        self._look(("preview", request))
        return Preview(*self._go_back(request, request.act, keep=None))

    def goods(self, query: str | None, limit: int) -> tuple[Good, ...]:
        self._look(("goods", query, limit))
        found = [good for good in self.stock.values() if not query or query in str(good.name)]
        return tuple(found[:limit])

    def lookup(self, code: str, till: str = "") -> Found:
        self._look(("lookup", code))
        if code in self.stock:
            return Found("goods", goods=self.stock[code])
        if code in self.members:
            return Found("member", member=self.members[code])
        if code == "TEA-5":
            return Found("coupon", coupon=TEA_COUPON)
        if code in BADGES:
            return Found("staff", staff=BADGES[code])
        if code in CODES:
            return CODES[code]
        if code == CLAIMED:
            return Found("member", member=self.members["m-0001"], claims=2)
        order = self.order(code)
        return UNKNOWN if order is None else Found("order", order=order)

    def offers(self) -> tuple[Program, ...]:
        self._look("offers")
        return (SUGGESTION,)

    def orders(self, member: str | None, since_ms: int, limit: int) -> tuple[OrderRow, ...]:
        self._look(("orders", member, since_ms, limit))
        rows = [
            OrderRow(
                one.order, one.seq, one.at, one.record.till, one.record.shift, one.record.member,
                one.record.total, len(one.returns),
            )
            for one in self.sold.values()
        ]  # fmt: skip
        return tuple(row for row in rows if member in (None, row.member) and row.at >= since_ms)[:limit]

    def order(self, name: str) -> OrderFound | None:
        self._look(("order", name))
        place = parse_receipt_code(name)
        if place is not None:
            return next((one for one in self.sold.values() if ("s1-gateway", one.seq) == place), None)
        return self.sold.get(name)

    def parked(self) -> tuple[ParkedFound, ...]:
        self._look("parked")
        return tuple(self.put_aside.values())

    def shift(self, till: str) -> ShiftFound | None:
        self._look(("shift", till))
        return next((one for one in self.shifts.values() if one.till == till and not one.closed), None)

    def shift_by_id(self, shift: str) -> ShiftFound | None:
        self._look(("shift_by_id", shift))
        return self.shifts.get(shift)

    def staff(self, id_: str) -> StaffFound | None:
        self._look(("staff", id_))
        return self.staff_known.get(id_)

    def staff_by_badge(self, badge: str) -> StaffFound | None:
        self._look(("badge", badge))
        return BADGES.get(badge)

    def _look(self, what: Any) -> None:
        if self.unreadable:
            raise LedgerRefused("busy")
        self.asked.append(what)

    # -- the rules

    def decide(self, request: Request, random: str, seq: int) -> Decided:
        rules: dict[type, Callable[..., Decided]] = {
            Sell: self._sell,
            Park: self._park,
            OpenShift: self._open,
            CloseShift: self._close,
            Run: self._run,
        }
        act = request.act
        if isinstance(act, GoBack):
            return self._go_back(request, act, keep=seq)
        if isinstance(act, SetPin):
            assert request.pin_hash
            self.pins.keep(act.owner, request.pin_hash)
        if isinstance(act, SignIn) and act.by == "pin" and request.pin != RIGHT:
            return refused(model.PIN_NEEDED)
        if isinstance(act, SignIn | SetPin | MoveCash):
            return Outcome(False, DONE), None
        return rules[type(act)](request, act, random, seq)

    def _price(self, basket: Basket) -> Quote | str:
        if basket.member is not None and basket.member not in self.members:
            return model.MEMBER_UNKNOWN
        if any(line.sku not in self.stock for line in basket.lines):
            return model.GOODS_UNKNOWN
        if not set(basket.coupons) <= {COUPON}:
            return model.LOT_UNKNOWN
        lines, applied = [], ()
        for line in basket.lines:
            good = self.stock[line.sku]
            price = good.price or line.amount or 0
            gross = price * line.quantity
            lines.append(QuoteLine(line.sku, good.name, line.quantity, price, gross, 0, gross))
        total = sum(line.net for line in lines)
        if basket.coupons and total >= 10_000:
            off = (5_000, *(0 for _ in lines[1:]))
            applied = (Applied("coupon-50", 1, "fixed", BECAUSE, 5_000, COUPON, split=off),)
            first = lines[0]
            lines[0] = QuoteLine(
                first.sku, first.name, first.quantity, first.price, first.gross, 5_000, first.net - 5_000
            )
            total -= 5_000
        return Quote(tuple(lines), total, 0, applied)

    def _sell(self, request: Request, act: Sell, random: str, seq: int) -> Decided:
        quote = self._price(act.basket)
        if isinstance(quote, str):
            return refused(quote)
        if act.quote not in (None, digest(quote)):
            return refused(model.QUOTE_CHANGED)
        if sum(one.amount for one in act.tenders) != quote.total:
            return refused(model.TENDERS_DIFFER)
        if quote.total > LIMIT and request.actor == "staff:s-chen" and act.approver is None:
            return refused(model.APPROVAL_NEEDED)
        proved = request.pin == "right" or self.code_stands
        if (act.basket.points or any(one.kind == "balance" for one in act.tenders)) and not proved:
            return refused(model.PIN_NEEDED)
        tenders = tuple(
            TenderShare(one.kind, one.amount, (one.amount, *(0 for _ in quote.lines[1:])), one.given)
            for one in act.tenders
        )
        record = OrderRecord(
            quote.lines, quote.total, 0, "", act.till, quote.applied, act.basket.member, tenders=tenders
        )
        self.sold[random] = OrderFound(random, seq, NOW_MS, request.actor, record)
        return Outcome(False, DONE), record

    def _go_back(self, request: Request, act: Any, keep: int | None) -> Decided:
        found = self.sold.get(act.order)
        if found is None:
            return refused(model.ORDER_UNKNOWN)
        if found.returns or (not act.void and len(act.pieces) > len(found.record.lines)):
            return refused(model.NOTHING_TO_RETURN)
        total = sum(found.record.lines[one.line].price * one.quantity for one in act.pieces)
        total = found.record.total if act.void else total
        refunds = (TenderShare("cash", total, (total,)),)
        back = (Applied("earn", 1, "credit", BECAUSE, -62, unit="PTS"),)
        record = ReturnRecord(act.order, act.pieces, refunds, total, 0, "", act.till, back, act.void)
        if keep is not None:
            self.sold[act.order] = found._replace(returns=(ReturnFound(keep, NOW_MS, record),))
        return Outcome(False, DONE), record

    def _park(self, request: Request, act: Park, random: str, seq: int) -> Decided:
        if act.basket is None:
            return (
                (Outcome(False, DONE), None)
                if self.put_aside.pop(act.parked, None)
                else refused(model.PARKED_UNKNOWN)
            )
        self.put_aside[act.parked] = ParkedFound(
            act.parked, seq, NOW_MS, act.till, request.actor, act.note, act.basket
        )
        return Outcome(False, DONE), None

    def _open(self, request: Request, act: OpenShift, random: str, seq: int) -> Decided:
        if self.shift(act.till):
            return refused(model.SHIFT_TAKEN)
        sums = ShiftSums(act.cash_float, 0, 0, 0, 0, 0, 0, 0, 0, (TenderSum("cash", 6_200, 0),), 0)
        who = request.actor.removeprefix("staff:")
        self.shifts[random] = ShiftFound(random, act.till, who, seq, NOW_MS, sums)
        return Outcome(False, DONE), None

    def _close(self, request: Request, act: CloseShift, random: str, seq: int) -> Decided:
        found = self.shifts[act.shift]
        expected = found.sums.cash_float + 6_200
        if act.counted != expected and request.actor == "staff:s-chen" and act.approver is None:
            return refused(model.APPROVAL_NEEDED)
        record = ShiftRecord(act.shift, act.till, found.sums, act.counted, act.counted - expected, expected)
        self.shifts[act.shift] = found._replace(closed=seq, closed_at=NOW_MS, record=record)
        return Outcome(False, DONE), record

    def _run(self, request: Request, act: Run, random: str, seq: int) -> Decided:
        if act.member not in self.members:
            return refused(model.MEMBER_UNKNOWN)
        given = Applied(act.program or "activation", 1, "credit", BECAUSE, act.amount or 100, unit="PTS")
        return Outcome(False, DONE), RunRecord((given,))


def digest(quote: Quote) -> str:
    return hashlib.sha256(canonical(quote)).hexdigest()


class PinBook:
    """PINs as they were set; counts every try."""

    def __init__(self) -> None:
        self.digits = {"member:m-0001": "2468", "staff:s-chen": "1357", "staff:s-zhou": "9753"}
        self.tries: list[str] = []
        self.says: str | None = None  # what to find whatever is typed

    async def check(self, owner: str, digits: str) -> str:
        self.tries.append(owner)
        if self.says:
            return self.says
        if owner not in self.digits:
            return NONE
        return RIGHT if self.digits[owner] == digits else WRONG

    async def hashed(self, owner: str, digits: str) -> str:
        return digits[::-1]

    def keep(self, owner: str, hash_: str) -> None:
        self.digits[owner] = hash_[::-1]


class Pads:
    """A terminal at till-1 whose customer types what they are told to."""

    def __init__(self) -> None:
        self.typed: str | None = "2468"
        self.shown: list[tuple[str, str]] = []

    async def digits(self, till: str) -> str | None:
        return self.typed if till == "till-1" else None

    def found(self, till: str, verdict: str) -> None:
        self.shown.append((till, verdict))


class Roll:
    """A printer that remembers."""

    def __init__(self) -> None:
        self.paper: list[tuple[str, bool]] = []
        self.out_of_paper = False

    async def print_order(self, found: OrderFound, copy: bool) -> bool:
        return self._print(found.order, copy)

    async def print_return(self, found: OrderFound, back: ReturnFound, copy: bool) -> bool:
        return self._print(f"{found.order} {back.seq}", copy)

    async def print_shift(self, found: ShiftFound, copy: bool) -> bool:
        return self._print(found.shift, copy)

    def _print(self, name: str, copy: bool) -> bool:
        if not self.out_of_paper:
            self.paper.append((name, copy))
        return not self.out_of_paper
