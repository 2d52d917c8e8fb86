"""From what a till sends to acts of gateway/core/orders/model.py. Pure; the shapes have checked the rest."""

from collections.abc import Sequence

import msgspec

from gateway.acting import Request
from gateway.adapters.http.bodies import BadRequest
from gateway.adapters.http.callers import Caller
from gateway.adapters.http.order_shapes import (
    BasketGiven,
    CommitAsked,
    ParkAsked,
    ReturnAsked,
    RunAsked,
    TenderGiven,
    TenderTaken,
    VoidAsked,
)
from gateway.adapters.http.proofs import PIN, Spending
from gateway.core import model
from gateway.core.orders.model import Basket, GoBack, Park, Piece, Run, Sell, Tender
from gateway.pins import RIGHT

MANUAL = "manual"  # a program that somebody starts by hand: as good as a grant


def basket(given: BasketGiven) -> Basket:
    """The core's basket of what was sent."""
    return msgspec.convert(msgspec.to_builtins(given), Basket)


def taken(given: Sequence[TenderTaken]) -> tuple[Tender, ...]:
    """The core's tenders of a sale; what a payment's own number stands for is not the asker's to give."""
    for number, tender in enumerate(given):
        if tender.payment is not None and tender.reference is not None:
            raise BadRequest(400, "request.reference", f"tenders[{number}].reference")
    return tuple(Tender(tender.kind, tender.amount, tender.given, tender.reference) for tender in given)


def tenders(given: list[TenderGiven]) -> tuple[Tender, ...]:
    """The core's tenders, in their order."""
    return msgspec.convert(msgspec.to_builtins(given), tuple[Tender, ...])


def commit(body: CommitAsked, caller: Caller, spending: Spending) -> Request:
    """Sell a basket; raises BadRequest for proofs that are not of this till, this member, this act."""
    till = caller.till(body.till)
    approver = spending.take(body.approver, "approver", "sell", till)
    pin = spending.take(body.pin, "pin", PIN, till, body.basket.member or "")
    act = Sell(
        basket(body.basket), taken(body.tenders), till, approver, parked=body.parked, quote=body.digest
    )
    found = None if pin is None else RIGHT
    return Request(body.key, caller.who(body.staff), model.ORDER_COMMITTED, act, pin=found)


def give_back(body: ReturnAsked, caller: Caller, spending: Spending) -> Request:
    """Take pieces back."""
    till = caller.till(body.till)
    approver = spending.take(body.approver, "approver", "return", till)
    pieces = tuple(Piece(one.line, one.quantity) for one in body.pieces)
    act = GoBack(body.order, till, approver, pieces, body.reason, tenders(body.refunds))
    return Request(body.key, caller.who(body.staff), model.ORDER_RETURNED, act)


def void(body: VoidAsked, caller: Caller, spending: Spending) -> Request:
    """Undo a whole order."""
    till = caller.till(body.till)
    approver = spending.take(body.approver, "approver", "return", till)
    act = GoBack(body.order, till, approver, reason=body.reason, void=True)
    return Request(body.key, caller.who(body.staff), model.ORDER_VOIDED, act)


def park(body: ParkAsked, caller: Caller) -> Request:
    """Put a basket aside, or forget one."""
    kept = None if body.basket is None else basket(body.basket)
    act = Park(body.parked, caller.till(body.till), kept, body.note)
    return Request(body.key, caller.who(body.staff), model.ORDER_PARKED, act)


def run(member: str, body: RunAsked, caller: Caller, spending: Spending) -> Request:
    """Let programs happen; the till may be left out by programs that have none."""
    till = caller.till(body.till) if caller.session or body.till else None
    if body.type == MANUAL:
        caller.must("grant")
    approver = spending.take(body.approver, "approver", "grant", till or "")
    pin = spending.take(body.pin, "pin", PIN, till or "", member)
    act = Run(member, body.amount, approver, body.program, body.reason, till)
    return Request(body.key, caller.who(body.staff), body.type, act, pin=None if pin is None else RIGHT)
