"""The page of the guests' Wi-Fi: who is online, "end now" and "30 more minutes". It asks the portal.

GET  /wifi                   the page; ?part=wifi only what changes
POST /wifi/{session}/end     a button, then back to the page
POST /wifi/{session}/extend  likewise; `until` is the end that was shown: two presses give time once

For staff with a session and for the console. What the portal says is read strictly; a portal that is away,
or of another mind, is said to be away. Times are the portal's, of the same machine.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, Protocol
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.adapters.http.acts import is_id
from gateway.adapters.http.answers import problem
from gateway.adapters.http.bodies import BadRequest, read
from gateway.adapters.http.books import Enquiry
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.console import Console
from gateway.adapters.http.staff_pages import staff_refusal
from gateway.adapters.http.wifi_words import WORDS
from gateway.counters import Counters
from gateway.errors import LedgerRefused
from gateway.lines import Answer, Away
from gateway.live import Data
from shopbell.look.words import say

TEMPLATE: Final = "wifi.html.j2"
PART: Final = "wifi"
MINUTES: Final = 30  # of one press
AWAY: Final = "wifi.portal_away"
GONE: Final = ("unknown", "no_lease")  # the portal's words for a phone that has left
UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_NUMBER: Final = 2**53


class Session(msgspec.Struct, frozen=True):
    """A phone that is online, as the portal tells it; further fields are a later portal's."""

    id: str
    member: str | None
    mac: str
    ip: str
    since_ms: int
    until_ms: int
    kind: Literal["guest", "member"] = msgspec.field(name="class")
    down_bytes: int | None = None
    up_bytes: int | None = None
    extensions: int = 0
    enforced: bool = True


class Sessions(msgspec.Struct, frozen=True):
    """All of them; `enforced`: netd answers the portal; `wan`: the internet is there; `simulated`: nobody is
    let through or kept out, because netd is a stand-in."""

    sessions: list[Session]
    enforced: bool
    wan: bool
    simulated: bool = False
    counters: dict[str, int] = {}


class Portal(Protocol):
    """Who knows: gateway/lines.py, Asker."""

    async def ask(self, do: str, **more: Any) -> Answer:
        """Its answer; raises Away."""
        ...


class WifiPage:
    """Draws what the portal says, and hands on what buttons ask; `now_ms` is unix time."""

    def __init__(
        self,
        console: Console,
        callers: Callers,
        enquiry: Enquiry,
        portal: Portal,
        counters: Counters,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._console, self._callers, self._enquiry = console, callers, enquiry
        self._portal, self._counters, self._now_ms = portal, counters, now_ms

    async def page(self, request: Request) -> Response:
        """GET /wifi."""
        refusal = await self._console.let_in(request) or await self._refusal(request)
        if refusal:
            return refusal
        part = request.query_params.get("part")
        if part not in (None, PART):
            return problem(404, "no such part", f"the part is {PART}")
        said = await self._sessions()
        shown: Data = {"away": True, "rows": []} if said is None else self._shown(said)
        words = _words(request.query_params.get("said"), self._console.language(request))
        template = TEMPLATE if part is None else "part_wifi.html.j2"
        values: Data = {"shop": self._console.shop, "said": words, "minutes": MINUTES}
        return self._console.html(request, template, 200, views={PART: shown}, **values)

    async def end(self, request: Request) -> Response:
        """POST /wifi/{session}/end."""
        return await self._press(request, self._end)

    async def extend(self, request: Request) -> Response:
        """POST /wifi/{session}/extend."""
        return await self._press(request, self._extend)

    async def _press(self, request: Request, act: Callable[[Request, str], Awaitable[str]]) -> Response:
        refusal = await self._refusal(request)
        if refusal:
            return refusal
        session = request.path_params["session"]
        became = await act(request, session) if is_id(session) else "gone"
        return RedirectResponse(f"/wifi?said={became}", 303)

    async def _end(self, request: Request, session: str) -> str:
        return await self._done("end", session=session)

    async def _extend(self, request: Request, session: str) -> str:
        until_ms, said = await _until(request), await self._sessions()
        if said is None:
            return "away"
        found = next((each for each in said.sessions if each.id == session), None)
        if found is None:
            return "gone"
        if found.until_ms != until_ms:
            return "changed"
        return await self._done("extend", session=session, minutes=MINUTES)

    async def _done(self, do: str, **more: Any) -> str:
        """What became of it, as a word of "wifi.said."."""
        try:
            answer = await self._portal.ask(do, **more)
        except Away:
            self._counters.add(AWAY)
            return "away"
        if answer["ok"]:
            return do
        return "gone" if answer.get("error") in GONE else "busy"

    async def _sessions(self) -> Sessions | None:
        try:
            return msgspec.convert(await self._portal.ask("sessions"), Sessions)
        except (Away, msgspec.ValidationError):
            self._counters.add(AWAY)
            return None

    async def _refusal(self, request: Request) -> Response | None:
        return await staff_refusal(self._console, self._callers, request)

    def _shown(self, said: Sessions) -> Data:
        members = {each.member for each in said.sessions if each.member is not None}
        try:
            names = self._enquiry.names(sorted(members))
        except LedgerRefused:
            names = {}
        now_ms = self._now_ms()
        counted = sorted(said.counters.items(), key=lambda one: (-one[1], one[0]))
        return {
            "away": False,
            "simulated": said.simulated,
            "enforced": said.enforced or said.simulated,
            "wan": said.wan,
            "members": sum(each.member is not None for each in said.sessions),
            "rows": [
                _row(each, names, now_ms, said.simulated) for each in sorted(said.sessions, key=_soonest)
            ],
            "counters": [one for one in counted if one[1]],
        }


def wifi_routes(page: WifiPage) -> list[Route]:
    """Its addresses."""
    return [
        Route("/wifi", page.page, methods=["GET"]),
        Route("/wifi/{session}/end", page.end, methods=["POST"]),
        Route("/wifi/{session}/extend", page.extend, methods=["POST"]),
    ]


def amount(count: int) -> str:
    """Bytes as people read them: 12.3 MB."""
    size, unit = float(max(0, count)), 0
    while size >= 999.5 and unit < len(UNITS) - 1:
        size, unit = size / 1_000, unit + 1
    return f"{size:.1f} {UNITS[unit]}" if unit and size < 99.5 else f"{size:.0f} {UNITS[unit]}"


def _soonest(session: Session) -> tuple[int, str]:
    return session.until_ms, session.id


def _row(session: Session, names: dict[str, str | None], now_ms: int, simulated: bool) -> Data:
    traffic = None
    if session.down_bytes is not None and session.up_bytes is not None:
        traffic = (amount(session.down_bytes), amount(session.up_bytes))
    return {
        "id": session.id,
        "member": session.member,
        "name": names.get(session.member or ""),
        "mac": session.mac,
        "ip": session.ip,
        "kind": session.kind,
        "age_ms": now_ms - session.since_ms,
        "left_ms": session.until_ms - now_ms,
        "until_ms": session.until_ms,
        "traffic": traffic,
        "extensions": session.extensions,
        "enforced": session.enforced or simulated,
    }


async def _until(request: Request) -> int | None:
    """The end that the page showed; None for a form that is not ours."""
    try:
        text = parse_qs((await read(request)).decode("latin-1"), max_num_fields=4).get("until", [""])[0]
    except (BadRequest, ValueError):
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(_NUMBER)) else None


def _words(said: str | None, language: str) -> Data | None:
    """What became of a button; nothing for words that are not ours."""
    stem = f"wifi.said.{said}"
    if f"{stem}.what" not in WORDS:
        return None
    mood = "" if said in ("end", "extend") else "heed"
    return {
        "mood": mood,
        "what": say(f"{stem}.what", language, WORDS),
        "do": say(f"{stem}.do", language, WORDS),
    }
