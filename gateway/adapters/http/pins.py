"""The API of members' PINs: set one, check one that was typed here, ask for it at the customer's terminal.

What is answered for a right PIN is a proof for one act of this member (proofs.py). No PIN is kept or logged.
"""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.acting import Request as Asked
from gateway.adapters.http import pos_views
from gateway.adapters.http.act_words import sentences
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest, decoded
from gateway.adapters.http.callers import Caller, caller_of
from gateway.adapters.http.pos_shapes import PinAsked, PinCheckAsked, PinSetAsked
from gateway.adapters.http.pos_side import REFUSED_STATUS, TillSide, acted
from gateway.adapters.http.proofs import PIN
from gateway.core import model
from gateway.core.orders.model import SetPin
from gateway.core.promises import MEMBER
from gateway.errors import LedgerRefused
from gateway.pins import RIGHT, PinsBusy

NO_ANSWER: Final = "no_answer"  # nobody typed, or no terminal is there

_SETS: Final = msgspec.json.Decoder(PinSetAsked)
_CHECKS: Final = msgspec.json.Decoder(PinCheckAsked)
_ASKS: Final = msgspec.json.Decoder(PinAsked)


class PinDesk:
    """One endpoint per address; every one of them stands behind the till's door."""

    def __init__(self, side: TillSide) -> None:
        self._side = side

    async def set(self, request: Request) -> Response:
        """POST /v1/members/{id}/pin."""
        body, caller = await decoded(request, _SETS), caller_of(request)
        caller.must("pin")
        return await set_pin(self._side, caller, MEMBER + request.path_params["id"], body)

    async def check(self, request: Request) -> Response:
        """POST /v1/members/{id}/pin/check."""
        body, caller = await decoded(request, _CHECKS), caller_of(request)
        till = caller.till(body.till) if caller.session or body.till else ""
        member = request.path_params["id"]
        return self._answer(await checked(self._side, MEMBER + member, body.pin), member, till)

    async def ask(self, request: Request) -> Response:
        """POST /v1/members/{id}/pin/ask: the customer types it at the terminal of this till."""
        body = await decoded(request, _ASKS)
        till, member = caller_of(request).till(body.till), request.path_params["id"]
        keypads = self._side.books.keypads
        digits = None if keypads is None else await keypads.digits(till)
        if keypads is None or digits is None:
            return self._answer(NO_ANSWER, member, till)
        found = await checked(self._side, MEMBER + member, digits)
        keypads.found(till, found)
        return self._answer(found, member, till)

    def _answer(self, found: str, member: str, till: str) -> Response:
        proof, until_ms = self._side.proofs.make(PIN, member, till) if found == RIGHT else (None, None)
        told = {
            "outcome": found,
            "proof": proof,
            "expires_at": until_ms,
            "says": sentences(f"pin.{found}"),
        }
        return json(told, 200 if proof else REFUSED_STATUS)


async def checked(side: TillSide, owner: str, digits: str) -> str:
    """What is found of a PIN; raises BadRequest where it could not be tried."""
    try:
        return await side.pins.check(owner, digits)
    except (PinsBusy, LedgerRefused) as problem:
        raise _untried(problem) from problem


async def set_pin(side: TillSide, caller: Caller, owner: str, body: PinSetAsked) -> Response:
    """Book that a PIN was set, and keep its hash in the same commit."""
    try:
        kept = await side.pins.hashed(owner, body.pin)
    except PinsBusy as problem:
        raise _untried(problem) from problem
    asked = Asked(body.key, caller.actor, model.PIN_SET, SetPin(owner), pin_hash=kept)
    verdict = await side.ask(asked)
    return acted(pos_views.told(verdict, side.zone))


def _untried(problem: Exception) -> BadRequest:
    return BadRequest(503, "request.busy" if isinstance(problem, PinsBusy) else "request.ledger_refuses")
