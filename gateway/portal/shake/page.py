"""The page to shake at, and what comes of it.

    GET  /shake    who is known: shake, or press the button; who is not: join first, or a member number
    POST /shake    token, code?, heard?, how      -> "you are here", or why not and what to do

The answer to the form is the page itself, as with joining: sent again it is the same page. With nothing heard
the store's network is the proof; it is too where the gateway refuses what was heard, and the page says so.

A browser that only named its member (cookies.py, SHOWN) checks the member in, and sees what that brought; of
the member's card it sees nothing.
"""

from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from gateway.lines import Away
from gateway.portal import shown
from gateway.portal.clients import Client
from gateway.portal.cookies import KNOWN, SHOWN, Visit
from gateway.portal.doors import Refused
from gateway.portal.forms import BadForm, Verdicts, read_form
from gateway.portal.hall import Hall
from gateway.portal.joining import CODE_CHARACTERS_MAX, TOO_MANY, Knocking
from gateway.portal.me.views import told
from gateway.portal.shake.asking import Asking, Who
from gateway.portal.shake.door import CheckedIn, Ticket
from gateway.portal.shake.heard import BadHeard, Heard, read_heard_text
from shopbell.look.ages import span_in_words

AWAY: Final = "away"
TOO_SOON: Final = "too_soon"  # too many, and it is known when it is no more
GONE: Final = frozenset({"unknown_member", "member_unknown", "erased"})  # of a member: nobody, or no more
FAULTS: Final = {"unknown_code": "code", "blocked": "blocked", "bad_request": "code"}
SIGNALS: Final = frozenset(
    {"identity_old", "identity_unknown", "identity_used", "identity_cloned", "clock_unknown"}
)
SORRY: Final = {  # what has words of its own, with the status of its page; all else is "busy"
    **dict.fromkeys(SIGNALS, 409),
    "not_here": 403,
    "too_many": 429,
    TOO_SOON: 429,
    "no_books": 503,
    "ticket_used": 409,
    "ticket_expired": 409,
    "ticket_bad": 409,
    "blocked": 403,
    "bad_request": 400,
    AWAY: 503,
    "busy": 503,
}
BY_HAND: Final = "button"
SENT: Final = ("token", "heard", "how")  # of a form, besides a code
HOWS: Final = frozenset({"shake", BY_HAND, "app"})


class Checked(NamedTuple):
    """Who is here; `heard`: why nothing that was relayed counted; None where something did, or none was."""

    card: CheckedIn
    heard: str | None


class Shaking:
    """The handlers."""

    def __init__(self, hall: Hall, asking: Asking, knocking: Knocking) -> None:
        self._hall, self._asking, self._knocking = hall, asking, knocking
        self._drawing, self._forms = hall.drawing, hall.forms
        self._tickets: Verdicts[Ticket | Refused] = Verdicts()
        self._checks: Verdicts[Checked | Refused] = Verdicts()

    async def page(self, request: Request) -> Response:
        """GET /shake."""
        phone = self._hall.clients.of(request)
        return self._no_lease(request) if phone.mac is None else self._draw(request, phone)

    async def shake(self, request: Request) -> Response:
        """POST /shake."""
        phone = self._hall.clients.of(request)
        if phone.mac is None:
            return self._no_lease(request)
        fields = await read_form(request)
        try:
            nonce = self._forms.nonce(fields.get("token", ""), phone)
        except BadForm as problem:
            if str(problem) != "old":
                raise
            return self._draw(request, phone, 422, old=True)
        visit = self._hall.cookies.read(request)
        who = _who(visit, fields.get("code", ""))
        if who is None:
            return self._draw(request, phone, 422, "code")
        return await self._checked(request, phone, visit, nonce, who, fields)

    async def _checked(
        self,
        request: Request,
        phone: Client,
        visit: Visit | None,
        nonce: str,
        who: Who,
        fields: dict[str, str],
    ) -> Response:
        """What came of a form, whoever sends it how often."""
        heard = _heard(fields)
        asked = " ".join((nonce, *who.values()))
        try:
            became = await self._checks.once(
                asked, lambda: self._check_in(phone, asked, visit, who, heard, fields.get("how", ""))
            )
        except Away:
            self._knocking.lost()
            self._hall.counters.add("portal.gateway_away")
            return self._sorry(request, AWAY, who, fields)
        if isinstance(became, Checked):
            return await self._here(request, phone, visit, became)
        self._checks.drop(asked)
        self._tickets.drop(asked)
        return self._refused(request, phone, became, who)

    async def _check_in(
        self, phone: Client, asked: str, visit: Visit | None, who: Who, heard: list[Heard], how: str
    ) -> Checked | Refused:
        """A ticket, used at once. It is kept by its form, so that a lost answer to its use costs no other."""
        self._hall.counters.add(f"portal.shaken_by_{how if how in HOWS else BY_HAND}")
        ticket = await self._tickets.once(asked, lambda: self._asking.shake(phone, asked, who, heard))
        if isinstance(ticket, Refused):
            return ticket
        proved = visit.member if visit is not None and visit.level == KNOWN else None
        became = await self._asking.claim(phone, asked, ticket.ticket, proved)
        return became if isinstance(became, Refused) else Checked(became, ticket.heard)

    # Drawing

    def _draw(
        self, request: Request, phone: Client, status: int = 200, fault: str = "", old: bool = False
    ) -> Response:
        visit = self._hall.cookies.read(request)
        return self._drawing.page(
            request,
            "shake.html.j2",
            status,
            visit=visit,
            online=self._hall.clerk.live(phone) is not None,
            framed_by=self._hall.settings.framed_by,
            token=self._forms.token(phone),
            fault=fault,
            old=old,
        )

    async def _here(self, request: Request, phone: Client, visit: Visit | None, became: Checked) -> Response:
        await self._knocking.service()  # which knows the currency
        language, currency, card = self._drawing.language(request), self._knocking.currency, became.card
        own = visit is not None and visit.level == KNOWN
        response = self._drawing.page(
            request,
            "shake_here.html.j2",
            card=card,
            own=own,
            place="" if card.place is None else told(card.place.name, language) or card.place.zone,
            heard=became.heard if became.heard in SIGNALS else "",
            gifts=shown.gifts(card.given, language, currency),
            credits=shown.credits_(card.given, language),
            coupons=shown.others(card, language, currency) if own else [],
            online=self._hall.clerk.live(phone) is not None,
        )
        if visit is None:  # by a code: never more than shown, whatever proved that somebody is here
            self._hall.cookies.set_member(response, card.member, SHOWN, card.name)
        return response

    def _refused(self, request: Request, phone: Client, became: Refused, who: Who) -> Response:
        error, wait_ms = became.error, became.wait_ms
        if error in GONE:
            response = self._drawing.go(request, "/shake")
            self._hall.cookies.clear(response)
            return response
        if "code" in who and error in FAULTS:
            return self._draw(request, phone, 422, FAULTS[error])
        if error == TOO_MANY.error and wait_ms is not None:
            wait = span_in_words(wait_ms, self._drawing.language(request))
            return self._sorry(request, TOO_SOON, wait=wait)
        return self._sorry(request, error)

    def _sorry(
        self,
        request: Request,
        error: str,
        who: Who | None = None,
        fields: dict[str, str] | None = None,
        **more: str,
    ) -> Response:
        """Why not, and what to do; with `fields` the same form may be sent once more."""
        why = error if error in SORRY else "busy"
        kept = {"code": (who or {}).get("code", ""), **{name: (fields or {}).get(name, "") for name in SENT}}
        return self._drawing.page(
            request,
            "shake_sorry.html.j2",
            SORRY[why],
            why=why,
            more=more,
            again=fields is not None,
            kept=kept,
        )

    def _no_lease(self, request: Request) -> Response:
        return self._drawing.sorry(request, "no_lease", 403, ssid=self._hall.network.ssid)


def _who(visit: Visit | None, code: str) -> Who | None:
    """Whom a form is sent for: whose browser it is, else the code in it."""
    if visit is not None:
        return {"member": visit.member}
    return {"code": code} if 0 < len(code) <= CODE_CHARACTERS_MAX else None


def _heard(fields: dict[str, str]) -> list[Heard]:
    """What an app told the page that it hears. Raises BadForm."""
    try:
        return read_heard_text(fields.get("heard", ""))
    except BadHeard as problem:
        raise BadForm("heard") from problem
