"""Check-ins for apps on the store's network, as JSON."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.portal.shake.checkins import BODY_BYTES_MAX
from tests.gateway.portal.house import OURS, House, Phone, play
from tests.gateway.portal.shake.presence import FRESH_BEACON, OLD_BEACON, TICKET_MS
from tests.gateway.portal.shake.test_shake_page import CODE, asked, joined

ASK = {"key": "app-1.7", "code": CODE}


async def send(phone: Phone, path: str, body: Any, **headers: str) -> httpx.Response:
    """As a program does: no cookie, no Origin."""
    transport = httpx.ASGITransport(phone.house.parts.server.config.app, client=("127.0.0.1", 9))
    known = {"x-real-ip": phone.ip, "host": OURS, **headers}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{OURS}") as client:
        if isinstance(body, bytes):
            return await client.post(path, content=body, headers=known)
        return await client.post(path, json=body, headers=known)


def test_an_app_gets_a_ticket_and_uses_it_up(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        app = house.phone(2)
        begun = await send(app, "/v1/checkins", {**ASK, "heard": [{**FRESH_BEACON, "rssi": -60}]})
        assert begun.status_code == 201
        ticket = begun.json()
        assert ticket["proof"] == "beacon" and ticket["place"]["name"]["en"] == "the door"
        assert ticket["expires_ms"] == TICKET_MS and ticket["heard"] is None
        path = f"/v1/checkins/{ticket['ticket']}"
        came, again = [await send(app, path, {"key": "app-1.8"}) for _ in range(2)]
        assert came.status_code == 200 and came.json() == again.json()
        told = came.json()
        assert told["first_today"] and told["given"][0]["amount"] == 5 and told["name"] == "L**"
        assert told["level"] == "weak" and told["coupons"][0]["code"] is None
        assert "phone" not in told
        stranger = await send(house.phone(3), path, {"key": "app-1.8"})
        assert stranger.status_code == 409 and stranger.json()["reason"] == "ticket_used"

    play(tmp_path, story)


def test_what_was_heard_and_did_not_count_is_said_beside_the_ticket(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        begun = await send(house.phone(2), "/v1/checkins", {**ASK, "heard": [OLD_BEACON]})
        assert (begun.json()["proof"], begun.json()["heard"]) == ("network", "identity_old")

    play(tmp_path, story)


def test_the_key_an_app_chose_is_not_what_the_books_get(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        for number in (2, 3):
            await send(house.phone(number), "/v1/checkins", ASK)
        keys = [str(each["key"]) for each in asked(house, "shake")]
        assert len(set(keys)) == 2 and all(len(key) <= 64 and ASK["key"] not in key for key in keys)

    play(tmp_path, story)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"key": "k"}',
        b'{"code": "c"}',
        b'{"key": "", "code": "c"}',
        b'{"key": "k", "code": 7}',
        b'{"key": "k", "member": "m-1"}',
        b'{"key": "k", "code": "c", "heard": {}}',
        b'{"key": "k", "code": "c", "heard": [{"uuid": "x"}]}',
        b'{"key": "k", "code": "c", "heard": [{"eid": "0123456789abcdef", "rssi": NaN}]}',
        b'{"key": "k", "code": "c", "heard": [{"eid": "0123456789abcdef", "rssi": 1e400}]}',
        b'{"key": "k", "code": "c", "heard": [' + b",".join([b'{"eid":"0123456789abcdef"}'] * 21) + b"]}",
        b'{"key": "' + b"k" * 65 + b'", "code": "c"}',
        b'{"key": "\\ud800", "code": "c"}',
        b'{"key": "k", "code": "' + b"c" * BODY_BYTES_MAX + b'"}',
        b"[" * 5_000,
    ],
)
def test_what_is_no_check_in_is_refused_in_words_and_asks_nobody(tmp_path: Path, body: bytes) -> None:
    async def story(house: House) -> None:
        answer = await send(house.phone(), "/v1/checkins", body)
        assert answer.status_code == 400 and answer.json()["reason"] == "bad_request"
        assert {*answer.json()["says"]} == {"zh-CN", "en"}
        assert all(set(each) == {"what", "do"} for each in answer.json()["says"].values())
        assert not asked(house, "shake")

    play(tmp_path, story)


def test_only_phones_on_the_stores_network_and_no_foreign_page(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        away = await send(house.phone(2, lease=False), "/v1/checkins", ASK)
        assert away.status_code == 403 and away.json()["reason"] == "no_lease"
        claimed = await send(house.phone(4, lease=False), "/v1/checkins/SBT1.x", {"key": "k"})
        assert claimed.json()["reason"] == "no_lease"
        page = await send(house.phone(3), "/v1/checkins", ASK, origin="https://evil.example")
        assert page.status_code == 403
        assert not asked(house, "shake") and not asked(house, "claim")

    play(tmp_path, story)


def test_codes_cannot_be_guessed_and_right_ones_cost_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        app = house.phone(2)
        for number in range(15):
            assert (await send(app, "/v1/checkins", {**ASK, "key": f"k{number}"})).status_code == 201
        for number in range(10):
            wrong = await send(app, "/v1/checkins", {"key": f"w{number}", "code": "ZZZZ-ZZZZ"})
            assert wrong.status_code == 404 and wrong.json()["reason"] == "unknown_code"
        stopped = await send(app, "/v1/checkins", ASK)
        assert stopped.status_code == 429 and stopped.json()["reason"] == "too_many"

    play(tmp_path, story)


def test_a_phone_shakes_sixty_times_an_hour_at_most(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        app = house.phone(2)
        codes = [(await send(app, "/v1/checkins", {**ASK, "key": str(at)})).status_code for at in range(61)]
        assert codes == [201] * 60 + [429]
        assert house.count("portal.over_limit_shake") == 1
        await house.pass_time(61)
        assert (await send(app, "/v1/checkins", ASK)).status_code == 201

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("refusal", "status", "error"),
    [
        ("ticket_expired", 410, "ticket_expired"),
        ("ticket_bad", 400, "ticket_bad"),
        ("too_many", 429, "too_many"),
        ("unknown_member", 404, "unknown_code"),
        ("disk_low", 503, "disk_low"),
    ],
)
def test_a_refusal_keeps_its_name(tmp_path: Path, refusal: str, status: int, error: str) -> None:
    async def story(house: House) -> None:
        house.gateway.refuses = refusal
        answer = await send(house.phone(), "/v1/checkins/SBT1.x", {"key": "k"})
        assert (answer.status_code, answer.json()["reason"]) == (status, error)

    play(tmp_path, story)


def test_a_shake_too_soon_says_how_long_to_wait(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        app = house.phone(2)
        house.gateway.presence.now_ms += 5_000
        ticket = (await send(app, "/v1/checkins", ASK)).json()["ticket"]
        await send(app, f"/v1/checkins/{ticket}", {"key": "k"})
        soon = await send(app, "/v1/checkins", {**ASK, "key": "app-1.9"})
        assert soon.status_code == 429 and soon.headers["retry-after"] == "15"

    play(tmp_path, story)


def test_a_gateway_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        app = house.phone(2)
        await house.gateway.close()
        for path, body in (("/v1/checkins", ASK), ("/v1/checkins/SBT1.x", {"key": "k"})):
            answer = await send(app, path, body)
            assert answer.status_code == 503 and answer.json()["reason"] == "away"
        await house.gateway.open()
        assert (await send(app, "/v1/checkins", ASK)).status_code == 201

    play(tmp_path, story)


def test_a_ticket_longer_than_any_is_none(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        answer = await send(house.phone(), "/v1/checkins/" + "x" * 600, {"key": "k"})
        assert answer.json()["reason"] == "ticket_bad" and not asked(house, "claim")

    play(tmp_path, story)
