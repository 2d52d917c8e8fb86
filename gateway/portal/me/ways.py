"""The ways into a member's page, for a browser that is nobody's yet.

GET  /m, /r              one field for any code             POST /m   the code; a receipt's too
GET  /r/<code>           a resume code's page: a button, so that no link preview uses the code up
POST /r                  uses it: this browser is the member's
GET  /m/receipt/<code>   the lines of one order, for who holds its paper; /m?receipt=<code> leads there
POST /m/pin              the PIN of the member whose code was shown

A resume code makes a browser known. A card's code, a member code and a rotating code only name a member: they
can be read or photographed by others, and thirty days are longer than a moment. The PIN makes up for it, and
a gateway locks it after a few wrong ones.
"""

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.portal.cookies import KNOWN, SHOWN
from gateway.portal.me import views
from gateway.portal.me.site import TOO_MANY, Declined, Site, facing, go
from gateway.portal.resume import normalise

CODE_MAX: Final = 128  # characters; a card's QR text has some 40
PIN_MAX: Final = 12
RECEIPT: Final = re.compile(r"R[A-Za-z0-9-]{1,64}\.[0-9]{1,18}")  # as it stands on paper: gateway/sales.py
FAULTS: Final = {"unknown_code": "unknown", "bad_request": "unknown", "blocked": "blocked"}
STALE_CODE: Final = "stale"
PIN_FAULTS: Final = frozenset({"wrong", "locked", "none", "busy"})


def way_routes(site: Site, ways: "Ways") -> list[Route]:
    """The ways in."""
    shown = {
        "/m": ways.enter,
        "/m/receipt/{code}": ways.receipt,
        "/r": ways.enter,
        "/r/{code}": ways.offered,
    }
    asked = {"/m": ways.code, "/m/pin": ways.pin, "/r": ways.resume}
    return [
        *(Route(path, facing(site, page), methods=["GET"]) for path, page in shown.items()),
        *(Route(path, facing(site, page), methods=["POST"]) for path, page in asked.items()),
    ]


class Ways:
    """Lets browsers in."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def enter(self, request: Request) -> Response:
        """GET /m and /r: the field for a code; a receipt's address leads to the receipt."""
        receipt = request.query_params.get("receipt", "")
        return go(f"/m/receipt/{receipt}") if RECEIPT.fullmatch(receipt) else self._site.way_in(request)

    async def code(self, request: Request) -> Response:
        """POST /m: a resume code opens the page, any other code names its member."""
        _, fields = await self._site.form(request)
        typed = fields.get("code", "")[:CODE_MAX].strip()
        if not typed:
            return self._site.way_in(request, 400, "empty")
        if RECEIPT.fullmatch(typed):
            return go(f"/m/receipt/{typed}")
        self._begin(request)
        member = self._site.offers.take(typed)
        if member is not None:
            return self._let_in(request, member)
        return await self._named(request, typed)

    async def _named(self, request: Request, typed: str) -> Response:
        try:
            found = await self._site.ask("resolve", code=typed)
        except Declined as declined:
            if declined.error not in FAULTS:
                raise
            self._site.count("me.wrong_code")
            fault = "old" if declined.reason == STALE_CODE else FAULTS[declined.error]
            return self._site.way_in(request, 404, fault)
        self._site.tries.right(self._site.client(request))
        self._site.count("me.named")
        response = go("/me")
        self._site.cookies.set_member(response, found["member"], SHOWN, found.get("name") or "")
        return response

    async def offered(self, request: Request) -> Response:
        """GET /r/<code>: looks at nothing and uses nothing up."""
        code = normalise(request.path_params["code"])
        if code is None:
            return self._site.way_in(request, 404, "unknown")
        shown = f"{code[:4]}-{code[4:]}"
        ticket = self._site.tickets.make(self._site.subject(request))
        return self._site.draw(request, "me_resume.html.j2", code=shown, ticket=ticket)

    async def resume(self, request: Request) -> Response:
        """POST /r: the code is used up, and this browser is the member's."""
        _, fields = await self._site.form(request)
        self._begin(request)
        member = self._site.offers.take(fields.get("code", "")[:CODE_MAX])
        return self._site.way_in(request, 404, "used") if member is None else self._let_in(request, member)

    async def pin(self, request: Request) -> Response:
        """POST /m/pin: the member who was named proves to be there."""
        visit = self._site.cookies.read(request)
        if visit is None or visit.level == KNOWN:
            return go("/me")
        _, fields = await self._site.form(request, visit)
        self._begin(request)
        try:
            await self._site.ask("prove", member=visit.member, pin=fields.get("pin", "")[:PIN_MAX])
        except Declined as declined:
            if declined.error not in PIN_FAULTS:
                raise
            return go(f"/me?fault={declined.error}")
        return self._let_in(request, visit.member)

    async def receipt(self, request: Request) -> Response:
        """GET /m/receipt/<code>: what was bought, and no word of by whom."""
        site, language = self._site, self._site.language(request)
        code = request.path_params["code"][:CODE_MAX]
        if not site.receipts.begin(site.client(request), site.now_ms()):
            raise Declined(TOO_MANY)
        try:
            found = await site.ask("receipt", code=code)
        except Declined as declined:
            if declined.error not in FAULTS:
                raise
            return site.way_in(request, 404, "receipt")
        shown = views.receipt_view(found, language, site.zone, await site.currency())
        known = site.cookies.read_member(request) is not None
        return site.draw(request, "me_receipt.html.j2", receipt=shown, code=code, known=known)

    def _begin(self, request: Request) -> None:
        if not self._site.tries.begin(self._site.client(request), self._site.now_ms()):
            raise Declined(TOO_MANY)

    def _let_in(self, request: Request, member: str) -> Response:
        self._site.tries.right(self._site.client(request))
        self._site.count("me.let_in")
        response = go("/me", "welcome")
        self._site.cookies.set_member(response, member)
        return response
