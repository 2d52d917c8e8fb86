"""Who gets in: every route against every key, wrong tokens slowed (faults 28 to 30 and 33)."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from gateway.adapters.http import build_app
from gateway.adapters.http.attempts import (
    ADDRESSES_MAX,
    FORGET_MS,
    FREE,
    WAIT_MS_FIRST,
    WAIT_MS_MAX,
    Attempts,
)
from gateway.adapters.http.books import Books
from gateway.adapters.http.door import COOKIE, HELD_BACK_MAX, Door, Refused
from gateway.counters import Counters
from gateway.live import Live
from gateway.settings import GatewaySettings

OPEN = {
    ("GET", "/health"),
    ("GET", "/look/{name}"),
    ("POST", "/session"),
    ("POST", "/v1/staff/sign_in"),
}


def _routes(app: Starlette) -> list[tuple[str, str]]:
    routes = [route for route in app.routes if isinstance(route, Route)]
    return [
        (method, route.path) for route in routes for method in sorted(route.methods or ()) if method != "HEAD"
    ]


def test_every_route_but_the_open_ones_refuses_a_stranger(stranger: Any) -> None:
    routes = _routes(stranger.app)
    assert len(routes) >= 10 and set(routes) >= OPEN
    for method, path in set(routes) - OPEN:
        answer = stranger.request(method, path)
        assert answer.status_code == 401, path
        assert "m-0001" not in answer.text and "林" not in answer.text


@pytest.mark.parametrize(
    "wrong", ["Bearer wrong", "Bearer ", "Basic " + "0f" * 32, "Bearer " + "0f" * 31, "Bearer é"]
)
def test_a_wrong_header_learns_nothing(stranger: Any, wrong: str) -> None:
    answer = stranger.get("/v1/taps", headers={"authorization": wrong.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(answer.json()) == {"error", "next"}


def test_the_header_opens_everything(reader: Any) -> None:
    for path in ("/", "/v1/taps", "/v1/devices", "/v1/sync", "/v1/counters", "/metrics"):
        assert reader.get(path).status_code == 200


def test_the_printed_link_gives_a_strict_cookie_and_leaves_no_token_in_the_address(
    stranger: Any, token: str
) -> None:
    answer = stranger.get(f"/?token={token}&lang=en&other=1")
    assert answer.status_code == 303 and answer.headers["location"] == "/?lang=en"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and token not in cookie
    assert stranger.get("/").status_code == 200
    assert stranger.get("/v1/taps").status_code == 200


def test_the_form_lets_in_who_has_the_token(stranger: Any, token: str) -> None:
    answer = stranger.post("/session", data={"token": f" {token}\n"})
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert stranger.get("/").status_code == 200


def test_a_cookie_of_another_token_is_none(
    stranger: Any, open_client: Any, live: Live, settings: GatewaySettings, books: Books
) -> None:
    other = open_client(build_app(live, settings, "another", books))
    mark = other.get("/?token=another").cookies[COOKIE]
    stranger.cookies.set(COOKIE, mark)
    assert stranger.get("/v1/taps").status_code == 401


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_wrong_token_page_says_where_the_right_one_is(stranger: Any, language: str) -> None:
    answer = stranger.get(f"/?token=guess&lang={language}")
    assert answer.status_code == 401 and answer.headers["content-type"].startswith("text/html")
    assert "/run/shopbell/gateway.token" in answer.text
    assert {"en": "not right", "zh-CN": "不对"}[language] in answer.text
    assert "guess" not in answer.text


def test_the_form_refuses_another_page_and_a_body_larger_than_a_token(
    stranger: Any, live: Live, token: str
) -> None:
    foreign = stranger.post("/session", data={"token": token}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert live.counters.get("http.refused_origin") == 1
    assert stranger.post("/session", content=b"token=" + b"x" * 5_000).status_code == 401
    assert stranger.post("/session", content=b"\xff\x00=;&&").status_code == 401


def test_a_foreign_name_reaches_no_route_and_is_counted(reader: Any, live: Live) -> None:
    assert reader.get("/v1/taps", headers={"host": "evil.example"}).status_code == 421
    assert live.counters.get("http.refused_host") == 1


def test_every_answer_forbids_framing_sniffing_and_inline_script(reader: Any) -> None:
    for path in ("/", "/v1/taps", "/health", "/nowhere", "/metrics"):
        headers = reader.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


# -- the waiting


def test_the_first_tries_cost_nothing_then_the_wait_doubles_to_its_bound() -> None:
    attempts = Attempts()
    waits = [attempts.wrong("10.0.0.9", 0) for _ in range(FREE + 8)]
    assert waits[:FREE] == [0] * FREE
    assert waits[FREE : FREE + 3] == [WAIT_MS_FIRST, 2 * WAIT_MS_FIRST, 4 * WAIT_MS_FIRST]
    assert waits[-1] == WAIT_MS_MAX


def test_an_address_is_forgotten_after_a_while_and_after_the_right_token() -> None:
    attempts = Attempts()
    for _ in range(20):
        attempts.wrong("a", 0)
    assert attempts.wrong("b", 0) == 0
    assert attempts.wrong("a", FORGET_MS + 1) == 0
    attempts.right("b")
    assert attempts.wrong("b", 0) == 0


def test_a_flood_of_addresses_cannot_grow_memory() -> None:
    attempts = Attempts()
    for number in range(3 * ADDRESSES_MAX):
        attempts.wrong(str(number), 0)
    assert len(attempts._wrong) == ADDRESSES_MAX


def _request() -> Request:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": [], "client": ("10.0.0.9", 1)}
    return Request(scope)


def test_wrong_tokens_wait_beside_each_other_and_only_so_many() -> None:
    async def play() -> tuple[list[int], float, Counters]:
        release = asyncio.Event()
        waited: list[float] = []
        counters = Counters()

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            await release.wait()

        door = Door("right", counters, sleep)

        async def guess() -> int:
            with pytest.raises(Refused) as refused:
                await door.check(_request(), "wrong")
            return refused.value.status

        guesses = [asyncio.create_task(guess()) for _ in range(HELD_BACK_MAX + 5)]
        await asyncio.sleep(0)
        await door.check(_request(), "right")  # whoever has the token passes the waiting crowd
        release.set()
        return await asyncio.gather(*guesses), max(waited), counters

    statuses, longest, counters = asyncio.run(play())
    assert statuses == [401] * HELD_BACK_MAX + [429] * 5
    assert longest == WAIT_MS_MAX / 1_000
    assert counters.get("http.wrong_token") == HELD_BACK_MAX + 5
    assert counters.get("http.held_back_full") == 5
