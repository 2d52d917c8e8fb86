"""The floor plan and the till's row of visitors in a real browser: they live, fit, and lead to a sale."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.live import Live
from gateway.presence import health
from gateway.settings import GatewaySettings
from tests.browser import Servers
from tests.gateway.adapters.http.shop_floor import COUNTS, DAY, NOW_MS, person, sender, shop_floor
from tests.gateway.adapters.http.till_hands import expect, pay_in_cash, scan, sold

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


@pytest.fixture
def house(
    live: Live, settings: GatewaySettings, token: str, books: Books, register: Any
) -> Iterator[Servers]:
    live.set_presence(shop_floor())
    register.counts[DAY] = COUNTS
    with Servers() as running:
        running.start(build_app(live, settings, token, books, now_ms=lambda: NOW_MS))
        yield running


@pytest.fixture
def at_beacons(house: Servers, open_at: Open, token: str) -> Open:
    """Opens the page, or the console at path "/", once it is live."""

    def opened(language: str = "en", path: str = "/beacons", **options: Any) -> Any:
        page = open_at(f"{house.addresses[0]}{path}?token={token}&lang={language}", **options)
        page.locator('[data-live="open"]').wait_for()
        return page

    return opened


def moved(x_cm: int, **changes: Any) -> dict[str, Any]:
    """The shop with its first visitor elsewhere."""
    plain = shop_floor()
    return plain | {"people": [person("m-0001", x_cm=x_cm, **changes), *plain["people"][1:]]}


def test_a_dot_glides_across_the_plan_and_is_listed_where_it_is(
    at_beacons: Open, house: Servers, live: Live
) -> None:
    problems: list[str] = []
    page = at_beacons(complaints=problems)
    dot = page.locator('[data-dot="m-0001"]')
    dot.wait_for()
    page.wait_for_function("() => document.querySelector('[data-part=floor]').dataset.drawn")
    dot.evaluate("dot => { dot.dataset.same = 'yes'; }")
    house.call(lambda: live.set_presence(moved(600, zone="shelves")))
    expect(page.locator('[data-key="m-0001-shelves"]')).to_be_visible()
    expect(dot).to_have_attribute("data-same", "yes")  # moved, not drawn anew: else it could not glide
    shown = "new DOMMatrix(getComputedStyle(document.querySelector('[data-dot=m-0001]')).transform).e"
    page.wait_for_function(f"() => {shown} === 500")
    assert problems == [], "the page breaks its own policy, or a script fails"


def test_who_comes_and_who_goes_appears_by_itself(at_beacons: Open, house: Servers, live: Live) -> None:
    page = at_beacons("zh-CN")
    house.call(lambda: live.set_presence(shop_floor(people=[person("m-0007", "王**")])))
    expect(page.locator('[data-dot="m-0007"]')).to_be_visible()
    expect(page.locator('[data-dot="m-0001"]')).to_have_count(0)
    expect(page.locator("[data-part=floor]")).to_contain_text("现在有 1 位会员在店里")


@pytest.mark.parametrize("path", ["/", "/beacons"])
def test_a_beacon_that_is_lost_is_said_by_itself(
    at_beacons: Open, house: Servers, live: Live, path: str
) -> None:
    page = at_beacons(path=path)
    expect(page.locator('[data-mark="beacon-door"]')).to_have_attribute("data-state", "ok")
    beacons = [sender("beacon-door", health.LOST), *shop_floor()["beacons"][1:]]
    house.call(lambda: live.set_presence(shop_floor(beacons=beacons)))
    expect(page.locator('[data-mark="beacon-door"]')).to_have_attribute("data-state", "lost")
    part = "notices" if path == "/" else "senders"
    expect(page.locator(f"[data-part={part}]")).to_contain_text("its power")


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_screen_whatever_is_wrong(
    at_beacons: Open, house: Servers, live: Live, width: int
) -> None:
    beacons = [sender("b" * 32, state, battery_mv=2_000) for state in ("cloned", "moved", "lost")]
    crowd = [person(f"m-{number}", "欧阳" + "*" * 20) for number in range(30)]
    live.set_presence(shop_floor(beacons=beacons, people=crowd))
    page = at_beacons(viewport={"width": width, "height": 800})
    for path in ("/beacons?lang=en", "/beacons?lang=zh-CN", "/?lang=zh-CN", "/?lang=en"):
        page.goto(house.addresses[0] + path)
        page.locator("[data-dot]").first.wait_for()
        page.locator("main details").evaluate_all("all => all.forEach(each => { each.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_whoever_wants_no_motion_sees_dots_jump(at_beacons: Open) -> None:
    page = at_beacons(reduced_motion="reduce")
    seconds = "dot => getComputedStyle(dot).transitionDuration"
    assert page.locator(".plan-dot").first.evaluate(seconds) == "0s"


def test_without_scripts_the_page_is_whole(house: Servers, open_at: Open, token: str) -> None:
    page = open_at(f"{house.addresses[0]}/beacons?token={token}&lang=en", java_script_enabled=False)
    assert page.locator('[data-dot="m-0001"] text').text_content() == "林"
    page.get_by_role("link", name="Day before").click()
    expect(page.locator("main")).to_contain_text("No shake and no tag on this day.")


# -- the till


def with_people(live: Live, server: Servers, *people: dict[str, Any]) -> None:
    server.call(lambda: live.set_presence(shop_floor(people=list(people))))


def test_who_is_in_the_store_can_be_pressed_and_is_then_the_customer(
    selling: Open, till_server: Servers, live: Live, till: Any
) -> None:
    page = selling("en")
    expect(page.locator("[data-zone=here-part]")).to_be_hidden()
    late = page.evaluate("Date.now()")
    shook = person("m-0002", "陈**", zone=None, x_cm=None, since_ms=late - 9 * 60_000)
    with_people(live, till_server, shook, person("m-0001", since_ms=late - 60_500))
    chips = page.locator("[data-do=here]")
    expect(chips).to_have_text(["林** Door · 1 min", "陈** in store · 9 min"])
    chips.first.click()
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
    expect(page.locator("[data-zone=here-part]")).to_be_hidden()
    expect(page.locator("#scan")).to_be_focused()
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    page.locator("#done[open]").wait_for()
    (act,) = sold(till)
    assert act.basket.member == "m-0001"


def test_being_in_the_store_is_no_proof_points_still_ask_for_a_pin(
    selling: Open, till_server: Servers, live: Live, till: Any
) -> None:
    page = selling("en")
    with_people(live, till_server, person("m-0001"))
    page.locator("[data-do=here]").click()
    scan(page, "cake")
    page.locator("[data-do=points]").click()
    page.locator("#points [name=amount]").fill("500")
    page.locator("#points [name=amount]").press("Enter")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    page.locator("#pin[open]").wait_for()
    assert sold(till) == []


def test_a_row_that_shows_the_same_is_not_drawn_again(
    selling: Open, till_server: Servers, live: Live
) -> None:
    page = selling("zh-CN")
    now = page.evaluate("Date.now()")
    with_people(live, till_server, person("m-0001", since_ms=now))
    chip = page.locator("[data-do=here]")
    chip.focus()
    chip.evaluate("chip => { chip.dataset.same = 'yes'; }")
    with_people(
        live, till_server, person("m-0001", since_ms=now, x_cm=250), person("m-0003", since_ms=now - 1)
    )
    expect(chip).to_have_count(2)
    expect(page.locator("[data-member=m-0001]")).to_be_focused()  # drawn anew, the focus kept
    page.locator("[data-member=m-0001]").evaluate("chip => { chip.dataset.same = 'yes'; }")
    with_people(
        live, till_server, person("m-0001", since_ms=now, x_cm=300), person("m-0003", since_ms=now - 1)
    )
    with_people(
        live, till_server, person("m-0001", since_ms=now, x_cm=310), person("m-0003", since_ms=now - 1)
    )
    expect(page.locator("[data-same=yes]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
