"""Serves the bench page. Only pages of this very server may press its buttons (shopbell.look.guard).

GET  /                                   the page; ?part=store|hq|roll draws that again; ?lang=zh-CN|en
GET  /v1/stream                          what changes (stage.py)
GET  /codes/<number>.svg                 a person's QR code
GET  /receipts/<number>.png              a receipt that came out of the printer
POST /v1/terminals/<name>/tap            {"person": number}: hold the card to the reader
POST /v1/terminals/<name>/code           {"person": number}: hold the code to the scanner
POST /v1/terminals/<name>/key            {"key": "5"}: press a key of its keypad
POST /v1/terminals/<name>/phone          {}: hold the phone's member card before the scanner
POST /v1/phone                           {"joined": bool}: join the store's Wi-Fi, or leave it
GET  /v1/phone/heard                     the beacons that an app on the phone hears
POST /v1/walk                            {"who": "tag" or "phone", "zone": id}: carry it there
POST /v1/plugs/<name>                    {"on": bool}
GET  /health, /look/<file>
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from hardware_tests.virtual.bench.buttons import Buttons
from hardware_tests.virtual.bench.feed import Feed
from hardware_tests.virtual.bench.follow import Source, follow, new_client
from hardware_tests.virtual.bench.page import Brand, Page
from hardware_tests.virtual.bench.people import fill_drawer
from hardware_tests.virtual.bench.ports import Floor, Paper, Person, Phone, Plugs, Terminal
from hardware_tests.virtual.bench.stage import Stage
from shopbell.look.guard import Guard
from shopbell.look.pages import ASSET_PATH

LINES_ASKED: Final = 40
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def build_bench(
    room: Sequence[Terminal],
    plugs: Plugs,
    paper: Paper,
    phone: Phone,
    floor: Floor,
    gateway_url: str,
    gateway_token: str,
    hq_url: str,
    hq_token: str,
    people: Sequence[Person],
    brand: Brand = "Shopbell",
    staff: str = "",
) -> Starlette:
    """The ASGI app; room holds the terminals in the order they stand; `staff` says who may sign in at the
    till, and how. Raises ValueError for a wrong card."""
    gateway, hq = Source(gateway_url, gateway_token), Source(hq_url, hq_token)
    feed, drawer = Feed(), fill_drawer(people)
    stage = Stage(room, plugs, paper, phone, floor, feed)
    page = Page(stage, feed, drawer, brand, gateway, hq, staff)
    buttons = Buttons(stage, drawer)
    return Starlette(
        routes=routes(page, buttons),
        middleware=[Middleware(Guard, frames=frames(phone.port))],
        lifespan=following(stage, feed, gateway, hq),
    )


def frames(port: int) -> str:
    """The origins of the guests' pages, which the phone shows: this machine, by either name."""
    return f"http://127.0.0.1:{port} http://localhost:{port}"


def routes(page: Page, buttons: Buttons) -> list[Route]:
    """Every route there is."""
    return [
        Route("/", page.show, methods=["GET"]),
        Route("/v1/stream", page.stream, methods=["GET"]),
        Route("/codes/{number:int}.svg", page.code, methods=["GET"]),
        Route("/receipts/{number:int}.png", page.receipt, methods=["GET"]),
        Route("/health", page.health, methods=["GET"]),
        Route(ASSET_PATH + "{name}", page.asset, methods=["GET"]),
        Route("/v1/terminals/{name}/tap", buttons.tap, methods=["POST"]),
        Route("/v1/terminals/{name}/code", buttons.code, methods=["POST"]),
        Route("/v1/terminals/{name}/key", buttons.key, methods=["POST"]),
        Route("/v1/terminals/{name}/phone", buttons.card, methods=["POST"]),
        Route("/v1/phone", buttons.phone, methods=["POST"]),
        Route("/v1/phone/heard", buttons.heard, methods=["GET"]),
        Route("/v1/walk", buttons.walk, methods=["POST"]),
        Route("/v1/plugs/{name}", buttons.plug, methods=["POST"]),
    ]


def following(stage: Stage, feed: Feed, gateway: Source, hq: Source) -> Lifespan:
    """The app's life: it follows the gateway and HQ from its start to its end."""

    @asynccontextmanager
    async def live(app: Starlette) -> AsyncIterator[None]:
        async with new_client() as client:
            tasks = [
                asyncio.create_task(_follow_store(client, gateway, stage)),
                asyncio.create_task(_follow_hq(client, hq, stage)),
            ]
            try:
                yield
            finally:
                feed.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    return live


async def _follow_store(client: httpx.AsyncClient, gateway: Source, stage: Stage) -> None:
    async def opened() -> None:
        sync = await _ask(client, gateway, "/v1/sync")
        taps = await _ask(client, gateway, f"/v1/taps?limit={LINES_ASKED}")
        stage.store_opened(sync, taps["taps"])
        stage.store_heard("presence", await _ask(client, gateway, "/v1/presence"))

    await follow(client, gateway, opened, stage.store_heard, lambda: stage.lost("gateway"))


async def _follow_hq(client: httpx.AsyncClient, hq: Source, stage: Stage) -> None:
    async def opened() -> None:
        gateways = await _ask(client, hq, "/v1/gateways")
        events = await _ask(client, hq, f"/v1/events?limit={LINES_ASKED}")
        stage.hq_opened(gateways, events)

    await follow(client, hq, opened, stage.hq_heard, lambda: stage.lost("hq"))


async def _ask(client: httpx.AsyncClient, source: Source, path: str) -> Any:
    answer = await client.get(source.url + path, headers=source.headers)
    return answer.raise_for_status().json()
