"""Discounts that a return breaks: what is withdrawn of them, where the program says so. Pure.

By `returns.threshold` "recompute" a discount is owed only while what stays with the customer still earns it:
its condition on amounts and pieces holds, and an effect that counts (every so much, buy X get Y, a bundle)
counts only what stays. Conditions on anything else were true at the sale and are not asked again.

What is withdrawn is a function of what stays: returning more may give some of it back, and with everything
returned nothing is withdrawn, so that parts still sum to the full.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UNSET

from gateway.core.model import Bundle
from gateway.core.orders.cases import Case
from gateway.core.orders.model import TOPUP, Applied, OrderRecord, QuoteLine
from gateway.core.orders.settling import Split, added
from gateway.core.orders.words import WITHDRAWN, told
from gateway.core.programs.book import ITEM, PRICE, step_of
from gateway.core.programs.model import (
    AllOf,
    AnyOf,
    BundlePrice,
    BuyGet,
    Condition,
    Fixed,
    Lines,
    Not,
    Program,
    Quantity,
    Subtotal,
)
from gateway.core.programs.split import split

MONEY_OFF = ("set_price_book", "percent", "fixed", "free_item", "buy_get", "bundle_price")
RECOMPUTE = "recompute"


class Basis(NamedTuple):
    """What stays of an order, by line: pieces, and what they cost before the program's own step."""

    lines: tuple[QuoteLine, ...]
    pieces: Split
    costs: Split

    def fits(self, which: Lines) -> list[int]:
        """Numbers of the lines that are meant."""
        return [number for number, line in enumerate(self.lines) if _fits(which, line)]

    def cost(self, which: Lines) -> int:
        """What stays on these lines costs."""
        return sum(self.costs[line] for line in self.fits(which))

    def many(self, which: Lines) -> int:
        """How many pieces stay on these lines."""
        return sum(self.pieces[line] for line in self.fits(which))


class Change(NamedTuple):
    """By how much more (negative: less) of a program's discount is withdrawn now, by line."""

    applied: Applied
    split: Split


def changes(bundle: Bundle, case: Case) -> list[Change]:
    """What this return withdraws, or gives back, of every discount whose program recomputes."""
    programs = {} if bundle.programs is UNSET else {each.id: each for each in bundle.programs}
    found = []
    for name, effects in _discounts(case.order).items():
        program = programs.get(name)
        if program is None or program.returns.threshold != RECOMPUTE:
            continue
        target = _target(programs, program, effects, case)
        known = outstanding(case, name)
        change = tuple(want - have for want, have in zip(target, known, strict=True))
        if any(change):
            found.append(Change(effects[0], change))
    return found


def outstanding(case: Case, program: str | None = None) -> Split:
    """By line, what earlier returns withdrew and did not give back; of one program, or of all."""
    known = [
        each.split for back in case.returns for each in back.withdrawn if program in (None, each.program)
    ]
    return added(known, case.lines)


def within(found: Sequence[Change], limit: int) -> list[Change]:
    """As much of these changes as takes no more than `limit` off a refund: what is left waits."""
    kept = []
    room = limit - sum(min(share, 0) for each in found for share in each.split)
    for each in found:
        shares = []
        for share in each.split:
            share = min(share, room) if share > 0 else share
            room -= max(share, 0)
            shares.append(share)
        if any(shares):
            kept.append(Change(each.applied, tuple(shares)))
    return kept


def withdrawn(found: Sequence[Change]) -> tuple[Applied, ...]:
    """Changes as a record tells them."""
    return tuple(
        Applied(
            change.applied.program,
            change.applied.version,
            "withdraw",
            told(WITHDRAWN, because=change.applied.because),
            sum(change.split),
            split=change.split,
        )
        for change in found
    )


def _discounts(order: OrderRecord) -> dict[str, list[Applied]]:
    found: dict[str, list[Applied]] = {}
    for each in order.applied:
        if each.does in MONEY_OFF and any(each.split):
            found.setdefault(each.program, []).append(each)
    return found


def _target(programs: dict[str, Program], program: Program, effects: Sequence[Applied], case: Case) -> Split:
    """By line, what is withdrawn of a program's discount while this is what stays."""
    stays = case.cut.stays(added([each.split for each in effects], case.lines))
    basis, whole = _basis(programs, program, case, case.cut.after), _basis(programs, program, case, None)
    if program.when is not None and not _holds(program.when, basis):
        return stays
    total = sum(stays)
    owed = min((_still(effect, basis, whole, effects) for effect in program.then), default=None, key=_size)
    lost = 0 if owed is None else max(0, total - owed)
    return split(lost, stays) if lost else (0,) * case.lines


def _size(owed: int | None) -> int:
    return 2**63 if owed is None else owed


def _still(effect: object, basis: Basis, whole: Basis, effects: Sequence[Applied]) -> int | None:
    """What an effect that counts still gives for what stays; None: it does not count anything."""
    given = sum(each.amount for each in effects)
    if isinstance(effect, Fixed) and effect.each is not None:
        times = basis.cost(effect.lines) // effect.each
        return effect.off * (times if effect.times_max is None else min(times, effect.times_max))
    if isinstance(effect, BuyGet):
        size = effect.buy + effect.get
        now, then = basis.many(effect.lines) // size, whole.many(effect.lines) // size
    elif isinstance(effect, BundlePrice):
        now, then = _sets(effect, basis), _sets(effect, whole)
    else:
        return None
    most = effect.times_max
    now, then = (now, then) if most is None else (min(now, most), min(then, most))
    return given * now // then if then else None


def _sets(effect: BundlePrice, basis: Basis) -> int:
    return min((basis.many(item.lines) // item.quantity for item in effect.items), default=0)


def _basis(programs: dict[str, Program], program: Program, case: Case, after: Split | None) -> Basis:
    """What stays (`after` None: what was sold) at prices after the steps before the program's."""
    mine = step_of(program)
    before = [
        each.split
        for each in case.order.applied
        if each.does in MONEY_OFF and each.split and _step(programs, each) < mine
    ]
    less = added(before, case.lines)
    costs = tuple(line.gross - off for line, off in zip(case.order.lines, less, strict=True))
    quantities = case.cut.quantities
    if after is None:
        return Basis(case.order.lines, quantities, costs)
    pieces = tuple(many - back for many, back in zip(quantities, after, strict=True))
    return Basis(case.order.lines, pieces, case.cut.stays(costs))


def _step(programs: dict[str, Program], applied: Applied) -> int:
    """The step in which an effect happened; of a program that is gone: before any order promotion."""
    if applied.does == "set_price_book":
        return PRICE
    program = programs.get(applied.program)
    return ITEM if program is None else step_of(program)


def _holds(when: Condition, basis: Basis) -> bool:
    return _judge(when, basis) is not False


def _judge(when: Condition, basis: Basis) -> bool | None:
    """Whether a condition still holds; None where it is not about amounts or pieces."""
    if isinstance(when, Subtotal):
        return _inside(basis.cost(when.lines), when.at_least, when.at_most)
    if isinstance(when, Quantity):
        return _inside(basis.many(when.lines), when.at_least, when.at_most)
    if isinstance(when, Not):
        inner = _judge(when.of, basis)
        return None if inner is None else not inner
    if isinstance(when, AllOf | AnyOf):
        found = [_judge(each, basis) for each in when.of]
        decides = isinstance(when, AnyOf)
        if decides in found:
            return decides
        return None if None in found else not decides
    return None


def _inside(value: int, at_least: int, at_most: int | None) -> bool:
    return value >= at_least and (at_most is None or value <= at_most)


def _fits(which: Lines, line: QuoteLine) -> bool:
    return (
        line.kind != TOPUP
        and (not which.skus or line.sku in which.skus)
        and (not which.categories or line.category in which.categories)
        and line.sku not in which.not_skus
        and line.category not in which.not_categories
    )
