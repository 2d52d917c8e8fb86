"""Giving a top-up back: its gift first, then the principal that was not used. Pure.

What was already spent of the gift is taken from the principal, for otherwise a top-up that is refunded leaves
its gift behind. A void gives back only a top-up of which nothing was used.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UNSET

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.orders.cases import Case, elsewhere
from gateway.core.orders.model import TOPUP, Applied, PartShare
from gateway.core.orders.settling import GIFT, MONEY, Split
from gateway.core.orders.shares import overlap
from gateway.core.orders.soundness import values
from gateway.core.orders.words import BONUS_BACK, BONUS_USED, PRINCIPAL_BACK, money, told
from gateway.core.promises import ISSUER, Ask, LotFact, Transfer

CLAW_BACK = "claw_back"


class Refunded(NamedTuple):
    """What taking top-ups back came to: `short` of their price, by line, is not refunded."""

    short: Split
    back: tuple[Applied, ...]


def is_principal(part: PartShare) -> bool:
    """Whether a part of an order is what was topped up."""
    return part.rule == "earned" and not part.program


def is_gift(case: Case, part: PartShare) -> bool:
    """Whether a part of an order is a gift for topping up."""
    moved = values(part, case.transfers)
    topped_up = any(
        share and line.kind == TOPUP for share, line in zip(part.split, case.order.lines, strict=True)
    )
    return part.rule == "earned" and topped_up and all(each.unit == GIFT for each in moved)


def refund(draft: Draft, case: Case, void: bool) -> Refunded:
    """Take back the gifts and the unused principal of the pieces that come back."""
    principal = [part for part in case.order.parts if is_principal(part)]
    wanted = [case.cut.back(part.split) for part in principal]
    if not any(map(any, wanted)):
        return Refunded((0,) * case.lines, ())
    gifts = _take_gifts(draft, case)
    used_gift = gifts.wanted - gifts.taken
    short, back = [0] * case.lines, list(gifts.back)
    for part, by_line in zip(principal, wanted, strict=True):
        taken = _take_principal(draft, case, part, sum(by_line))
        missing = sum(by_line) - taken + used_gift
        if missing and (void or missing >= sum(by_line)):
            raise Refusal(model.NOT_ENOUGH)
        for line, share in enumerate(by_line):
            part_short = min(share, missing)
            short[line] += part_short
            missing -= part_short
        back.append(_told(MONEY, -taken, told(PRINCIPAL_BACK)))
    if used_gift:
        back.append(_told("", 0, told(BONUS_USED, amount=money(used_gift))))
    return Refunded(tuple(short), tuple(back))


def principal_missing(draft: Draft, case: Case) -> tuple[Ask, ...]:
    """The principal that HQ must be asked for before it can be given back."""
    asks = []
    for part in case.order.parts:
        if is_principal(part):
            for transfer, amount in _cut(case, part):
                fact = _fact(draft, transfer)
                wanted = min(amount - draft.free(fact), _elsewhere(fact))
                if wanted > 0:
                    asks.append(Ask(wanted, fact.nature.owner, fact.nature.unit, fact.lot))
    return tuple(asks)


class _Gifts(NamedTuple):
    wanted: int
    taken: int
    back: Sequence[Applied]


def _take_gifts(draft: Draft, case: Case) -> _Gifts:
    wanted = taken = 0
    back = []
    for part in case.order.parts:
        if not is_gift(case, part):
            continue
        for transfer, amount in _cut(case, part):
            fact = _fact(draft, transfer)
            own = max(0, min(amount, draft.free(fact)))
            if own:
                draft.take(fact, own, ISSUER)
                back.append(_told(GIFT, -own, told(BONUS_BACK), part.program))
            wanted, taken = wanted + amount, taken + own
    return _Gifts(wanted, taken, back)


def _take_principal(draft: Draft, case: Case, part: PartShare, wanted: int) -> int:
    taken = 0
    for transfer, amount in _cut(case, part):
        fact = _fact(draft, transfer)
        own = max(0, min(amount, draft.free(fact)))
        if own < amount and _elsewhere(fact):
            raise elsewhere(draft)
        if own:
            draft.take(fact, own, ISSUER)
        taken += own
    return taken


def _cut(case: Case, part: PartShare) -> list[tuple[Transfer, int]]:
    """What of a part's transfers comes back now."""
    amount = sum(case.cut.back(part.split))
    return overlap(values(part, case.transfers), case.cut.position(part.split), amount)


def _fact(draft: Draft, transfer: Transfer) -> LotFact:
    if transfer.debit != ISSUER or transfer.credit_lot is UNSET:
        raise EventError("bad_facts", "transfers")
    fact = draft.lot(transfer.credit, transfer.unit, transfer.credit_lot)
    if fact is None:
        raise EventError("bad_facts", "lots")
    return fact


def _elsewhere(fact: LotFact) -> int:
    return max(0, fact.offered + fact.elsewhere - fact.owed)


def _told(unit: str, amount: int, because: dict[str, str], program: str = "") -> Applied:
    return Applied(program, 0, CLAW_BACK, because, amount, unit=unit)
