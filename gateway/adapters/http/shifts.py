"""The API of shifts: open one, move cash, X report, close with a count (Z report)."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway import acting
from gateway.adapters.http import pos_views
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest, decoded
from gateway.adapters.http.callers import Caller, caller_of
from gateway.adapters.http.pos_shapes import CashAsked, CloseAsked, ShiftAsked
from gateway.adapters.http.pos_side import TillSide, acted
from gateway.adapters.http.proofs import Spending
from gateway.core import model
from gateway.core.orders.model import CloseShift, MoveCash, OpenShift
from gateway.sales import ShiftFound

_OPENINGS: Final = msgspec.json.Decoder(ShiftAsked)
_MOVES: Final = msgspec.json.Decoder(CashAsked)
_CLOSINGS: Final = msgspec.json.Decoder(CloseAsked)


class Shifts:
    """One endpoint per address; every one of them stands behind the till's door."""

    def __init__(self, side: TillSide) -> None:
        self._side = side

    async def open(self, request: Request) -> Response:
        """POST /v1/shifts."""
        body, caller = await decoded(request, _OPENINGS), caller_of(request)
        act = OpenShift(body.cash_float, caller.till(body.till))
        asked = acting.Request(body.key, caller.who(body.staff), model.SHIFT_OPENED, act)
        verdict = await self._side.ask(asked)
        done = verdict.event.outcome.name == model.DONE
        return self._done(verdict, verdict.event.random if done else None)

    async def at_till(self, request: Request) -> Response:
        """GET /v1/shifts?till=."""
        till = caller_of(request).till(request.query_params.get("till"))
        found = self._side.counter.shift(till)
        return json({"shift": None if found is None else pos_views.shift(found)})

    async def shift(self, request: Request) -> Response:
        """GET /v1/shifts/{id}."""
        return json(pos_views.shift(self._found(request)))

    async def cash(self, request: Request) -> Response:
        """POST /v1/shifts/{id}/cash."""
        body, caller = await decoded(request, _MOVES), caller_of(request)
        found = self._found(request)
        act = MoveCash(body.amount, body.reason, found.shift, self._till(caller, found, body.till))
        asked = acting.Request(body.key, caller.who(body.staff), model.CASH_MOVED, act)
        return self._done(await self._side.ask(asked), found.shift)

    async def close(self, request: Request) -> Response:
        """POST /v1/shifts/{id}/close."""
        body, caller = await decoded(request, _CLOSINGS), caller_of(request)
        found = self._found(request)
        till, spending = self._till(caller, found, body.till), Spending(self._side.proofs, body.key)
        approver = spending.take(body.approver, "approver", "shift", till)
        act = CloseShift(body.counted, found.shift, till, approver)
        asked = acting.Request(body.key, caller.who(body.staff), model.SHIFT_CLOSED, act)
        return self._done(await self._side.ask(asked, spending), found.shift)

    def _till(self, caller: Caller, found: ShiftFound, given: str | None) -> str:
        """The till of a shift, which the body may name too; raises BadRequest."""
        if given not in (None, found.till):
            raise BadRequest(403, "request.other_till", "till", till=found.till)
        return caller.till(found.till)

    def _found(self, request: Request) -> ShiftFound:
        """The shift of the address; raises BadRequest."""
        found = self._side.counter.shift_by_id(request.path_params["id"])
        if found is None:
            raise BadRequest(404, "act.refused.shift_unknown")
        return found

    def _done(self, verdict: acting.Verdict, shift: str | None) -> Response:
        told = pos_views.told(verdict, self._side.zone)
        return acted({**told, "shift": shift, "record": pos_views.record(verdict)})
