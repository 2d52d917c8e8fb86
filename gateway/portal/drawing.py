"""How a guest's page is drawn: the language, the words with the brand's own name in them, and what every page
says besides (whether the internet is there, whether this is a demonstration).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.portal.me import site as me_site
from gateway.portal.me import words as me_words
from gateway.portal.me.views import in_language
from gateway.portal.settings import PortalSettings
from gateway.portal.shake import words as shake_words
from gateway.portal.words import WORDS
from shopbell.look import languages
from shopbell.look.pages import ASSET_HEADERS, Pages
from shopbell.look.words import LANGUAGES, Language, Words

FOLDER: Final = Path(__file__).parent / "pages"
SHAKE_FOLDER: Final = FOLDER / "shake"
PLAIN: Final = "text/plain"


def build_pages(settings: PortalSettings) -> Pages:
    """Every page of the portal, a member's own with them, under the brand's name."""
    return Pages([FOLDER, me_site.FOLDER, SHAKE_FOLDER], table(settings.brand))


def table(brand: str) -> Words:
    """The words of all pages; a brand's name stands where ours would."""
    names = tuple(
        in_language(brand, language).replace("{", "{{").replace("}", "}}") for language in LANGUAGES
    )
    own: Mapping[str, tuple[str, str]] = {"page.brand": (names[0], names[1])} if brand else {}
    return {**me_words.WORDS, **shake_words.WORDS, **WORDS, **own}


class Drawing:
    """Draws templates as answers."""

    def __init__(self, pages: Pages, settings: PortalSettings, wan_is_up: Callable[[], bool]) -> None:
        self.pages = pages
        self._settings = settings
        self._wan_is_up = wan_is_up
        self._store = settings.store_name or settings.store

    def language(self, request: Request) -> Language:
        """The language of a request's page."""
        query = request.query_params.get(languages.QUERY)
        cookie = request.cookies.get(languages.COOKIE)
        accept = request.headers.get("accept-language")
        return languages.choose(query, cookie, accept, self._settings.language)

    def page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        """A page, in the language of the request."""
        language = self.language(request)
        body = self.pages.render(
            template,
            language,
            store=in_language(self._store, language),
            wan=self._wan_is_up(),
            simulated=self._settings.simulated,
            **values,
        )
        response = Response(body, status, media_type="text/html")
        if languages.QUERY in request.query_params:
            response.headers.append("set-cookie", languages.cookie_header(language))
        return response

    def sorry(self, request: Request, why: str, status: int, member: bool = False, **more: str) -> Response:
        """The page that says what stands in the way, and what to do; `why` is the end of a word's key."""
        return self.page(request, "wifi_sorry.html.j2", status, why=why, member=member, more=more)

    def go(self, request: Request, path: str) -> Response:
        """On to another page of ours, by a navigation of its own; a language just chosen goes along."""
        query = request.query_params.get(languages.QUERY)
        found = languages.match(query or "")
        return RedirectResponse(f"{path}?{languages.QUERY}={found}" if found else path, 303)

    async def file(self, request: Request) -> Response:
        """GET /look/<name>: kept for ever by the version in its address."""
        found = self.pages.asset(request.path_params["name"])
        if found is None:
            return Response("no such file\n", 404, media_type=PLAIN)
        same = request.query_params.get("v") == found.version
        headers = ASSET_HEADERS if same else {"cache-control": "no-cache"}
        return Response(found.body, headers=headers, media_type=found.media_type)
