"""The API of check-ins: a ticket for whoever is in the store, and its use. docs/checkins.md tells the way.

With the token only: a session of staff books nobody's visit.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.acting import BUSY, DISK_LOW, LEDGER_REFUSES
from gateway.adapters.http import answers
from gateway.adapters.http.acts import UNSURE
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest, decoded, fault
from gateway.adapters.http.books import Books
from gateway.adapters.http.checkin_shapes import CheckInAsked, TicketUsed
from gateway.adapters.http.door import Door, Refused
from gateway.counters import Counters
from gateway.errors import LedgerUnsafe
from gateway.guests.asked import Claim, Shake
from gateway.guests.found import BLOCKED, NO_BOOKS, TOO_MANY, UNKNOWN_CODE, UNKNOWN_MEMBER
from gateway.lines import Answer
from gateway.presence.checkins import TICKET_BAD, TICKET_EXPIRED, TICKET_USED
from gateway.presence.tickets import TEXT_MAX

CREATED: Final = 201
REFUSED: Final = 409
FAULTS: Final = "http.checkin_faults"

STATUSES: Final = {  # of what no act became; every other refusal is REFUSED
    TICKET_BAD: 400,
    BLOCKED: 403,
    UNKNOWN_CODE: 404,
    UNKNOWN_MEMBER: 404,
    TICKET_EXPIRED: 410,
    TOO_MANY: 429,
}
NOT_NOW: Final = (BUSY, DISK_LOW, LEDGER_REFUSES, NO_BOOKS)

_ASKED: Final = msgspec.json.Decoder(CheckInAsked)
_USED: Final = msgspec.json.Decoder(TicketUsed)

Endpoint = Callable[[Request], Awaitable[Response]]


class CheckInApi:
    """One endpoint per address."""

    def __init__(self, door: Door, books: Books, counters: Counters) -> None:
        self._door = door
        self._books = books
        self._counters = counters

    def routes(self) -> list[Route]:
        """Both addresses, behind the door."""
        return [
            Route("/v1/checkins", self._behind(self.shake), methods=["POST"]),
            Route("/v1/checkins/{ticket}", self._behind(self.claim), methods=["POST"]),
        ]

    async def shake(self, request: Request) -> Response:
        """POST /v1/checkins."""
        body = await decoded(request, _ASKED)
        if body.member is None and body.code is None:
            raise BadRequest(400, "request.missing", "member")
        if body.member is not None and body.code is not None:
            raise BadRequest(400, "request.unknown", "code")
        told = await self._ask(Shake(body.key, body.member, body.code, body.heard))
        return json(told, CREATED)

    async def claim(self, request: Request) -> Response:
        """POST /v1/checkins/{ticket}."""
        body, ticket = await decoded(request, _USED), request.path_params["ticket"]
        if len(ticket) > TEXT_MAX:
            raise BadRequest(STATUSES[TICKET_BAD], f"checkin.{TICKET_BAD}", "ticket")
        return json(await self._ask(Claim(body.key, ticket, body.member)))

    async def _ask(self, ask: Shake | Claim) -> Answer:
        """What the answer tells; raises BadRequest for a refusal."""
        if self._books.check_ins is None:
            raise BadRequest(503, "request.no_books")
        answer = await self._books.check_ins.ask(ask)
        if not answer["ok"]:
            raise _refusal(answer)
        return {name: value for name, value in answer.items() if name != "ok"}

    def _behind(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint for those who carry the token, its faults counted."""

        async def guarded(request: Request) -> Response:
            try:
                admitted = await self._door.admit(request)
                return await endpoint(request) if admitted else answers.refusal(401)
            except Refused as refused:
                return answers.refusal(refused.status)
            except BadRequest as problem:
                self._counters.add(FAULTS)
                return _answer(problem)
            except LedgerUnsafe:  # the desk meets it too, and ends the gateway
                return fault(503, UNSURE)

        return guarded


def _refusal(answer: Answer) -> BadRequest:
    error, wait_ms = answer["error"], answer.get("wait_ms")
    if error in NOT_NOW:
        return BadRequest(503, f"request.{error}")
    values = {} if wait_ms is None else {"wait_ms": wait_ms}
    field = "ticket" if error in (TICKET_BAD, TICKET_USED, TICKET_EXPIRED) else None
    return BadRequest(STATUSES.get(error, REFUSED), f"checkin.{error}", field, **values)


def _answer(problem: BadRequest) -> Response:
    """act_shapes.Fault; where it is known when to come again, it says so."""
    response = problem.answer()
    wait_ms = problem.values.get("wait_ms")
    if isinstance(wait_ms, int):
        response.headers["retry-after"] = str(-(-wait_ms // 1_000))
    return response
