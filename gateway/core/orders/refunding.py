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


class _Kind(NamedTuple):
    """All tenders of one kind in an order: what is due of them now, by line, and what earlier returns left
    over (negative: gave beyond their shares, where the clerk chose so)."""

    kind: str
    due: Split
    over: int
    reference: str | None


def settle(bundle: Bundle, case: Case, act: GoBack, short: Split) -> Money:
    """What the pieces of a case give back; `short` is what of top-ups, by line, is not refunded."""
    kinds = _kinds(case)
    cash = added([each.due for each in kinds if each.kind != BALANCE], case.lines)
    balance = added([each.due for each in kinds if each.kind == BALANCE], case.lines)
    before = _Due(sum(cash) - sum(short), sum(balance))
    changes = thresholds.within(thresholds.changes(bundle, case), sum(before))
    change = added([each.split for each in changes], case.lines)
    waits = sum(each.over for each in kinds if each.kind == BALANCE)
    due = _after(before, sum(change), waits)
    refunds = (
        _chosen(act.refunds, due, _by_line(case, due.cash, cash), _by_line(case, due.balance, balance))
        if act.refunds
        else _by_shares(case, kinds, due)
    )
    paid = added([each.split for each in case.order.tenders if each.kind == BALANCE], case.lines)
    tax = sum(case.cut.back([line.tax for line in case.order.lines])) - _tax_of(case, change)
    start = case.cut.position(paid) - waits
    return Money(refunds, sum(due), tax, start, due.balance, thresholds.withdrawn(changes))


def _kinds(case: Case) -> list[_Kind]:
    """The order's tenders by kind, in their order."""
    found = []
    for kind in dict.fromkeys(tender.kind for tender in case.order.tenders):
        mine = [tender for tender in case.order.tenders if tender.kind == kind]
        refunded = sum(share.amount for back in case.returns for share in back.refunds if share.kind == kind)
        due = added([case.cut.back(tender.split) for tender in mine], case.lines)
        references = {tender.reference for tender in mine}
        reference = references.pop() if len(references) == 1 else None
        found.append(_Kind(kind, due, _recorded(case, mine) - refunded, reference))
    return found


def _recorded(case: Case, mine: Sequence[TenderShare]) -> int:
    return sum(case.recorded.position(tender.split) for tender in mine)


def _after(due: _Due, change: int, waits: int) -> _Due:
    """What is due after withdrawing so much, or (negative) giving so much back."""
    if change > 0:
        of_cash = min(change, due.cash)
        return _Due(due.cash - of_cash, due.balance - (change - of_cash))
    to_balance = min(-change, max(waits, 0))
    return _Due(due.cash - change - to_balance, due.balance + to_balance)


def _by_shares(case: Case, kinds: Sequence[_Kind], due: _Due) -> tuple[TenderShare, ...]:
    """Every kind its own shares; what is withdrawn or given back, by what is still open of each kind."""
    refunds = []
    for mine, amount in ((False, due.cash), (True, due.balance)):
        of_kind = [each for each in kinds if (each.kind == BALANCE) == mine]
        open_ = [max(0, sum(each.due) + each.over) for each in of_kind]
        if not any(open_):
            open_ = [1] * len(of_kind)
        for each, part in zip(of_kind, split(amount, open_) if of_kind else (), strict=True):
            if part:
                by_line = _by_line(case, part, each.due)
                refunds.append(TenderShare(each.kind, part, by_line, reference=each.reference))
        if amount and not of_kind:
            refunds.append(TenderShare(CASH, amount, _by_line(case, amount, ())))
    return tuple(refunds)


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
