"""Joins the guests' pages: capture, the guard, the routes. build_app() is the one way in.

GET  /  /coupon  /online  /privacy        pages; ?lang=zh-CN|en
POST /join  /return  /connect  /extend    forms; by GET they lead back to the first page
GET  /api/captive                         RFC 8908
GET  /health, /look/<file>
     /me...  /r/...                       a member's own pages: me.py
     /shake...  /v1/checkins...           checking in: shake/site.py
anything for another Host                 led to our first page: capture.py
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.portal.announce import API_PATH
from gateway.portal.api8908 import CaptiveApi
from gateway.portal.capture import Capture
from gateway.portal.drawing import Drawing
from gateway.portal.forms import BadForm
from gateway.portal.joining import Joining
from gateway.portal.settings import NetworkSettings, PortalSettings
from gateway.portal.staying import Staying
from shopbell.look.guard import Guard
from shopbell.look.pages import ASSET_PATH

Endpoint = Callable[[Request], Awaitable[Response]]
BAD_FORM: Final = "portal.bad_form_"  # and why


def build_app(
    drawing: Drawing,
    joining: Joining,
    staying: Staying,
    api: CaptiveApi,
    members: Iterable[BaseRoute],
    settings: PortalSettings,
    network: NetworkSettings,
    home: Callable[[], str],
    count: Callable[[str], None],
) -> Starlette:
    """The ASGI app; `home` is where the first page is now, without a closing slash."""
    names = own_names(settings, network)

    async def missing(request: Request, problem: Exception) -> Response:
        return drawing.sorry(request, "missing", 404)

    async def bad_form(request: Request, problem: Exception) -> Response:
        count(BAD_FORM + str(problem))
        return drawing.sorry(request, "form", 403)

    return Starlette(
        routes=[*routes(drawing, joining, staying, api), *members],
        middleware=[
            Middleware(Capture, names=names, home=home, count=count),
            Middleware(
                Guard,
                names=names,
                refused=lambda reason: count(f"portal.refused_{reason}"),
                framed_by=settings.framed_by,
            ),
        ],
        exception_handlers={404: missing, 405: missing, BadForm: bad_form},
    )


def routes(drawing: Drawing, joining: Joining, staying: Staying, api: CaptiveApi) -> list[BaseRoute]:
    """What everybody on the guests' network may open."""
    pages: dict[str, Endpoint] = {
        "/": joining.welcome,
        "/coupon": joining.coupon,
        "/online": staying.online,
        "/privacy": staying.privacy,
        API_PATH: api.answer,
        "/health": health,
        ASSET_PATH + "{name}": drawing.file,
    }
    forms: dict[str, Endpoint] = {
        "/join": joining.join,
        "/return": joining.come_back,
        "/connect": staying.connect,
        "/extend": staying.extend,
    }
    return [
        *(Route(path, page, methods=["GET"]) for path, page in pages.items()),
        *(Route(path, form, methods=["POST"]) for path, form in forms.items()),
        *(Route(path, back_to(drawing), methods=["GET"]) for path in forms),
    ]


def back_to(drawing: Drawing) -> Endpoint:
    """A form's address opened as a page, by "reload" or by the link to the other language."""

    async def first(request: Request) -> Response:
        return drawing.go(request, "/")

    return first


async def health(request: Request) -> Response:
    """GET /health: the process answers."""
    return PlainTextResponse("ok\n")


def own_names(settings: PortalSettings, network: NetworkSettings) -> frozenset[str]:
    """The hosts that are ours; every other one is captured. Without a proxy in front, people open us by what
    we listen on too."""
    ours = {network.name, str(network.interface.ip)}
    if not settings.behind_proxy:
        ours |= {settings.http_host, "localhost", "127.0.0.1"}
    return frozenset(ours)
