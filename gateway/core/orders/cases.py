"""One return before anything moves: the order, which pieces come back, and what came back before. Pure.

How many pieces of a line are back is told by its RETURN lot, which all logs share; what was withdrawn and
refunded before, by this log's own records.
"""

from typing import NamedTuple

from msgspec import UNSET

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.orders.model import GoBack, OrderRecord, Piece, ReturnRecord
from gateway.core.orders.shares import Cut
from gateway.core.orders.soundness import check_order
from gateway.core.promises import ISSUER, ORDER, RETURN, SPENT, Ask, LotFact, Transfer


class Case(NamedTuple):
    """What a return is of. `recorded` is the cut as this log's own returns have it: what they withdrew is of
    these pieces."""

    order: OrderRecord
    transfers: tuple[Transfer, ...]
    returns: tuple[ReturnRecord, ...]
    pieces: tuple[Piece, ...]
    lots: tuple[LotFact, ...]  # of RETURN, by line
    cut: Cut
    recorded: Cut

    @property
    def lines(self) -> int:
        """How many lines the order has."""
        return len(self.order.lines)


def case_of(draft: Draft, act: GoBack) -> Case:
    """The case of a return; Refusal where no such pieces can come back, EventError for facts that lie."""
    order, transfers = draft.facts.order, draft.facts.transfers
    if order is UNSET or transfers is UNSET:
        raise Refusal(model.ORDER_UNKNOWN)
    returns = () if draft.facts.returns is UNSET else draft.facts.returns
    check_order(order, transfers, returns)
    quantities = tuple(line.quantity for line in order.lines)
    lots = _lots(draft, act.order, quantities, transfers)
    known = _recorded(returns, quantities)
    # Whoever knows of more pieces that are back is right: nobody invents a return.
    before = tuple(
        max(mine, many - _left(draft, lot)) for mine, many, lot in zip(known, quantities, lots, strict=True)
    )
    pieces = _wanted(act, quantities, before)
    after = list(before)
    for piece in pieces:
        after[piece.line] += piece.quantity
    cut = Cut(quantities, before, tuple(after))
    return Case(order, transfers, returns, pieces, lots, cut, Cut(quantities, known, known))


def take_pieces(draft: Draft, case: Case) -> None:
    """Spend the pieces that come back, so that nothing comes back twice anywhere."""
    for piece in case.pieces:
        lot = case.lots[piece.line]
        if piece.quantity > draft.free(lot):
            raise elsewhere(draft)
    for piece in case.pieces:
        draft.take(case.lots[piece.line], piece.quantity, SPENT)


def elsewhere(draft: Draft) -> Refusal:
    """What is missing here lies elsewhere: a question to HQ, or a refusal where it cannot be asked."""
    asking = draft.rights.online and not draft.rights.asked
    return Refusal(model.HELD_ELSEWHERE, model.ASKED if asking else model.REFUSED)


def pieces_missing(draft: Draft, case: Case) -> tuple[Ask, ...]:
    """The pieces that HQ must be asked for."""
    asks = []
    for piece in case.pieces:
        lot = case.lots[piece.line]
        wanted = piece.quantity - draft.free(lot)
        if wanted > 0:
            asks.append(Ask(wanted, lot.nature.owner, lot.nature.unit, lot.lot))
    return tuple(asks)


def _wanted(act: GoBack, quantities: tuple[int, ...], before: tuple[int, ...]) -> tuple[Piece, ...]:
    """Which pieces come back: all of them by a void, else those that were asked for."""
    if act.void:
        if act.pieces:
            raise Refusal(model.BAD_AMOUNT)
        return tuple(Piece(line, many) for line, many in enumerate(quantities))
    lines = [piece.line for piece in act.pieces]
    if not lines or len(set(lines)) != len(lines) or not all(0 <= line < len(quantities) for line in lines):
        raise Refusal(model.BAD_AMOUNT)
    for piece in act.pieces:
        if piece.quantity < 1:
            raise Refusal(model.BAD_AMOUNT)
        if piece.quantity > quantities[piece.line] - before[piece.line]:
            raise Refusal(model.NOTHING_TO_RETURN)
    return act.pieces


def _lots(
    draft: Draft, order: str, quantities: tuple[int, ...], transfers: tuple[Transfer, ...]
) -> tuple[LotFact, ...]:
    """The RETURN lot of each line, as the order's own event made it."""
    made = {
        transfer.unit: transfer
        for transfer in transfers
        if transfer.debit == ISSUER and transfer.credit == ORDER + order
    }
    found = []
    for line, quantity in enumerate(quantities):
        unit = f"{RETURN}{order}:{line}"
        transfer = made.get(unit)
        if transfer is None or transfer.amount != quantity:
            raise EventError("bad_facts", "order")
        lot = draft.lot(ORDER + order, unit, str(transfer.credit_lot))
        if lot is None:
            raise EventError("bad_facts", "lots")
        found.append(lot)
    return tuple(found)


def _left(draft: Draft, lot: LotFact) -> int:
    """Pieces not returned yet, in this log or in any other."""
    return draft.free(lot) + max(lot.offered + lot.elsewhere, 0)


def _recorded(returns: tuple[ReturnRecord, ...], quantities: tuple[int, ...]) -> tuple[int, ...]:
    known = [0] * len(quantities)
    for back in returns:
        for piece in back.pieces:
            known[piece.line] += piece.quantity
    if any(mine > many for mine, many in zip(known, quantities, strict=True)):
        raise EventError("bad_facts", "returns")
    return tuple(known)
