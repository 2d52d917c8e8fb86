"""The money of a return: what each tender gives back, less what is withdrawn. Pure.

By default every tender gives back its own shares of the pieces. The clerk may choose other cash-like tenders
for what cash-like ones paid; what the balance paid always goes back to the balance, so that a gift is never
paid out. What is withdrawn comes off cash-like refunds first, and is given back to where it came from.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.core import model
from gateway.core.draft import Refusal
from gateway.core.model import Bundle
from gateway.core.orders import thresholds
from gateway.core.orders.cases import Case
from gateway.core.orders.model import BALANCE, CASH, Applied, GoBack, Tender, TenderShare
from gateway.core.orders.settling import Split, added
from gateway.core.programs.split import split


class Money(NamedTuple):
    """What a return pays. The balance gives back [balance_from, balance_from + balance) of what it paid."""

    refunds: tuple[TenderShare, ...]
    total: int
    tax: int
    balance_from: int
    balance: int
    withdrawn: tuple[Applied, ...]


class _Due(NamedTuple):
    """What is due by cash-like tenders and by the balance."""

    cash: int
    balance: int


def settle(bundle: Bundle, case: Case, act: GoBack, short: Split) -> Money:
    """What the pieces of a case give back; `short` is what of top-ups, by line, is not refunded."""
    shares = [(tender, case.cut.back(tender.split)) for tender in case.order.tenders]
    paid = added([back for tender, back in shares if tender.kind != BALANCE], case.lines)
    by_balance = added([back for tender, back in shares if tender.kind == BALANCE], case.lines)
    before = _Due(sum(paid) - sum(short), sum(by_balance))
    changes = thresholds.within(thresholds.changes(bundle, case), sum(before))
    change = added([each.split for each in changes], case.lines)
    waits = _waits_of_balance(case)
    due = _after(before, sum(change), waits)
    refunds = (
        _chosen(act.refunds, due, _by_line(case, due.cash, paid), _by_line(case, due.balance, by_balance))
        if act.refunds
        else _by_shares(case, shares, due)
    )
    start = case.cut.position(_balance_split(case)) - waits
    tax = sum(case.cut.back([line.tax for line in case.order.lines])) - _tax_of(case, change)
    return Money(refunds, sum(due), tax, start, due.balance, thresholds.withdrawn(changes))


def _balance_split(case: Case) -> Split:
    return added([tender.split for tender in case.order.tenders if tender.kind == BALANCE], case.lines)


def _waits_of_balance(case: Case) -> int:
    """What earlier returns withdrew from what the balance gave back."""
    refunded = sum(share.amount for back in case.returns for share in back.refunds if share.kind == BALANCE)
    return max(0, case.recorded.position(_balance_split(case)) - refunded)


def _after(due: _Due, change: int, waits: int) -> _Due:
    """What is due after withdrawing so much, or (negative) giving so much back."""
    if change > 0:
        of_cash = min(change, due.cash)
        return _Due(due.cash - of_cash, due.balance - (change - of_cash))
    to_balance = min(-change, waits)
    return _Due(due.cash - change - to_balance, due.balance + to_balance)


def _by_shares(case: Case, shares: Sequence[tuple[TenderShare, Split]], due: _Due) -> tuple[TenderShare, ...]:
    """Every tender its own shares; of what is withdrawn or given back, each its part."""
    refunds = []
    for mine, amount in ((False, due.cash), (True, due.balance)):
        of_kind = [(tender, back) for tender, back in shares if (tender.kind == BALANCE) == mine]
        for (tender, back), part in zip(of_kind, _parts(amount, of_kind), strict=True):
            if part:
                by_line = _by_line(case, part, back)
                refunds.append(TenderShare(tender.kind, part, by_line, reference=tender.reference))
        if amount and not of_kind:
            refunds.append(TenderShare(CASH, amount, _by_line(case, amount, ())))
    return tuple(refunds)


def _parts(amount: int, of_kind: Sequence[tuple[TenderShare, Split]]) -> Sequence[int]:
    weights = [sum(back) for _, back in of_kind]
    if amount == sum(weights):
        return weights
    if not any(weights):
        weights = [tender.amount for tender, _ in of_kind]
    return split(amount, weights) if any(weights) else [0] * len(weights)


def _chosen(tenders: Sequence[Tender], due: _Due, cash: Split, balance: Split) -> tuple[TenderShare, ...]:
    """The tenders that the clerk chose, which must sum to what is due."""
    of_balance = sum(tender.amount for tender in tenders if tender.kind == BALANCE)
    if of_balance != due.balance or sum(tender.amount for tender in tenders) != sum(due):
        raise Refusal(model.TENDERS_DIFFER)
    rest = {False: cash, True: balance}
    refunds = []
    for tender in tenders:
        if tender.given is not None:
            raise Refusal(model.BAD_AMOUNT)
        mine = tender.kind == BALANCE
        by_line = split(tender.amount, rest[mine])
        rest[mine] = tuple(left - share for left, share in zip(rest[mine], by_line, strict=True))
        refunds.append(TenderShare(tender.kind, tender.amount, by_line, reference=tender.reference))
    return tuple(refunds)


def _by_line(case: Case, amount: int, back: Split) -> Split:
    """An amount by the lines that come back, as they give it back where that is all of it."""
    if sum(back) == amount and back:
        return back
    if any(back):
        return split(amount, back)
    pieces = {piece.line: piece.quantity for piece in case.pieces}
    return split(amount, [pieces.get(line, 0) for line in range(case.lines)])


def _tax_of(case: Case, change: Split) -> int:
    """The tax in what is withdrawn: a function of all that is, so that nothing is left in the end."""
    known = thresholds.outstanding(case)
    then = sum(_share_of_tax(case, line, known[line]) for line in range(case.lines))
    now = sum(_share_of_tax(case, line, known[line] + change[line]) for line in range(case.lines))
    return now - then


def _share_of_tax(case: Case, line: int, amount: int) -> int:
    sold = case.order.lines[line]
    return sold.tax * amount // sold.net if sold.net else 0
