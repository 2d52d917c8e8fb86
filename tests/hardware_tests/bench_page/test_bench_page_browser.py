"""The bench page in a real browser: a card is pressed and the answer seen, plugs are pulled, HQ catches up.

Gateway and HQ are small stand-ins with the real ones' addresses; the terminal answers as firmware would.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from hardware_tests.virtual.bench import build_bench
from hardware_tests.virtual.bench.ports import Person
from tests.browser import Servers

pytestmark = pytest.mark.browser

GREEN = 0x00C040
GATEWAY = "river-1"
Row = dict[str, Any]


PRESENCE = {
    "beacons": [{"beacon": "beacon-door", "kind": "beacon", "state": "ok"}],
    "people": [
        {"member": "m-1", "name": "林**", "zone": "door", "x_cm": 160, "y_cm": 380, "proof": "tag"},
        {"member": "m-2", "name": "周**", "zone": None, "x_cm": None, "y_cm": None, "proof": "network"},
    ],
}


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
        taps = lambda: {"taps": self.taps[::-1]}  # noqa: E731
        return self.app("gateway", {"/v1/sync": sync, "/v1/taps": taps, "/v1/presence": lambda: PRESENCE})

    def hq_app(self) -> Starlette:
        gateways = lambda: [{"id": GATEWAY, "seq": self.hq}]  # noqa: E731
        return self.app("hq", {"/v1/gateways": gateways, "/v1/events": lambda: self.taps[: self.hq][::-1]})


@pytest.fixture
def address(
    terminal: Any, plugs: Any, paper: Any, phone: Any, floor: Any, people: list[Person]
) -> Iterator[str]:
    """Bench, store and HQ on one loop, as in `make run`."""
    world = World(terminal, plugs)
    with Servers(3) as servers:
        own, gateway, hq = servers.addresses
        bench = build_bench(
            [terminal], plugs, paper, phone, floor, gateway, "t1", hq, "t2", people, brand="晨麦"
        )
        servers.start(bench, world.gateway_app(), world.hq_app())
        yield own


@pytest.fixture
def open_page(address: str, open_at: Callable[..., Any]) -> Callable[..., Any]:
    def opened(language: str = "en", complaints: list[str] | None = None, **options: Any) -> Any:
        page = open_at(f"{address}/?lang={language}", complaints, **options)
        page.locator('[data-live="open"]').wait_for()
        return page

    return opened


PIXELS = """(places) => {
    const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 0, 128, 64);
    return places.map(([x, y]) => data[(y * 128 + x) * 4 + 3]);
}"""


def test_a_pressed_card_is_answered_on_the_display_in_light_tone_words_and_milliseconds(
    open_page: Callable[..., Any],
) -> None:
    problems: list[str] = []
    page = open_page("en", problems)
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


def test_the_floor_plan_shows_who_is_truly_where_and_where_the_gateway_believes_them(
    open_page: Callable[..., Any], floor: Any
) -> None:
    problems: list[str] = []
    page = open_page("en", problems)
    tag, dots = page.locator("[data-true=tag]"), page.locator(".floor-person")
    dots.wait_for(state="attached")
    assert dots.all_text_contents() == ["林**"], "who is nowhere has no dot"
    people = page.locator("[data-floor-people] li").all_inner_texts()
    assert people == ["林** · Door", "周** · in the store, nobody knows where"]
    assert page.locator("[data-sender=beacon-door]").get_attribute("data-on") == "true"
    assert page.locator("[data-sender=beacon-shelves]").get_attribute("data-on") == "false"
    assert "150px" in str(tag.get_attribute("style"))
    page.get_by_role("group", name="Carry Lin's tag to").get_by_role("button", name="Shelves").click()
    page.locator("[data-true=tag][style*='600px']").wait_for(state="attached")
    assert floor.at == {"tag": "shelves", "phone": "door"}
    assert problems == []
