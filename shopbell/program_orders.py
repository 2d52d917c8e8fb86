"""Tries programs on orders of the past: how often each would have happened, what it would have cost. Pure.

Every order is priced and paid again, from the facts its event carries, under a bundle with the programs that
are on trial (`mine`). Their own caps are counted here from none used, as if every store knew its counts;
figures over windows of days that the events lack are counted from the orders themselves. Balances are those
that were looked up then. With `offered`, every member shows the coupon of a program on trial, and chooses it.

The cost of a program is what it gives less what it takes, in money: discounts, the worth of units, the face
of coupons; points that pay count by what they pay less what they are worth. Returns are not taken off.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.draft import Refusal
from gateway.core.event import Event, input_of
from gateway.core.model import DONE, Bundle, Facts
from gateway.core.orders.model import (
    Applied,
    Basket,
    OrderRecord,
    Quote,
    Run,
    Sell,
    Tender,
    TenderShare,
)
from gateway.core.orders.settling import shares
from gateway.core.programs.caps import BUDGET, USE, caps_of, use_unit
from gateway.core.programs.earning import earned
from gateway.core.programs.firing import fire
from gateway.core.programs.model import Program
from gateway.core.programs.quoting import Pricing, price
from gateway.core.programs.split import split
from gateway.core.promises import COUPON, MEMBER, PROGRAM, LotFact, Nature, Terms
from gateway.core.units import unit_of, value
from shopbell.program_windows import Windows

OFFERED = "offered:"
ORDER_TRIGGERS = ("order.quoted", "order.committed", "payment.captured", "balance.topped_up")


@dataclass
class Tally:
    """One program over all orders; money in minor units, `members` what each cost."""

    fired: int = 0
    discount: int = 0
    cost: int = 0
    units: Counter[str] = field(default_factory=Counter)
    members: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    @property
    def most(self) -> int:
        """What the member who got most got."""
        return max(self.members.values(), default=0)


class Outcome(NamedTuple):
    """What came of a trial; `refused` orders could not be priced again."""

    orders: int
    of_members: int
    refused: int
    takings: int
    takings_before: int
    tallies: dict[str, Tally]


class Trial:
    """Tries programs on one event after the other; see the module."""

    def __init__(self, bundle: Bundle, mine: Collection[str], offered: bool = False) -> None:
        self._bundle, self._offered = bundle, offered
        self._mine = {one.id: one for one in bundle.programs or () if one.id in mine}
        self._used: Counter[tuple[str, str]] = Counter()
        self._windows = Windows(self._mine.values())
        self._orders = self._of_members = self._refused = self._takings = self._before = 0
        self.tallies = {name: Tally() for name in self._mine}

    @property
    def days_before(self) -> int:
        """For how many days before the first event the orders are needed, for what is counted in windows."""
        return self._windows.days

    def remember(self, event: Event) -> None:
        """An event before those that are tried."""
        self._windows.see(event)

    def take(self, event: Event) -> None:
        """Try the programs on one event; one that is no order and runs no program changes nothing."""
        if (
            event.outcome.name == DONE
            and isinstance(event.act, Sell)
            and isinstance(event.settled, OrderRecord)
        ):
            self._order(event, event.act, event.settled)
        elif event.outcome.name == DONE and isinstance(event.act, Run):
            self._run(event, event.act)
        self._windows.see(event)

    def outcome(self) -> Outcome:
        """What came of all of them."""
        return Outcome(
            self._orders, self._of_members, self._refused, self._takings, self._before, self.tallies
        )

    def _order(self, event: Event, act: Sell, settled: OrderRecord) -> None:
        facts, basket = self._as_if(event), self._offer(act.basket)
        setting = input_of(event).setting
        try:
            pricing = price(self._bundle, facts, setting, basket)
            tenders = paid_again(pricing.quote, settled.tenders)
            gains = earned(self._bundle, facts, setting, event.random, basket, pricing.quote, tenders)
        except Refusal:
            self._refused += 1
            return
        self._orders += 1
        self._of_members += settled.member is not None
        self._takings += pricing.quote.total
        self._before += settled.total
        applied = (*pricing.quote.applied, *gains)
        self._count(event, facts, applied)
        self._say_why(pricing, {each.program for each in applied})

    def _run(self, event: Event, act: Run) -> None:
        if not any(program.trigger == event.type for program in self._mine.values()):
            return
        facts, setting = self._as_if(event), input_of(event).setting
        try:
            record = fire(self._bundle, facts, setting, event.random, event.type, act)
        except Refusal:
            return
        self._count(event, facts, record.applied)
        for missed in record.missed:
            if missed.program in self.tallies:
                self.tallies[missed.program].missed[missed.reason] += 1

    def _as_if(self, event: Event) -> Facts:
        """The facts with what is left of the caps on trial, and what windows of days come to."""
        facts = event.facts
        lots = [] if facts.lots is UNSET else list(facts.lots)
        for program in self._mine.values():
            for owner, unit, limit in _limits(program, event):
                lots = [fact for fact in lots if fact.nature.unit != unit]
                lots.append(_lot(owner, unit, unit, max(0, limit - self._used[owner, unit])))
            if self._offered and program.coupon and facts.member is not None:
                name = OFFERED + program.coupon
                lots.append(_lot(MEMBER + facts.member.id, COUPON + program.coupon, name, 1))
        known = {} if facts.counters is UNSET else facts.counters
        return replace(facts, lots=tuple(lots), counters={**self._windows.counters(event), **known})

    def _offer(self, basket: Basket) -> Basket:
        if not self._offered or basket.member is None:
            return basket
        orders = [program for program in self._mine.values() if program.trigger in ORDER_TRIGGERS]
        coupons = tuple(OFFERED + program.coupon for program in orders if program.coupon)
        chosen = tuple(program.id for program in orders if program.opt_in)
        return replace(basket, coupons=basket.coupons + coupons, chosen=basket.chosen + chosen)

    def _count(self, event: Event, facts: Facts, applied: Sequence[Applied]) -> None:
        mine = [each for each in applied if each.program in self.tallies]
        for cap in caps_of(self._bundle, facts, input_of(event).setting, mine):
            self._used[cap.owner, cap.unit] += cap.amount
        for name in {each.program for each in mine}:
            effects = [each for each in mine if each.program == name]
            add(self._bundle, self.tallies[name], effects, facts.member.id if facts.member else "")

    def _say_why(self, pricing: Pricing, happened: Collection[str]) -> None:
        for verdict in (*pricing.verdicts, *pricing.earning):
            name = verdict.entry.program.id
            if name in self.tallies and name not in happened and verdict.unmet is not None:
                self.tallies[name].missed[verdict.unmet.reason] += 1


def booked(bundle: Bundle, events: Iterable[Event]) -> Outcome:
    """What programs did in these events, as they were booked; returns are not taken off."""
    tallies: dict[str, Tally] = {}
    orders = of_members = takings = 0
    for event in events:
        settled = event.settled
        if isinstance(settled, OrderRecord):
            orders += 1
            of_members += settled.member is not None
            takings += settled.total
        if settled is UNSET or not hasattr(settled, "applied"):
            continue
        member = event.facts.member.id if event.facts.member else ""
        for name in dict.fromkeys(each.program for each in settled.applied):
            effects = [each for each in settled.applied if each.program == name]
            add(bundle, tallies.setdefault(name, Tally()), effects, member)
    return Outcome(orders, of_members, 0, takings, takings, tallies)


def add(bundle: Bundle, tally: Tally, effects: Sequence[Applied], member: str) -> None:
    """Count one happening of a program."""
    cost = sum(worth(bundle, each) for each in effects)
    tally.fired += 1
    tally.cost += cost
    if member:
        tally.members[member] += cost
    for each in effects:
        if each.unit:
            taken = each.does in ("debit", "points_as_cash")
            tally.units[each.unit] += -(each.points or each.amount) if taken else each.amount
        if not each.unit or each.does == "points_as_cash":
            tally.discount += each.amount


def worth(bundle: Bundle, applied: Applied) -> int:
    """What one effect costs the shop, in minor units; below 0 where it takes."""
    if not applied.unit:
        return applied.amount
    unit, terms = unit_of(bundle, applied.unit), applied.terms or Terms()
    if applied.does == "points_as_cash":
        return applied.amount - value(unit, terms, applied.points)
    each = value(unit, terms, applied.amount)
    return -each if applied.does == "debit" else each


def paid_again(quote: Quote, tenders: Sequence[TenderShare]) -> tuple[TenderShare, ...]:
    """The tenders of an order that now costs something else, each with its share of it."""
    if not tenders:
        return shares(quote.lines, quote.total, [Tender("cash", quote.total)] if quote.total else [])
    amounts = split(quote.total, [tender.amount for tender in tenders])
    pairs = zip(tenders, amounts, strict=True)
    again = [Tender(tender.kind, amount) for tender, amount in pairs if amount]  # type: ignore[arg-type]  # was checked
    return shares(quote.lines, quote.total, again)


def _limits(program: Program, event: Event) -> list[tuple[str, str, int]]:
    """Owner, unit and limit of every cap that bears on this event."""
    limits, found = program.limits, []
    if limits.per_member is not None and event.facts.member is not None:
        found.append((MEMBER + event.facts.member.id, use_unit(program, event.date), limits.per_member))
    if limits.total is not None:
        found.append((PROGRAM + program.id, USE + program.id, limits.total))
    if limits.budget is not None:
        found.append((PROGRAM + program.id, BUDGET + program.id, limits.budget))
    return found


def _lot(owner: str, unit: str, name: str, left: int) -> LotFact:
    return LotFact(0, 0, 0, left, name, Nature(owner, Terms(), unit), False, 0)
