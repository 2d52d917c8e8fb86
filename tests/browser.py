"""A headless Chromium, and apps of ours served to it; conftest.py has fixtures `browser` and `open_at`."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

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
PATIENCE_MS = 20_000
START_WAIT_S, STOP_WAIT_S = 10, 15


@contextmanager
def chromium() -> Iterator[Any]:
    """A running Chromium; skips where playwright or Chromium is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: make system")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


def open_page(browser: Any, address: str, complaints: list[str] | None = None, **options: Any) -> Any:
    """The page at an address, in a context of its own; what its console and scripts say from the first byte
    on goes to `complaints`."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(PATIENCE_MS)
    if complaints is not None:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page


class Servers:
    """Apps on free ports, on one loop in a thread; the addresses stand before the apps are built."""

    def __init__(self, count: int = 1) -> None:
        self._sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        self.addresses = [f"http://127.0.0.1:{opened.getsockname()[1]}" for opened in self._sockets]
        self._servers: list[uvicorn.Server] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self, *apps: Any) -> None:
        """Serve as many apps as there are addresses, in their order."""
        for app in apps:
            config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
            self._servers.append(uvicorn.Server(config))
        self._thread.start()
        assert self._started.wait(START_WAIT_S)

    def call(self, act: Callable[[], None]) -> None:
        """Run a function on the apps' loop."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(act)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started.set()
        pairs = zip(self._servers, self._sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[opened]) for server, opened in pairs))

    def __enter__(self) -> "Servers":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_WAIT_S)
        for opened in self._sockets:
            opened.close()
