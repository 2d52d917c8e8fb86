"""What a shift did, added up event by event: the X report at any time, the Z report at its end. Pure.

gross - discount = net is of what was sold, and net - points_paid is what tenders paid; `refunded` is what
tenders gave back, by returns and voids; `tax` is of what was sold less what came back.
"""

from msgspec.structs import replace

from gateway.core.book import AMOUNT_MAX
from gateway.core.event import Event
from gateway.core.model import DONE
from gateway.core.orders.model import (
    CASH,
    CloseShift,
    MoveCash,
    OpenShift,
    OrderRecord,
    ReturnRecord,
    ShiftSums,
    TenderShare,
    TenderSum,
)

NOTHING = ShiftSums(0, 0, 0, 0, 0, 0, 0, 0, 0, (), 0)


def shift_of(event: Event) -> str | None:
    """The shift that an event belongs to; None where it belongs to none, or changed nothing."""
    if event.outcome.name != DONE:
        return None
    if isinstance(event.act, OpenShift):
        return event.random
    if isinstance(event.act, MoveCash | CloseShift):
        return event.act.shift
    settled = event.settled
    if isinstance(settled, OrderRecord | ReturnRecord):
        return settled.shift or None
    return None


def after(sums: ShiftSums, event: Event) -> ShiftSums:
    """A shift's sums after one more event of it; NOTHING before the one that opens it."""
    act, settled = event.act, event.settled
    if isinstance(act, OpenShift):
        return replace(sums, cash_float=act.cash_float)
    if isinstance(act, MoveCash):
        return replace(sums, moved=sums.moved + act.amount)
    if isinstance(settled, OrderRecord):
        return _sold(sums, settled)
    if isinstance(settled, ReturnRecord):
        return _returned(sums, settled)
    return sums


def expected(sums: ShiftSums) -> int:
    """The cash that should be in the drawer."""
    cash = sum(each.sold - each.refunded for each in sums.tenders if each.kind == CASH)
    return sums.cash_float + sums.moved + cash


def are_sound(sums: ShiftSums) -> bool:
    """Whether every figure is one that a till can have."""
    tenders = [figure for each in sums.tenders for figure in (each.sold, each.refunded)]
    others = [getattr(sums, name) for name in ShiftSums.__struct_fields__ if name != "tenders"]
    return all(abs(figure) <= AMOUNT_MAX for figure in (*tenders, *others))


def _sold(sums: ShiftSums, order: OrderRecord) -> ShiftSums:
    lines = order.lines
    return replace(
        sums,
        orders=sums.orders + 1,
        gross=sums.gross + sum(line.gross for line in lines),
        discount=sums.discount + sum(line.discount for line in lines),
        net=sums.net + sum(line.net for line in lines),
        points_paid=sums.points_paid + sum(line.points for line in lines),
        tax=sums.tax + order.tax,
        tenders=_added(sums.tenders, order.tenders, 1, 0),
    )


def _returned(sums: ShiftSums, back: ReturnRecord) -> ShiftSums:
    return replace(
        sums,
        returns=sums.returns + (not back.void),
        voids=sums.voids + back.void,
        refunded=sums.refunded + back.total,
        tax=sums.tax - back.tax,
        tenders=_added(sums.tenders, back.refunds, 0, 1),
    )


def _added(
    known: tuple[TenderSum, ...], more: tuple[TenderShare, ...], sold: int, refunded: int
) -> tuple[TenderSum, ...]:
    """Sums by kind of tender, in the order of their names."""
    by_kind = {each.kind: (each.sold, each.refunded) for each in known}
    for share in more:
        before = by_kind.get(share.kind, (0, 0))
        by_kind[share.kind] = (before[0] + sold * share.amount, before[1] + refunded * share.amount)
    return tuple(TenderSum(kind, *by_kind[kind]) for kind in sorted(by_kind))
