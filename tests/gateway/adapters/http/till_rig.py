"""A till at a bakery's real desk: clerks who ask an app over the files of tests/gateway/day.py."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.enquiry import Enquiry
from gateway.payments.book import Book
from gateway.payments.desk import Payments
from gateway.payments.port import Port
from gateway.payments.recorded import Recorded
from gateway.payments.sales import Booked
from gateway.pins import Pins
from gateway.presence.doors import open_doors
from gateway.settings import GatewaySettings
from gateway.teller import Teller
from tests.gateway.rig import House

Play = Callable[["Clerk"], Awaitable[Any]]


class Clerk:
    """A browser or a program at the till: `post` gives status and body, and numbers keys by itself."""

    def __init__(self, app: Any, token: str | None) -> None:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers, timeout=30
        )
        self.name, self.keys = secrets.token_hex(4), 0

    async def post(self, path: str, shape: Any = None, **body: Any) -> tuple[int, Any]:
        answer = await self.client.post("/v1" + path, json=body)
        if shape is not None and answer.status_code < 400:
            msgspec.json.decode(answer.content, type=shape)
        return answer.status_code, answer.json()

    async def act(self, path: str, shape: Any = None, **body: Any) -> tuple[int, Any]:
        self.keys += 1
        return await self.post(path, shape, key=f"{self.name}.{self.keys}", **body)

    async def get(self, path: str, shape: Any = None, **query: str) -> Any:
        answer = await self.client.get("/v1" + path, params=query)
        assert answer.status_code == 200, answer.text
        if shape is not None:
            msgspec.json.decode(answer.content, type=shape)
        return answer.json()


@pytest.fixture
def play(bakery: House, settings: GatewaySettings, token: str) -> Callable[..., Any]:
    """play(act, token) runs act(clerk) against an app over the bakery; token None: a browser."""

    async def run(act: Play, shown: str | None, port: Port | None) -> Any:
        teller = Teller(bakery.desk, bakery.counters, wait_s=0.01)
        pins = Pins(bakery.ledger, b"p" * 32, lambda: bakery.now_ms, bakery.counters)
        doors = open_doors(bakery.desk, teller, None, b"t" * 32, bakery.counters, lambda: bakery.steady_ms)
        book = Book(bakery.data, bakery.counters)
        clocks = (lambda: bakery.now_ms), (lambda: bakery.steady_ms)
        payments = Payments(book, port or Recorded(), Booked(bakery.desk), *clocks, bakery.counters)
        payments.begin()
        books = Books(
            teller, Enquiry(bakery.desk), bakery.counter, pins, check_ins=doors.api, payments=payments
        )
        own = msgspec.structs.replace(settings, id="g1")
        app = build_app(bakery.live, own, token, books, b"k" * 32, lambda: bakery.now_ms)
        serving = asyncio.create_task(teller.run())
        clerk = Clerk(app, shown)
        try:
            return await act(clerk)
        finally:
            await clerk.client.aclose()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            pins.close()
            book.close()

    return lambda act, shown=token, port=None: asyncio.run(run(act, shown, port))
