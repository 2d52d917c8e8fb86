"""The routes of tills, and the door before them: a token, a staff session, or the console's cookie.

POST /v1/staff/sign_in       open: it is how a session begins
     /v1/{orders,payments,goods,lookup,shifts,staff,receipts}...      callers.py says who may
     /v1/members/{id}/{run,pin...}
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.adapters.http import answers
from gateway.adapters.http.acts import UNSURE, is_id
from gateway.adapters.http.bodies import BadRequest, fault
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.door import Door, Refused
from gateway.adapters.http.goods import Goods
from gateway.adapters.http.orders import Orders
from gateway.adapters.http.payments import PaymentDesk
from gateway.adapters.http.pins import PinDesk
from gateway.adapters.http.pos_side import TillSide
from gateway.adapters.http.sessions import COOKIE, Sessions
from gateway.adapters.http.shifts import Shifts
from gateway.adapters.http.staff import StaffDesk
from gateway.counters import Counters
from gateway.errors import LedgerRefused, LedgerUnsafe

Endpoint = Callable[[Request], Awaitable[Response]]
TILL_FAULTS = "http.till_faults"


class TillDoor(NamedTuple):
    """Who lets callers in, and counts what was wrong."""

    callers: Callers
    sessions: Sessions
    counters: Counters

    def behind(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint for callers, who is asking told in request.state.caller."""

        async def guarded(request: Request) -> Response:
            try:
                caller = await self.callers.of(request)
            except Refused as refused:
                return answers.refusal(refused.status)
            except BadRequest as problem:
                return problem.answer()
            if caller is None:
                return self._stranger(request)
            request.state.caller = caller
            return await self.answered(request, endpoint)

        return guarded

    def open(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint for everybody."""

        async def answered(request: Request) -> Response:
            return await self.answered(request, endpoint)

        return answered

    async def answered(self, request: Request, endpoint: Endpoint) -> Response:
        """What the endpoint answers, its faults counted; an address that holds no id has nothing there."""
        try:
            if not all(map(is_id, request.path_params.values())):
                raise BadRequest(404, "request.nothing")
            return await endpoint(request)
        except BadRequest as problem:
            self.counters.add(TILL_FAULTS)
            return problem.answer()
        except LedgerRefused:
            return fault(503, "request.ledger_refuses")
        except LedgerUnsafe:  # the desk meets it too, and ends the gateway
            return fault(503, UNSURE)

    def _stranger(self, request: Request) -> Response:
        response = answers.refusal(401)
        if COOKIE in request.cookies:
            response.headers["set-cookie"] = self.sessions.no_cookie()
        return response


def till_routes(side: TillSide, door: Door, tills: TillDoor) -> list[Route]:
    """Every address of tills; more exact ones stand before those with an id."""
    orders, goods, shifts, pins = Orders(side), Goods(side), Shifts(side), PinDesk(side)
    payments = PaymentDesk(side)
    staff = StaffDesk(side, door, tills.sessions)
    endpoints: tuple[tuple[str, str, Endpoint], ...] = (
        ("POST", "/v1/orders/quote", orders.quote),
        ("POST", "/v1/orders/commit", orders.commit),
        ("POST", "/v1/orders/returns", orders.give_back),
        ("POST", "/v1/orders/void", orders.void),
        ("POST", "/v1/orders/park", orders.park),
        ("GET", "/v1/orders/park", orders.parked),
        ("GET", "/v1/orders", orders.list),
        ("GET", "/v1/orders/{id}", orders.order),
        ("POST", "/v1/payments", payments.charge),
        ("GET", "/v1/payments", payments.list),
        ("GET", "/v1/payments/{id}", payments.payment),
        ("POST", "/v1/payments/{id}/refund", payments.refund),
        ("GET", "/v1/goods", goods.goods),
        ("GET", "/v1/lookup", goods.lookup),
        ("POST", "/v1/members/{id}/run", orders.run),
        ("POST", "/v1/members/{id}/pin", pins.set),
        ("POST", "/v1/members/{id}/pin/check", pins.check),
        ("POST", "/v1/members/{id}/pin/ask", pins.ask),
        ("GET", "/v1/staff/me", staff.me),
        ("POST", "/v1/staff/approve", staff.approve),
        ("POST", "/v1/staff/sign_out", staff.sign_out),
        ("POST", "/v1/staff/{id}/pin", staff.pin),
        ("POST", "/v1/shifts", shifts.open),
        ("GET", "/v1/shifts", shifts.at_till),
        ("GET", "/v1/shifts/{id}", shifts.shift),
        ("POST", "/v1/shifts/{id}/cash", shifts.cash),
        ("POST", "/v1/shifts/{id}/close", shifts.close),
        ("POST", "/v1/shifts/{id}/print", goods.print_shift),
        ("POST", "/v1/receipts/{id}/print", goods.print),
        ("GET", "/v1/receipts/{id}.svg", goods.receipt),
    )
    return [
        Route("/v1/staff/sign_in", tills.open(staff.sign_in), methods=["POST"]),
        *(Route(path, tills.behind(endpoint), methods=[method]) for method, path, endpoint in endpoints),
    ]
