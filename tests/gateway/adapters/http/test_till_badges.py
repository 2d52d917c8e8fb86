"""The till in a real browser with what is shown at the terminal beside it: badges, a customer's coupon."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.adapters.http.books import Books
from gateway.attending import MINUTES, Attendance, Badge
from gateway.core.orders.model import CloseShift, SignIn
from gateway.live import Live
from tests.browser import Servers
from tests.gateway.adapters.http.till_hands import acts, expect, scan

pytestmark = pytest.mark.browser


class Hands:
    """Shows things at the terminal beside till-1."""

    def __init__(self, servers: Servers, live: Live, badges: Attendance, tap: Callable[..., Any]) -> None:
        self._servers, self._live, self._badges, self._tap = servers, live, badges, tap

    def badge(self, staff: str, name: str, device: str = "counter-1") -> None:
        self._servers.call(lambda: self._badges.shown(Badge(device, staff, name, None)))

    def blocked(self) -> None:
        seen = self._tap(90, outcome="blocked", reason="staff_left", member=None)
        self._servers.call(lambda: self._live.add_taps([seen]))

    def coupon(self, code: str, device: str = "counter-1") -> None:
        self._servers.call(lambda: self._live.tell("coupon", {"device": device, "code": code}))


@pytest.fixture
def badges(live: Live) -> Attendance:
    return Attendance({"till-1": "counter-1", "till-2": "counter-2"}, MINUTES, lambda: 0, live)


@pytest.fixture
def books(books: Books, badges: Attendance) -> Books:
    return books._replace(badges=badges)


@pytest.fixture
def hands(till_server: Servers, live: Live, badges: Attendance, tap: Callable[..., Any]) -> Iterator[Hands]:
    yield Hands(till_server, live, badges, tap)


def test_a_badge_at_the_terminal_signs_in_agrees_and_signs_out(
    at_till: Callable[..., Any], hands: Hands, till: Any
) -> None:
    page = at_till("en")
    page.locator('[data-live="open"]').wait_for()
    expect(page.locator("[data-for=sign]")).to_contain_text("Or tap your badge at the terminal counter-1")
    hands.blocked()
    expect(page.locator(".notice")).to_contain_text("This badge cannot be used")
    page.keyboard.press("Escape")
    hands.badge("s-zhou", "周", device="counter-2")
    hands.badge("s-chen", "陈")
    page.locator("#float").wait_for()
    assert acts(till, SignIn) == [SignIn("badge", "s-chen", "till-1")]
    page.keyboard.type("300\n")
    page.locator(".tile").first.wait_for(state="attached")
    hands.badge("s-zhou", "周")
    expect(page.locator(".notice")).to_contain_text("This is the badge of 周")
    page.keyboard.press("Escape")

    page.locator("[data-do=shift]").click()
    page.locator("[data-do=count]").click()
    page.locator("#counted").fill("300")
    page.locator("#counted").press("Enter")
    page.locator("#approve[open]").wait_for()
    hands.badge("s-chen", "陈")
    expect(page.locator("#approve .notice")).to_be_visible()
    hands.badge("s-zhou", "周")
    expect(page.locator("#shift .report")).to_contain_text("Off by")
    assert [act.approver for act in acts(till, CloseShift)] == [None, "s-zhou"]
    page.keyboard.press("Escape")
    page.locator("#float").wait_for()
    hands.badge("s-chen", "陈")
    page.locator("#badge").wait_for()
    expect(page.locator("[data-zone=staff]")).to_have_text("")


def test_a_coupon_at_the_terminal_joins_the_open_sale(selling: Callable[..., Any], hands: Hands) -> None:
    page = selling("en")
    page.locator('[data-live="open"]').wait_for()
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    hands.coupon("TEA-5", device="counter-2")
    hands.coupon("TEA-5")
    expect(page.locator(".notice")).to_contain_text("Used at Jan 1, 2026 10:00 at this till")
    page.keyboard.press("Escape")
    page.keyboard.press("F2")
    page.locator("#pay[open]").wait_for()
    hands.coupon("TEA-5")
    expect(page.locator("#pay .notice")).to_contain_text("Finish this step first")
