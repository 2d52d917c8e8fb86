"""The member's pages behind the guard, with a door, a clock and a browser's hands."""

import asyncio
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.portal.cookies import Cookies, read_key
from gateway.portal.me import site as me_site
from gateway.portal.me import words as me_words
from gateway.portal.me.page import me_routes
from gateway.portal.resume import Offers
from gateway.portal.settings import PortalSettings
from shopbell.look.guard import Guard
from shopbell.look.pages import Pages
from tests.gateway.portal.me.door import MEMBER, NOW_MS, FakeDoor

ADDRESS = "http://10.77.0.1"


class Shop:
    """One portal. `now_ms` is its clock, `counted` what it counted; restart() opens its folder anew."""

    def __init__(self, folder: Path, address: str = ADDRESS, **settings: Any) -> None:
        self.folder = folder
        self.address = address
        self.door = FakeDoor()
        self.now_ms = NOW_MS
        self.counted: list[str] = []
        named = {"store": "corner-bakery", "store_name": "街角面包房", "contact": "privacy@brand.example"}
        self.settings = PortalSettings(**{**named, **settings})
        self.restart()

    def restart(self) -> None:
        key, now = read_key(self.folder), lambda: self.now_ms
        self.offers = Offers(self.folder, key, self.address, now, self.counted.append)
        self.cookies = Cookies(key, now, ended_ms=self.offers.ended_ms)
        self.pages = pages()
        routes = me_routes(
            self.door, self.cookies, self.offers, self.pages, self.settings, client_of, lambda: self.now_ms
        )
        look = Route("/look/{name}", self._file)
        self.app = Starlette(routes=[*routes, look], middleware=[Middleware(Guard)])

    async def _file(self, request: Request) -> Response:
        found = self.pages.asset(request.path_params["name"])
        assert found is not None
        return Response(found.body, media_type=found.media_type)


@cache
def pages() -> Pages:
    """Templates are read and compiled once for all tests."""
    return Pages([me_site.FOLDER], me_words.WORDS)


def client_of(request: Request) -> str:
    return request.headers.get("x-test-client") or (request.client.host if request.client else "")


class Hands:
    """One browser: keeps cookies, follows no redirect, fills in forms as they are drawn."""

    def __init__(self, shop: Shop, client: str = "10.77.0.60", language: str = "en") -> None:
        self._shop = shop
        self.cookies = httpx.Cookies()
        self.headers = {"x-test-client": client, "accept-language": language}

    def ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, path, sent))

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.ask("GET", path, **sent)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        return self.ask("POST", path, data=fields, headers=headers)

    def fill(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Press the button of the form for `action` on a page, as a browser would send it."""
        drawn = self.get(page)
        assert drawn.status_code == 200, drawn.text
        return self.post(action, {**hidden(drawn.text, action), **fields})

    def follow(self, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    async def _ask(self, method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._shop.app)
        headers = self.headers | sent.pop("headers", {})
        async with httpx.AsyncClient(
            transport=transport, base_url=self._shop.address, cookies=self.cookies
        ) as asking:
            answer = await asking.request(method, path, headers=headers, **sent)
            self.cookies = asking.cookies
            return answer


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form for an action."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, f"no form for {action}"
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in found}


def known(shop: Shop, hands: Hands) -> Hands:
    """The browser of somebody who has just joined."""
    response = Response()
    shop.cookies.set_member(response, MEMBER)
    name, _, rest = response.headers["set-cookie"].partition("=")
    hands.cookies.set(name, rest.partition(";")[0], domain="10.77.0.1")
    return hands


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.offers.close()


@pytest.fixture
def hands(shop: Shop) -> Hands:
    """A browser that nobody knows."""
    return Hands(shop)


@pytest.fixture
def mine(shop: Shop) -> Hands:
    """The member's own browser."""
    return known(shop, Hands(shop))
