"""The store's line is cut: the page opens, the coupon works, the page says so. Meanwhile a minute passes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.portal.net.rules import CAPTIVE_ADDRESS
from hardware_tests.lab.children import until
from hardware_tests.lab.dns import NoName
from hardware_tests.lab.pages import Browser
from hardware_tests.lab.phones import PROBE, Phone
from hardware_tests.lab.store import Store
from tests.lab.browsing import GIFT, NEWCOMERS, NO_INTERNET, WAITING, look, window
from tests.lab.guest import get_online
from tests.lab.needs import need_the_lab

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NewPhone = Callable[..., Phone]
WAN_WAIT_S = 60.0  # the portal asks every ten seconds, and believes the second silence
GUEST_MINUTES = 1
LATE_S_MAX = 15  # of the portal's timer, on a busy machine; far less than the kernel's grace


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """A store where guests who just connect have a minute."""
    need_the_lab()
    with Store(guest_minutes=GUEST_MINUTES) as made:
        yield made.open()


@pytest.fixture(scope="module", autouse=True)
def early(store: Store) -> Phone:
    """A guest who came before all the others of this file."""
    phone = store.phone()
    get_online(phone)
    return phone


@pytest.fixture
def without_internet(store: Store, phone: Phone) -> Iterator[None]:
    """The store's line is cut, and the portal knows; it is mended afterwards, and the portal knows that."""
    store.town.cut()
    try:
        until(
            lambda: _name(phone) == CAPTIVE_ADDRESS, "the portal sees that the internet is away", WAN_WAIT_S
        )
        yield
    finally:
        store.town.mend()
        untrue = (None, CAPTIVE_ADDRESS)
        until(lambda: _name(phone) not in untrue, "the portal sees that it is back", WAN_WAIT_S)


def _name(phone: Phone) -> str | None:
    """The address that a phone is told; None for no answer."""
    try:
        return phone.resolve("example.com")
    except NoName:
        return None


def test_without_internet_the_page_opens_the_coupon_works_and_the_page_says_so(
    store: Store, new_phone: NewPhone, new_browser: Callable[[Phone], Any], without_internet: None
) -> None:
    phones = {"en": new_phone(), "zh-CN": new_phone()}
    for language, phone in phones.items():
        name, join, connect = NEWCOMERS[language]
        page = window(new_browser(phone), language)
        page.goto(PROBE)
        assert NO_INTERNET[language] in page.locator("main").inner_text()
        look(page, f"7-welcome-no-internet-{language}")
        page.fill("#name", name)
        page.get_by_role("button", name=join, exact=True).click()
        assert GIFT[language] in page.locator("main").inner_text()
        assert NO_INTERNET[language] in page.locator("main").inner_text()
        look(page, f"8-card-no-internet-{language}")
        page.get_by_role("button", name=connect, exact=True).click()
        assert WAITING[language] in page.locator("h1").inner_text()
        look(page, f"9-waiting-{language}")
        assert not phone.is_online()
    store.town.mend()
    for phone in phones.values():
        assert until(phone.is_online, "online by itself once the internet is back", WAN_WAIT_S)


def test_when_the_time_is_over_it_is_over_and_the_page_says_so(early: Phone) -> None:
    """By the portal's own timer: the kernel's would come two minutes later. Last in its file: it waits."""
    until(early.is_captive, "the minute is over", GUEST_MINUTES * 60 + LATE_S_MAX)
    assert not early.is_online()
    page = Browser(early).pop_up()
    assert "Your time online is over" in page.text
    get_online(early)
