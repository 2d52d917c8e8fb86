"""The API's changing side: members, their instruments and their promises. Every answer is durable.

A refusal by the rules is booked and therefore an answer, 200 with outcome "refused": the same key gives it
again. What was not even booked is a fault with a status of its own: 400 and 413 the body, 404 the member
looked up, 409 a key used for something else, 503 busy, no room or no writing (the same key may try again).
"""

import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from gateway import acting
from gateway.adapters.http import act_requests
from gateway.adapters.http.act_shapes import (
    NAME,
    InstrumentStatus,
    NewInstrument,
    NewMember,
    PhoneProved,
    Transfers,
)
from gateway.adapters.http.act_words import sentences, stem_of
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest, decoded, fault
from gateway.adapters.http.books import Books, Teller
from gateway.adapters.http.callers import CONSOLE, Caller
from gateway.errors import LedgerRefused, LedgerUnsafe
from gateway.live import Data, Live
from gateway.settings import GatewaySettings

API: Final = "api"  # who asks with the token in a header

UNSURE: Final = "request.unsure"  # the gateway ends by it, and the key finds out after its restart

STATUSES: Final = {
    acting.KEY_REUSED: 409,
    acting.BUSY: 503,
    acting.DISK_LOW: 503,
    acting.LEDGER_REFUSES: 503,
    acting.UNDECIDABLE: 422,
}

_ID: Final = re.compile(NAME)
_MEMBERS: Final = msgspec.json.Decoder(NewMember)
_INSTRUMENTS: Final = msgspec.json.Decoder(NewInstrument)
_PHONES: Final = msgspec.json.Decoder(PhoneProved)
_STATUSES: Final = msgspec.json.Decoder(InstrumentStatus)
_TRANSFERS: Final = msgspec.json.Decoder(Transfers)


class Acts:
    """One endpoint per address; every one of them stands behind the door."""

    def __init__(self, live: Live, settings: GatewaySettings, books: Books) -> None:
        self._live = live
        self._language = settings.language
        self._zone = ZoneInfo(settings.zone)
        self._books = books

    async def enrol(self, request: Request) -> Response:
        """POST /v1/members."""
        body = await decoded(request, _MEMBERS)
        return await self._ask(act_requests.enrol(body, actor(request), self._language), None)

    async def member(self, request: Request) -> Response:
        """GET /v1/members/{id}."""
        try:
            found = self._books.enquiry.member(request.path_params["id"])
        except LedgerRefused:
            return fault(503, "request.ledger_refuses")
        return fault(404, "request.no_member") if found is None else json(found)

    async def link(self, request: Request) -> Response:
        """POST /v1/members/{id}/instruments."""
        member, body = request.path_params["id"], await decoded(request, _INSTRUMENTS)
        return await self._ask(act_requests.link(member, body, actor(request)), member)

    async def phone(self, request: Request) -> Response:
        """POST /v1/members/{id}/phone."""
        member, body = request.path_params["id"], await decoded(request, _PHONES)
        return await self._ask(act_requests.phone(member, body, actor(request)), member)

    async def change(self, request: Request) -> Response:
        """POST /v1/members/{id}/instruments/{iid}."""
        member, instrument = request.path_params["id"], request.path_params["iid"]
        body = await decoded(request, _STATUSES)
        return await self._ask(act_requests.change(member, instrument, body, actor(request)), member)

    async def transfers(self, request: Request) -> Response:
        """POST /v1/members/{id}/transfers."""
        member, body = request.path_params["id"], await decoded(request, _TRANSFERS)
        now_ms = time.time_ns() // 1_000_000
        return await self._ask(act_requests.transfers(member, body, actor(request), now_ms), member)

    async def exposure(self, request: Request) -> Response:
        """GET /v1/exposure: the worst loss now."""
        promises = self._live.promises
        if promises["exposure"] is None:
            return fault(503, "request.no_books")
        return json({**promises["exposure"], "frozen": promises["frozen"], "holds": promises["holds"]})

    async def _ask(self, asked: acting.Request, member: str | None) -> Response:
        return json(shown(await verdict_of(self._books.teller, asked), member, self._zone))


async def verdict_of(teller: Teller, asked: acting.Request) -> acting.Verdict:
    """What was booked; raises BadRequest where nothing was, or nobody knows."""
    try:
        return await teller.ask(asked)
    except acting.Refused as refused:
        raise BadRequest(STATUSES[refused.code], f"request.{refused.code}") from refused
    except LedgerUnsafe as problem:
        raise BadRequest(503, UNSURE) from problem


def shown(verdict: acting.Verdict, member: str | None, zone: ZoneInfo) -> Data:
    """act_shapes.Verdict of what was booked; `member` is the address's, None for one just made."""
    event = verdict.event
    outcome, act = event.outcome, event.act
    return {
        "seq": verdict.seq,
        "random": event.random,
        "type": event.type,
        "outcome": outcome.name,
        "reason": outcome.reason,
        "says": says(outcome.name, outcome.reason, verdict.used_at, zone, verdict.used_where),
        "transfers": msgspec.to_builtins(event.transfers),
        "lots": [] if event.lots is UNSET else msgspec.to_builtins(event.lots),
        "member": member or getattr(act, "member", None),
        "instrument": getattr(act, "instrument", None),
        "used_at_ms": verdict.used_at,
        "used_where": verdict.used_where,
        "duplicate": verdict.duplicate,
    }


def says(
    outcome: str, reason: str | None, used_at: int | None, zone: ZoneInfo, used_where: str | None = None
) -> Data:
    """What happened and what to do, in both languages; times are the store's own."""
    if reason == "used_up" and used_at is not None:
        when = datetime.fromtimestamp(used_at / 1_000, zone).strftime("%Y-%m-%d %H:%M")
        if used_where is not None:
            return sentences("act.refused.used_up.at", when=when, where=used_where)
        return sentences("act.refused.used_up.here", when=when)
    stem = stem_of(outcome, reason)
    return sentences(stem, **({"reason": reason} if stem.endswith("other") else {}))


def actor(request: Request) -> str:
    """Who asks: a program shows the token itself, a page its cookie, a clerk a session that may do this."""
    caller = getattr(request.state, "caller", None)
    if isinstance(caller, Caller) and caller.staff is not None:
        caller.must("enrol")
        return caller.actor
    return API if "authorization" in request.headers else CONSOLE


def well_formed(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint, with ids in its address that can be ids, and its faults as answers."""

    async def checked(request: Request) -> Response:
        try:
            if not all(map(is_id, request.path_params.values())):
                raise BadRequest(404, "request.no_member")
            return await endpoint(request)
        except BadRequest as problem:
            return problem.answer()

    return checked


def is_id(text: str) -> bool:
    """Whether a text can be the id of anything here."""
    return bool(_ID.match(text))
