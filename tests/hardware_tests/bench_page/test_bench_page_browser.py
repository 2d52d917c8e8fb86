"""The bench page in a real browser: a card is pressed and the answer seen, plugs are pulled, HQ catches up.

Gateway and HQ are small stand-ins with the real ones' addresses; the terminal answers as firmware would.
"""

import asyncio
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from hardware_tests.virtual.bench import build_bench
from hardware_tests.virtual.bench.ports import Person

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 10_000
GREEN = 0x00C040
GATEWAY = "river-1"
Row = dict[str, Any]


class World:
    """A store and HQ in memory: a tap is booked at once, HQ gets it while the internet plug is in."""

    def __init__(self, terminal: Any, plugs: Any) -> None:
        self.terminal, self.plugs = terminal, plugs
        self.taps: list[Row] = []
        self.hq = 0
        self._listeners: dict[str, list[asyncio.Queue[tuple[str, Row]]]] = {"gateway": [], "hq": []}
        terminal.tap = self.tap
        self._set = plugs.set
        plugs.set = self.set

    async def tap(self, uid: bytes, hold_ms: int) -> None:
        seq = len(self.taps) + 1
        tap = {"seq": seq, "at": 1_767_232_800_000, "type": "tap.seen", "device": self.terminal.name}
        who = {"outcome": "greeted", "name": "林**", "evidence_kind": "nfc.uid", "decide_us": 640}
        self.taps.append(tap | who | {"late": False, "duplicate": False})
        self._tell("gateway", "tap", self.taps[-1])
        await asyncio.sleep(0.05)
        self.terminal.light, self.terminal.tone = GREEN, "yes"
        self.terminal.show(bytes([0x81]) + bytes(1_023))
        self.terminal.on_change()
        self.forward()
        await asyncio.sleep(0.3)
        self.terminal.tone = "none"
        self.terminal.on_change()

    async def set(self, name: str, on: bool) -> None:
        await self._set(name, on)
        self.forward()

    def forward(self) -> None:
        if self.plugs.plugs["internet"] and self.hq < len(self.taps):
            news = self.taps[self.hq :]
            self.hq = len(self.taps)
            self._tell("hq", "events", {"gateway": GATEWAY, "seq": self.hq, "events": news})

    def _tell(self, whose: str, name: str, data: Row) -> None:
        for listener in self._listeners[whose]:
            listener.put_nowait((name, data))

    def app(self, whose: str, answers: dict[str, Callable[[], Any]]) -> Starlette:
        async def stream(request: Request) -> Response:
            waiting: asyncio.Queue[tuple[str, Row]] = asyncio.Queue()
            self._listeners[whose].append(waiting)

            async def lines() -> AsyncIterator[str]:
                yield ": here\n\n"
                while True:
                    name, data = await waiting.get()
                    yield f"event: {name}\ndata: {json.dumps(data)}\n\n"

            return StreamingResponse(lines(), media_type="text/event-stream")

        def route(path: str, answer: Callable[[], Any]) -> Route:
            async def endpoint(request: Request) -> Response:
                return JSONResponse(answer())

            return Route(path, endpoint)

        return Starlette(routes=[Route("/v1/stream", stream), *(route(*pair) for pair in answers.items())])

    def gateway_app(self) -> Starlette:
        sync = lambda: {"sync": {"gateway": GATEWAY, "seq": len(self.taps)}, "cache": {}}  # noqa: E731
        return self.app("gateway", {"/v1/sync": sync, "/v1/taps": lambda: {"taps": self.taps[::-1]}})

    def hq_app(self) -> Starlette:
        gateways = lambda: [{"id": GATEWAY, "seq": self.hq}]  # noqa: E731
        return self.app("hq", {"/v1/gateways": gateways, "/v1/events": lambda: self.taps[: self.hq][::-1]})


class Servers:
    """Apps on free ports, on one loop in a thread, because bench, store and HQ share it in `make run` too."""

    def __init__(self, world: World, terminal: Any, plugs: Any, people: list[Person]) -> None:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
        urls = [f"http://127.0.0.1:{opened.getsockname()[1]}" for opened in sockets]
        bench = build_bench([terminal], plugs, urls[1], "t1", urls[2], "t2", people, brand="晨麦")
        self.address = urls[0]
        apps = (bench, world.gateway_app(), world.hq_app())
        self._sockets = sockets
        self._servers = [
            uvicorn.Server(
                uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
            )
            for app in apps
        ]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        pairs = zip(self._servers, self._sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[opened]) for server, opened in pairs))

    def __enter__(self) -> "Servers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.should_exit = True
        self._thread.join(15)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def address(terminal: Any, plugs: Any, people: list[Person]) -> Iterator[str]:
    with Servers(World(terminal, plugs), terminal, plugs, people) as servers:
        yield servers.address


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    contexts: list[Any] = []

    def opened(language: str = "en", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/?lang={language}")
        page.locator('[data-live="open"]').wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()


def _problems(page: Any) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


PIXELS = """(places) => {
    const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 0, 128, 64);
    return places.map(([x, y]) => data[(y * 128 + x) * 4 + 3]);
}"""


def test_a_pressed_card_is_answered_on_the_display_in_light_tone_words_and_milliseconds(
    open_page: Callable[..., Any],
) -> None:
    page = open_page()
    problems = _problems(page)
    page.get_by_role("button", name="Tap 林晓雯's card").click()
    page.get_by_text("green: yes").wait_for()
    page.get_by_text("one high note: yes").wait_for()
    page.locator('[data-part="store"] li[data-key="1"]').get_by_text("at HQ").wait_for()
    page.locator("[data-screen-ms]").filter(has_text=re.compile(r"^\d+$")).wait_for()
    assert page.locator("[data-decide-ms]").inner_text() == "0.6"
    assert page.evaluate(PIXELS, [[0, 0], [0, 7], [0, 1], [1, 0]]) == [255, 255, 0, 0], (
        "bit 0 on top, one byte a column"
    )
    assert "done" in page.locator('[data-step="tap"]').get_attribute("class")
    assert problems == []


def test_the_internet_is_pulled_and_put_back_and_hq_catches_up(open_page: Callable[..., Any]) -> None:
    page = open_page("zh-CN", reduced_motion="reduce")
    plug = page.get_by_role("switch", name="互联网")
    plug.click()
    page.get_by_text("拔掉了").wait_for()
    assert plug.get_attribute("aria-checked") == "false"
    for behind in (1, 2):
        page.get_by_role("button", name="刷 林晓雯 的卡").click()
        page.get_by_text(f"差 {behind} 条").wait_for()
        page.locator(".terminal:not(.held-tap)").wait_for()
    plug.press("Enter")
    page.get_by_text("差 0 条").wait_for()
    page.locator('[data-part="hq"] li[data-key="2"]').wait_for()
    assert "done" in page.locator('[data-step="back"]').get_attribute("class")


def test_a_refused_press_is_said_and_the_plug_stays(open_page: Callable[..., Any]) -> None:
    page = open_page()
    plug = page.get_by_role("switch", name="Broker")
    plug.click()
    page.get_by_role("alert").get_by_text("The plug did not move: the broker does not stop").wait_for()
    assert plug.get_attribute("aria-checked") == "true"
    assert plug.get_by_text("Plugged in").is_visible()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_screen(open_page: Callable[..., Any], width: int, language: str) -> None:
    page = open_page(language, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_to_press_has_a_name_and_room_for_a_finger(open_page: Callable[..., Any]) -> None:
    page = open_page(viewport={"width": 320, "height": 800})
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .choose, [role=switch]")].filter((node) => {
            const box = node.getBoundingClientRect();
            const named = node.ariaLabel || node.innerText.trim();
            return box.width && (box.height < 36 || box.width < 36 || !named);
        }).map((node) => node.outerHTML)"""
    )
    assert small == []
