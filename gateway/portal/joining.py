"""The first page and what it leads to: join, or come back, and see the card; all of it before the internet.

    GET /            the two doors; a phone that is online is led to its page, a member to the card;
                     ?next=shake: the card leads on to the shake page first
    POST /join       name, phone?, marketing?, token    -> the card, 422 with what is wrong, or why not
    POST /return     code, token                        -> likewise
    GET /coupon      the card of the browser's member

The card is the answer to the form itself: it needs no cookie, which some mini-browsers do not keep, and sent
again it is the same card. Who only typed a number is SHOWN its card, and not known as its member. Nothing
here reaches the internet or netd.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, Protocol

from starlette.requests import Request
from starlette.responses import Response

from gateway.lines import Away
from gateway.portal import shown
from gateway.portal.clients import Client
from gateway.portal.cookies import SHOWN
from gateway.portal.doors import WEAK, Card, GuestsDoor, Refused, Service
from gateway.portal.forms import BadForm, Verdicts, read_form
from gateway.portal.hall import Hall
from gateway.portal.me.views import told
from gateway.portal.me.words import CONSENTS
from gateway.portal.sessions import MINUTE_MS

NAME_CHARACTERS_MAX: Final = 20
PHONE_CHARACTERS_MAX: Final = 32
CODE_CHARACTERS_MAX: Final = 64
MARKETING: Final = "marketing"
SERVICE_AGE_S: Final = 2.0  # how old the gateway's word on what it can do may be before it is asked again
SERVICE_STALE_S: Final = 10.0  # and before a page waits for the new one: nobody was here for a while
SERVICE_WAIT_S: Final = 1.0  # for so long; a gateway that hangs must not hold up the door beside it
TOO_MANY: Final = Refused("too_many")
SHAKE: Final = "shake"  # what the browser goes on to, by ?next= and a form's field of that name
GUESSES: Final = frozenset({"unknown_code", "unknown_member", "blocked"})  # any other refusal booked nothing
TYPOS: Final = frozenset({"bad_phone", "bad_request", "bad_name"})
FAULTS: Final = {
    "bad_phone": ("phone", "phone"),
    "bad_name": ("name", "name"),
    "bad_request": ("name", "name"),
    "unknown_code": ("code", "code"),
    "unknown_member": ("code", "code"),
    "blocked": ("code", "blocked"),
}


class Fault(NamedTuple):
    """Which field is wrong, and the end of the key of the words for it."""

    field: str
    word: str


class Serves(Protocol):
    """The gateway's door, as far as it says what it can do."""

    async def service(self) -> Service:
        """Raises Away."""
        ...


class Knocking:
    """What the gateway can do for guests, asked at most each SERVICE_AGE_S; None while it is away.

    Between SERVICE_AGE_S and SERVICE_STALE_S a page shows what was said last while the next is asked for.
    """

    def __init__(
        self, door: Serves, clock_s: Callable[[], float] = time.monotonic, wait_s: float = SERVICE_WAIT_S
    ) -> None:
        self._door, self._clock_s, self._wait_s = door, clock_s, wait_s
        self._known: Service | None = None
        self._answered_s = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self.currency = Service().currency

    async def service(self) -> Service | None:
        """What it can do now."""
        age_s = self._clock_s() - self._answered_s
        if self._asking is None and age_s >= SERVICE_AGE_S:
            self._asking = asyncio.get_running_loop().create_task(self._ask())
        if self._asking is not None and age_s >= SERVICE_STALE_S:
            await asyncio.wait({self._asking}, timeout=self._wait_s)
        return self._known

    def lost(self) -> None:
        """Somebody else found it away."""
        self._known = None

    async def _ask(self) -> None:
        try:
            self._known = await self._door.service()
            self.currency = self._known.currency
        except Away:
            self._known = None
        finally:
            self._asking, self._answered_s = None, self._clock_s()


class Joining:
    """The handlers."""

    def __init__(self, hall: Hall, door: GuestsDoor) -> None:
        self._hall, self._door = hall, door
        self._drawing, self._forms, self._clerk = hall.drawing, hall.forms, hall.clerk
        self._knocking = Knocking(door)
        self._verdicts: Verdicts[Card | Refused] = Verdicts()

    # The pages

    async def welcome(self, request: Request) -> Response:
        """GET /."""
        phone = self._hall.clients.of(request)
        if phone.mac is None:
            return self.no_lease(request)
        live = self._clerk.live(phone)
        if live is not None and not (live.member is None and "join" in request.query_params):
            return self._drawing.go(request, "/online")
        if self._hall.cookies.read_member(request) is not None and await self._knocking.service():
            return self._drawing.go(request, "/coupon")
        return await self._welcome(request, phone)

    async def coupon(self, request: Request) -> Response:
        """GET /coupon."""
        phone, member = self._hall.clients.of(request), self._hall.cookies.read_member(request)
        if member is None:
            return self._drawing.go(request, "/")
        try:
            card = await self._door.card(member)
        except Away:
            self._knocking.lost()
            return await self._welcome(request, phone)
        if isinstance(card, Refused):
            response = await self._welcome(request, phone)
            self._hall.cookies.clear(response)
            return response
        return self._card(request, phone, card)

    def no_lease(self, request: Request) -> Response:
        """The page of who is not on the guests' network."""
        return self._drawing.sorry(request, "no_lease", 403, ssid=self._hall.network.ssid)

    # The forms

    async def join(self, request: Request) -> Response:
        """POST /join."""
        return await self._sent(request, "join", self._enrol)

    async def come_back(self, request: Request) -> Response:
        """POST /return."""
        return await self._sent(request, "code", self._return)

    async def _sent(
        self,
        request: Request,
        kind: str,
        ask: Callable[[str, dict[str, str], str], Awaitable[Card | Refused]],
    ) -> Response:
        """A form: read, judged, asked of the gateway once, and answered with the card or what is wrong."""
        phone = self._hall.clients.of(request)
        if phone.mac is None:
            return self.no_lease(request)
        fields = await read_form(request)
        try:
            nonce = self._forms.nonce(fields.get("token", ""), phone)
        except BadForm as problem:
            if str(problem) != "old":
                raise
            return await self._welcome(request, phone, fields, 422, old=True)
        fault = _fault(kind, fields)
        if fault is not None:
            return await self._welcome(request, phone, fields, 422, fault)
        language = self._drawing.language(request)
        try:
            became = await self._verdicts.once(
                f"{kind} {nonce}",
                lambda: self._counted(kind, phone, lambda: ask(f"wifi.{kind}.{nonce}", fields, language)),
            )
        except Away:
            self._knocking.lost()
            self._hall.counters.add("portal.gateway_away")
            return await self._welcome(request, phone, fields, 503, token=fields["token"], away=True)
        if isinstance(became, Refused):
            self._verdicts.drop(f"{kind} {nonce}")
        return await self._answer(request, phone, fields, became)

    async def _answer(
        self, request: Request, phone: Client, fields: dict[str, str], became: Card | Refused
    ) -> Response:
        if isinstance(became, Refused):
            self._hall.counters.add("portal.refused")
            if became.error in FAULTS:
                return await self._welcome(request, phone, fields, 422, Fault(*FAULTS[became.error]))
            if became.error == "too_many":
                return self._drawing.sorry(request, "too_many", 429)
            return self._drawing.sorry(request, "gateway" if became.error == "no_books" else "busy", 503)
        response = self._card(request, phone, became, fields.get("next") == SHAKE)
        if became.level == WEAK:
            self._hall.cookies.set_member(response, became.member, SHOWN, became.name)
        else:
            self._hall.cookies.set_member(response, became.member)
        return response

    async def _counted(
        self, kind: str, phone: Client, ask: Callable[[], Awaitable[Card | Refused]]
    ) -> Card | Refused:
        """Ask, unless this phone or this store asked too often; what came to nothing does not count."""
        tried = self._hall.take(kind, phone)
        if tried is None:
            return TOO_MANY
        try:
            became = await ask()
        except Away:
            self._hall.limits.give_back(tried)
            raise
        if isinstance(became, Refused) and became.error not in GUESSES:
            self._hall.limits.give_back(tried)
            typo = became.error in TYPOS
            return became if not typo or self._hall.take("typo", phone) is not None else TOO_MANY
        self._hall.enforcer.remember(tried)
        self._hall.counters.add(f"portal.{kind}")
        return became

    async def _enrol(self, key: str, fields: dict[str, str], language: str) -> Card | Refused:
        agreed = [MARKETING] if fields.get(MARKETING) == "1" else []
        consents = [{"purpose": purpose, "text": CONSENTS[purpose]} for purpose in agreed]
        return await self._door.enrol(key, fields["name"], fields.get("phone") or None, language, consents)

    async def _return(self, key: str, fields: dict[str, str], language: str) -> Card | Refused:
        return await self._door.come_back(key, fields["code"], language)

    # Drawing

    async def _welcome(
        self,
        request: Request,
        phone: Client,
        typed: dict[str, str] | None = None,
        status: int = 200,
        fault: Fault | None = None,
        token: str = "",
        old: bool = False,
        away: bool = False,
    ) -> Response:
        """The first page; `token` is the one to send again, where that asks the same thing again."""
        service, last = await self._knocking.service(), self._clerk.last(phone)
        given = typed or {}
        return self._drawing.page(
            request,
            "wifi_welcome.html.j2",
            status,
            token=token or self._forms.token(phone),
            following=SHAKE if SHAKE in (given.get("next"), request.query_params.get("next")) else "",
            typed={name: given.get(name, "") for name in ("name", "phone", "code", MARKETING)},
            fault=fault,
            old=old,
            away=away,
            joining=away or (service is not None and service.ready),
            asks_phone=service is not None and service.phone,
            ended=last is not None and last.ended_why == "time" and not typed,
            faster=self._hall.network.member_kbit > self._hall.network.guest_kbit,
            guest_ms=self._hall.settings.guest_minutes * MINUTE_MS,
            member_ms=self._hall.settings.member_minutes * MINUTE_MS,
        )

    def _card(self, request: Request, phone: Client, card: Card, shake: bool = False) -> Response:
        language, currency = self._drawing.language(request), self._knocking.currency
        token, live = self._forms.token(phone), self._clerk.live(phone)
        return self._drawing.page(
            request,
            "wifi_card.html.j2",
            card=card,
            shake=shake,
            connected=live is not None and live.member is not None,
            tier=told(card.tier_name, language),
            gifts=shown.gifts(card.given, language, currency),
            credits=shown.credits_(card.given, language),
            coupons=shown.others(card, language, currency),
            token=token,
            voucher=self._forms.voucher(token, phone, card.member),
            minutes_ms=self._hall.settings.member_minutes * MINUTE_MS,
        )


def _fault(kind: str, fields: dict[str, str]) -> Fault | None:
    """What is wrong with a form before anybody is asked."""
    if kind == "code":
        good = 0 < len(fields.get("code", "")) <= CODE_CHARACTERS_MAX
        return None if good else Fault("code", "code")
    if not 0 < len(" ".join(fields.get("name", "").split())) <= NAME_CHARACTERS_MAX:
        return Fault("name", "name")
    return None if len(fields.get("phone", "")) <= PHONE_CHARACTERS_MAX else Fault("phone", "phone")
