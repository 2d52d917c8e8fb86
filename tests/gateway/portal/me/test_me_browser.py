"""The member's pages in a real browser: the code that turns, no script, every width, light and dark."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from tests.browser import Servers
from tests.gateway.portal.me.conftest import Shop
from tests.gateway.portal.me.door import CODE, MEMBER, NAME, PIN, STEP_MS

pytestmark = pytest.mark.browser

PAGES = ("/me", "/me/coupons/17.2", "/me/history", "/me/data", "/me/forget?said=money", "/me/another", "/m")
PAGES = (*PAGES, "/r/K7WD-2M9Q", "/m/receipt/Rb12.123", "/me?said=welcome")


class Open:
    """A shop served to browsers."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        self.address = servers.addresses[0]
        self.shop = Shop(folder, self.address)
        servers.start(self.shop.app)

    def cookie(self) -> dict[str, Any]:
        response = Response()
        self.shop.cookies.set_member(response, MEMBER)
        name, _, rest = response.headers["set-cookie"].partition("=")
        return {"name": name, "value": rest.partition(";")[0], "url": self.address}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Open]:
    with Servers() as servers:
        made = Open(tmp_path, servers)
        yield made
    made.shop.offers.close()


@pytest.fixture
def member_at(served: Open, open_at: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a page as the member's own browser."""

    def opened(path: str = "/me", complaints: list[str] | None = None, **options: Any) -> Any:
        page = open_at(served.address + "/m", complaints, **{"locale": "en-US", **options})
        page.context.add_cookies([served.cookie()])
        page.goto(served.address + path)
        return page

    return opened


def test_the_code_turns_by_itself_and_goes_on_without_the_network(
    served: Open, member_at: Callable[..., Any]
) -> None:
    problems: list[str] = []
    page = member_at("/m", problems)
    page.clock.install()
    page.goto(served.address + "/me")
    page.locator("[data-turns]:not([hidden])").wait_for()
    seen = [page.locator(".me-qr svg").inner_html()]
    assert "10:00:30" in page.locator("[data-until]:not([data-codes])").inner_text()
    page.context.set_offline(True)
    for step in range(1, 4):
        page.clock.run_for(STEP_MS)
        page.get_by_text(f"10:0{(step + 1) // 2}:{'30' if step % 2 == 0 else '00'}").wait_for()
        seen.append(page.locator(".me-qr svg").inner_html())
    assert len(set(seen)) == 4
    page.clock.run_for(12 * STEP_MS)
    page.get_by_text("This code is too old").wait_for()
    page.get_by_role("link", name="Draw a new one").wait_for()
    served.shop.door.now_ms += 20 * STEP_MS
    page.context.set_offline(False)
    page.clock.run_for(STEP_MS)
    page.get_by_text("10:10:30").wait_for()
    assert [each for each in problems if "ERR_INTERNET_DISCONNECTED" not in each] == []


def test_without_scripts_the_page_says_until_when_and_how_to_go_on(
    served: Open, member_at: Callable[..., Any]
) -> None:
    page = member_at(java_script_enabled=False)
    assert "Good until 10:00:30" in page.content()
    before = page.locator(".me-qr svg").inner_html()
    served.shop.door.now_ms += STEP_MS
    page.get_by_role("link", name="Draw a new one").click()
    page.get_by_text("Good until 10:01:00").wait_for()
    assert page.locator(".me-qr svg").inner_html() != before


def test_from_the_mini_browser_to_the_real_one_and_out_again_without_a_script(
    served: Open, member_at: Callable[..., Any], open_at: Callable[..., Any]
) -> None:
    mini = member_at(java_script_enabled=False)
    mini.get_by_role("link", name="Give me a code").click()
    address = mini.locator(".me-address a").get_attribute("href")
    real = open_at(address, locale="en-US", java_script_enabled=False)
    real.get_by_role("button", name="Open in this browser").click()
    real.get_by_role("heading", name=f"Hello, {NAME}").wait_for()
    real.get_by_role("link", name="Privacy and my data").click()
    real.get_by_role("button", name="Allow it").click()
    real.get_by_text("Noted: you allow it.").wait_for()
    real.get_by_role("link", name="I want to be deleted").click()
    real.get_by_label("I understand; please delete me").check()
    real.get_by_role("button", name="Delete me now").click()
    real.get_by_text("are deleted here").wait_for()
    mini.goto(served.address + "/me")
    mini.get_by_text("That card is no more").wait_for()


def test_a_lost_card_and_a_pin_by_keyboard_alone(
    served: Open, member_at: Callable[..., Any], open_at: Callable[..., Any]
) -> None:
    page = member_at()
    page.locator("summary", has_text="Report lost").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("from now on nobody can use it").wait_for()
    assert [each["instrument"] for each in served.shop.door.booked("lost")] == ["i-1"]
    guest = open_at(served.address + "/me", locale="en-US")
    guest.get_by_label("Member number").fill(CODE)
    guest.keyboard.press("Enter")
    guest.get_by_label("PIN").fill(PIN)
    guest.keyboard.press("Enter")
    guest.get_by_role("heading", name=f"Hello, {NAME}").wait_for()


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_screen_and_no_page_breaks_its_policy(
    served: Open, member_at: Callable[..., Any], width: int, language: str
) -> None:
    long = "一个很长很长的名字VeryLongNameWithoutAnySpaceAtAll" * 2
    served.shop.door.card.update(name=long, tier_name={"en": long, "zh-CN": long}, points=10**15)
    served.shop.door.card["coupons"][0].update(name={"en": long}, face=123_456_700, code="X" * 60)
    served.shop.door.rows[0].update(title={"en": long}, amount=10**12, points=10**12)
    problems: list[str] = []
    page = member_at("/m", problems, viewport={"width": width, "height": 800}, locale=language)
    for path in PAGES:
        page.goto(served.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert problems == []


CONTRAST = """
() => {
  const channel = (value) =>
    value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.matches(".skip, .hidden")) continue;
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([ratio.toFixed(2), element.className, element.textContent.trim()]);
  }
  return poor;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_what_is_behind_it(
    served: Open, member_at: Callable[..., Any], scheme: str
) -> None:
    page = member_at(color_scheme=scheme)
    for path in PAGES:
        page.goto(served.address + path)
        assert page.evaluate(CONTRAST) == [], path


def test_what_is_pressed_is_large_enough_for_a_thumb(member_at: Callable[..., Any]) -> None:
    page = member_at(viewport={"width": 320, "height": 800})
    small = page.evaluate(
        "() => [...document.querySelectorAll('.button, summary, .me-door, .me-terms a')]"
        ".filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)"
        ".map((each) => each.textContent.trim())"
    )
    assert small == []
