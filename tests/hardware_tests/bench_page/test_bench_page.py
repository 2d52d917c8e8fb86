"""The bench page over HTTP: what a press does, what is refused and why, what is drawn."""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from hardware_tests.virtual.bench import build_bench
from hardware_tests.virtual.bench.people import STRANGER
from hardware_tests.virtual.bench.ports import Person
from hardware_tests.virtual.bench.words import SCRIPT_WORDS

Play = Callable[[httpx.AsyncClient, Any], Coroutine[Any, Any, None]]
Ask = Callable[[Play], None]


@pytest.fixture
def app(terminal: Any, plugs: Any, paper: Any, phone: Any, floor: Any, people: list[Person]) -> Any:
    sources = ("http://gw", "t1", "http://hq", "t2")
    return build_bench(
        [terminal], plugs, paper, phone, floor, *sources, people, brand="晨麦", staff="S01 2468"
    )


@pytest.fixture
def ask(app: Any, terminal: Any) -> Ask:
    """Plays with a client of the page on a loop of its own."""

    async def run(play: Play) -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8095") as client:
            await play(client, terminal)

    return lambda play: asyncio.run(run(play))


def test_a_card_is_held_until_it_leaves_and_meanwhile_no_other(ask: Ask) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        first = await client.post("/v1/terminals/counter-1/tap", json={"person": 0})
        await asyncio.sleep(0)
        second = await client.post("/v1/terminals/counter-1/tap", json={"person": 2})
        terminal.gone.set()
        await asyncio.sleep(0.01)
        third = await client.post("/v1/terminals/counter-1/tap", json={"person": 2})
        await asyncio.sleep(0)
        assert (first.status_code, second.status_code, third.status_code) == (202, 409, 202)
        assert second.json() == {"error": "busy"}
        assert [uid.hex() for uid, _ in terminal.taps] == ["04a1b2c3d4e580", STRANGER["uid"].lower()]

    ask(play)


def test_a_code_reaches_the_scanner(ask: Ask) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        answer = await client.post("/v1/terminals/counter-1/code", json={"person": 0})
        await asyncio.sleep(0)
        assert answer.status_code == 202 and terminal.codes == [b"MW-7Q4K-2M9D"]

    ask(play)


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/v1/terminals/counter-1/tap", {"person": 1}, 409, "no_card"),
        ("/v1/terminals/counter-1/code", {"person": 1}, 409, "no_code"),
        ("/v1/terminals/counter-1/tap", {"person": 99}, 400, "no_person"),
        ("/v1/terminals/counter-1/tap", {"person": True}, 400, "no_person"),
        ("/v1/terminals/counter-1/tap", {"person": "0"}, 400, "no_person"),
        ("/v1/terminals/counter-1/tap", [], 400, "body"),
        ("/v1/terminals/nobody/tap", {"person": 0}, 404, "no_terminal"),
        ("/v1/plugs/moon", {"on": True}, 404, "no_plug"),
        ("/v1/plugs/internet", {"on": 1}, 400, "body"),
        ("/v1/plugs/broker", {"on": False}, 503, "plug_stuck"),
        ("/v1/plugs/power:counter-1", {"on": False}, 503, "plug_stuck"),
    ],
)
def test_what_cannot_be_done_says_why(ask: Ask, path: str, body: Any, status: int, error: str) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert terminal.taps == [] and terminal.codes == []

    ask(play)


def test_a_plug_is_pulled(ask: Ask) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        assert (await client.post("/v1/plugs/internet", json={"on": False})).json() == {"on": False}
        assert 'aria-checked="false"' in (await client.get("/?lang=en")).text

    ask(play)


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"{}", "headers": {"content-type": "text/plain"}},
        {"content": b"x" * 2_000, "headers": {"content-type": "application/json"}},
        {"content": b"\xff{", "headers": {"content-type": "application/json"}},
        {"json": {"on": False}, "headers": {"origin": "https://evil.example"}},
        {"json": {"on": False}, "headers": {"host": "evil.example"}},
        {"json": {"on": False}, "headers": {"sec-fetch-site": "cross-site"}},
    ],
)
def test_foreign_and_broken_presses_move_nothing(ask: Ask, sent: dict[str, Any]) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        answer = await client.post("/v1/plugs/internet", **sent)
        assert 400 <= answer.status_code < 500
        assert 'aria-checked="false"' not in (await client.get("/")).text

    ask(play)


def test_every_post_route_refuses_a_foreign_page(ask: Ask, app: Any) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        paths = [route.path for route in app.routes if "POST" in route.methods]
        assert len(paths) == 7
        for path in paths:
            answer = await client.post(
                path.replace("{name}", "counter-1"), json={}, headers={"origin": "http://x"}
            )
            assert answer.status_code == 403, path

    ask(play)


@pytest.mark.parametrize(("language", "said"), [("en", "Tap 林晓雯&#39;s card"), ("zh-CN", "刷 林晓雯 的卡")])
def test_the_page_speaks_both_languages_and_keeps_its_policy(ask: Ask, language: str, said: str) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        answer = await client.get(f"/?lang={language}")
        assert said in answer.text and f'<html lang="{language}">' in answer.text
        assert "style=" not in answer.text and "onclick" not in answer.text
        words = re.search(
            r'<script type="application/json" id="words">(.*?)</script>', answer.text, re.DOTALL
        )
        assert words is not None and set(json.loads(words[1])) == set(SCRIPT_WORDS)

    ask(play)


def test_parts_assets_codes_and_what_is_not_there(ask: Ask) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        for path in (
            "/?part=store",
            "/?part=hq",
            "/codes/0.svg",
            "/look/bench.js",
            "/look/shopbell.css",
            "/health",
        ):
            assert (await client.get(path)).status_code == 200, path
        for path in (
            "/?part=x",
            "/codes/1.svg",
            "/codes/99.svg",
            "/look/server.py",
            "/look/bench.html.j2",
            "/x",
        ):
            assert (await client.get(path)).status_code == 404, path

    ask(play)


def test_the_bench_knows_the_gateway_and_hq_by_http_only() -> None:
    folder = Path(sys.modules["hardware_tests.virtual.bench"].__file__ or "").parent
    for source in folder.rglob("*.py"):
        assert not re.search(
            r"^\s*(from|import) (gateway|cloud_bridge)\b", source.read_text(), re.MULTILINE
        ), source


def test_receipts_are_drawn_and_served(ask: Ask, paper: Any) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        empty = (await client.get("/?part=roll&lang=en")).text
        paper.cut()
        paper.cut()
        drawn = (await client.get("/?part=roll&lang=en")).text
        assert "No receipt yet" in empty and "No receipt yet" not in drawn
        assert re.findall(r"/receipts/(\d+)\.png", drawn) == ["2", "1"]
        png = await client.get("/receipts/2.png")
        assert (png.headers["content-type"], png.content) == ("image/png", b"\x89PNG fake")
        assert (await client.get("/receipts/3.png")).status_code == 404

    ask(play)


def test_the_way_to_the_till_is_on_the_page(ask: Ask) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        page = (await client.get("/?lang=en")).text
        assert "http://gw/till?till=till-1&amp;token=t1" in page
        assert "S01 2468" in page

    ask(play)


def test_keys_reach_the_keypad_and_nothing_else_does(ask: Ask) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        for key in "25*#":
            answer = await client.post("/v1/terminals/counter-1/key", json={"key": key})
            assert answer.status_code == 200
        for wrong in ("A", "", "12", 1, None):
            answer = await client.post("/v1/terminals/counter-1/key", json={"key": wrong})
            assert (answer.status_code, answer.json()) == (400, {"error": "body"})
        assert (await client.post("/v1/terminals/none/key", json={"key": "1"})).status_code == 404
        assert terminal.keys == "25*#"

    ask(play)


def test_whoever_walks_is_carried_there_and_only_to_where_there_is_a_place(ask: Ask, floor: Any) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        walked = await client.post("/v1/walk", json={"who": "phone", "zone": "shelves"})
        assert walked.json()["phone"]["x_cm"] == 600
        for body in ({"who": "phone", "zone": "moon"}, {"who": "cat", "zone": "door"}, {}):
            nowhere = await client.post("/v1/walk", json=body)
            assert (nowhere.status_code, nowhere.json()) == (400, {"error": "no_place"})
        assert floor.at == {"tag": "door", "phone": "shelves"}

    ask(play)


def test_an_app_on_the_phone_hears_beacons(ask: Ask, floor: Any) -> None:
    async def play(client: httpx.AsyncClient, terminal: Any) -> None:
        assert (await client.get("/v1/phone/heard")).json() == {"heard": floor.heard()}

    ask(play)
