"""Check-ins for apps and mini programs on the store's network: JSON, no bearer token, no cookie.

    POST /v1/checkins            {"key", "code", "heard"?}   -> 201 {"ticket", "expires_ms", "proof", "place"}
    POST /v1/checkins/{ticket}   {"key"}                     -> 200 what it brought

The same addresses and shapes as the gateway's own (docs/checkins.md), which wants a token; here `code` (a
member's rotating or printed code) says who it is, and the phone's lease says that it is on our network. What
a ticket brings is the card from outside. A refusal is {"reason", "error", "next", "field", "says": {language:
{"what", "do"}}}: a name for programs, sentences for people. Keys are the app's own: one for each shake, the
same again after a lost answer.
"""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.lines import Away
from gateway.portal.clients import Client
from gateway.portal.doors import Refused
from gateway.portal.hall import Hall
from gateway.portal.shake.asking import Asking
from gateway.portal.shake.door import CheckedIn, Ticket
from gateway.portal.shake.heard import BadHeard, read_heard
from gateway.portal.shake.page import AWAY, GONE, SORRY, TOO_SOON
from gateway.portal.shake.words import WORDS
from shopbell.look.words import LANGUAGES, say

BODY_BYTES_MAX: Final = 8_192  # twenty beacons have some 2,000
TICKET_CHARACTERS_MAX: Final = 512
STATUSES: Final = {
    **{error: status for error, status in SORRY.items() if error != TOO_SOON},
    "no_lease": 403,
    "not_here": 409,
    "unknown_code": 404,
    "ticket_expired": 410,
    "ticket_bad": 400,
}
LEFT_OUT: Final = frozenset({"phone", "new"})  # of a card: not this asker's to know, or no news

Key = Annotated[str, Meta(min_length=1, max_length=64)]
T = TypeVar("T")


class _Asked(Struct, frozen=True):
    key: Key
    code: Annotated[str, Meta(min_length=1, max_length=512)]
    heard: Any = None


class _Claimed(Struct, frozen=True):
    key: Key


class BadBody(Exception):
    """Not what is asked for here."""


class CheckIns:
    """The handlers."""

    def __init__(self, hall: Hall, asking: Asking) -> None:
        self._hall, self._asking = hall, asking

    async def begin(self, request: Request) -> Response:
        """POST /v1/checkins."""
        try:
            asked = await _read(request, _Asked)
            heard = read_heard(asked.heard)
        except (BadBody, BadHeard):
            return self._no("bad_request")
        try:
            became = await self._asking.shake(self._phone(request), asked.key, {"code": asked.code}, heard)
        except Away:
            return self._away()
        return self._answer(became, 201)

    async def claim(self, request: Request) -> Response:
        """POST /v1/checkins/{ticket}."""
        ticket = request.path_params["ticket"]
        if len(ticket) > TICKET_CHARACTERS_MAX:
            return self._no("ticket_bad")
        try:
            asked = await _read(request, _Claimed)
        except BadBody:
            return self._no("bad_request")
        try:
            became = await self._asking.claim(self._phone(request), asked.key, ticket)
        except Away:
            return self._away()
        return self._answer(became, 200)

    def _phone(self, request: Request) -> Client:
        return self._hall.clients.of(request)

    def _answer(self, became: Ticket | CheckedIn | Refused, status: int) -> Response:
        if isinstance(became, Refused):
            return self._no("unknown_code" if became.error in GONE else became.error, became.wait_ms)
        told = msgspec.to_builtins(became)
        return JSONResponse({name: value for name, value in told.items() if name not in LEFT_OUT}, status)

    def _away(self) -> Response:
        self._hall.counters.add("portal.gateway_away")
        return self._no(AWAY)

    def _no(self, error: str, wait_ms: int | None = None) -> Response:
        known = error if error in STATUSES else "busy"
        says = {language: _sentences(f"shake.sorry.{known}", language) for language in LANGUAGES}
        plain = {"error": says["en"]["what"], "next": says["en"]["do"], "reason": error, "field": None}
        response = JSONResponse({**plain, "says": says}, STATUSES[known])
        if wait_ms is not None:
            response.headers["retry-after"] = str(-(-wait_ms // 1_000))
        elif STATUSES[known] == 503:
            response.headers["retry-after"] = "1"
        return response


async def _read(request: Request, kind: type[T]) -> T:
    """The body of a request. Raises BadBody."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise BadBody
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise BadBody from problem


def _sentences(stem: str, language: str) -> dict[str, str]:
    return {"what": say(stem, language, WORDS), "do": say(stem + ".next", language, WORDS)}
