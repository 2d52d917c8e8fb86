"""Who works at a till: signing in, sessions that hold and end, roles, foreign pages, PINs."""

import re
import stat
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.routing import Route

from gateway.adapters.http import build_app
from gateway.adapters.http.attempts import FREE
from gateway.adapters.http.books import Books
from gateway.adapters.http.callers import CONSOLE
from gateway.adapters.http.sessions import AGE_S, COOKIE, ENDED_MAX, KEY_FILE, Sessions, read_key
from gateway.core.orders.model import Sell, SetPin, SignIn
from gateway.counters import Counters
from gateway.errors import SettingsError
from gateway.live import Live
from gateway.settings import GatewaySettings
from gateway.web import build_server

KEY = b"k" * 32
CAKES: dict[str, Any] = {"lines": [{"sku": "cake", "quantity": 2}]}
COMMIT: dict[str, Any] = {"key": "k1", "basket": CAKES, "tenders": [{"kind": "cash", "amount": 11_200}]}


def _sign_in(client: Any, badge: str = "BADGE-CHEN", till: str = "till-1") -> Any:
    answer = client.post("/v1/staff/sign_in", json={"till": till, "badge": badge})
    assert answer.status_code == 200, answer.text
    return answer


# -- signing in


def test_a_badge_signs_in_by_an_event_and_a_strict_cookie(stranger: Any, till: Any, clock: Any) -> None:
    answer = _sign_in(stranger)
    assert answer.json() == {
        "staff": "s-chen", "name": "陈", "role": "cashier", "may": ["sell", "return", "shift"],
        "till": "till-1", "expires_at": clock() + AGE_S * 1_000,
    }  # fmt: skip
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and f"Max-Age={12 * 3_600}" in cookie
    assert till.asked[0].act == SignIn("badge", "s-chen", "till-1")
    assert (till.asked[0].actor, till.asked[0].type) == ("staff:s-chen", "staff.signed_in")


def test_a_number_and_a_pin_sign_in_too(stranger: Any, till: Any, pins: Any) -> None:
    body = {"till": "till-1", "staff": "s-chen", "pin": "1357"}
    assert stranger.post("/v1/staff/sign_in", json=body).status_code == 200
    assert till.asked[0].act == SignIn("pin", "s-chen", "till-1")
    assert pins.tries == ["staff:s-chen"] and till.asked[0].pin == "right"


@pytest.mark.parametrize(
    "who",
    [
        {"badge": "BADGE-NOBODY"},
        {"badge": "s-chen"},
        {"badge": "BADGE-GONE"},
        {"staff": "s-chen", "pin": "0000"},
        {"staff": "s-nobody", "pin": "1357"},
        {"staff": "s-gone", "pin": "1357"},
    ],
)
def test_whatever_is_wrong_is_said_alike_and_counted(
    stranger: Any, till: Any, live: Live, who: dict[str, str]
) -> None:
    answer = stranger.post("/v1/staff/sign_in", json={"till": "till-1"} | who)
    assert (answer.status_code, answer.json()["reason"]) == (401, "wrong_sign_in")
    assert "set-cookie" not in answer.headers and till.asked == []
    assert live.counters.get("staff.wrong_sign_in") == 1


@pytest.mark.parametrize(
    "who",
    [
        {},
        {"staff": "s-chen"},
        {"pin": "1357"},
        {"badge": "BADGE-CHEN", "pin": "1357"},
        {"badge": "BADGE-CHEN", "staff": "s-chen", "pin": "1357"},
    ],
)
def test_it_is_a_badge_or_a_number_with_a_pin(stranger: Any, till: Any, who: dict[str, str]) -> None:
    answer = stranger.post("/v1/staff/sign_in", json={"till": "till-1"} | who)
    assert (answer.status_code, answer.json()["field"]) == (400, "badge")
    assert till.asked == []


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12 4", "１２３４", "12a4", 1357])
def test_a_pin_is_four_to_eight_digits(stranger: Any, pins: Any, pin: Any) -> None:
    answer = stranger.post("/v1/staff/sign_in", json={"till": "till-1", "staff": "s-chen", "pin": pin})
    assert (answer.status_code, answer.json()["field"]) == (400, "pin")
    assert pins.tries == []


def test_a_locked_pin_is_said_so(stranger: Any, pins: Any) -> None:
    pins.says = "locked"
    body = {"till": "till-1", "staff": "s-chen", "pin": "1357"}
    answer = stranger.post("/v1/staff/sign_in", json=body)
    assert (answer.status_code, answer.json()["reason"]) == (429, "pin_locked")


def test_wrong_sign_ins_wait_longer_and_longer(stranger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []

    async def wait(self: Any, wait_ms: int) -> None:
        waits.append(wait_ms)

    monkeypatch.setattr("gateway.adapters.http.door.Door._hold_back", wait)
    for _ in range(FREE + 3):
        stranger.post("/v1/staff/sign_in", json={"till": "till-1", "badge": "guess"})
    assert waits == [0] * FREE + [250, 500, 1_000]
    _sign_in(stranger)
    stranger.post("/v1/staff/sign_in", json={"till": "till-1", "badge": "guess"})
    assert waits[-1] == 0


def test_whom_the_rules_refuse_gets_no_session(stranger: Any, till: Any) -> None:
    till.reason = "not_allowed"
    answer = stranger.post("/v1/staff/sign_in", json={"till": "till-1", "badge": "BADGE-CHEN"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "not_allowed")
    assert "set-cookie" not in answer.headers


# -- sessions


def test_a_session_acts_in_its_own_name_at_its_own_till(stranger: Any, till: Any) -> None:
    _sign_in(stranger)
    assert stranger.post("/v1/orders/commit", json=COMMIT).status_code == 200
    asked = till.asked[-1]
    assert isinstance(asked.act, Sell) and (asked.actor, asked.act.till) == ("staff:s-chen", "till-1")
    other = stranger.post("/v1/orders/commit", json=COMMIT | {"key": "k2", "till": "till-2"})
    assert (other.status_code, other.json()["reason"]) == (403, "other_till")


def test_a_session_survives_a_restart_and_no_other_key_opens_it(
    stranger: Any, open_client: Any, live: Live, settings: GatewaySettings, books: Books, clock: Any
) -> None:
    _sign_in(stranger)
    for key, status in ((KEY, 200), (b"x" * 32, 401)):
        again = open_client(build_app(live, settings, "0f" * 32, books, key, clock))
        again.cookies.update(stranger.cookies)
        assert again.get("/v1/staff/me").status_code == status


def test_a_session_ends_after_twelve_hours_and_its_cookie_with_it(
    stranger: Any, clock: Any, live: Live
) -> None:
    _sign_in(stranger)
    clock(AGE_S * 1_000 - 1)
    assert stranger.get("/v1/staff/me").json()["staff"] == "s-chen"
    clock(1)
    answer = stranger.get("/v1/staff/me")
    assert answer.status_code == 401 and "Max-Age=0" in answer.headers["set-cookie"]
    assert live.counters.get("staff.sessions_refused") == 1


def test_whoever_signed_out_is_out_wherever_the_cookie_went(stranger: Any) -> None:
    _sign_in(stranger)
    kept = stranger.cookies[COOKIE]
    assert stranger.post("/v1/staff/sign_out").status_code == 200
    assert stranger.get("/v1/staff/me").status_code == 401
    stranger.cookies.set(COOKIE, kept)
    assert stranger.get("/v1/staff/me").status_code == 401


def test_whoever_left_the_staff_is_out_at_once(stranger: Any, shop: Any) -> None:
    _sign_in(stranger)
    shop.staff_known["s-chen"] = shop.staff_known["s-chen"]._replace(active=False)
    assert stranger.post("/v1/orders/commit", json=COMMIT).status_code == 401


def test_no_byte_of_a_cookie_can_be_changed(stranger: Any) -> None:
    _sign_in(stranger)
    good = stranger.cookies[COOKIE]
    for place in range(0, len(good), 7):
        wrong = "0" if good[place] != "0" else "1"
        stranger.cookies.clear()
        stranger.cookies.set(COOKIE, good[:place] + wrong + good[place + 1 :])
        assert stranger.get("/v1/staff/me").status_code == 401, place
    for wrong in ("", ".", "x", good[:-1], good + "0", good * 9, f"é.{good}", good.partition(".")[0]):
        stranger.cookies.clear()
        assert (
            stranger.get("/v1/staff/me", headers={"cookie": f"{COOKIE}={wrong}".encode()}).status_code == 401
        )


def test_a_clerk_is_a_clerk_even_where_the_owners_cookie_is(stranger: Any, till: Any, token: str) -> None:
    stranger.get(f"/?token={token}")
    assert stranger.post("/v1/orders/commit", json=COMMIT | {"till": "till-1"}).status_code == 200
    assert till.asked[-1].actor == CONSOLE
    _sign_in(stranger)
    assert stranger.post("/v1/orders/commit", json=COMMIT | {"key": "k2"}).status_code == 200
    assert till.asked[-1].actor == "staff:s-chen"
    stranger.post("/v1/staff/sign_out")
    assert stranger.get("/v1/staff/me").status_code == 401
    stranger.cookies.delete(COOKIE)  # as the browser was told
    assert stranger.get("/v1/staff/me").json()["staff"] is None


def test_sign_outs_remembered_are_bounded() -> None:
    sessions = Sessions(KEY, lambda: 0, Counters())
    for _ in range(2 * ENDED_MAX):
        sessions.end(sessions.begin("s-chen", "till-1"))
    assert len(sessions._ended) == ENDED_MAX


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = read_key(str(tmp_path))
    path = tmp_path / KEY_FILE
    assert len(key) == 32 and read_key(str(tmp_path)) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"short")
    with pytest.raises(SettingsError, match="no key of 32 bytes"):
        read_key(str(tmp_path))
    with pytest.raises(SettingsError, match="cannot be used"):
        read_key(str(tmp_path / "nowhere"))


def test_a_program_acts_in_the_name_of_staff_and_a_clerk_in_their_own_only(
    stranger: Any, reader: Any, till: Any
) -> None:
    body = COMMIT | {"till": "till-1", "staff": "s-zhou"}
    assert reader.post("/v1/orders/commit", json=body).status_code == 200
    assert till.asked[-1].actor == "staff:s-zhou"
    _sign_in(stranger)
    answer = stranger.post("/v1/orders/commit", json=body | {"key": "k2"})
    assert (answer.status_code, answer.json()["reason"], answer.json()["field"]) == (
        403,
        "other_staff",
        "staff",
    )
    own = stranger.post("/v1/orders/commit", json=body | {"key": "k3", "staff": "s-chen"})
    assert own.status_code == 200 and till.asked[-1].actor == "staff:s-chen"


def test_the_server_of_a_gateway_keeps_its_key_beside_the_ledger(
    live: Live, settings: GatewaySettings, books: Books, tmp_path: Path, open_client: Any, token: str
) -> None:
    own = replace(settings, data_dir=str(tmp_path))
    first, second = (open_client(build_server(live, own, token, books).config.app) for _ in range(2))
    _sign_in(first)
    second.cookies.update(first.cookies)
    assert second.get("/v1/staff/me").json()["staff"] == "s-chen"
    assert (tmp_path / KEY_FILE).exists()


# -- what a session may do


TOKEN_ONLY = [
    ("GET", "/v1/counters"),
    ("GET", "/v1/exposure"),
    ("GET", "/metrics"),
    ("POST", "/v1/members/m-0001/transfers"),
    ("GET", "/"),
    ("GET", "/members/m-0001"),
]


@pytest.mark.parametrize(("method", "path"), TOKEN_ONLY)
def test_a_session_is_no_token(stranger: Any, method: str, path: str) -> None:
    _sign_in(stranger, "BADGE-ZHOU")
    assert stranger.request(method, path).status_code == 401


def test_a_session_sees_what_a_till_shows(stranger: Any) -> None:
    _sign_in(stranger)
    for path in ("/v1/taps", "/v1/devices", "/v1/sync", "/v1/members/m-0001", "/v1/goods"):
        assert stranger.get(path).status_code == 200, path


def test_only_a_role_that_may_enrols_and_links(stranger: Any, till: Any) -> None:
    _sign_in(stranger)
    acts = [
        ("/v1/members", {"key": "e1"}),
        ("/v1/members/m-0001/instruments", {"key": "e2", "kind": "qr.static", "value": "x"}),
        ("/v1/members/m-0001/instruments/c-1", {"key": "e3", "status": "lost"}),
    ]
    for path, body in acts:
        answer = stranger.post(path, json=body)
        assert (answer.status_code, answer.json()["reason"]) == (403, "not_allowed"), path
    _sign_in(stranger, "BADGE-ZHOU")
    for path, body in acts:
        assert stranger.post(path, json=body).status_code == 200
        assert till.asked[-1].actor == "staff:s-zhou"


def _changes(app: Any) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, Route) and "POST" in route.methods]


def test_no_change_can_be_sent_from_a_foreign_page(stranger: Any, till: Any, live: Live) -> None:
    _sign_in(stranger, "BADGE-ZHOU")
    asked, paths = len(till.asked), _changes(stranger.app)
    assert len(paths) > 20
    for path in paths:
        address = re.sub(r"{\w+}", "m-0001", path)
        for headers in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
        ):
            answer = stranger.post(address, json=COMMIT, headers=headers)
            assert answer.status_code == 403 and "says" not in answer.text, path
    assert len(till.asked) == asked
    assert live.counters.get("http.refused_origin") == 3 * len(paths)


# -- PINs of staff


def test_a_cashier_sets_their_own_pin_a_manager_and_the_owner_anybodys(
    stranger: Any, reader: Any, till: Any, pins: Any
) -> None:
    _sign_in(stranger)
    body = {"key": "p1", "pin": "8642"}
    assert stranger.post("/v1/staff/s-zhou/pin", json=body).status_code == 403
    assert stranger.post("/v1/staff/s-chen/pin", json=body | {"key": "p0"}).status_code == 200
    _sign_in(stranger, "BADGE-ZHOU")
    body["pin"] = "8643"
    assert stranger.post("/v1/staff/s-chen/pin", json=body).status_code == 200
    assert till.asked[-1].act == SetPin("staff:s-chen") and pins.digits["staff:s-chen"] == "8643"
    assert reader.post("/v1/staff/s-zhou/pin", json=body | {"key": "p2"}).status_code == 200
    assert reader.post("/v1/staff/s-nobody/pin", json=body | {"key": "p3"}).status_code == 404


def test_who_i_am(stranger: Any, reader: Any) -> None:
    assert stranger.get("/v1/staff/me").status_code == 401
    assert reader.get("/v1/staff/me").json()["staff"] is None
    _sign_in(stranger)
    assert stranger.get("/v1/staff/me").json()["role"] == "cashier"
