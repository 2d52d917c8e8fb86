"""The guest's phone on the bench: joining, leaving, and holding its member card to a terminal."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from hardware_tests.virtual.bench import build_bench
from hardware_tests.virtual.bench.feed import Feed
from hardware_tests.virtual.bench.ports import Person
from hardware_tests.virtual.bench.stage import Stage

Play = Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]
Ask = Callable[[Play], None]


@pytest.fixture
def ask(terminal: Any, plugs: Any, paper: Any, phone: Any, floor: Any, people: list[Person]) -> Ask:
    app = build_bench([terminal], plugs, paper, phone, floor, "http://gw", "t1", "http://hq", "t2", people)

    async def run(play: Play) -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8095") as client:
            await play(client)

    return lambda play: asyncio.run(run(play))


def test_it_joins_and_leaves(ask: Ask, phone: Any) -> None:
    async def play(client: httpx.AsyncClient) -> None:
        joined = await client.post("/v1/phone", json={"joined": True})
        assert joined.json()["joined"] and phone.now["mac"]
        left = await client.post("/v1/phone", json={"joined": False})
        assert left.json() == {"joined": False, "mac": "", "online_until": None, "member": False}

    ask(play)


def test_its_screen_is_framed_by_the_name_the_bench_was_opened_with(ask: Ask) -> None:
    async def play(client: httpx.AsyncClient) -> None:
        page = await client.get("/")
        assert 'data-address="http://localhost:8081/"' in page.text
        policy = page.headers["content-security-policy"]
        assert "frame-src http://127.0.0.1:8081 http://localhost:8081" in policy

    ask(play)


def test_its_member_card_reaches_the_scanner(ask: Ask, terminal: Any, phone: Any) -> None:
    async def play(client: httpx.AsyncClient) -> None:
        none = await client.post("/v1/terminals/counter-1/phone", json={})
        assert (none.status_code, none.json()) == (409, {"error": "no_member"})
        phone.shows = "SBR7Q4K2M9D"
        shown = await client.post("/v1/terminals/counter-1/phone", json={})
        await asyncio.sleep(0)
        assert shown.status_code == 202 and terminal.codes == [b"SBR7Q4K2M9D"]

    ask(play)


@pytest.mark.parametrize("body", [{}, {"joined": 1}, {"joined": None}, []])
def test_a_press_that_is_none_moves_nothing(ask: Ask, phone: Any, body: Any) -> None:
    async def play(client: httpx.AsyncClient) -> None:
        assert (await client.post("/v1/phone", json=body)).status_code == 400
        assert not phone.now["joined"]

    ask(play)


def test_what_becomes_of_it_is_told(terminal: Any, plugs: Any, paper: Any, phone: Any, floor: Any) -> None:
    async def play() -> None:
        feed = Feed()
        stage = Stage([terminal], plugs, paper, phone, floor, feed)
        assert stage.present()["phone"] == ("phone", phone.state())
        reader = feed.join()
        assert reader is not None
        phone.become(joined=True, online_until=1_000, member=True)
        notes = await reader.next()
        assert notes is not None and notes["phone"] == ("phone", phone.state())

    asyncio.run(play())
