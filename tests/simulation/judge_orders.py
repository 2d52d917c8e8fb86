"""Invariants 7, 10 and 15, by arithmetic of its own: what orders cost and paid, and what returns gave back.

Money: tenders sum to the total, shares to each discount, and no line is below nothing. Returns: by line never
more pieces than were sold; of nothing more back than was used or paid; and with every piece back, all of it.
Tiers: qualifying points are never spent, and whoever is greeted stands where they and HQ's word say.
"""

from collections import Counter
from collections.abc import Callable

from gateway.core.event import Event
from gateway.core.model import DONE, GREETED, Bundle
from gateway.core.orders.model import OrderRecord, ReturnRecord
from gateway.core.promises import COUPON, RETURN, RISK, SPENT
from tests.simulation.verdict import Violation

QUALIFYING = "QPT"
Lot = tuple[str, str]  # unit and name


class OrderJudge:
    """Every order of one log, and what of it came back."""

    def __init__(self, bundle_of: Callable[[str], Bundle]) -> None:
        self._bundle_of = bundle_of
        self._orders: dict[str, tuple[OrderRecord, Counter[Lot]]] = {}
        self._pieces: Counter[tuple[str, int]] = Counter()
        self._paid: Counter[str] = Counter()
        self._back: dict[str, Counter[Lot]] = {}

    def judge(self, name: str, event: Event, exact: bool) -> None:
        """Take in an event; not `exact` where an earlier part of this log was lost with its image."""
        if event.outcome.name == GREETED:
            self._judge_tier(name, event)
        if any(each.unit == QUALIFYING and each.credit == SPENT for each in event.transfers):
            raise Violation(15, f"{name}: qualifying points were spent")
        if event.outcome.name != DONE:
            return
        if isinstance(event.settled, OrderRecord):
            self._judge_order(name, event, event.settled)
        elif isinstance(event.settled, ReturnRecord):
            self._judge_return(name, event, event.settled, exact)

    # -- 10 ------------------------------------------------------------------------------------------------

    def _judge_order(self, name: str, event: Event, order: OrderRecord) -> None:
        self._orders[event.random] = order, _used(event)
        due = [line.net - line.points for line in order.lines]
        if sum(tender.amount for tender in order.tenders) != order.total or order.total != sum(due):
            raise Violation(10, f"{name}: tenders do not pay {order.total}")
        for number, line in enumerate(order.lines):
            off = sum(each.split[number] for each in order.applied if _is_discount(order, each))
            paid = sum(tender.split[number] for tender in order.tenders)
            sound = 0 <= line.points <= line.net and 0 <= line.discount <= line.gross
            if not sound or line.discount != off or line.net != line.gross - off or paid != due[number]:
                raise Violation(10, f"{name}: line {number} does not add up")

    # -- 7 -------------------------------------------------------------------------------------------------

    def _judge_return(self, name: str, event: Event, back: ReturnRecord, exact: bool) -> None:
        known = self._orders.get(back.order)
        if known is None:
            raise Violation(7, f"{name}: returns what was never sold here")
        order, used = known
        for piece in back.pieces:
            self._pieces[back.order, piece.line] += piece.quantity
            if self._pieces[back.order, piece.line] > order.lines[piece.line].quantity:
                raise Violation(7, f"{name}: more pieces of line {piece.line} came back than were sold")
        self._paid[back.order] += back.total
        if back.total < 0 or self._paid[back.order] > order.total:
            raise Violation(7, f"{name}: {self._paid[back.order]} paid back of {order.total}")
        came = self._back.setdefault(back.order, Counter())
        came.update(_restored(event))
        self._judge_restored(name, event, back.order, used, exact)

    def _judge_restored(self, name: str, event: Event, of: str, used: Counter[Lot], exact: bool) -> None:
        order, came = self._orders[of][0], self._back[of]
        more = [lot for lot in came if lot[1] and came[lot] > used[lot]]
        if more or _by_unit(came) - _by_unit(used):
            raise Violation(7, f"{name}: {more or 'something'} came back that was not used")
        sold = enumerate(order.lines)
        if not exact or any(self._pieces[of, number] < line.quantity for number, line in sold):
            return
        if self._paid[of] != order.total:
            raise Violation(7, f"{name}: all is back, and {self._paid[of]} of {order.total} was paid back")
        kept = self._kept(event)
        for unit, amount in _by_unit(used).items():
            if _by_unit(came)[unit] != (0 if unit in kept else amount):
                raise Violation(7, f"{name}: all is back, but of {unit} {amount} were used")

    def _kept(self, event: Event) -> set[str]:
        """Units of coupons that their programs keep."""
        programs = self._bundle_of(event.bundle).programs or ()
        return {f"{COUPON}{each.coupon}" for each in programs if each.returns.coupon == "keep"}

    # -- 15 ------------------------------------------------------------------------------------------------

    def _judge_tier(self, name: str, event: Event) -> None:
        member, tiers = event.facts.member, self._bundle_of(event.bundle).tiers
        if member is None or not tiers:
            return
        codes = [tier.code for tier in tiers]
        reached = sum(member.qualifying >= tier.threshold for tier in tiers) - 1
        rank = max(reached, codes.index(member.tier) if member.tier in codes else -1)
        said = codes[rank] if rank >= 0 else member.tier
        if event.outcome.tier != said:
            raise Violation(15, f"{name}: greeted as {event.outcome.tier}, stands at {said}")


def _is_discount(order: OrderRecord, each: object) -> bool:
    does = getattr(each, "does", "")
    split = getattr(each, "split", ())
    return does in ("percent", "fixed") and len(split) == len(order.lines)


def _used(event: Event) -> Counter[Lot]:
    """What an order used of each lot; what was given at risk too, of the lot of the same name."""
    used: Counter[Lot] = Counter()
    for each in event.transfers:
        if each.credit == SPENT and not each.unit.startswith((RISK, RETURN)):
            used[each.unit, str(each.debit_lot)] += each.amount
    return used


def _restored(event: Event) -> Counter[Lot]:
    """What came back to each lot; "" for what went to EXPIRED instead."""
    came: Counter[Lot] = Counter()
    for each in event.transfers:
        if each.debit == SPENT and not each.unit.startswith((RISK, RETURN)):
            lot = each.credit_lot
            came[each.unit, lot if isinstance(lot, str) else ""] += each.amount
    return came


def _by_unit(lots: Counter[Lot]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for (unit, _), amount in lots.items():
        sums[unit] += amount
    return sums
