"""From joining to the member's own page: the whole portal before a gateway's real door, on a socket."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.lines import Answer, Door, own_uid, serve
from tests.gateway.conftest import judge
from tests.gateway.guests.hall import HALL, Hall
from tests.gateway.portal.house import House as Portal
from tests.gateway.portal.me.test_me_pages import words
from tests.gateway.rig import House

EN = "?lang=en"  # which a cookie keeps
Story = Callable[[Portal], Awaitable[None]]


class Gateway:
    """guests.sock, with the gateway's middle behind it."""

    def __init__(self, path: Path, hall: Hall) -> None:
        self._path, self._hall = path, hall
        self._door: Door

    async def open(self) -> None:
        self._door = await serve(self._path, {own_uid()}, self._handle, lambda name: None)

    async def close(self) -> None:
        await self._door.close()

    async def _handle(self, asked: Answer) -> Answer:
        (answer,) = await self._hall._ask((asked,))
        return answer


@pytest.fixture
def play(house: House, tmp_path: Path) -> Callable[[Story], None]:
    """Runs a story in a portal whose clock is the gateway's, and judges the gateway's log."""
    hall = Hall(house)

    async def within(story: Story) -> None:
        portal = Portal(tmp_path / "portal")
        portal.folder.mkdir()
        portal.now_ms = house.now_ms
        gateway = Gateway(portal.folder / "guests.sock", hall)
        await gateway.open()
        await portal.netd.open()
        portal.start()
        try:
            await story(portal)
        finally:
            await portal.stop()
            portal.close()
            await portal.netd.close()
            await gateway.close()

    def run(story: Story) -> None:
        asyncio.run(asyncio.wait_for(within(story), 30))
        judge(house, HALL)

    return run


def test_a_guest_joins_goes_online_and_takes_the_card_along(play: Callable[[Story], None]) -> None:
    async def story(portal: Portal) -> None:
        mini, real = portal.phone(1), portal.phone(1)
        await mini.get("/" + EN)
        card = await mini.send("/join", name="Lin", marketing="1")
        assert "50" in card.text, "the coupon comes first"
        online = await mini.send("/connect")
        found = re.search(r'href="http://[^/"]+(/r/[^"]+)"', online.text)
        assert found is not None, "the page says how to take the card along"
        path = found[1]
        await real.get(path + EN)
        page = await real.send("/r")
        assert "Hello, Lin" in words(page.text) and "This browser knows you now" in page.text
        assert "Allowed" in (await real.get("/me/data")).text
        other = portal.phone(2)
        await other.get(path + EN)
        assert "was used before" in (await other.send("/r")).text

    play(story)


def test_the_mini_browser_knows_its_member_at_once(play: Callable[[Story], None]) -> None:
    async def story(portal: Portal) -> None:
        phone = portal.phone(1)
        await phone.get("/" + EN)
        await phone.send("/join", name="Lin")
        page = await phone.get("/me")
        assert page.status_code == 200 and "Hello, Lin" in words(page.text)
        styles = [part.partition('"')[0] for part in page.text.split('href="/look/')[1:]]
        for style in styles:
            assert (await phone.get(f"/look/{style}")).status_code == 200
        gone = await phone.post("/me/forget", {"sure": "1"})
        assert gone.status_code == 403, "a form of nobody's"

    play(story)


def test_who_deletes_the_card_may_join_again_as_somebody_new(play: Callable[[Story], None]) -> None:
    async def story(portal: Portal) -> None:
        phone = portal.phone(1)
        await phone.get("/" + EN)
        await phone.send("/join", name="Lin")
        await phone.get("/me/forget")
        assert "are deleted here" in (await phone.send("/me/forget", sure="1")).text
        await phone.get("/" + EN)
        await phone.send("/join", name="Lin again")
        assert "Hello, Lin again" in words((await phone.get("/me")).text)

    play(story)


def test_who_comes_back_by_a_number_is_not_known_by_it(play: Callable[[Story], None]) -> None:
    async def story(portal: Portal) -> None:
        phone, stranger = portal.phone(1), portal.phone(2)
        await phone.get("/" + EN)
        card = await phone.send("/join", name="Lin")
        number = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", words(card.text))
        assert number is not None
        await stranger.get("/" + EN)
        assert (await stranger.send("/return", code=number[0])).status_code == 200
        page = await stranger.get("/me")
        assert "L**" in page.text and "Lin" not in page.text and "PIN" in page.text
        for path in ("/me/data", "/me/export", "/me/another", "/me/forget"):
            assert "PIN" in (await stranger.get(path)).text, "led to the front"

    play(story)
