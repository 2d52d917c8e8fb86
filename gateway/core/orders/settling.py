"""What pays an order: tenders checked and shared among its lines. Pure.

Invariants: shares of tenders sum to each tender, and over all tenders to what each line costs after points;
a balance never pays for a top-up, so that a gift cannot be turned into principal.
"""

from collections.abc import Sequence

from gateway.core import model
from gateway.core.draft import Refusal
from gateway.core.orders.model import BALANCE, CASH, TOPUP, QuoteLine, Tender, TenderShare
from gateway.core.programs.split import split

Split = tuple[int, ...]

MONEY, GIFT = "CNY", "CNY.bonus"  # units of a balance: what was paid in, and what was given on top


def shares(lines: Sequence[QuoteLine], total: int, tenders: Sequence[Tender]) -> tuple[TenderShare, ...]:
    """Tenders with their share of each line, in their order; Refusal where they are not what is due."""
    if sum(tender.amount for tender in tenders) != total:
        raise Refusal(model.TENDERS_DIFFER)
    for tender in tenders:
        _check_given(tender)
    due = [line.net - line.points for line in lines]
    found: dict[int, TenderShare] = {}
    # The balance first: it may pay only for some lines, and whatever it leaves the others may pay.
    for number in sorted(range(len(tenders)), key=lambda number: tenders[number].kind != BALANCE):
        tender = tenders[number]
        payable = [
            0 if tender.kind == BALANCE and line.kind == TOPUP else rest
            for line, rest in zip(lines, due, strict=True)
        ]
        if tender.amount > sum(payable):
            raise Refusal(model.TENDERS_DIFFER)
        mine = split(tender.amount, payable)
        due = [rest - share for rest, share in zip(due, mine, strict=True)]
        found[number] = TenderShare(tender.kind, tender.amount, mine, tender.given, tender.reference)
    return tuple(found[number] for number in range(len(tenders)))


def added(splits: Sequence[Sequence[int]], lines: int) -> Split:
    """Several splits as one; nothing for each of so many lines where there is none."""
    return tuple(sum(column) for column in zip(*splits, strict=True)) if splits else (0,) * lines


def _check_given(tender: Tender) -> None:
    """Only cash is handed over, and never less of it than it pays."""
    if tender.given is not None and (tender.kind != CASH or tender.given < tender.amount):
        raise Refusal(model.BAD_AMOUNT)
