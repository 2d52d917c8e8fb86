"""A guest's way in a real browser inside a phone's namespace: from joining the Wi-Fi to coupon and internet.

Screenshots of every page in both languages and widths go to build/lab/.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.promises import Consent, Enrol
from gateway.portal.rules import CAPTIVE_ADDRESS
from hardware_tests.lab.children import until
from hardware_tests.lab.dns import NoName
from hardware_tests.lab.phones import PROBE, SITE, Phone
from hardware_tests.lab.settings import NAME, STORE_NAME
from hardware_tests.lab.store import Store
from tests.browser import ARGUMENTS, CHROMIUM, PATIENCE_MS

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NewPhone = Callable[..., Phone]
SHOTS = Path("build/lab")
WIDTHS = (320, 1280)
HEIGHT = 720
WAN_WAIT_S = 60.0  # the portal asks every ten seconds, and believes the second silence
NEWCOMERS = {"en": ("Mia", "Join", "Go online"), "zh-CN": ("小雨", "加入会员", "连接上网")}
GIFT = {"en": "A 5-yuan coupon because it is your first visit", "zh-CN": "第一次来店送 5 元券"}
ONLINE = {"en": "You are online", "zh-CN": "已连接，可以上网了"}
NO_INTERNET = {"en": "The internet is away right now", "zh-CN": "店里的外网现在断了"}
WAITING = {"en": "Ready, waiting for the internet", "zh-CN": "已登记，等外网恢复"}
# Every field has a label, every picture a text, one headline, and nothing is wider than the screen.
FAULTS = """() => {
  const faults = [];
  const shown = node => node.checkVisibility ? node.checkVisibility() : true;
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!field.labels.length && !field.ariaLabel) faults.push("no label: " + field.outerHTML);
  for (const image of document.images) if (!image.hasAttribute("alt")) faults.push("no alt: " + image.src);
  for (const way of document.querySelectorAll("a, button"))
    if (shown(way) && !way.textContent.trim() && !way.ariaLabel) faults.push("no name: " + way.outerHTML);
  if (document.querySelectorAll("h1").length !== 1) faults.push("headlines");
  if (!document.documentElement.lang) faults.push("no language");
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push("wider than the screen by " + wide);
  return faults;
}"""


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """Starts browsers."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: make system")
    with playwright.sync_playwright() as found:
        yield found


@pytest.fixture
def new_browser(driver: Any) -> Iterator[Callable[[Phone], Any]]:
    """Chromiums, each with a phone's network."""
    opened: list[Any] = []

    def start(phone: Phone) -> Any:
        starter = phone.folder / f"{phone.space}-chromium"
        starter.write_text(f'#!/bin/sh\nexec {" ".join(phone.space.command(str(CHROMIUM)))} "$@"\n')
        starter.chmod(0o755)
        opened.append(driver.chromium.launch(executable_path=str(starter), args=ARGUMENTS))
        return opened[-1]

    yield start
    for browser in opened:
        browser.close()


@pytest.fixture
def browser(new_browser: Callable[[Phone], Any], phone: Phone) -> Any:
    """The Chromium of the one phone."""
    return new_browser(phone)


def window(browser: Any, language: str, script: bool = True) -> Any:
    """A fresh mini-browser. The lab's authority is unknown to it; phones.py checks certificates."""
    context = browser.new_context(
        locale=language,
        viewport={"width": WIDTHS[0], "height": HEIGHT},
        ignore_https_errors=True,
        java_script_enabled=script,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def look(page: Any, name: str, script: bool = True) -> None:
    """Pictures of the page at each width, and nothing in it that somebody could not use."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if script:
            assert page.evaluate(FAULTS) == [], f"{name} at {width}"
        page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})


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


@pytest.fixture
def without_internet(store: Store, phone: Phone) -> Iterator[None]:
    """The store's line is cut, and the portal knows; it is mended afterwards, and the portal knows that."""
    store.town.cut()
    try:
        until(lambda: _names_are_made_up(phone), "the portal sees that the internet is away", WAN_WAIT_S)
        yield
    finally:
        store.town.mend()
        until(lambda: not _names_are_made_up(phone), "the portal sees that it is back", WAN_WAIT_S)


def _names_are_made_up(phone: Phone) -> bool:
    try:
        return phone.resolve("example.com") == CAPTIVE_ADDRESS
    except NoName:
        return False


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
