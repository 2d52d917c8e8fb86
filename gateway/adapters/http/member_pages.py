"""The members' pages: looking one up, what this store knows of them, the buttons for a lost card, and a tag
to carry.

GET  /members                             the look-up; ?id= goes to that member
GET  /members/{id}                        one member; ?part=member only what changes
POST /members/{id}/instruments/{iid}      a button: the status a card gets, then back to the member
POST /members/{id}/tags                   a form: the tag that the member carries from now on, likewise
"""

import secrets
import time
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qs, quote

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import acting
from gateway.adapters.http import act_requests, member_views
from gateway.adapters.http.act_shapes import Body, InstrumentStatus, Key, NewInstrument
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
Form = TypeVar("Form")
FAULTS: Final = {404: "request.no_member", 503: "request.ledger_refuses"}


class TagTyped(Body):
    """What the form of a tag sends."""

    key: Key
    tag: Annotated[str, Meta(min_length=1, max_length=64)]


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
        return await self._pressed(
            request, member, lambda body: act_requests.change(member, instrument, _status(body), CONSOLE)
        )

    async def link(self, request: Request) -> Response:
        """POST /members/{id}/tags."""
        refusal = await self._console.refusal(request)
        if refusal:
            return refusal
        member = request.path_params["id"]
        if not is_id(member):
            return self._look_up(request, 404)
        return await self._pressed(
            request, member, lambda body: act_requests.link(member, _tag(body), CONSOLE)
        )

    async def _pressed(
        self, request: Request, member: str, asked: Callable[[bytes], acting.Request]
    ) -> Response:
        said = await self._said(request, asked)
        return RedirectResponse(f"/members/{quote(member)}?said={said}", 303)

    async def _said(self, request: Request, asked: Callable[[bytes], acting.Request]) -> str:
        """The key of the words for what became of it."""
        try:
            outcome = await self._press(asked(await read(request)))
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
            verdict = await self._books.teller.ask(asked._replace(key=_new_key()))
        return verdict.event.outcome

    def _look_up(self, request: Request, status: int) -> Response:
        now_ms = time.time_ns() // 1_000_000
        return self._draw(request, status, "recent", member_views.recent(self._live, now_ms))

    def _draw(self, request: Request, status: int, part: str, view: Data) -> Response:
        said = FAULTS.get(status, request.query_params.get("said"))
        words = _words(said, self._console.language(request))
        template = f"part_{part}.html.j2" if request.query_params.get("part") == part else TEMPLATE
        shown: dict[str, Any] = {"views": {part: view}, "shop": self._console.shop, "said": words}
        shown["form_key"] = _new_key()
        return self._console.html(request, template, status, **shown)


def _new_key() -> str:
    """Of a form that is drawn once: pressed twice it is one act."""
    return "page." + secrets.token_hex(16)


def _status(body: bytes) -> InstrumentStatus:
    """The two fields of a button; raises BadRequest."""
    return _form(body, InstrumentStatus)


def _tag(body: bytes) -> NewInstrument:
    """The tag whose name was typed; raises BadRequest."""
    typed = _form(body, TagTyped)
    tag = NewInstrument(kind="ble.tag", value=typed.tag.strip(), key=typed.key)
    try:
        act_requests.evidence(tag, "tag")
    except BadRequest as problem:
        raise BadRequest(400, "request.tag", "tag") from problem
    return tag


def _form(body: bytes, shape: type[Form]) -> Form:
    """The fields of a form; raises BadRequest."""
    fields = parse_qs(body.decode("latin-1"), max_num_fields=8)
    try:
        return msgspec.convert({name: values[0] for name, values in fields.items()}, shape)
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
