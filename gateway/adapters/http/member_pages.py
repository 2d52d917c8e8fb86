"""The members' pages: looking one up, what this store knows of them, and the buttons for a lost card.

GET  /members                             the look-up; ?id= goes to that member
GET  /members/{id}                        one member; ?part=member only what changes
POST /members/{id}/instruments/{iid}      a button: the status a card gets, then back to the member
"""

import secrets
import time
from typing import Any, Final
from urllib.parse import parse_qs, quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import acting
from gateway.adapters.http import act_requests, member_views
from gateway.adapters.http.act_shapes import InstrumentStatus
from gateway.adapters.http.act_words import WORDS, stem_of
from gateway.adapters.http.acts import UNSURE, is_id
from gateway.adapters.http.bodies import BadRequest, read
from gateway.adapters.http.books import Books
from gateway.adapters.http.callers import CONSOLE
from gateway.adapters.http.console import TABLE, Console
from gateway.core.model import DONE, Outcome
from gateway.errors import LedgerRefused, LedgerUnsafe
from gateway.live import Data, Live
from shopbell.look.words import say

TEMPLATE: Final = "members.html.j2"
SAID_DONE: Final = "said.done"
FAULTS: Final = {404: "request.no_member", 503: "request.ledger_refuses"}


class MemberPages:
    """Draws what the books know of a member, and takes what its buttons ask."""

    def __init__(self, live: Live, console: Console, books: Books) -> None:
        self._live = live
        self._console = console
        self._books = books

    async def find(self, request: Request) -> Response:
        """GET /members."""
        refusal = await self._console.refusal(request)
        if refusal:
            return refusal
        wanted = request.query_params.get("id", "").strip()
        if is_id(wanted):
            return RedirectResponse(f"/members/{quote(wanted)}", 303)
        return self._look_up(request, 404 if wanted else 200)

    async def member(self, request: Request) -> Response:
        """GET /members/{id}."""
        refusal = await self._console.refusal(request)
        if refusal:
            return refusal
        wanted = request.path_params["id"]
        try:
            known = self._books.enquiry.member(wanted) if is_id(wanted) else None
        except LedgerRefused:
            return self._look_up(request, 503)
        if known is None:
            return self._look_up(request, 404)
        sync, now_ms = self._live.sync, time.time_ns() // 1_000_000
        view = member_views.member(known, self._console.shop.zone, sync["as_of"], now_ms)
        return self._draw(request, 200, "member", view)

    async def change(self, request: Request) -> Response:
        """POST /members/{id}/instruments/{iid}."""
        refusal = await self._console.refusal(request)
        if refusal:
            return refusal
        member, instrument = request.path_params["id"], request.path_params["iid"]
        if not (is_id(member) and is_id(instrument)):
            return self._look_up(request, 404)
        said = await self._changed(request, member, instrument)
        return RedirectResponse(f"/members/{quote(member)}?said={said}", 303)

    async def _changed(self, request: Request, member: str, instrument: str) -> str:
        """The key of the words for what became of it."""
        try:
            body = _form(await read(request))
            outcome = await self._press(act_requests.change(member, instrument, body, CONSOLE))
        except BadRequest as problem:
            return problem.stem
        except acting.Refused as refused:
            return f"request.{refused.code}"
        except LedgerUnsafe:
            return UNSURE
        return SAID_DONE if outcome.name == DONE else stem_of(outcome.name, outcome.reason)

    async def _press(self, asked: acting.Request) -> Outcome:
        """What became of a button. A refusal that was booked before is no answer for who presses it again."""
        verdict = await self._books.teller.ask(asked)
        if verdict.duplicate and verdict.event.outcome.name != DONE:
            verdict = await self._books.teller.ask(asked._replace(key="page." + secrets.token_hex(16)))
        return verdict.event.outcome

    def _look_up(self, request: Request, status: int) -> Response:
        now_ms = time.time_ns() // 1_000_000
        return self._draw(request, status, "recent", member_views.recent(self._live, now_ms))

    def _draw(self, request: Request, status: int, part: str, view: Data) -> Response:
        said = FAULTS.get(status, request.query_params.get("said"))
        words = _words(said, self._console.language(request))
        template = f"part_{part}.html.j2" if request.query_params.get("part") == part else TEMPLATE
        shown: dict[str, Any] = {"views": {part: view}, "shop": self._console.shop, "said": words}
        return self._console.html(request, template, status, **shown)


def _form(body: bytes) -> InstrumentStatus:
    """The two fields of a button; raises BadRequest."""
    fields = parse_qs(body.decode("latin-1"), max_num_fields=8)
    try:
        return msgspec.convert({name: values[0] for name, values in fields.items()}, InstrumentStatus)
    except msgspec.ValidationError as problem:
        raise BadRequest(400, "request.form") from problem


def _words(stem: str | None, language: str) -> dict[str, str] | None:
    """What became of a button; nothing for words that are not ours."""
    if stem == SAID_DONE:
        return {
            "mood": "",
            "what": say(SAID_DONE, language, TABLE),
            "do": say(SAID_DONE + ".next", language, TABLE),
        }
    if f"{stem}.what" not in WORDS or "{" in WORDS[f"{stem}.what"][0]:
        return None
    return {
        "mood": "no",
        "what": say(f"{stem}.what", language, WORDS),
        "do": say(f"{stem}.do", language, WORDS),
    }
