"""Badges shown at the terminal beside a till: who may take them, for what, and how often."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.adapters.http.sessions import COOKIE
from gateway.attending import MINUTES, TAKEN_MS, Attendance, Badge
from gateway.core.orders.model import SignIn
from gateway.live import Live
from gateway.settings import GatewaySettings

HERE = {"till": "till-1", "at_terminal": True}
CHEN, ZHOU = Badge("counter-1", "s-chen", "陈", None), Badge("counter-1", "s-zhou", "周", None)
KEY = b"k" * 32


class Steady:
    """A clock that moves when it is moved."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def badges(live: Live, steady: Steady) -> Attendance:
    return Attendance({"till-1": "counter-1", "till-2": "counter-2"}, MINUTES, steady, live)


@pytest.fixture
def client(
    live: Live,
    settings: GatewaySettings,
    token: str,
    books: Books,
    badges: Attendance,
    clock: Any,
    open_client: Any,
) -> Callable[..., Any]:
    """Somebody at the door, with these headers."""

    def opened(**sent: Any) -> Any:
        app = build_app(live, settings, token, books._replace(badges=badges), KEY, clock)
        return open_client(app, **sent)

    return opened


def test_the_tills_page_signs_in_by_the_badge_at_its_terminal_once(
    client: Any, token: str, badges: Attendance, till: Any
) -> None:
    page = client(token=token)
    badges.shown(CHEN)
    answer = page.post("/v1/staff/sign_in", json=HERE)
    assert (answer.status_code, answer.json()["staff"]) == (200, "s-chen")
    assert COOKIE in answer.headers["set-cookie"]
    assert (till.asked[0].act, till.asked[0].actor) == (SignIn("badge", "s-chen", "till-1"), "staff:s-chen")
    again = page.post("/v1/staff/sign_in", json=HERE)
    assert (again.status_code, again.json()["reason"]) == (409, "no_badge")
    assert len(till.asked) == 1


def test_a_stranger_does_not_get_it_and_the_page_still_does(
    client: Any, token: str, badges: Attendance, till: Any
) -> None:
    badges.shown(CHEN)
    stranger = client()
    assert stranger.post("/v1/staff/sign_in", json=HERE).status_code == 401
    wrong = stranger.post("/v1/staff/sign_in", json=HERE, headers={"authorization": "Bearer guess"})
    assert wrong.status_code == 401 and till.asked == []
    assert client(token=token).post("/v1/staff/sign_in", json=HERE).status_code == 200


def test_somebody_signed_in_at_another_till_does_not_get_it(
    client: Any, token: str, badges: Attendance
) -> None:
    page = client(token=token)
    badges.shown(Badge("counter-2", "s-chen", "陈", None))
    answer = page.post("/v1/staff/sign_in", json={"till": "till-2", "at_terminal": True})
    cookie = answer.headers["set-cookie"].split(";")[0]
    badges.shown(ZHOU)
    other = client()
    sent = {"headers": {"cookie": cookie}}
    assert other.post("/v1/staff/sign_in", json=HERE, **sent).status_code == 401
    assert page.post("/v1/staff/sign_in", json=HERE).json()["staff"] == "s-zhou"


def test_another_tills_badge_and_an_old_one_are_none(
    client: Any, token: str, badges: Attendance, steady: Steady, live: Live
) -> None:
    page = client(token=token)
    badges.shown(CHEN)
    assert page.post("/v1/staff/sign_in", json={"till": "till-2", "at_terminal": True}).status_code == 409
    steady.ms += TAKEN_MS
    assert page.post("/v1/staff/sign_in", json=HERE).status_code == 409
    assert live.counters.get("badges.late") == 2
    assert live.counters.get("staff.wrong_sign_in") == 0, "nobody guesses anything by it"


def test_whoever_signs_out_leaves_no_badge_behind(client: Any, token: str, badges: Attendance) -> None:
    page = client(token=token)
    badges.shown(CHEN)
    answer = page.post("/v1/staff/sign_in", json=HERE)
    cookie = {"cookie": answer.headers["set-cookie"].split(";")[0]}
    badges.shown(CHEN)
    assert client().post("/v1/staff/sign_out", json={}, headers=cookie).status_code == 200
    assert page.post("/v1/staff/sign_in", json=HERE).status_code == 409


def test_who_left_meanwhile_is_refused(client: Any, token: str, badges: Attendance) -> None:
    badges.shown(Badge("counter-1", "s-gone", "吴", None))
    assert client(token=token).post("/v1/staff/sign_in", json=HERE).status_code == 409


def test_a_manager_agrees_at_the_terminal_and_a_cashier_may_not(
    client: Any, token: str, badges: Attendance
) -> None:
    page = client(token=token)
    asked = HERE | {"for": "sell"}
    badges.shown(ZHOU)
    answer = page.post("/v1/staff/approve", json=asked)
    assert (answer.status_code, answer.json()["staff"]) == (200, "s-zhou")
    badges.shown(CHEN)
    refused = page.post("/v1/staff/approve", json=asked)
    assert (refused.status_code, refused.json()["reason"]) == (403, "not_allowed")
    assert page.post("/v1/staff/approve", json=asked).status_code == 409


@pytest.mark.parametrize(
    "more", [{"badge": "BADGE-CHEN"}, {"staff": "s-chen", "pin": "1357"}, {"pin": "1357"}]
)
def test_it_is_one_way_of_signing_in_or_another(
    client: Any, token: str, badges: Attendance, more: dict[str, str]
) -> None:
    badges.shown(CHEN)
    page = client(token=token)
    assert page.post("/v1/staff/sign_in", json=HERE | more).status_code == 400
    assert badges.take("till-1") == "s-chen", "what was sent wrong uses nothing up"


def test_a_gateway_without_terminals_has_no_badges(reader: Any) -> None:
    assert reader.post("/v1/staff/sign_in", json=HERE).status_code == 409
