"""The console in a real browser, against a real server: live, whole without scripts, usable by keyboard."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from gateway.adapters.http import build_app
from gateway.live import Live
from gateway.settings import GatewaySettings

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
Make = Callable[..., dict[str, Any]]


class Server:
    """uvicorn on a free port in a thread; call() runs a function on its loop."""

    def __init__(self, app: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started.set()
        await self._server.serve(sockets=[self._socket])

    def call(self, act: Callable[[], None]) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(act)

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def server(live: Live, settings: GatewaySettings, token: str) -> Iterator[Server]:
    with Server(build_app(live, settings, token)) as running:
        yield running


@pytest.fixture
def open_page(browser: Any, server: Server, token: str) -> Iterator[Callable[..., Any]]:
    """Opens the console by the printed link, in English unless told otherwise."""
    contexts: list[Any] = []

    def opened(language: str = "en", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{server.address}/?token={token}&lang={language}")
        return page

    yield opened
    for context in contexts:
        context.close()


def test_a_tap_appears_by_itself_and_the_address_holds_no_token(
    open_page: Callable[..., Any], server: Server, live: Live, tap: Make, token: str
) -> None:
    page = open_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.locator('[data-live="open"]').wait_for()
    assert token not in page.url
    server.call(lambda: live.add_taps([tap(77, name="陈**")]))
    row = page.locator('tr[data-key="77"]')
    row.wait_for()
    assert "陈**" in row.inner_text() and "Greeted" in row.inner_text()
    server.call(lambda: live.set_sync(seq=77, as_of=70))
    page.get_by_text("7", exact=True).first.wait_for()
    assert problems == [], "the page breaks its own policy, or a script fails"


def test_a_lost_connection_is_said_and_found_again(
    open_page: Callable[..., Any], server: Server, live: Live, tap: Make
) -> None:
    page = open_page("zh-CN")
    page.locator('[data-live="open"]').wait_for()
    page.context.set_offline(True)
    server.call(live.close)
    page.locator('[data-live="lost"]').wait_for()
    assert "正在重连" in page.locator("[data-live]").inner_text()
    server.call(lambda: live.add_taps([tap(78)]))
    page.context.set_offline(False)
    page.locator('[data-live="open"]').wait_for()
    page.locator('tr[data-key="78"]').wait_for()


def test_without_scripts_the_page_is_whole_and_says_that_it_is_not_live(
    open_page: Callable[..., Any],
) -> None:
    page = open_page(java_script_enabled=False)
    assert "林**" in page.content()
    assert "reload" in page.locator("[data-live]").inner_text()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_screen(
    open_page: Callable[..., Any], server: Server, live: Live, tap: Make, width: int, language: str
) -> None:
    long = "a-device-name-of-thirty-two-chars"
    server.call(lambda: live.add_taps([tap(90, device=long, late=True, duplicate=True)]))
    page = open_page(language, viewport={"width": width, "height": 800})
    page.locator('[data-live="open"]').wait_for()
    page.locator("tr[data-key='90d']").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_comes_first_to_the_content_and_to_every_link(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    outline = "getComputedStyle(document.querySelector('.languages a')).outlineStyle"
    page.locator(".languages a").first.focus()
    assert page.evaluate(outline) != "none" or page.evaluate("!document.querySelector(':focus-visible')")


def test_signing_in_by_form(browser: Any, server: Server, token: str) -> None:
    page = browser.new_page(locale="en-US")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server.address)
    page.get_by_label("Token").fill("not this one")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Enter").click()
    page.locator('[data-part="taps"]').wait_for()
    page.close()
