"""A till in memory for tests of orders: goods, members, staff and a shift, and facts as a gateway finds them.

Every act is decided twice, from its bytes the second time, and must fit what the log's State already holds.
"""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from gateway.core import model
from gateway.core.event import Event, input_of
from gateway.core.model import DONE, Bundle, Facts, Member, Tier
from gateway.core.orders.model import (
    Basket,
    CloseShift,
    GoBack,
    Good,
    Line,
    MoveCash,
    OpenShift,
    OrderRecord,
    Park,
    Piece,
    Quote,
    ReturnRecord,
    Run,
    RunRecord,
    Sell,
    SetPin,
    ShiftFact,
    ShiftSums,
    SignIn,
    Staff,
    Tender,
)
from gateway.core.orders.sums import NOTHING, after, shift_of
from gateway.core.posting import missing
from gateway.core.programs.model import Ladder, Program, Role, Template
from gateway.core.programs.quoting import digest, quote
from gateway.core.promises import COUPON, MEMBER, Ask, Unit
from tests.gateway.core.shop import BUNDLE, Log, credit, post

TILL = "till-1"
Standing = dict[tuple[str, ...], int]  # of lots and accounts, by their names
CLERK, LEAD, MANAGER = Staff("amy", "clerk"), Staff("ben", "lead"), Staff("may", "manager")
WORDS = {"zh-CN": "测试", "en": "test"}
ROLES = (
    Role("clerk", WORDS, ("sell", "return", "grant", "enrol", "shift"), return_max=10_000),
    Role("lead", WORDS, ("sell", "return", "void", "price", "grant", "shift", "approve"), 5_000, 300, 50_000),
    Role(
        "manager",
        WORDS,
        ("sell", "return", "void", "price", "grant", "enrol", "pin", "shift", "approve"),
        50_000,
        1_000,
        500_000,
    ),
)
TIERS = (Tier("member", WORDS, 0), Tier("silver", WORDS, 300), Tier("gold", WORDS, 1_000))
TEMPLATES = (
    Template("ten", WORDS, face=1_000),
    Template("full", WORDS, face=5_000),
    Template("pass", WORDS, service="coffee", visits=10),
)
GOODS = {
    good.sku: good
    for good in (
        Good("cake", WORDS, 5_600, "cake", tax=1_300),
        Good("bread", WORDS, 1_250, "bread", tax=900),
        Good("tea", WORDS, 333, "drink"),
        Good("free", WORDS, 0, "drink"),
        Good("open", WORDS, 0, "other", "open"),
        Good("topup", WORDS, 0, "", "topup"),
    )
}
LIN = Member("lin", 0, "active", "member", at_home=True)
TYPES: dict[type, str] = {
    Sell: model.ORDER_COMMITTED,
    Park: model.ORDER_PARKED,
    SignIn: model.SIGNED_IN,
    OpenShift: model.SHIFT_OPENED,
    MoveCash: model.CASH_MOVED,
    CloseShift: model.SHIFT_CLOSED,
    SetPin: model.PIN_SET,
}


def bundle(*programs: Program, **more: Any) -> Bundle:
    """A brand of these programs."""
    units = (*(BUNDLE.units or ()), Unit("CNY", scale=2, worth=1), Unit("CNY.bonus", scale=2, worth=1))
    fields = {"units": units, "ladder": Ladder(near=150), "roles": ROLES, "templates": TEMPLATES, **more}
    return Bundle(TIERS, programs=programs, **fields)


def program(id_: str, trigger: str, *then: Any, **more: Any) -> Program:
    """A program that says its own name."""
    words = {"zh-CN": id_, "en": id_}
    return Program(id_, 1, words, words, trigger, then, **more)  # type: ignore[arg-type]


def basket(*lines: tuple[str, int] | tuple[str, int, int], **more: Any) -> Basket:
    """Lines as (sku, quantity) or (sku, quantity, typed price)."""
    return Basket(tuple(Line(*line) for line in lines), **more)


def cash(amount: int, given: int | None = None) -> Tender:
    return Tender("cash", amount, given)


class Till(Log):
    """A log with a till: `actor`, `staff`, `approver`, `member` and `pin` may be changed between acts."""

    def __init__(self, brand: Bundle, member: Member | None = None, actor: str = "pos") -> None:
        super().__init__(bundle=brand)
        self.actor = actor
        self.staff: Staff | None = None
        self.approver: Staff | None = None
        self.member = member
        self.pin: str | None = None
        self.goods = dict(GOODS)
        self.shift: ShiftFact | None = None
        self.sums: ShiftSums = NOTHING
        self.orders: dict[str, Event] = {}
        self.returns: dict[str, list[ReturnRecord]] = {}
        self.parked: set[str] = set()

    def known(self, named: str | None = None, **more: Any) -> Facts:
        """Facts of an act, with every lot that this log has met."""
        found = {
            "member": self.member if named is not None else None,
            "goods": tuple(self.goods.values()),
            "shift": self.shift,
            "store": "store-1",
            "time": "12:00",
            **({} if self.staff is None else {"staff": self.staff}),
            **({} if self.approver is None else {"approver": self.approver}),
            **({} if self.pin is None else {"pin": self.pin}),
            **more,
        }
        return self.facts(**found)

    def act(self, act: Any, facts: Facts, **more: Any) -> Event:
        """Do an act as this till's actor, and keep what a gateway would keep of it."""
        kind = more.pop("type", None) or TYPES.get(type(act)) or _kind_of(act)
        event = self.do(act, facts, type=kind, actor=more.pop("actor", self.actor), **more)
        if event.outcome.name == DONE:
            self._keep(event)
        return event

    def _keep(self, event: Event) -> None:
        settled = event.settled
        if isinstance(settled, OrderRecord):
            self.orders[event.random] = event
        elif isinstance(settled, ReturnRecord):
            self.returns.setdefault(settled.order, []).append(settled)
        if isinstance(event.act, Park):
            (self.parked.add if event.act.basket else self.parked.discard)(event.act.parked)
        if isinstance(event.act, Sell) and event.act.parked:
            self.parked.discard(event.act.parked)
        if isinstance(event.act, OpenShift):
            self.shift = ShiftFact(event.random, event.actor or "", event.act.till)
            self.sums = NOTHING
        if self.shift is not None and shift_of(event) == self.shift.shift:
            self.sums = after(self.sums, event)
        if isinstance(event.act, CloseShift):
            self.shift = None

    # -- acts

    def quote(self, what: Basket) -> Quote:
        """What a page would show."""
        nobody = {"staff": UNSET, "approver": UNSET}
        return quote(self.bundle, self.known(what.member, **nobody), self.setting, what)

    def sell(self, what: Basket, *tenders: Tender, approver: str | None = None, **more: Any) -> Event:
        """Sell a basket; without tenders, for cash, at whatever the quote says."""
        facts = self.known(what.member, **more.pop("facts", {}))
        unpaid = more.pop("unpaid", False)
        if not tenders and not unpaid:
            nobody = replace(facts, staff=UNSET, approver=UNSET)
            priced = quote(self.bundle, nobody, self.setting, what)
            tenders = (cash(priced.total),) if priced.total else ()
            more.setdefault("quote", digest(priced))
        named, parked = more.pop("quote", None), more.pop("parked", None)
        act = Sell(what, tenders, TILL, approver, parked, named)
        if parked is not None:
            facts = replace(facts, parked=parked in self.parked)
        return self.act(act, facts, **more)

    def sold(self, what: Basket, *tenders: Tender, **more: Any) -> Event:
        """Sell a basket that must not be refused."""
        event = self.sell(what, *tenders, **more)
        assert event.outcome.name == DONE, event.outcome
        return event

    def back(self, order: Event, *pieces: tuple[int, int], **more: Any) -> Event:
        """Return pieces (line, quantity) of an order; void=True: all of it."""
        others = more.pop("facts", {})
        act = GoBack(
            order.random,
            TILL,
            more.pop("approver", None),
            tuple(Piece(*piece) for piece in pieces),
            refunds=more.pop("refunds", ()),
            void=more.pop("void", False),
        )
        assert isinstance(order.settled, OrderRecord)
        found = {
            "order": order.settled,
            "transfers": order.transfers,
            "returns": tuple(self.returns.get(order.random, ())),
        }
        facts = self.known(order.settled.member, **{**found, **others})
        return self.act(act, facts, **more)

    def returned(self, order: Event, *pieces: tuple[int, int], **more: Any) -> ReturnRecord:
        """A return that must not be refused, as its record."""
        event = self.back(order, *pieces, **more)
        assert event.outcome.name == DONE, event.outcome
        assert isinstance(event.settled, ReturnRecord)
        return event.settled

    def whole(self, order: Event, **more: Any) -> ReturnRecord:
        """Everything of an order that is not back yet."""
        done = [0] * len(record(order).lines)
        for back in self.returns.get(order.random, ()):
            for piece in back.pieces:
                done[piece.line] += piece.quantity
        left = [(line, sold.quantity - done[line]) for line, sold in enumerate(record(order).lines)]
        return self.returned(order, *[each for each in left if each[1]], **more)

    def run(self, kind: str, program_: str | None = None, amount: int = 0, **more: Any) -> Event:
        """Let the programs of a trigger happen for the member."""
        assert self.member is not None
        act = Run(self.member.id, amount, more.pop("approver", None), program_, more.pop("reason", ""), TILL)
        return self.act(act, self.known(self.member.id, **more.pop("facts", {})), type=kind, **more)

    def open(self, cash_float: int = 20_000) -> Event:
        """Begin a shift."""
        return self.act(OpenShift(cash_float, TILL), self.known())

    # -- what a member has

    def give(self, amount: int, unit: str = "PTS", owner: str = "lin", **terms: Any) -> str:
        """A lot for somebody; its name."""
        event = self.done(post(credit(amount, MEMBER + owner, unit, **terms)))
        return f"{event.random}.0"

    def coupon(self, template: str, owner: str = "lin", **terms: Any) -> str:
        """A coupon for somebody; its lot."""
        return self.give(1, COUPON + template, owner, **terms)

    def has(self, unit: str, owner: str = "lin") -> int:
        """What somebody has of a unit."""
        return self.left(MEMBER + owner, unit)

    def standing(self) -> Standing:
        """What every lot and account comes to, but for pieces of orders and lots that are empty."""
        lots: Standing = {
            (*key,): part.left
            for (key, _), part in self.state.parts.items()
            if part.left and not key.unit.startswith("RETURN:")
        }
        accounts: Standing = {
            (*key,): posted
            for key, posted in self.state.accounts.items()
            if posted and not key.unit.startswith("RETURN:")
        }
        return {**lots, **accounts}


def record(event: Event) -> OrderRecord:
    """What an order left behind."""
    assert isinstance(event.settled, OrderRecord), event.outcome
    return event.settled


def run_record(event: Event) -> RunRecord:
    """What a run left behind."""
    assert isinstance(event.settled, RunRecord), event.outcome
    return event.settled


def reason(event: Event) -> str:
    """Outcome and reason in two words."""
    found = event.outcome
    return f"{found.name} {found.reason}" if found.reason else found.name


def asks(event: Event, brand: Bundle) -> tuple[Ask, ...]:
    """What HQ is asked for after this event."""
    assert event.act is not UNSET
    return missing(event.facts, input_of(event), brand)


def given_back(back: ReturnRecord) -> dict[str, int]:
    """What a return gives or takes, by unit."""
    sums: dict[str, int] = {}
    for each in back.back:
        sums[each.unit] = sums.get(each.unit, 0) + each.amount
    return sums


def _kind_of(act: GoBack) -> str:
    return model.ORDER_VOIDED if act.void else model.ORDER_RETURNED
