"""A whole portal in a temporary folder: a clock that stands still, phones, and fakes of its two doors."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from gateway.log import Log
from gateway.portal.app import Parts, build
from gateway.portal.net.leases import path_of
from gateway.portal.settings import NetworkSettings, PortalSettings
from tests.gateway.portal.fakes import FakeGateway, FakeNetd

OURS = "wifi.shopbell.example"
MINUTE_MS = 60_000
START_MS = 1_790_000_000_000  # a Tuesday of September 2026, some hours from midnight everywhere that matters


class House:
    """What a test holds. `now_ms` is the time of portal and leases."""

    def __init__(self, folder: Path, **portal: Any) -> None:
        self.folder = folder
        self.now_ms = START_MS
        self.network = NetworkSettings(run_dir=str(folder), data_dir=str(folder), ssid="Shopbell")
        self.settings = PortalSettings(
            store="s1",
            store_name="Corner",
            brand="Mai",
            run_dir=str(folder),
            data_dir=str(folder / "portal"),
            **portal,
        )
        self.gateway = FakeGateway(folder / "guests.sock")
        self.netd = FakeNetd(folder / "netd.sock", self.leased)
        self.said = StringIO()
        self.parts: Parts
        self._lent: dict[str, str] = {}
        self._closing = ExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    def lend(self, ip: str, mac: str) -> None:
        """The address is this phone's now."""
        self._lent[ip] = mac
        rows = [f"{self.now_ms // 1000 + 86_400} {mac} {ip} * *\n" for ip, mac in self._lent.items()]
        path = path_of(self.network)
        path.with_suffix(".aside").write_text("".join(rows))
        path.with_suffix(".aside").replace(path)

    def take_back(self, ip: str) -> None:
        """The lease ends."""
        mac = self._lent.pop(ip)
        self._lent.setdefault("10.77.3.250", mac)
        self.lend("10.77.3.249", "02:00:00:00:00:99")

    def leased(self, mac: str, ip: str) -> bool:
        return self._lent.get(ip) == mac

    def phone(self, number: int = 1, lease: bool = True) -> "Phone":
        """A phone that has joined the Wi-Fi."""
        phone = Phone(self, f"10.77.0.{100 + number}", f"02:00:00:00:00:{number:02x}")
        if lease:
            self.lend(phone.ip, phone.mac)
        return phone

    def start(self) -> None:
        """Build the portal and set its one worker to work; the clock's work is done by the test."""
        log = Log(self.said, "portal")
        self.parts = build(self.network, self.settings, log, self._closing, lambda: self.now_ms)
        self._tasks = [asyncio.get_running_loop().create_task(self.parts.enforcer.work())]

    async def stop(self) -> None:
        """As a killed process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        """Close its files and connections."""
        self._closing.close()

    async def restart(self) -> None:
        """Killed and started again, with what is on the disk."""
        await self.stop()
        self._closing.close()
        self.start()

    async def pass_time(self, minutes: float) -> None:
        """Let time go by, and the portal look at its clock once."""
        self.now_ms += int(minutes * MINUTE_MS)
        for ip, mac in dict(self._lent).items():
            self.lend(ip, mac)
        await self.parts.enforcer.end_due()
        await self.parts.enforcer.settle()

    def count(self, name: str) -> int:
        return self.parts.counters.get(name)


Story = Callable[[House], Awaitable[None]]


@asynccontextmanager
async def open_house(folder: Path, **portal: Any) -> AsyncIterator[House]:
    """A portal that runs, with both doors open."""
    house = House(folder, **portal)
    await house.gateway.open()
    await house.netd.open()
    house.start()
    await house.parts.enforcer.reconcile()
    try:
        yield house
    finally:
        await house.stop()
        house.close()
        await house.gateway.close()
        await house.netd.close()


def play(folder: Path, story: Story, **portal: Any) -> None:
    """Run a story in a house of its own."""

    async def within() -> None:
        async with open_house(folder, **portal) as house:
            await story(house)

    asyncio.run(asyncio.wait_for(within(), 30))


class Phone:
    """A browser on the guests' network: cookies, and the form it was shown last. nginx is its address."""

    def __init__(self, house: House, ip: str, mac: str) -> None:
        self.ip, self.mac = ip, mac
        self.house = house
        self.cookies: dict[str, str] = {}
        self.last: httpx.Response | None = None

    async def get(self, path: str, host: str = OURS, follow: bool = True, **headers: str) -> httpx.Response:
        return await self._ask("GET", path, host, None, follow, headers)

    async def send(self, path: str, follow: bool = True, **fields: str) -> httpx.Response:
        """The form on the page shown last that goes to `path`, with these fields filled in."""
        assert self.last is not None
        return await self.post(path, {**hidden(self.last.text)[path], **fields}, follow)

    async def post(
        self, path: str, fields: dict[str, str], follow: bool = True, host: str = OURS, **headers: str
    ) -> httpx.Response:
        own = {"origin": f"http://{host}", "sec-fetch-site": "same-origin"}
        return await self._ask("POST", path, host, fields, follow, {**own, **headers})

    async def post_bytes(self, path: str, body: bytes) -> httpx.Response:
        """Anything at all, as a form of this page."""
        return await self._ask("POST", path, OURS, body, True, {"origin": f"http://{OURS}"})

    async def captive(self) -> dict[str, Any]:
        """What the API of RFC 8908 says."""
        answer = await self.get("/api/captive")
        assert answer.headers["content-type"] == "application/captive+json"
        found: dict[str, Any] = msgspec.json.decode(answer.content)
        return found

    async def _ask(
        self,
        method: str,
        path: str,
        host: str,
        body: dict[str, str] | bytes | None,
        follow: bool,
        headers: dict[str, str],
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.house.parts.server.config.app, client=("127.0.0.1", 9))
        known = {"x-real-ip": self.ip, "host": host, **headers}
        if self.cookies:
            known["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            content = urlencode(body).encode() if isinstance(body, dict) else body
            answer = await client.request(method, path, content=content, headers=known)
        self._keep(answer)
        if follow and answer.status_code == 303:
            return await self._ask("GET", answer.headers["location"], OURS, None, True, {})
        self.last = answer
        return answer

    def _keep(self, answer: httpx.Response) -> None:
        for text in answer.headers.get_list("set-cookie"):
            name, _, value = text.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self.elements: set[str] = set()
        self._at = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.add(tag)
        if tag == "form":
            self._at = given["action"]
            self.found[self._at] = {}
        elif tag == "input" and given.get("type") == "hidden":
            self.found[self._at][given["name"]] = given.get("value", "")


def hidden(page: str) -> dict[str, dict[str, str]]:
    """The hidden fields of each form of a page, by where it goes."""
    parser = _Forms()
    parser.feed(page)
    return parser.found


def elements(page: str) -> set[str]:
    """The names of all elements of a page."""
    parser = _Forms()
    parser.feed(page)
    return parser.elements


def wait_until(true: Callable[[], bool], for_s: float = 5.0) -> None:
    """Poll until it is so; for real processes only."""
    until_s = time.monotonic() + for_s
    while not true():
        assert time.monotonic() < until_s, "it did not come to be so"
        time.sleep(0.02)
