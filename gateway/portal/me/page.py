"""The member's own page. me_routes() is the one way in; the portal's guard stands before all of it.

GET  /me                 the card with its code, points, coupons, history, cards; a form for who is not known
GET  /me/codes           the codes of the next minutes, for the script that turns them
GET  /me/coupons/<lot>   one coupon, large      GET /me/history     more of it
GET  /me/data            what is kept, consents, export and farewell
GET  /me/export          everything as a JSON file
POST /me/consent         purpose, given         POST /me/lost       card
GET  /me/forget          what goes and what stays; POST with `sure` does it
GET  /me/another         a resume code for another browser
POST /me/leave           this browser forgets; with `everywhere` the others too
GET  /m, /r, /m/receipt/<code>, /r/<code>; POST /m, /m/pin, /r      the ways in: ways.py
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.portal.cookies import KNOWN, Cookies, Visit
from gateway.portal.me import views
from gateway.portal.me.forms import act_key
from gateway.portal.me.qr import qr_svg
from gateway.portal.me.site import AWAY, DISK, Asks, Declined, Site, facing, go, now_ms
from gateway.portal.me.ways import PIN_FAULTS, Ways, way_routes
from gateway.portal.me.words import CONSENTS, WORDS
from gateway.portal.resume import Offers
from gateway.portal.settings import PortalSettings
from shopbell.look.pages import Pages
from shopbell.look.words import say

POSTED: Final = ("/me/consent", "/me/lost", "/me/leave", "/m/pin")
HISTORY_SHORT, HISTORY_LONG = 5, 100
MONEY_LEFT: Final = "money_left"
CODES_MAX: Final = 15

Page = Callable[[Request, Visit], Awaitable[Response]]


def me_routes(
    door: Asks,
    cookies: Cookies,
    offers: Offers,
    pages: Pages,
    settings: PortalSettings,
    client: Callable[[Request], str],
    now_ms: Callable[[], int] = now_ms,
) -> list[Route]:
    """The member's pages. `door` is the guests' door, `client` the address a request comes from; `pages` must
    hold site.FOLDER and words.WORDS, and their owner serves the look's files."""
    site = Site(door, cookies, offers, pages, settings, client, now_ms)
    own = MemberPages(site)
    return [
        Route("/me", facing(site, own.page), methods=["GET"]),
        Route("/me/leave", facing(site, own.leave), methods=["POST"]),
        *(_known(site, "GET", path, page) for path, page in own.shown().items()),
        *(_known(site, "POST", path, page) for path, page in own.asked().items()),
        *way_routes(site, Ways(site)),
        *(Route(path, elsewhere, methods=["GET"]) for path in POSTED),
    ]


async def elsewhere(request: Request) -> Response:
    """GET of what is only posted, as the language's link on an answer asks for it."""
    return go("/me")


def _known(site: Site, method: str, path: str, page: Page) -> Route:
    """A page for known members; the others are led to the way in."""

    async def endpoint(request: Request) -> Response:
        visit = site.cookies.read(request)
        if visit is None or visit.level != KNOWN:
            return go("/me")
        return await page(request, visit)

    return Route(path, facing(site, endpoint), methods=[method])


class MemberPages:
    """What a known member sees and may ask for."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def shown(self) -> dict[str, Page]:
        """Pages by address, beside /me itself."""
        return {
            "/me/codes": self.codes,
            "/me/coupons/{lot}": self.coupon,
            "/me/history": self.history,
            "/me/data": self.data,
            "/me/export": self.export,
            "/me/forget": self.farewell,
            "/me/another": self.another,
        }

    def asked(self) -> dict[str, Page]:
        """What is posted, by address."""
        return {
            "/me/consent": self.consent,
            "/me/lost": self.lost,
            "/me/forget": self.forget,
        }

    async def page(self, request: Request) -> Response:
        """GET /me: the page, its front for a member who was only named, or the way in."""
        visit = self._site.cookies.read(request)
        if visit is None:
            return self._site.way_in(request)
        if visit.level != KNOWN:
            return await self._front(request, visit)
        response = await self._whole(request, visit)
        self._site.cookies.renew(response, visit)
        return response

    async def _front(self, request: Request, visit: Visit) -> Response:
        card = await self._site.ask("card", member=visit.member)
        ticket, fault = self._ticket(request, visit), request.query_params.get("fault", "")
        return self._site.draw(
            request,
            "me_front.html.j2",
            name=visit.name,
            coupons=len(card["coupons"]),
            ticket=ticket,
            fault=fault if fault in PIN_FAULTS else "",
        )

    async def _whole(self, request: Request, visit: Visit) -> Response:
        site, member, language = self._site, visit.member, self._site.language(request)
        currency = await site.currency()
        card, rows, cards, code = await asyncio.gather(
            site.ask("card", member=member),
            site.ask("history", member=member, limit=HISTORY_SHORT),
            site.ask("cards", member=member),
            self._code(member),
        )
        label = say("me.qr.label", language, WORDS)
        shown = code["text"] if code else (card["code"] or "").replace("-", "")
        return site.draw(
            request,
            "me_card.html.j2",
            said=site.said(request),
            card=views.card_view(card, language, site.zone, currency),
            days=views.history_view(rows["rows"], language, site.zone, currency),
            cards=views.cards_view(cards["cards"]),
            qr=qr_svg(shown, label) if shown else None,
            until=views.clock_time(code["until_ms"], site.zone) if code else None,
            ticket=self._ticket(request, visit),
        )

    async def _code(self, member: str) -> Mapping[str, Any] | None:
        """The rotating code of now; None where the gateway has none, for want of a clock."""
        try:
            told = await self._site.ask("codes", member=member)
        except Declined as declined:
            if declined.error == AWAY:
                raise
            return None
        return views.code_at(told["codes"], told["now_ms"])

    async def codes(self, request: Request, visit: Visit) -> Response:
        """GET /me/codes: {"now_ms", "codes": [{"svg", "from_ms", "until_ms", "until"}]}; 503 without any."""
        site = self._site
        try:
            told = await site.ask("codes", member=visit.member)
        except Declined as declined:
            return JSONResponse({"error": declined.error}, 503)
        label = say("me.qr.label", site.language(request), WORDS)
        drawn = []
        for code in told["codes"][:CODES_MAX]:
            drawn.append(
                {
                    "svg": qr_svg(code["text"], label),
                    "from_ms": code["from_ms"],
                    "until_ms": code["until_ms"],
                    "until": views.clock_time(code["until_ms"], site.zone),
                }
            )
            await asyncio.sleep(0)  # 2 ms each: a guest's join need not wait for all of them
        return JSONResponse({"now_ms": told["now_ms"], "codes": drawn})

    async def coupon(self, request: Request, visit: Visit) -> Response:
        """GET /me/coupons/<lot>: one coupon with its code, large."""
        site, language = self._site, self._site.language(request)
        card = await site.ask("card", member=visit.member)
        found = [coupon for coupon in card["coupons"] if coupon["lot"] == request.path_params["lot"]]
        if not found:
            return go("/me", "spent")
        shown = views.coupon_view(found[0], language, await site.currency())
        qr = qr_svg(shown["code"], say("me.coupon.qr", language, WORDS)) if shown["code"] else None
        return site.draw(request, "me_coupon.html.j2", coupon=shown, qr=qr)

    async def history(self, request: Request, visit: Visit) -> Response:
        """GET /me/history."""
        site, language = self._site, self._site.language(request)
        rows = await site.ask("history", member=visit.member, limit=HISTORY_LONG)
        days = views.history_view(rows["rows"], language, site.zone, await site.currency())
        return site.draw(request, "me_history.html.j2", days=days, limit=HISTORY_LONG)

    async def data(self, request: Request, visit: Visit) -> Response:
        """GET /me/data: what is kept, what for, and every way out."""
        card = await self._site.ask("card", member=visit.member)
        return self._site.draw(
            request,
            "me_data.html.j2",
            said=self._site.said(request),
            consents=views.consent_view(card["consents"], self._site.zone),
            phone=card["phone"],
            contact=self._site.settings.contact,
            ticket=self._ticket(request, visit),
        )

    async def export(self, request: Request, visit: Visit) -> Response:
        """GET /me/export: a file that the member keeps."""
        told = await self._site.ask("export", member=visit.member)
        day = datetime.fromtimestamp(self._site.now_ms() / 1_000, self._site.zone).date().isoformat()
        body = json.dumps(told["document"], ensure_ascii=False, indent=2) + "\n"
        name = f'attachment; filename="shopbell-{day}.json"'
        headers = {"content-disposition": name}
        return Response(body, headers=headers, media_type="application/json; charset=utf-8")

    async def consent(self, request: Request, visit: Visit) -> Response:
        """POST /me/consent: one switch. What there are no words for can only be withdrawn."""
        key, fields = await self._site.form(request, visit)
        purpose, given = fields.get("purpose", ""), fields.get("given") == "1"
        text = CONSENTS.get(purpose) or await self._text_given(visit.member, purpose)
        if text is None or (given and purpose not in CONSENTS):
            raise Declined("refused")
        await self._site.ask(
            "consent",
            key=act_key(key, "consent", purpose, str(given)),
            member=visit.member,
            purpose=purpose,
            text=text,
            given=given,
            language=self._site.language(request),
        )
        return go("/me/data", "consent" if given else "withdrawn")

    async def _text_given(self, member: str, purpose: str) -> str | None:
        """Which words were shown for a purpose that was given here or elsewhere; None for any other."""
        consents = (await self._site.ask("card", member=member))["consents"]
        return next((str(each["text"]) for each in consents if each["purpose"] == purpose), None)

    async def lost(self, request: Request, visit: Visit) -> Response:
        """POST /me/lost: a card of this member opens nothing any more."""
        key, fields = await self._site.form(request, visit)
        card = fields.get("card", "")
        await self._site.ask("lost", key=act_key(key, "lost", card), member=visit.member, instrument=card)
        return go("/me", "lost")

    async def farewell(self, request: Request, visit: Visit) -> Response:
        """GET /me/forget: the first step says what goes and what stays, and asks."""
        card = await self._site.ask("card", member=visit.member)
        return self._site.draw(
            request,
            "me_forget.html.j2",
            said=self._site.said(request),
            points=card["points"],
            coupons=len(card["coupons"]),
            ticket=self._ticket(request, visit),
        )

    async def forget(self, request: Request, visit: Visit) -> Response:
        """POST /me/forget: the second step, for who is sure."""
        key, fields = await self._site.form(request, visit)
        if fields.get("sure") != "1":
            return go("/me/forget", "sure")
        try:
            await self._site.ask("forget", key=act_key(key, "forget"), member=visit.member)
        except Declined as declined:
            if MONEY_LEFT in (declined.error, declined.reason):
                return go("/me/forget", "money")
            raise
        self._site.offers.forget(visit.member)
        response = go("/me", "forgotten")
        self._site.cookies.clear(response)
        return response

    async def another(self, request: Request, visit: Visit) -> Response:
        """GET /me/another: a code that opens this page in another browser. Three of a member are good at
        once, so it may be opened as often as anybody likes."""
        offer = self._site.offers.offer(visit.member)
        if offer is None:
            raise Declined(DISK)
        where = offer.url.partition("://")[2].rpartition("/r/")[0] + "/m"
        return self._site.draw(request, "me_another.html.j2", offer=offer, where=where)

    async def leave(self, request: Request) -> Response:
        """POST /me/leave: this browser is nobody's, and with `everywhere` no other is this member's."""
        visit = self._site.cookies.read(request)
        if visit is None:
            return go("/me")
        _, fields = await self._site.form(request, visit)
        everywhere = visit.level == KNOWN and fields.get("everywhere") == "1"
        if everywhere:
            self._site.offers.end(visit.member)
        response = go("/me", "everywhere" if everywhere else "left")
        self._site.cookies.clear(response)
        return response

    def _ticket(self, request: Request, visit: Visit) -> str:
        return self._site.tickets.make(self._site.subject(request, visit))
