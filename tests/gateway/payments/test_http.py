"""The payment bridge over HTTP: what is asked word by word, and everything that is no answer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.counters import Counters
from gateway.payments.http import ANSWER_BYTES_MAX, Bridge, read
from gateway.payments.port import (
    ABSENT,
    DECLINES,
    PENDING,
    SILENT,
    STRANGE,
    Answer,
    Charge,
    Declined,
    Paid,
    Unknown,
)

URL = "https://pay.example/v1"
KEY = "till-1.pay.1"
CHARGE = Charge(KEY, "wechat", 6_200, "134512345678901234", "till-1", 1_795_233_660_000)
PAID = {"key": KEY, "state": "paid", "amount": 6_200, "currency": "CNY", "reference": "4200001"}

Handler = Callable[[httpx.Request], httpx.Response]


def ask(handler: Handler, what: str = "charge", counters: Counters | None = None) -> Answer:
    async def asking() -> Answer:
        transport = httpx.MockTransport(handler)
        bridge = Bridge(URL + "/", "secret", ("wechat",), "river", counters or Counters(), 5.0, transport)
        try:
            if what == "look":
                return await bridge.look(KEY)
            return await (bridge.charge(CHARGE) if what == "charge" else bridge.refund("back-1", KEY, 6_200))
        finally:
            await bridge.close()

    return asyncio.run(asking())


def answering(body: Any, status: int = 200) -> Handler:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda request: httpx.Response(status, stream=httpx.ByteStream(content))


def test_a_charge_is_asked_for_as_the_page_says() -> None:
    heard: list[httpx.Request] = []
    assert ask(lambda request: heard.append(request) or answering(PAID)(request)) == Paid(6_200, "4200001")
    (request,) = heard
    assert (request.method, str(request.url)) == ("POST", f"{URL}/charges")
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["idempotency-key"] == KEY
    assert json.loads(request.content) == {
        "key": KEY, "tender": "wechat", "amount": 6_200, "currency": "CNY", "code": CHARGE.code,
        "till": "till-1", "store": "river", "until": CHARGE.until_ms,
    }  # fmt: skip


def test_a_look_and_a_refund_are_asked_for_as_the_page_says() -> None:
    heard: list[httpx.Request] = []
    told = {"key": "back-1", "state": "refunded", "amount": 6_200}
    assert ask(lambda request: heard.append(request) or answering(told)(request), "refund") == Paid(6_200)
    assert ask(lambda request: heard.append(request) or answering(PAID)(request), "look") == Paid(
        6_200, "4200001"
    )
    assert [(one.method, str(one.url)) for one in heard] == [
        ("POST", f"{URL}/charges/{KEY}/refunds"),
        ("GET", f"{URL}/charges/{KEY}"),
    ]
    assert heard[0].headers["idempotency-key"] == "back-1"
    assert json.loads(heard[0].content) == {"key": "back-1", "amount": 6_200, "currency": "CNY"}


@pytest.mark.parametrize(
    ("change", "status", "answer"),
    [
        ({}, 200, Paid(6_200, "4200001")),
        ({"more": ["of", "theirs"]}, 200, Paid(6_200, "4200001")),
        ({"amount": 6_199}, 200, Paid(6_199, "4200001")),
        ({"reference": "x" * 65}, 200, Paid(6_200)),
        ({"reference": "two words"}, 200, Paid(6_200)),
        ({"state": "declined", "reason": "code_old"}, 200, Declined("code_old")),
        ({"state": "declined", "reason": "the moon"}, 200, Declined("declined")),
        ({"state": "declined", "reason": "never_arrived"}, 200, Declined("declined")),
        ({"state": "pending"}, 200, Unknown(PENDING)),
        ({"state": "absent"}, 404, Unknown(ABSENT)),
        ({"state": "absent"}, 200, Unknown(STRANGE)),
        ({}, 404, Unknown(STRANGE)),
        ({}, 201, Unknown(STRANGE)),
        ({}, 301, Unknown(STRANGE)),
        ({"state": "declined"}, 401, Unknown(STRANGE)),
        ({"state": "declined"}, 500, Unknown(STRANGE)),
        ({"state": "refunded"}, 200, Unknown(STRANGE)),
        ({"state": ""}, 200, Unknown(STRANGE)),
        ({"key": "till-1.pay.2"}, 200, Unknown(STRANGE)),
        ({"currency": "USD"}, 200, Unknown(STRANGE)),
        ({"amount": 0}, 200, Unknown(STRANGE)),
        ({"amount": -6_200}, 200, Unknown(STRANGE)),
        ({"amount": 10**13}, 200, Unknown(STRANGE)),
        ({"amount": 62.0}, 200, Unknown(STRANGE)),
        ({"amount": "6200"}, 200, Unknown(STRANGE)),
        ({"amount": True}, 200, Unknown(STRANGE)),
        ({"padding": "x" * ANSWER_BYTES_MAX}, 200, Unknown(STRANGE)),
    ],
)
def test_only_a_whole_answer_about_this_very_key_counts(
    change: dict[str, Any], status: int, answer: Answer
) -> None:
    assert ask(answering(PAID | change, status)) == answer


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"paid", b"\xff\xfe", b"[" * 9_000, b'{"state":"paid"}']
)
def test_rubbish_is_no_answer_and_is_counted(body: bytes) -> None:
    counters = Counters()
    assert ask(answering(body), counters=counters) == Unknown(STRANGE)
    assert counters.get("payments.bridge_strange") == 1


def test_every_cut_of_an_answer_is_no_answer() -> None:
    whole = json.dumps(PAID).encode()
    assert {read(200, whole[:end], KEY, "paid") for end in range(len(whole))} == {Unknown(STRANGE)}


@pytest.mark.parametrize(
    "problem", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, OSError]
)
def test_a_line_that_breaks_is_silence(problem: type[Exception]) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise problem("told so")

    counters = Counters()
    assert ask(broken, counters=counters) == Unknown(SILENT)
    assert counters.get("payments.bridge_silent") == 1


def test_a_redirect_leads_the_token_nowhere() -> None:
    heard: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        heard.append(str(request.url))
        return httpx.Response(
            307, headers={"location": "https://evil.example/"}, stream=httpx.ByteStream(b"")
        )

    assert ask(elsewhere) == Unknown(STRANGE)
    assert heard == [f"{URL}/charges"]


def test_a_bridge_that_drips_or_hangs_is_given_up() -> None:
    """Real bytes on a real line, one at a time and never the last: only the whole deadline ends it."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        except OSError:
            writer.close()

    async def asking() -> Answer:
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        bridge = Bridge(address, "secret", ("wechat",), "river", Counters(), 0.1)
        try:
            return await bridge.look(KEY)
        finally:
            await bridge.close()
            server.close()

    assert asyncio.run(asking()) == Unknown(SILENT)


def test_every_reason_of_ours_has_words() -> None:
    from gateway.adapters.http.act_words import WORDS
    from gateway.adapters.http.payment_views import stem
    from gateway.payments.course import STANDINGS

    stems = {stem("declined", reason) for reason in DECLINES} | {stem("unknown", PENDING)}
    stems |= {stem(state, "") for state in STANDINGS if state != "declined"}
    assert {f"{each}.{part}" for each in stems for part in ("what", "do")} <= set(WORDS)
