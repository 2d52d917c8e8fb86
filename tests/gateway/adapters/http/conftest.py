"""A gateway's live view with something in it, and a client at its own address."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.adapters.http import build_app
from gateway.counters import Counters
from gateway.live import Live
from gateway.settings import GatewaySettings

TOKEN = "0f" * 32
ADDRESS = "http://127.0.0.1:8080"
NOW_MS = 1_767_232_800_000  # 2026-01-01 10:00 in Shanghai

Tap = dict[str, Any]


class Client:
    """Asks an app over ASGI as one browser or program would: it keeps cookies and follows no redirect."""

    def __init__(self, app: Any, address: str = ADDRESS, token: str = "") -> None:
        self.app = app
        self.cookies = httpx.Cookies()
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        self._address = address

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, path, sent))

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("GET", path, **sent)

    def post(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("POST", path, **sent)

    async def _ask(self, method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url=self._address, cookies=self.cookies
        ) as asking:
            answer = await asking.request(
                method, path, headers=self.headers | sent.pop("headers", {}), **sent
            )
            self.cookies.update(asking.cookies)
            return answer


def make_tap(seq: int, **changes: Any) -> Tap:
    tap = {
        "seq": seq,
        "at": NOW_MS,
        "type": "tap.seen",
        "device": "counter-1",
        "outcome": "greeted",
        "member": "m-0001",
        "name": "林**",
        "tier": "silver",
        "evidence_kind": "nfc.uid",
        "late": False,
        "duplicate": False,
        "decide_us": 640,
    }
    return tap | changes


def make_device(name: str, **changes: Any) -> dict[str, Any]:
    device = {
        "device": name,
        "state": "online",
        "at": NOW_MS,
        "role": "counter",
        "board": "esp32_devkit",
        "firmware": "0.1.0",
        "uptime_ms": 1_000,
        "counters": {},
    }
    return device | changes


def make_bridge(**changes: Any) -> dict[str, Any]:
    bridge = {
        "state": "running",
        "heard_ms": NOW_MS,
        "started_ms": NOW_MS - 60_000,
        "last_contact_ms": NOW_MS,
        "backlog": 1,
        "trouble": None,
        "cache": {"generation": "g1", "cursor": 48, "as_of": 1, "snapshot_rows": None},
        "counters": {"sent": 1_207},
    }
    return bridge | changes


@pytest.fixture
def bridge() -> Callable[..., dict[str, Any]]:
    return make_bridge


@pytest.fixture
def tap() -> Callable[..., Tap]:
    return make_tap


@pytest.fixture
def device() -> Callable[..., dict[str, Any]]:
    return make_device


@pytest.fixture
def live() -> Live:
    view = Live("s1-gateway", Counters())
    view.add_taps([make_tap(1), make_tap(2, outcome="unknown", member=None, name=None, tier=None)])
    view.set_device("counter-1", make_device("counter-1"))
    view.set_sync(epoch=1, seq=2, as_of=1, synced_at_ms=NOW_MS)
    view.set_cache(state="ready", generation="g1", cursor=48, synced_at_ms=NOW_MS)
    view.set_bridge(make_bridge())
    return view


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(id="s1-gateway", store="江畔店", run_dir="/run/shopbell")


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def open_client() -> type[Client]:
    """For tests that build an app of their own."""
    return Client


@pytest.fixture
def stranger(live: Live, settings: GatewaySettings) -> Client:
    """Somebody without the token."""
    return Client(build_app(live, settings, TOKEN))


@pytest.fixture
def reader(live: Live, settings: GatewaySettings) -> Client:
    """A program with the token."""
    return Client(build_app(live, settings, TOKEN), token=TOKEN)
