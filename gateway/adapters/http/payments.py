"""The API of payments: take money by phone or card, tell how it stands, give it back; and what a sale and a
return do with them. docs/payments.md tells the way.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from gateway import acting
from gateway.adapters.http import payment_views
from gateway.adapters.http.acts import UNSURE
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest, decoded
from gateway.adapters.http.callers import caller_of
from gateway.adapters.http.order_shapes import TenderTaken
from gateway.adapters.http.payment_shapes import PaymentAsked, RefundAsked
from gateway.adapters.http.pos_side import TillSide
from gateway.adapters.http.proofs import Spending
from gateway.core.orders.model import Sell
from gateway.live import Data
from gateway.payments.desk import Payments
from gateway.payments.selling import Unusable, Wanted

STATUSES: Final = {"no_payment": 404, "payments_full": 503}  # every other refusal is 409

_CHARGES: Final = msgspec.json.Decoder(PaymentAsked)
_REFUNDS: Final = msgspec.json.Decoder(RefundAsked)

Ask = Callable[[acting.Request], Awaitable[acting.Verdict]]


class PaymentDesk:
    """One endpoint per address; every one of them stands behind the till's door."""

    def __init__(self, side: TillSide) -> None:
        self._side = side

    async def charge(self, request: Request) -> Response:
        """POST /v1/payments."""
        body, caller = await decoded(request, _CHARGES), caller_of(request)
        caller.must("sell")
        till, actor = caller.till(body.till), caller.who(body.staff)
        try:
            told = await payments_of(self._side).charge(
                body.key, body.tender, body.amount, till, actor, body.code
            )
        except Unusable as problem:
            raise unusable(problem, "tender" if problem.code == "tender_recorded" else "key") from problem
        return json(payment_views.payment(told), payment_views.STATUS_OF.get(told.standing.state, 201))

    async def list(self, request: Request) -> Response:
        """GET /v1/payments: what somebody should look at."""
        told = payments_of(self._side).open()
        return json({"payments": [payment_views.payment(each) for each in told]})

    async def payment(self, request: Request) -> Response:
        """GET /v1/payments/{id}."""
        told = payments_of(self._side).find(request.path_params["id"])
        if told is None:
            raise unusable(Unusable("no_payment"), None)
        return json(payment_views.payment(told))

    async def refund(self, request: Request) -> Response:
        """POST /v1/payments/{id}/refund."""
        body, caller = await decoded(request, _REFUNDS), caller_of(request)
        caller.must("approve" if body.by_hand else "return")
        caller.till(body.till)
        try:
            told = await payments_of(self._side).refund(
                body.key, request.path_params["id"], caller.who(body.staff), body.by_hand
            )
        except Unusable as problem:
            raise unusable(problem, None) from problem
        status = payment_views.REFUND_STATUS_OF.get(told.standing.state, 200)
        return json(payment_views.payment(told), status)


def payments_of(side: TillSide) -> Payments:
    """Who takes payments; raises BadRequest where nobody does."""
    if side.books.payments is None:
        raise BadRequest(503, "request.no_books")
    return side.books.payments


def unusable(problem: Unusable, field: str | None) -> BadRequest:
    """Why a payment cannot be what was asked of it."""
    return BadRequest(STATUSES.get(problem.code, 409), f"request.{problem.code}", field)


async def sold(
    side: TillSide, tenders: Sequence[TenderTaken], asked: acting.Request, spending: Spending
) -> acting.Verdict:
    """The verdict on a sale whose payments are held meanwhile; raises BadRequest where nothing was booked."""
    wanted = [Wanted(each.payment, each.kind, each.amount) for each in tenders if each.payment is not None]
    if not wanted:
        return await side.ask(asked, spending)
    selling, sale = payments_of(side).selling, str(asked.key)
    try:
        references = selling.claim(sale, wanted)
    except Unusable as problem:
        spending.settle(False)
        raise unusable(problem, "tenders") from problem
    try:
        verdict = await side.ask(_paid_by(asked, tenders, references), spending)
    except BadRequest as problem:
        if problem.stem != UNSURE:  # what was booked is found out by the next run
            selling.settle(sale, None)
        raise
    selling.settle(sale, verdict.event)
    return verdict


async def returned(
    side: TillSide, asked: acting.Request, order: str, ask: Ask
) -> tuple[acting.Verdict, list[Data]]:
    """The verdict on a return, and what goes back of the payments of its order."""
    payments, key = side.books.payments, str(asked.key)
    found = side.counter.order(order)
    order = order if found is None else found.order
    if payments is None or not payments.selling.expect(key, order):
        return await ask(asked), []
    try:
        verdict = await ask(asked)
    except BadRequest as problem:
        if problem.stem != UNSURE:
            payments.selling.returned(key, order, None, asked.actor)
        raise
    rows = payments.selling.returned(key, order, verdict.event, asked.actor)
    return verdict, [payment_views.refund(row) for row in rows]


def _paid_by(
    asked: acting.Request, tenders: Sequence[TenderTaken], references: Sequence[str]
) -> acting.Request:
    """The sale with the payments' own numbers in its tenders."""
    act, numbers = asked.act, iter(references)
    assert isinstance(act, Sell)
    told = tuple(
        tender if given.payment is None else replace(tender, reference=next(numbers))
        for tender, given in zip(act.tenders, tenders, strict=True)
    )
    return asked._replace(act=replace(act, tenders=told))
