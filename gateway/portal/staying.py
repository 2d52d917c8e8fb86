"""Going online and staying there.

    POST /connect    token, member? and voucher? (of the card just shown)   -> GET /online, or why not
    POST /extend     token                                                  -> GET /online, or why not
    GET /online      how it stands: online, waiting for the internet, or for the network

The phone gets to /online by a navigation of the whole page after the kernel has said yes: an iPhone looks
again at its network only then. While something is still missing the page reloads itself, without a script.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.clerk import DONE, FULL, NO_LEASE, OVER, SHUT_OUT
from gateway.portal.clients import Client
from gateway.portal.enforcer import UNKNOWN
from gateway.portal.forms import BadForm, read_form
from gateway.portal.grants import Session
from gateway.portal.hall import Hall
from gateway.portal.resume import Offers
from gateway.portal.sessions import MINUTE_MS
from gateway.portal.shown import left_in_words

OPENING_AGAIN_S: Final = 3
WAN_AGAIN_S: Final = 15
STATUS: Final = {NO_LEASE: 403, OVER: 403, SHUT_OUT: 403, FULL: 503}


class Staying:
    """The handlers."""

    def __init__(self, hall: Hall, offers: Offers, wan_is_up: Callable[[], bool]) -> None:
        self._hall, self._offers, self._wan_is_up = hall, offers, wan_is_up
        self._drawing, self._forms, self._clerk = hall.drawing, hall.forms, hall.clerk
        self._zone = ZoneInfo(hall.settings.zone)

    async def connect(self, request: Request) -> Response:
        """POST /connect."""
        phone, fields = self._hall.clients.of(request), await read_form(request)
        if phone.mac is None:
            return self._sorry(request, NO_LEASE)
        self._check(phone, fields)
        if self._hall.take("connect", phone) is None:
            return self._drawing.sorry(request, "too_many", 429)
        member = self._forms.vouched(fields, phone)
        became = await self._clerk.begin(phone, member, "join" if member else "connect")
        self._hall.counters.add(f"portal.connect_{became}")
        return self._drawing.go(request, "/online") if became in DONE else self._sorry(request, became)

    async def extend(self, request: Request) -> Response:
        """POST /extend."""
        phone, fields = self._hall.clients.of(request), await read_form(request)
        self._check(phone, fields)
        became = await self._clerk.once_more(phone)
        if became == UNKNOWN:
            return self._drawing.go(request, "/")
        return self._drawing.go(request, "/online") if became in DONE else self._sorry(request, became)

    async def online(self, request: Request) -> Response:
        """GET /online."""
        phone = self._hall.clients.of(request)
        live = self._clerk.live(phone)
        if live is None:
            return self._drawing.go(request, "/")
        state, again_s = self._state(live)
        # The card is handed on only to the browser that has it: a MAC proves nothing.
        member = self._hall.cookies.read_member(request)
        minutes = (
            self._hall.settings.member_minutes if live.kind == "member" else self._hall.settings.guest_minutes
        )
        return self._drawing.page(
            request,
            "wifi_online.html.j2",
            state=state,
            again_s=again_s,
            until=f"{datetime.fromtimestamp(live.ends_ms / 1000, self._zone):%H:%M}",
            left=left_in_words(live.ends_ms - self._hall.now_ms(), self._drawing.language(request)),
            member=live.member is not None,
            offer=self._offers.offer(member) if member is not None else None,
            may_extend=self._clerk.may_extend(live),
            token=self._forms.token(phone),
            minutes_ms=minutes * MINUTE_MS,
            member_ms=self._hall.settings.member_minutes * MINUTE_MS,
        )

    async def privacy(self, request: Request) -> Response:
        """GET /privacy."""
        return self._drawing.page(request, "wifi_privacy.html.j2", contact=self._hall.settings.contact)

    def _state(self, live: Session) -> tuple[str, int]:
        if not self._hall.enforcer.is_open(live):
            return "opening", OPENING_AGAIN_S
        return ("title", 0) if self._wan_is_up() else ("wan", WAN_AGAIN_S)

    def _check(self, phone: Client, fields: dict[str, str]) -> None:
        """An old form is as good as a new one here: it asks for nothing twice."""
        try:
            self._forms.nonce(fields.get("token", ""), phone)
        except BadForm as problem:
            if str(problem) != "old":
                raise

    def _sorry(self, request: Request, why: str) -> Response:
        more = {"ssid": self._hall.network.ssid} if why == NO_LEASE else {}
        known = why if why in STATUS else "busy"
        member = self._hall.cookies.read_member(request) is not None
        return self._drawing.sorry(request, known, STATUS.get(known, 503), member, **more)
