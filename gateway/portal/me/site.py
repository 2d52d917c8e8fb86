"""What each of the member's pages needs: the gateway's door, the cookie, drawing, saying what is wrong.

Nothing of a member is kept here between two requests; every page asks the gateway anew.
"""

import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.lines import Answer, Away
from gateway.portal.cookies import Cookies, Visit
from gateway.portal.forms import BadForm, read_form
from gateway.portal.me.forms import FIELD, Tickets
from gateway.portal.me.tries import CODES_WRONG_MAX, RECEIPTS_MAX, Tries
from gateway.portal.me.views import in_language
from gateway.portal.resume import Offers
from gateway.portal.settings import PortalSettings
from shopbell.look import languages
from shopbell.look.pages import Pages
from shopbell.look.words import Language

FOLDER: Final = Path(__file__).parent.parent / "pages" / "me"  # for the portal's Pages, beside words.WORDS
AWAY: Final = "away"
TOO_MANY: Final = "too_many"
STALE_FORM: Final = "stale"
DISK: Final = "disk"
GONE: Final = frozenset({"unknown_member", "member_unknown", "erased"})  # of a member: nobody, or no more
TROUBLES: Final = frozenset(
    {AWAY, TOO_MANY, STALE_FORM, DISK, "busy", "no_books", "disk_low", "ledger_refuses", "refused"}
)
STATUSES: Final = {TOO_MANY: 429, STALE_FORM: 403, "refused": 409}  # of any other: 503
SAID: Final = frozenset(
    {"consent", "withdrawn", "lost", "welcome", "gone", "left", "everywhere", "forgotten"}
    | {"money", "sure", "spent"}
)

Endpoint = Callable[[Request], Awaitable[Response]]


class Asks(Protocol):
    """The guests' door of the gateway, as gateway.lines.Asker is."""

    async def ask(self, do: str, **more: Any) -> Answer:
        """The answer, "ok" or not; raises Away."""
        ...


class Declined(Exception):
    """The gateway did not do it, or was not there: `error` as the door names it, or AWAY."""

    def __init__(self, error: str, reason: str = "") -> None:
        super().__init__(error, reason)
        self.error = error
        self.reason = reason


class Site:
    """Shared by the pages of page.py and ways.py. `client` tells whose request it is (an address);
    `now_ms` is unix time."""

    def __init__(
        self,
        door: Asks,
        cookies: Cookies,
        offers: Offers,
        pages: Pages,
        settings: PortalSettings,
        client: Callable[[Request], str],
        now_ms: Callable[[], int],
    ) -> None:
        self.cookies = cookies
        self.offers = offers
        self.settings = settings
        self.zone = ZoneInfo(settings.zone)
        self.client = client
        self.now_ms = now_ms
        self.tries = Tries(CODES_WRONG_MAX)
        self.receipts = Tries(RECEIPTS_MAX)
        self.count = offers.count  # what the whole portal counts with
        self.tickets = Tickets(cookies.seals, now_ms)
        self._door = door
        self._pages = pages
        self._currency = ""

    async def ask(self, do: str, **more: Any) -> Answer:
        """What the gateway says; raises Declined."""
        try:
            answer = await self._door.ask(do, **more)
        except Away as away:
            raise Declined(AWAY) from away
        if not answer["ok"]:
            raise Declined(str(answer.get("error", "")), str(answer.get("reason", "")))
        return answer

    async def currency(self) -> str:
        """The store's, "CNY"; asked for once, because it never changes."""
        if not self._currency:
            self._currency = str((await self.ask("settings"))["currency"])
        return self._currency

    def language(self, request: Request) -> Language:
        """The language of a request's page."""
        query = request.query_params.get(languages.QUERY)
        cookie = request.cookies.get(languages.COOKIE)
        accept = request.headers.get("accept-language")
        return languages.choose(query, cookie, accept, self.settings.language)

    def draw(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        """A template as an answer, in the request's language."""
        language = self.language(request)
        body = self._pages.render(
            template,
            language,
            shop=in_language(self.settings.store_name or self.settings.store, language),
            simulated=self.settings.simulated,
            **values,
        )
        response = Response(body, status, media_type="text/html")
        if languages.QUERY in request.query_params:
            response.headers.append("set-cookie", languages.cookie_header(language))
        return response

    def trouble(self, request: Request, error: str) -> Response:
        """The page that says what did not work and what to do."""
        known = error if error in TROUBLES else "other"
        self.count(f"me.{known}")
        return self.draw(request, "me_trouble.html.j2", STATUSES.get(known, 503), error=known)

    def gone(self, request: Request) -> Response:
        """The way in, for a browser whose member is no more."""
        response = go("/me", "gone")
        self.cookies.clear(response)
        return response

    def way_in(self, request: Request, status: int = 200, fault: str = "") -> Response:
        """The page that asks for a code; `fault` is the end of a word's key."""
        ticket = self.tickets.make(self.subject(request))
        said = self.said(request)
        return self.draw(request, "me_enter.html.j2", status, ticket=ticket, fault=fault, said=said)

    def said(self, request: Request) -> str:
        """How the last thing went, as the end of a word's key; "" for nothing, or for what we do not say."""
        said = request.query_params.get("said", "")
        return said if said in SAID else ""

    def subject(self, request: Request, visit: Visit | None = None) -> str:
        """Whom a form is drawn for: the visit, or before there is one the client."""
        return f"visit {visit.nonce}" if visit is not None else f"client {self.client(request)}"

    async def form(self, request: Request, visit: Visit | None = None) -> tuple[str, dict[str, str]]:
        """The key and the fields of a form that we drew; raises Declined for any other."""
        try:
            fields = await read_form(request)
        except BadForm as bad:
            raise Declined(STALE_FORM) from bad
        key = self.tickets.key(fields.get(FIELD, ""), self.subject(request, visit))
        if key is None:
            raise Declined(STALE_FORM)
        return key, fields


def facing(site: Site, endpoint: Endpoint) -> Endpoint:
    """The endpoint, with a page for what may go wrong."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Declined as declined:
            return site.gone(request) if declined.error in GONE else site.trouble(request, declined.error)
        except sqlite3.OperationalError:
            return site.trouble(request, DISK)

    return guarded


def go(path: str, said: str = "") -> Response:
    """Go on to a page, which says how it went."""
    return RedirectResponse(f"{path}?said={said}" if said else path, 303)


def now_ms() -> int:
    """Unix time."""
    return time.time_ns() // 1_000_000
