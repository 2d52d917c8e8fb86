"""The API of orders: price, sell, take back, put aside, look up; and what programs give on an occasion."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway import acting
from gateway.adapters.http import order_requests, payments, pos_views
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import decoded, fault
from gateway.adapters.http.callers import caller_of
from gateway.adapters.http.order_shapes import (
    CommitAsked,
    ParkAsked,
    QuoteAsked,
    ReturnAsked,
    RunAsked,
    VoidAsked,
)
from gateway.adapters.http.pos_side import TillSide, acted, number, unasked
from gateway.adapters.http.proofs import Spending
from gateway.core import model
from gateway.core.orders.model import Basket
from gateway.live import Data
from gateway.sales import receipt_code

ORDERS_DEFAULT: Final = 50
ORDERS_MAX: Final = 500
SINCE_MAX: Final = 2**53

_QUOTES: Final = msgspec.json.Decoder(QuoteAsked)
_COMMITS: Final = msgspec.json.Decoder(CommitAsked)
_RETURNS: Final = msgspec.json.Decoder(ReturnAsked)
_VOIDS: Final = msgspec.json.Decoder(VoidAsked)
_PARKS: Final = msgspec.json.Decoder(ParkAsked)
_RUNS: Final = msgspec.json.Decoder(RunAsked)


class Orders:
    """One endpoint per address; every one of them stands behind the till's door."""

    def __init__(self, side: TillSide) -> None:
        self._side = side

    async def quote(self, request: Request) -> Response:
        """POST /v1/orders/quote."""
        body, caller = await decoded(request, _QUOTES), caller_of(request)
        till = caller.till(body.till) if caller.session or body.till else ""
        basket = order_requests.basket(body.basket)
        found = self._side.counter.quote(basket, till, caller.actor)
        if isinstance(found, acting.Refused):
            raise unasked(found, self._wrong_place(found.code, basket))
        told = pos_views.quoted(found)
        for coupon in told["coupons"]:
            if coupon["lot"] in basket.coupons and coupon["unusable"] == model.USED_UP:
                coupon.update(self._last_use(coupon))
        return json(told)

    async def commit(self, request: Request) -> Response:
        """POST /v1/orders/commit."""
        body = await decoded(request, _COMMITS)
        spending = Spending(self._side.proofs, body.key)
        asked = order_requests.commit(body, caller_of(request), spending)
        verdict = await payments.sold(self._side, body.tenders, asked, spending)
        done = verdict.event.outcome.name == model.DONE
        return acted(
            {
                **pos_views.told(verdict, self._side.zone),
                "order": verdict.event.random if done else None,
                "record": pos_views.record(verdict),
                "receipt_code": self._receipt(verdict) if done else None,
                "change": pos_views.change(verdict),
            }
        )

    async def give_back(self, request: Request) -> Response:
        """POST /v1/orders/returns."""
        body = await decoded(request, _RETURNS)
        spending = Spending(self._side.proofs, None if body.preview else body.key)
        asked = order_requests.give_back(body, caller_of(request), spending)
        return await self._returned(asked, spending, body.order, body.preview)

    async def void(self, request: Request) -> Response:
        """POST /v1/orders/void."""
        body = await decoded(request, _VOIDS)
        spending = Spending(self._side.proofs, None if body.preview else body.key)
        asked = order_requests.void(body, caller_of(request), spending)
        return await self._returned(asked, spending, body.order, body.preview)

    async def park(self, request: Request) -> Response:
        """POST /v1/orders/park."""
        body = await decoded(request, _PARKS)
        verdict = await self._side.ask(order_requests.park(body, caller_of(request)))
        return acted({**pos_views.told(verdict, self._side.zone), "parked": body.parked})

    async def parked(self, request: Request) -> Response:
        """GET /v1/orders/park?till=."""
        till = request.query_params.get("till")
        return json({"parked": pos_views.parked(self._side.counter.parked(), till)})

    async def list(self, request: Request) -> Response:
        """GET /v1/orders?member=&since=&limit=."""
        limit = number(request, "limit", ORDERS_DEFAULT, ORDERS_MAX)
        since_ms = number(request, "since", 0, SINCE_MAX)
        rows = self._side.counter.orders(request.query_params.get("member"), since_ms, limit)
        return json({"orders": pos_views.orders(rows, self._side.gateway)})

    async def order(self, request: Request) -> Response:
        """GET /v1/orders/{id}: by id or receipt code."""
        found = self._side.counter.order(request.path_params["id"])
        if found is None:
            return fault(404, "act.refused.order_unknown")
        return json(pos_views.order(found, self._side.gateway))

    async def run(self, request: Request) -> Response:
        """POST /v1/members/{id}/run."""
        member, body = request.path_params["id"], await decoded(request, _RUNS)
        spending = Spending(self._side.proofs, body.key)
        asked = order_requests.run(member, body, caller_of(request), spending)
        verdict = await self._side.ask(asked, spending)
        told = pos_views.told(verdict, self._side.zone)
        return acted({**told, "member": member, "record": pos_views.record(verdict)})

    async def _returned(
        self, asked: acting.Request, spending: Spending, order: str, preview: bool
    ) -> Response:
        if preview:
            return self._previewed(asked, order)
        verdict, refunds = await payments.returned(
            self._side, asked, order, lambda act: self._side.ask(act, spending)
        )
        done = verdict.event.outcome.name == model.DONE
        return acted(
            {
                **pos_views.told(verdict, self._side.zone),
                "order": order,
                "record": pos_views.record(verdict),
                "receipt_code": self._receipt(verdict) if done else None,
                "preview": False,
                "payments": refunds,
            }
        )

    def _previewed(self, asked: acting.Request, order: str) -> Response:
        found = self._side.counter.preview(asked)
        if isinstance(found, acting.Refused):
            raise unasked(found)
        return acted(
            {
                **pos_views.foretold(found, asked.type, self._side.zone),
                "order": order,
                "record": None if found.record is None else pos_views.plain(found.record),
                "receipt_code": None,
                "preview": True,
                "payments": [],
            }
        )

    def _last_use(self, coupon: Data) -> Data:
        """When and where a coupon was used, as far as this store knows."""
        found = self._side.counter.lookup(coupon["code"]).coupon if coupon["code"] else None
        if found is None or found.lot != coupon["lot"]:
            return {}
        return {"used_at": found.used_at, "used_where": found.used_where}

    def _receipt(self, verdict: acting.Verdict) -> str:
        return receipt_code(self._side.gateway, verdict.seq)

    def _wrong_place(self, code: str, basket: Basket) -> str | None:
        """Where in the body the core's reason lies, as far as anybody can tell."""
        if code == model.MEMBER_UNKNOWN:
            return "basket.member"
        if code != model.GOODS_UNKNOWN:
            return None
        for number_, line in enumerate(basket.lines):
            goods = self._side.counter.lookup(line.sku).goods
            if goods is None or goods.sku != line.sku:
                return f"basket.lines[{number_}].sku"
        return "basket.lines"
