"""Requests for others are led to our page, by the shape of their Host and by nothing else."""

import asyncio
from typing import Any

import pytest

from gateway.portal.capture import Capture
from gateway.portal.settings import NetworkSettings, PortalSettings
from gateway.portal.site import own_names
from shopbell.look.guard import Message, Receive, Scope, Send

NAMES = own_names(
    PortalSettings(store="s1"), NetworkSettings(name="wifi.brand.example", address="10.7.0.1/24")
)
PLAIN, SECURE = "http://wifi.brand.example", "https://wifi.brand.example"


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def ask(
    hosts: list[str],
    home: str = PLAIN,
    method: str = "GET",
    path: str = "/x",
    more: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes, list[str]]:
    """Status, headers and body of an answer, and what was counted."""
    counted: list[str] = []
    sent: list[Message] = []
    headers = [(b"host", host.encode("latin-1")) for host in hosts]
    headers += [(name.encode(), value.encode()) for name, value in (more or {}).items()]
    raw, _, query = path.partition("?")
    scope: dict[str, Any] = {"type": "http", "method": method, "path": raw, "headers": headers}
    scope |= {"raw_path": raw.encode(), "query_string": query.encode()}

    async def receive() -> Message:
        raise AssertionError("a captured body is not read")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Capture(inside, NAMES, lambda: home, counted.append)(scope, receive, send))
    given = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], given, sent[1]["body"], counted


@pytest.mark.parametrize(
    "host",
    [
        "captive.apple.com",
        "connectivitycheck.gstatic.com",
        "connect.rom.miui.com",
        "connectivitycheck.platform.hicloud.com",
        "a-probe-nobody-has-invented-yet.example",
        "8.8.8.8",
        "[2001:db8::1]",
        "wifi.brand.example.evil.example",
        "xwifi.brand.example",
        "localhost",
        "127.0.0.1",
        "",
        "\xff\xfe",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_whatever_is_not_ours_is_led_to_our_page(host: str, method: str) -> None:
    status, headers, body, counted = ask([host], method=method)
    assert status == 302 and headers["location"] == PLAIN + "/"
    assert headers["connection"] == "close" and headers["cache-control"] == "no-store"
    assert len(body) > 4 and int(headers["content-length"]) == len(body)
    assert PLAIN.encode() in body and counted == ["portal.captured"]


@pytest.mark.parametrize(
    "host",
    ["wifi.brand.example", "WIFI.Brand.Example", "wifi.brand.example.", "wifi.brand.example:80", "10.7.0.1"],
)
def test_our_name_and_our_address_are_ours(host: str) -> None:
    assert ask([host])[0] == 200


def test_no_host_and_two_hosts_are_nobodys() -> None:
    assert ask([])[0] == 302
    assert ask(["wifi.brand.example", "wifi.brand.example"])[0] == 302


def test_a_head_request_gets_the_redirect_without_its_body() -> None:
    status, headers, body, _ = ask(["captive.apple.com"], method="HEAD")
    assert status == 302 and body == b"" and int(headers["content-length"]) > 4


def test_with_a_good_certificate_everything_is_led_to_the_secure_page() -> None:
    assert ask(["captive.apple.com"], SECURE)[1]["location"] == SECURE + "/"
    proxied = {"x-forwarded-proto": "http"}
    status, headers, _, counted = ask(["10.7.0.1"], SECURE, path="/me?lang=en", more=proxied)
    assert status == 302 and headers["location"] == SECURE + "/me?lang=en" and counted == []
    assert ask(["wifi.brand.example"], SECURE, more={"x-forwarded-proto": "https"})[0] == 200
    assert ask(["wifi.brand.example"], SECURE, method="POST", more=proxied)[0] == 200
    assert ask(["wifi.brand.example"], PLAIN, more=proxied)[0] == 200


def test_a_path_cannot_lead_elsewhere() -> None:
    location = ask(["10.7.0.1"], SECURE, path="//evil.example/", more={"x-forwarded-proto": "http"})[1][
        "location"
    ]
    assert location == SECURE + "//evil.example/"


def test_without_a_proxy_this_machines_own_names_are_ours_too() -> None:
    network = NetworkSettings(name="wifi.brand.example")
    desk = own_names(PortalSettings(store="s1", behind_proxy=False), network)
    assert {"localhost", "127.0.0.1", "wifi.brand.example", "10.77.0.1"} == desk
    assert "localhost" not in own_names(PortalSettings(store="s1"), network)
