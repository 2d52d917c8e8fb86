"""The page of the guests' Wi-Fi before the real portal: what a button does reaches the phone."""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.lines import own_uid, serve
from gateway.live import Live
from gateway.portal.settings import CONTROL_SOCKET
from gateway.settings import GatewaySettings
from tests.gateway.portal.house import House, open_house

Story = Callable[[House, httpx.AsyncClient], Awaitable[None]]


def play(
    story: Story, live: Live, settings: GatewaySettings, token: str, books: Books, **portal: Any
) -> None:
    """Run a story with a portal and the store's staff."""

    async def within(folder: Path) -> None:
        async with open_house(folder, **portal) as house:
            door = await serve(
                folder / CONTROL_SOCKET, {own_uid()}, house.parts.control.handle, house.parts.counters.add
            )
            here = replace(settings, run_dir=str(folder))
            app = build_app(live, here, token, books, now_ms=lambda: house.now_ms)
            headers = {"authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", headers=headers
            ) as staff:
                await story(house, staff)
            await door.close()

    with tempfile.TemporaryDirectory(prefix="wifi") as folder:
        asyncio.run(asyncio.wait_for(within(Path(folder)), 30))


async def forms(staff: httpx.AsyncClient) -> tuple[str, list[tuple[str, str]]]:
    """The page, and where its buttons for more time go, with the end that each shows."""
    page = (await staff.get("/wifi?lang=en")).text
    return page, re.findall(
        r'action="(/wifi/\w+/extend)"><input type="hidden" name="until" value="(\d+)"', page
    )


def test_staff_see_lengthen_and_end_a_guest(
    live: Live, settings: GatewaySettings, token: str, books: Books
) -> None:
    async def story(house: House, staff: httpx.AsyncClient) -> None:
        phone = house.phone()
        assert "No guest is online now." in (await forms(staff))[0]
        await phone.get("/")
        await phone.send("/connect")
        page, [(extend, until)] = await forms(staff)
        assert "60 min left" in page and phone.mac[-5:] in page and phone.mac not in page
        answer = await staff.post(extend, data={"until": until})
        assert answer.headers["location"] == "/wifi?said=extend"
        assert house.netd.online[phone.mac, phone.ip]["seconds"] == 90 * 60 + 120
        page, [(extend, later)] = await forms(staff)
        assert "90 min left" in page and int(later) - int(until) == 30 * 60_000
        answer = await staff.post(extend.replace("extend", "end"))
        assert answer.headers["location"] == "/wifi?said=end"
        assert not house.netd.online
        assert "No guest is online now." in (await forms(staff))[0]

    play(story, live, settings, token, books)
