"""Invariants 12 and 14: what a log gave without a right, counted by value, against its policies' limits."""

from collections import Counter
from collections.abc import Callable

from gateway.core.event import Event
from gateway.core.model import Bundle
from gateway.core.orders.model import GoBack, Sell
from gateway.core.promises import (
    AT_RISK,
    MEMBER,
    SPENT,
    SUSPENSE,
    Nature,
    Policy,
    Post,
    Reverse,
    Spend,
    Unit,
)
from tests.simulation.calendar import LotDays
from tests.simulation.verdict import Violation

Limit = tuple[str, str, str]  # unit, civil date, owner


class RiskJudge:
    """What was risked by unit, day and owner (of the whole gateway: owner "")."""

    def __init__(self, days: LotDays, bundle_of: Callable[[str], Bundle]) -> None:
        self._days = days
        self._bundle_of = bundle_of
        self._risked: Counter[Limit] = Counter()
        self._by: dict[str, tuple[str, str]] = {}  # of an event that risked: its civil date, and who

    def judge(self, name: str, event: Event) -> None:
        """Take in an event: a sale may give out of SUSPENSE only what the day's limits allow."""
        act = event.act
        if isinstance(act, Post):
            # Ours spend for one owner.
            owner = next((part.owner for part in act.parts if isinstance(part, Spend)), "")
            self._judge_sale(name, event, owner)
        elif isinstance(act, Sell):
            self._judge_sale(name, event, f"{MEMBER}{act.basket.member}")
        elif (of := _undone(act)) in self._by:
            date, owner = self._by[of]
            for code, value in self._values(event).items():
                if event.date == date:  # a later day has limits of its own, which this does not widen
                    self._risked[code, date, ""] -= value
                    self._risked[code, date, owner] -= value

    def _judge_sale(self, name: str, event: Event, owner: str) -> None:
        for code, value in self._values(event).items():
            self._by[event.random] = (event.date, owner)
            policy = unit_in(self._bundle_of(event.bundle), code).offline
            limits = policy if policy.kind == AT_RISK else Policy()
            _limit(name, value, limits.per_use, "one use")
            self._count(name, (code, event.date, ""), value, limits.per_gateway)
            self._count(name, (code, event.date, owner), value, limits.per_member)

    def total(self) -> int:
        """Everything ever risked, minor units of money."""
        return sum(value for (_, _, owner), value in self._risked.items() if not owner)

    def allowed(self, bundle: Bundle) -> int:
        """What the policies allowed on the days on which anything was risked."""
        days = {(code, date) for code, date, _ in self._risked}
        return sum(unit_in(bundle, code).offline.per_gateway for code, _ in days)

    def _values(self, event: Event) -> Counter[str]:
        values: Counter[str] = Counter()
        for each in event.transfers:
            if SPENT in (each.debit, each.credit) and SUSPENSE in (each.debit, each.credit):
                lot = each.debit_lot if each.debit == SUSPENSE else each.credit_lot
                unit = unit_in(self._bundle_of(event.bundle), each.unit)
                values[unit.code] += money(unit, self._days.nature(str(lot)), each.amount)
        return values

    def _count(self, name: str, key: Limit, value: int, limit: int) -> None:
        self._risked[key] += value
        _limit(name, self._risked[key], limit, f"the day of {key[2] or 'the gateway'}")


def _undone(act: object) -> str:
    """The event that an act gives back a part of."""
    if isinstance(act, GoBack):
        return act.order
    return act.of if isinstance(act, Reverse) else ""


def unit_in(bundle: Bundle, code: str) -> Unit:
    """The unit of a code: named exactly, else by the longest pattern."""
    fitting = [
        unit
        for unit in bundle.units or ()
        if unit.code == code or (unit.code.endswith("*") and code.startswith(unit.code[:-1]))
    ]
    return max(fitting, key=lambda unit: (unit.code == code, len(unit.code)), default=Unit(code))


def money(unit: Unit, nature: Nature, amount: int) -> int:
    """What an amount of a lot is worth, minor units of money rounded up."""
    face = nature.terms.face
    return face * amount if face is not None else -(-amount * unit.worth // unit.per)


def _limit(name: str, value: int, limit: int, of: str) -> None:
    if value > limit:
        raise Violation(12, f"{name}: {value} at risk, {of} allows {limit}")
