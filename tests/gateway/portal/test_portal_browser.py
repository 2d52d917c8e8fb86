"""A guest's way in a real browser: without scripts, at 320 pixels, in both languages, by keyboard."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.portal.house import House, open_house

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
WIDTH = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Lived:
    """A house on a loop of its own in a thread, at an address a browser can open."""

    def __init__(self, folder: Path, **portal: Any) -> None:
        self._folder, self._portal = folder, portal
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self.house: House

    async def _live(self) -> None:
        async with open_house(self._folder, behind_proxy=False, **self._portal) as house:
            self._loop, self.house = asyncio.get_running_loop(), house
            house.lend("127.0.0.1", "02:00:00:00:00:01")
            self._started.set()
            await house.parts.server.serve(sockets=[self._listening])

    def __enter__(self) -> "Lived":
        self._thread.start()
        assert self._started.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.house.parts.server.should_exit = True
        self._thread.join(20)

    def call(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something on the house's loop."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with Lived(tmp_path) as opened:
        yield opened


def settled(page: Any) -> Any:
    """The page once it is there, and no wider than its screen."""
    page.wait_for_load_state("load")
    assert page.evaluate(WIDTH) == 0
    return page


@pytest.mark.parametrize(("language", "online"), [("zh-CN", "可以上网了"), ("en", "You are online")])
def test_joining_without_scripts_at_320_pixels(
    lived: Lived, open_at: Callable[..., Any], language: str, online: str
) -> None:
    bare = open_at(lived.address, viewport=NARROW, locale=language, java_script_enabled=False)
    bare.fill("#name", "小林")
    bare.click("form[action='/join'] button")
    bare.wait_for_selector(".coupon")
    assert not lived.house.netd.online
    bare.click("form[action='/connect'] button")
    bare.wait_for_selector(".state")
    assert online in bare.content() and bare.url == f"{lived.address}/online"
    assert len(lived.house.netd.online) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_screen_and_complains_of_nothing(
    lived: Lived, open_at: Callable[..., Any], scheme: str
) -> None:
    complaints: list[str] = []
    page = settled(open_at(lived.address, complaints, viewport=NARROW, locale="en", color_scheme=scheme))
    page.fill("#name", "Lin")
    page.click("form[action='/join'] button")
    settled(page).click("form[action='/connect'] button")
    for path in ("/online", "/coupon", "/privacy"):
        page.goto(lived.address + path)
        settled(page)
    page.goto(lived.address + "/nowhere")
    settled(page)
    assert [each for each in complaints if "404" not in each] == []


def test_a_fault_is_where_the_hands_are_and_the_keyboard_is_enough(
    lived: Lived, open_at: Callable[..., Any]
) -> None:
    page = open_at(lived.address, viewport=NARROW, locale="en")
    page.focus("#name")
    page.keyboard.type("Lin")
    page.keyboard.press("Tab")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert page.evaluate("document.activeElement.id") == "phone"
    described = page.get_attribute("#phone", "aria-describedby")
    assert all(page.query_selector(f"#{each}") for each in described.split())
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.wait_for_selector(".coupon")


def test_a_page_that_waits_for_the_network_turns_by_itself(lived: Lived, open_at: Callable[..., Any]) -> None:
    lived.call(lived.house.netd.close())
    page = open_at(lived.address, viewport=NARROW, locale="en")
    page.click("form[action='/connect'] button")
    page.wait_for_selector(".state.opening")
    lived.call(lived.house.netd.open())
    lived.call(lived.house.parts.enforcer.reconcile())
    page.wait_for_selector(".state.title")


def test_every_field_has_a_label_and_every_page_one_title(lived: Lived, open_at: Callable[..., Any]) -> None:
    page = open_at(lived.address, viewport=NARROW, locale="en")
    nameless = """[...document.querySelectorAll('input:not([type=hidden])')].filter(
        each => !each.labels.length || !each.labels[0].textContent.trim()).length"""
    assert page.evaluate(nameless) == 0
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    small = """[...document.querySelectorAll('button, summary, .tick')].filter(
        each => each.getBoundingClientRect().height && each.getBoundingClientRect().height < 44).length"""
    assert page.evaluate(small) == 0
