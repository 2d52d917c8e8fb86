"""A guest's way in a real browser inside a phone's namespace: from joining to coupon and internet."""

import re
from typing import Any

import pytest

from gateway.core.promises import Consent, Enrol
from hardware_tests.lab.phones import PROBE, SITE, Phone
from hardware_tests.lab.settings import NAME, STORE_NAME
from hardware_tests.lab.store import Store
from tests.lab.browsing import GIFT, NEWCOMERS, ONLINE, look, window

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_guest_joins_has_the_coupon_and_goes_online(
    store: Store, phone: Phone, browser: Any, language: str
) -> None:
    name, join, connect = NEWCOMERS[language]
    with pytest.raises(playwright.Error, match="ERR_"):
        window(browser, language).goto(SITE)
    page = window(browser, language)
    page.goto(PROBE)
    assert re.match(rf"https?://{NAME}/", page.url), page.url
    assert page.locator("html").get_attribute("lang") == language
    assert STORE_NAME in page.locator("h1").inner_text()
    look(page, f"1-welcome-{language}")
    enrolled = len(store.booked(Enrol))
    assert not page.locator("[name=marketing]").is_checked(), "consent is asked for, never taken"
    page.fill("#name", name)
    page.get_by_role("button", name=join, exact=True).click()
    assert GIFT[language] in page.locator("main").inner_text()
    assert name in page.locator("h1").inner_text()
    look(page, f"2-card-{language}")
    assert len(store.booked(Enrol)) == enrolled + 1
    assert not store.booked(Consent)
    assert phone.is_captive(), "the coupon comes before the internet"
    page.get_by_role("button", name=connect, exact=True).click()
    assert ONLINE[language] in page.locator("h1").inner_text()
    look(page, f"3-online-{language}")
    assert phone.is_online()
    page.goto(SITE)
    assert page.locator("h1").inner_text() == "The internet is here"


def test_the_card_is_taken_along_to_the_real_browser(phone: Phone, browser: Any) -> None:
    mini = window(browser, "en")
    mini.goto(PROBE)
    mini.fill("#name", "Ada")
    mini.get_by_role("button", name="Join", exact=True).click()
    mini.get_by_role("button", name="Go online", exact=True).click()
    address = mini.locator("a[href*='/r/']").first.get_attribute("href")
    mini.context.close()
    real = window(browser, "en")
    real.goto(address)
    look(real, "4-take-along-en")
    real.locator("main form button").first.click()
    assert "Ada" in real.locator("main").inner_text()
    look(real, "5-member-en")
    again = window(browser, "en")
    again.goto(address)
    again.locator("main form button").first.click()
    assert "Ada" not in again.locator("body").inner_text(), "the code opens one browser"


def test_all_of_it_without_javascript(phone: Phone, browser: Any) -> None:
    page = window(browser, "zh-CN", script=False)
    page.goto(PROBE)
    page.fill("#name", "小雨")
    page.get_by_role("button", name="加入会员", exact=True).click()
    assert GIFT["zh-CN"] in page.locator("main").inner_text()
    page.get_by_role("button", name="连接上网", exact=True).click()
    assert ONLINE["zh-CN"] in page.locator("h1").inner_text()
    assert phone.is_online()


def test_just_connect_asks_for_nothing(store: Store, phone: Phone, browser: Any) -> None:
    before = len(store.booked(Enrol))
    page = window(browser, "en")
    page.goto(PROBE)
    page.get_by_role("button", name="Just connect", exact=True).click()
    assert ONLINE["en"] in page.locator("h1").inner_text()
    look(page, "6-just-connected-en")
    assert phone.is_online()
    assert len(store.booked(Enrol)) == before
