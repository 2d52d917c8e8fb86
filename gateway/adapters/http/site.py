"""Joins the HTTP side: the guard, the door, the routes. build_app() is the one way in.

GET  /                 console; ?part=<name> only that part; ?token=<token> signs in; ?lang=zh-CN|en
POST /session          signs in by form
GET  /members...       the members' pages: member_pages.py
GET  /till             the till's page: till.py
GET  /wifi...          the guests' Wi-Fi: wifi.py
GET  /beacons          beacons and visitors: beacons.py
GET  /v1/{counters,exposure}, /metrics, POST /v1/members/{id}/transfers    with the token
POST /v1/checkins, /v1/checkins/{ticket}    with the token: checkins.py
GET  /v1/{taps,devices,sync,presence,stream}    also for staff with a session, as what pos_site.py has
     /v1/members...    taking and looking up: acts.py; likewise
GET  /health, /look/<file>                                open
"""

import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.adapters.http import answers
from gateway.adapters.http.acts import Acts, well_formed
from gateway.adapters.http.api import Api
from gateway.adapters.http.beacons import BeaconsPage, beacon_routes
from gateway.adapters.http.books import Books
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.checkins import CheckInApi
from gateway.adapters.http.console import Console
from gateway.adapters.http.door import Door, Refused
from gateway.adapters.http.files import Files
from gateway.adapters.http.member_pages import MemberPages
from gateway.adapters.http.pos_side import TillSide
from gateway.adapters.http.pos_site import TillDoor, till_routes
from gateway.adapters.http.proofs import Proofs
from gateway.adapters.http.sessions import KEY_BYTES, Sessions
from gateway.adapters.http.till import TillPage
from gateway.adapters.http.wifi import WifiPage, wifi_routes
from gateway.lines import Asker
from gateway.live import Live
from gateway.portal.settings import CONTROL_SOCKET
from gateway.settings import GatewaySettings
from shopbell.look.guard import Guard
from shopbell.look.pages import ASSET_PATH

Endpoint = Callable[[Request], Awaitable[Response]]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def build_app(
    live: Live,
    settings: GatewaySettings,
    token: str,
    books: Books,
    session_key: bytes | None = None,
    now_ms: Callable[[], int] = _now_ms,
) -> Starlette:
    """The ASGI app of a gateway's HTTP side; token is what its readers must carry, not empty.

    `session_key` seals the cookies of staff; None: one of this run alone. `now_ms` is unix time.
    """
    door = Door(token, live.counters)
    console = Console(live, settings, door)
    sessions = Sessions(session_key or secrets.token_bytes(KEY_BYTES), now_ms, live.counters)
    callers = Callers(door, sessions, books)
    tills = TillDoor(callers, sessions, live.counters)
    side = TillSide(live, settings, books, Proofs(now_ms, live.counters))
    acts, pages = Acts(live, settings, books), MemberPages(live, console, books)
    portal = Asker(Path(settings.run_dir) / CONTROL_SOCKET)
    wifi = WifiPage(console, callers, books.enquiry, portal, live.counters, now_ms)
    beacons = BeaconsPage(live, console, callers, books.enquiry, now_ms)
    asked = settings.asked_tenders if settings.payments_url else ()
    till = TillPage(console, books, settings.zone, settings.terminals, asked)
    return Starlette(
        routes=[
            *reading(Api(live), console, door, tills),
            *changing(acts, door, tills),
            *till_routes(side, door, tills),
            *CheckInApi(door, books, live.counters).routes(),
            *member_pages(pages),
            *wifi_routes(wifi),
            *beacon_routes(beacons),
            *till_page(till, tills, Files(console.pages, till.pages)),
        ],
        middleware=[Middleware(Guard, names=own_names(settings), refused=partial(_count_refused, live))],
        exception_handlers={404: answers.not_found, 405: answers.wrong_method},
    )


def reading(api: Api, console: Console, door: Door, tills: TillDoor) -> list[Route]:
    """What shows the live view; a test knocks at each without a token."""
    shared = {
        "/v1/taps": api.taps,
        "/v1/devices": api.devices,
        "/v1/sync": api.sync,
        "/v1/presence": api.presence,
        "/v1/stream": api.stream,
    }
    guarded = {"/v1/counters": api.counters, "/metrics": api.metrics}
    return [
        Route("/", console.page, methods=["GET"]),
        Route("/session", console.sign_in, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
        *(Route(path, behind(door, endpoint), methods=["GET"]) for path, endpoint in guarded.items()),
        *(Route(path, tills.behind(endpoint), methods=["GET"]) for path, endpoint in shared.items()),
    ]


def changing(acts: Acts, door: Door, tills: TillDoor) -> list[Route]:
    """What books acts, and what it takes to ask for them. What moves promises at will, and the worst loss,
    are not for staff sessions: programs and limits are there so that nobody credits as they please."""
    guarded = (
        ("GET", "/v1/exposure", acts.exposure),
        ("POST", "/v1/members/{id}/transfers", acts.transfers),
    )
    shared = (
        ("POST", "/v1/members", acts.enrol),
        ("GET", "/v1/members/{id}", acts.member),
        ("POST", "/v1/members/{id}/instruments", acts.link),
        ("POST", "/v1/members/{id}/instruments/{iid}", acts.change),
        ("POST", "/v1/members/{id}/phone", acts.phone),
    )
    return [
        *(Route(path, behind(door, well_formed(do)), methods=[method]) for method, path, do in guarded),
        *(Route(path, tills.behind(well_formed(do)), methods=[method]) for method, path, do in shared),
    ]


def member_pages(pages: MemberPages) -> list[Route]:
    """What people see of members."""
    return [
        Route("/members", pages.find, methods=["GET"]),
        Route("/members/{id}", pages.member, methods=["GET"]),
        Route("/members/{id}/instruments/{iid}", pages.change, methods=["POST"]),
        Route("/members/{id}/tags", pages.link, methods=["POST"]),
    ]


def till_page(page: TillPage, tills: TillDoor, files: Files) -> list[Route]:
    """What clerks see, and the files of every page."""
    return [
        Route("/till", page.page, methods=["GET"]),
        Route("/till/offers", tills.behind(page.offers), methods=["GET"]),
        Route(ASSET_PATH + "{name}", files.file, methods=["GET"]),
    ]


def behind(door: Door, endpoint: Endpoint) -> Endpoint:
    """The endpoint for those who carry the token; the others learn nothing but that."""

    async def guarded(request: Request) -> Response:
        try:
            admitted = await door.admit(request)
        except Refused as refused:
            return answers.refusal(refused.status)
        return await endpoint(request) if admitted else answers.refusal(401)

    return guarded


async def health(request: Request) -> Response:
    """GET /health: the process answers."""
    return answers.json({"status": "ok"})


def own_names(settings: GatewaySettings) -> set[str]:
    """The names by which people may open this gateway, besides addresses and localhost."""
    here = socket.gethostname()
    return {settings.http_host, here, f"{here}.local"} - {""}


def _count_refused(live: Live, reason: str) -> None:
    live.counters.add(f"http.refused_{reason}")
