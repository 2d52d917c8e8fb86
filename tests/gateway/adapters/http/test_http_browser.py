"""The console in a real browser, against a real server: live, whole without scripts, usable by keyboard."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.live import Live
from gateway.settings import GatewaySettings
from tests.browser import Servers

pytestmark = pytest.mark.browser

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def server(live: Live, settings: GatewaySettings, token: str, books: Books) -> Iterator[Servers]:
    with Servers() as running:
        running.start(build_app(live, settings, token, books))
        yield running


@pytest.fixture
def open_page(server: Servers, open_at: Callable[..., Any], token: str) -> Callable[..., Any]:
    """Opens the console by the printed link, in English unless told otherwise."""

    def opened(language: str = "en", complaints: list[str] | None = None, **options: Any) -> Any:
        return open_at(f"{server.addresses[0]}/?token={token}&lang={language}", complaints, **options)

    return opened


def test_a_tap_appears_by_itself_and_the_address_holds_no_token(
    open_page: Callable[..., Any], server: Servers, live: Live, tap: Make, token: str
) -> None:
    problems: list[str] = []
    page = open_page("en", problems)
    page.locator('[data-live="open"]').wait_for()
    assert token not in page.url
    server.call(lambda: live.add_taps([tap(77, name="陈**")]))
    row = page.locator('tr[data-key="77"]')
    row.wait_for()
    assert "陈**" in row.inner_text() and "Greeted" in row.inner_text()
    server.call(lambda: live.set_sync(seq=77, as_of=70))
    page.get_by_text("7", exact=True).first.wait_for()
    assert problems == [], "the page breaks its own policy, or a script fails"


def test_the_bridges_trouble_appears_by_itself(
    open_page: Callable[..., Any], server: Servers, live: Live, bridge: Make
) -> None:
    page = open_page("zh-CN")
    page.locator('[data-live="open"]').wait_for()
    said = {"what": "连不上总部", "do": "请检查网络。"}
    trouble = {"code": "hq_unreachable", "zh-CN": said, "en": said, "since_ms": 0, "times": 1}
    server.call(lambda: live.set_bridge(bridge(trouble=trouble, counters={"hq_unreachable": 1})))
    page.locator('[data-part="sync"] .notice').get_by_text("连不上总部").wait_for()
    page.locator('[data-part="counters"]').get_by_text("总部没有回答").wait_for()


def test_a_lost_connection_is_said_and_found_again(
    open_page: Callable[..., Any], server: Servers, live: Live, tap: Make
) -> None:
    page = open_page("zh-CN")
    page.locator('[data-live="open"]').wait_for()
    page.context.set_offline(True)
    server.call(live.close)
    page.locator('[data-live="lost"]').wait_for()
    assert "正在重连" in page.locator("[data-live]").inner_text()
    server.call(lambda: live.add_taps([tap(78)]))
    page.context.set_offline(False)
    page.locator('[data-live="open"]').wait_for()
    page.locator('tr[data-key="78"]').wait_for()


def test_without_scripts_the_page_is_whole_and_says_that_it_is_not_live(
    open_page: Callable[..., Any],
) -> None:
    page = open_page(java_script_enabled=False)
    assert "林**" in page.content()
    assert "reload" in page.locator("[data-live]").inner_text()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_screen(
    open_page: Callable[..., Any], server: Servers, live: Live, tap: Make, width: int, language: str
) -> None:
    long = "a-device-name-of-thirty-two-chars"
    server.call(lambda: live.add_taps([tap(90, device=long, late=True, duplicate=True)]))
    page = open_page(language, viewport={"width": width, "height": 800})
    page.locator('[data-live="open"]').wait_for()
    page.locator("tr[data-key='90d']").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _go(page: Any, server: Servers, path: str) -> None:
    page.goto(server.addresses[0] + path)
    page.locator('[data-live="open"]').wait_for()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [320, 1280])
def test_a_members_page_is_no_wider_than_the_screen(
    open_page: Callable[..., Any], server: Servers, register: Any, width: int, language: str
) -> None:
    member = register.members["m-0001"]
    long = "CPN:a-template-with-a-very-long-name-that-nobody-would-give-it-0"
    units = [{**unit, "unit": long, "here": 2**53 - 1} for unit in member["units"]]
    cards = [{**card, "id": "i-" + "0123456789abcdef" * 3} for card in member["instruments"]]
    register.members["m-0001"] = {**member, "units": units, "instruments": cards, "member": "p-" + "f" * 60}
    page = open_page(language, viewport={"width": width, "height": 800})
    for path in ("/members/m-0001?said=said.done", "/members"):
        _go(page, server, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_frozen_rights_appear_by_themselves_with_the_next_step(
    open_page: Callable[..., Any], server: Servers, live: Live
) -> None:
    page = open_page("en")
    page.locator('[data-live="open"]').wait_for()
    server.call(lambda: live.set_promises(frozen=True))
    page.locator('[data-part="notices"]').get_by_text("Rights are frozen").wait_for()
    page.locator('[data-part="promises"]').get_by_text("Frozen").wait_for()


def test_holding_a_card_brings_its_member_and_a_button_locks_it(
    open_page: Callable[..., Any], server: Servers, live: Live, tap: Make, register: Any, till: Any
) -> None:
    register.members["m-0042"] = {**register.members["m-0001"], "member": "m-0042", "asked": "m-0042"}
    problems: list[str] = []
    page = open_page("en", problems)
    _go(page, server, "/members")
    server.call(lambda: live.add_taps([tap(77, member="m-0042", name="陈**")]))
    page.get_by_role("link", name="m-0042").click()
    page.get_by_role("button", name="Lock: c-1", exact=True).click()
    page.get_by_text("other stores with the next sync").wait_for()
    assert (till.asked[0].act.instrument, till.asked[0].act.status) == ("c-1", "locked")
    assert page.url.endswith("/members/m-0042?said=said.done")
    assert problems == []


def test_a_members_page_is_drawn_again_when_the_log_grows(
    open_page: Callable[..., Any], server: Servers, live: Live, register: Any
) -> None:
    page = open_page("en")
    _go(page, server, "/members/m-0001")
    page.get_by_text("1,204").wait_for()
    member = register.members["m-0001"]
    register.members["m-0001"] = {**member, "units": [{**member["units"][0], "here": 7_777}]}
    server.call(lambda: live.set_sync(seq=90))
    page.get_by_text("7,777").wait_for()


def test_a_tag_is_handed_over_while_the_page_lives(
    open_page: Callable[..., Any], server: Servers, live: Live, register: Any, till: Any
) -> None:
    page = open_page("en")
    _go(page, server, "/members/m-0001")
    page.get_by_label("The tag's name").fill("tag-7")
    member = register.members["m-0001"]
    register.members["m-0001"] = {**member, "units": [{**member["units"][0], "here": 7_777}]}
    server.call(lambda: live.set_sync(seq=90))
    page.get_by_text("7,777").wait_for()
    page.get_by_role("button", name="Link it").click()
    page.get_by_text("Every terminal of this store follows").wait_for()
    assert [asked.evidence for asked in till.asked] == [("ble.tag", b"tag-7")], "what was typed stayed"


def test_the_keyboard_comes_first_to_the_content_and_to_every_link(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    outline = "getComputedStyle(document.querySelector('.languages a')).outlineStyle"
    page.locator(".languages a").first.focus()
    assert page.evaluate(outline) != "none" or page.evaluate("!document.querySelector(':focus-visible')")


def test_signing_in_by_form(server: Servers, open_at: Callable[..., Any], token: str) -> None:
    page = open_at(server.addresses[0], locale="en-US")
    page.get_by_label("Token").fill("not this one")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Enter").click()
    page.locator('[data-part="taps"]').wait_for()
