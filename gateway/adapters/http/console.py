"""The staff console's pages: signing in, the page itself, and each part of it alone for drawing again.

The members' pages (member_pages.py) use its door, its words and its way of answering.
"""

import time
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.adapters.http import act_words, beacon_words, member_words, views, wifi_words
from gateway.adapters.http.answers import problem
from gateway.adapters.http.bridge_words import STATES
from gateway.adapters.http.counter_words import EXPLANATIONS
from gateway.adapters.http.device_words import COUNTS
from gateway.adapters.http.door import Door, Refused, form_token
from gateway.adapters.http.words import WORDS
from gateway.live import Live
from gateway.settings import GatewaySettings
from gateway.web import TOKEN_FILE
from shopbell.look import languages
from shopbell.look.pages import Pages
from shopbell.look.words import Language

FOLDER: Final = Path(__file__).parent / "pages"
TABLE: Final = {
    **WORDS,
    **STATES,
    **EXPLANATIONS,
    **COUNTS,
    **member_words.WORDS,
    **act_words.WORDS,
    **wifi_words.WORDS,
    **beacon_words.WORDS,
}


KEPT: Final = (languages.QUERY, "till")  # what an address keeps when its token is taken out


class Console:
    """Draws the live view for people, in their language."""

    def __init__(self, live: Live, settings: GatewaySettings, door: Door) -> None:
        self._live = live
        self._settings = settings
        self.shop = views.Shop(
            settings.store_name or settings.store,
            ZoneInfo(settings.zone),
            settings.broker_secured,
            bool(settings.bundle_key_file),
        )
        self._door = door
        self.pages = Pages([FOLDER], TABLE)

    async def page(self, request: Request) -> Response:
        """GET /: the console, one part of it, or the sign-in page."""
        refusal = await self.let_in(request) or await self.refusal(request)
        return refusal or self._draw(request, request.query_params.get("part"))

    async def let_in(self, request: Request) -> Response | None:
        """The way back to this page with a cookie, for an address with the token; None without one."""
        try:
            if "token" not in request.query_params:
                return None
            await self._door.check(request, request.query_params["token"])
            return self._enter(request, request.url.path)
        except Refused as refused:
            return self._sign_in_page(request, refused.status, _fault(refused.status))

    async def sign_in(self, request: Request) -> Response:
        """POST /session: the sign-in form."""
        try:
            await self._door.check(request, await form_token(request))
        except Refused as refused:
            return self._sign_in_page(request, refused.status, _fault(refused.status))
        return self._enter(request, "/")

    def _draw(self, request: Request, part: str | None) -> Response:
        if part is not None and part not in views.PARTS:
            return problem(404, "no such part", f"the parts are {', '.join(views.PARTS)}")
        wanted = views.PARTS if part is None else {part: views.PARTS[part]}
        now_ms = time.time_ns() // 1_000_000
        shown = {name: make(self._live, self.shop, now_ms) for name, make in wanted.items()}
        template = "console.html.j2" if part is None else f"part_{part}.html.j2"
        return self.html(request, template, 200, views=shown, shop=self.shop, sync=self._live.sync)

    def _enter(self, request: Request, path: str) -> Response:
        kept = {key: value for key, value in request.query_params.items() if key in KEPT}
        response = RedirectResponse(path + ("?" + urlencode(kept) if kept else ""), 303)
        response.headers["set-cookie"] = self._door.cookie()
        return response

    def _sign_in_page(self, request: Request, status: int, fault: str) -> Response:
        where = self._settings.token_file or f"{self._settings.run_dir}/{TOKEN_FILE}"
        return self.html(request, "sign_in.html.j2", status, fault=fault, where=where)

    async def refusal(self, request: Request) -> Response | None:
        """The sign-in page for who may not come in; None for who may."""
        try:
            return None if await self._door.admit(request) else self._sign_in_page(request, 401, "")
        except Refused as refused:
            return self._sign_in_page(request, refused.status, _fault(refused.status))

    def language(self, request: Request) -> Language:
        """The language of a request's page."""
        query = request.query_params.get(languages.QUERY)
        cookie = request.cookies.get(languages.COOKIE)
        accept = request.headers.get("accept-language")
        return languages.choose(query, cookie, accept, self._settings.language)

    def html(
        self, request: Request, template: str, status: int, pages: Pages | None = None, **values: object
    ) -> Response:
        """A template as an answer, in the request's language; `pages` None: the console's own."""
        query = request.query_params.get(languages.QUERY)
        language = self.language(request)
        body = (pages or self.pages).render(template, language, **values)
        response = Response(body, status, media_type="text/html")
        if query is not None:
            response.headers["set-cookie"] = languages.cookie_header(language)
        return response


def _fault(status: int) -> str:
    return "door.slow" if status == 429 else "door.wrong"
