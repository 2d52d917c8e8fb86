"""Whether what facts say of an order is what a sale leaves behind: only such is computed with. Pure.

EventError "bad_facts" where it is not: a gateway that invents such facts is found out, and breaks nothing.
"""

from collections.abc import Iterable, Sequence

from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import TRANSFERS_MAX
from gateway.core.errors import EventError
from gateway.core.orders.model import (
    LINES_MAX,
    QUANTITY_MAX,
    OrderRecord,
    PartShare,
    ReturnRecord,
)
from gateway.core.promises import RISK, Transfer

RETURNS_MAX = LINES_MAX * QUANTITY_MAX  # each takes back a piece at least


def check_order(order: OrderRecord, transfers: Sequence[Transfer], returns: Sequence[ReturnRecord]) -> None:
    """Nothing, if these belong together; EventError otherwise."""
    lines = order.lines
    _need(0 < len(lines) <= LINES_MAX and len(transfers) <= TRANSFERS_MAX)
    for line in lines:
        _need(0 < line.quantity <= QUANTITY_MAX)
        _check_amounts((line.gross, line.discount, line.net, line.points, line.tax))
        _need(line.points <= line.net <= line.gross)
    for transfer in transfers:
        _check_amounts((transfer.amount,))
    for tender in order.tenders:
        _check_split(tender.split, len(lines))
        _need(sum(tender.split) == tender.amount)
    for number, line in enumerate(lines):
        _need(sum(tender.split[number] for tender in order.tenders) == line.net - line.points)
    for each in order.applied:
        _check_split(each.split or (0,) * len(lines), len(lines))
    for part in order.parts:
        _check_part(part, transfers, len(lines))
    for back in returns:
        _check_return(back, len(lines))


def values(part: PartShare, transfers: Sequence[Transfer]) -> list[Transfer]:
    """The transfers of a part that its split shares out; allowances of a day are counted beside them."""
    mine = transfers[part.first : part.first + part.count]
    return [transfer for transfer in mine if not transfer.unit.startswith(RISK)]


def _check_part(part: PartShare, transfers: Sequence[Transfer], lines: int) -> None:
    _need(part.first >= 0 and part.count >= 0 and part.first + part.count <= len(transfers))
    _check_split(part.split, lines)
    if part.rule in ("used", "earned"):
        _need(sum(part.split) == sum(transfer.amount for transfer in values(part, transfers)) > 0)


def _check_return(back: ReturnRecord, lines: int) -> None:
    for piece in back.pieces:
        _need(0 <= piece.line < lines)
    for share in back.refunds:
        _check_amounts((share.amount,))
    for each in back.withdrawn:
        _need(len(each.split) == lines and all(abs(share) <= AMOUNT_MAX for share in each.split))


def _check_split(split: Sequence[int], lines: int) -> None:
    _need(len(split) == lines)
    _check_amounts(split)


def _check_amounts(amounts: Iterable[int]) -> None:
    _need(all(0 <= amount <= AMOUNT_MAX for amount in amounts))


def _need(sound: bool) -> None:
    if not sound:
        raise EventError("bad_facts", "order")
