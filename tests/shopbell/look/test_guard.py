"""The guard in front of every page: host, origin and headers (reliability.md, fault row 29)."""

import asyncio
from typing import Any

import pytest

from shopbell.look.guard import HEADERS, Guard, Message, Receive, Scope, Send, host_allowed


async def _route(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"cache-control", b"public"), (b"x-own", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"inside"})


def _ask(guard: Guard, headers: dict[str, str], method: str = "GET") -> list[Message]:
    sent: list[Message] = []
    scope: dict[str, Any] = {"type": "http", "method": method, "path": "/"}
    scope["headers"] = [(key.encode(), value.encode()) for key, value in headers.items()]

    async def receive() -> Message:
        raise AssertionError("the guard reads no body")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "pi.local", "192.168.1.9"]
)
def test_addresses_and_its_own_names_are_let_in(host: str) -> None:
    assert _ask(Guard(_route, ["pi.local"]), {"host": host})[1]["body"] == b"inside"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example", "[evil]:80"]
)
def test_a_name_that_is_not_ours_never_reaches_a_route(host: str) -> None:
    refused: list[str] = []
    answer = _ask(Guard(_route, refused=refused.append), {"host": host})
    assert answer[0]["status"] == 421
    assert refused == ["host"]


def test_two_host_headers_are_no_host() -> None:
    assert not host_allowed("", {"localhost"})
    guard = Guard(_route)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "headers": [(b"host", b"localhost"), (b"host", b"evil.example")],
    }
    asyncio.run(guard(scope, None, send))  # type: ignore[arg-type]  # no route may read a body here
    assert sent[0]["status"] == 421


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:8081"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_change_from_another_page_is_refused(method: str, foreign: dict[str, str]) -> None:
    refused: list[str] = []
    answer = _ask(Guard(_route, refused=refused.append), {"host": "localhost:8080", **foreign}, method)
    assert answer[0]["status"] == 403
    assert refused == ["origin"]


@pytest.mark.parametrize("own", [{"origin": "http://localhost:8080"}, {"sec-fetch-site": "same-origin"}, {}])
def test_a_change_from_our_page_or_a_program_passes(own: dict[str, str]) -> None:
    assert _ask(Guard(_route), {"host": "localhost:8080", **own}, "POST")[0]["status"] == 200


def test_reading_is_not_stopped_by_where_it_comes_from() -> None:
    assert _ask(Guard(_route), {"host": "localhost", "origin": "https://evil.example"})[0]["status"] == 200


def test_every_answer_carries_the_safe_headers_and_a_route_may_set_its_own() -> None:
    given = dict(_ask(Guard(_route), {"host": "localhost"})[0]["headers"])
    assert set(dict(HEADERS)) <= set(given)
    assert given[b"cache-control"] == b"public"
    refused = dict(_ask(Guard(_route), {"host": "evil.example"})[0]["headers"])
    assert refused[b"content-security-policy"] == dict(HEADERS)[b"content-security-policy"]


def test_the_policy_allows_no_inline_script_and_no_frame() -> None:
    policy = dict(HEADERS)[b"content-security-policy"].decode()
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_only_the_origins_that_are_named_may_frame_our_pages() -> None:
    guard = Guard(_route, framed_by="http://127.0.0.1:8095 http://localhost:8095")
    given = dict(_ask(guard, {"host": "localhost"})[0]["headers"])
    policy = given[b"content-security-policy"].decode()
    assert "frame-ancestors http://127.0.0.1:8095 http://localhost:8095" in policy
    assert "frame-src" not in policy
    assert b"x-frame-options" not in given
    assert set(dict(HEADERS)) - set(given) == {b"x-frame-options"}


def test_a_page_that_frames_another_still_cannot_be_framed() -> None:
    guard = Guard(_route, frames="http://127.0.0.1:8081")
    given = dict(_ask(guard, {"host": "localhost"})[0]["headers"])
    policy = given[b"content-security-policy"].decode()
    assert policy.endswith("frame-ancestors 'none'; frame-src http://127.0.0.1:8081")
    assert given[b"x-frame-options"] == b"DENY"
