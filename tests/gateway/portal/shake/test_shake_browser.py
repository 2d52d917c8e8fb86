"""The shake page in a real browser: shaken by its sensors, pressed, told by an app, and without any of it."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from starlette.responses import Response

from tests.browser import Servers
from tests.gateway.portal.fakes import card
from tests.gateway.portal.shake.presence import FRESH_BEACON, ROUND_MS
from tests.gateway.portal.shake.sensors import Hand
from tests.gateway.portal.test_portal_browser import Lived, settled

pytestmark = pytest.mark.browser

SIZES = {320: {"width": 320, "height": 640}, 1280: {"width": 1280, "height": 800}}
NUMBERS = count(1)
Member = Callable[..., Any]


@pytest.fixture
def member(lived: Lived, open_at: Callable[..., Any]) -> Iterator[Member]:
    """Opens the shake page as somebody new who has joined; complaints are for nobody to make."""
    complaints: list[str] = []

    def opened(path: str = "/shake", width: int = 320, **options: Any) -> Any:
        id_ = f"m-{next(NUMBERS)}"
        lived.house.gateway.members[id_] = card(id_, "林晓")
        response = Response()
        lived.house.parts.hall.cookies.set_member(response, id_)
        name, _, rest = response.headers["set-cookie"].partition("=")
        cookie = {"name": name, "value": rest.partition(";")[0], "url": lived.address}
        page = open_at(lived.address + "/privacy", complaints, viewport=SIZES[width], locale="en", **options)
        page.context.add_cookies([cookie])
        page.hand = Hand(page) if options.get("java_script_enabled", True) else None
        page.goto(lived.address + path)
        return page

    yield opened
    assert [each for each in complaints if "429" not in each] == []


def state(page: Any) -> Any:
    return page.get_attribute("[data-shake]", "data-shake")


def listening(page: Any) -> Any:
    """The page after its first tap, when it waits for a shake."""
    page.click("[data-shake-start]")
    page.wait_for_selector("[data-shake=listening]")
    return page


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    ("language", "hello", "now"),
    [("zh-CN", "林晓，您到了", "现在摇一摇手机"), ("en-US", "You're here, 林晓", "Now shake your phone")],
)
def test_a_shaken_phone_is_here(
    lived: Lived, open_at: Callable[..., Any], member: Member, language: str, hello: str, now: str, width: int
) -> None:
    page = member(f"/shake?lang={language}", width)
    assert state(settled(page)) == "ask"
    listening(page)
    assert page.inner_text("[data-shake-says]") == now and not page.is_visible("[data-shake-start]")
    page.hand.shake()
    page.wait_for_selector(".here")
    assert page.inner_text("h1") == hello
    assert page.is_visible(".credit") and settled(page).url == f"{lived.address}/shake"
    assert lived.house.count("portal.shaken_by_shake") >= 1


def test_rest_walking_and_a_bump_wait_for_a_shake(member: Member) -> None:
    page = listening(member())
    page.hand.move(*(4.0, -4.0) * 3, step_s=0.25)
    page.hand.move(30.0, -12.0, step_s=0.05)
    page.wait_for_timeout(300)
    assert state(page) == "listening"
    page.hand.shake()
    page.wait_for_selector(".here")


def test_nothing_is_felt_before_it_is_allowed_and_nothing_without_a_sensor(
    lived: Lived, open_at: Callable[..., Any], member: Member
) -> None:
    page = member()
    page.hand.move(*(22.0, -22.0) * 4)
    assert state(page) == "ask"
    page.hand.lose()
    page.clock.install()
    page.reload()
    page.click("[data-shake-start]")
    page.clock.run_for(2_500)
    page.get_by_text("No motion can be felt here").wait_for()
    assert state(page) == "none"
    page.click("[data-shake-button]")
    page.wait_for_selector(".here")


def test_a_refused_permission_leaves_the_button(member: Member) -> None:
    page = member()
    page.evaluate("() => { DeviceMotionEvent.requestPermission = async () => 'denied'; }")
    page.click("[data-shake-start]")
    page.get_by_text("The phone did not allow motion").wait_for()
    assert page.is_visible("[data-shake-start]")
    page.evaluate(
        "() => { DeviceMotionEvent.requestPermission = async () => { throw new Error('no tap'); }; }"
    )
    page.click("[data-shake-start]")
    assert state(page) == "denied"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('[data-shake-button]')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".here")


def test_the_first_tap_is_what_asks(member: Member) -> None:
    """iOS grants nothing to a page that asks by itself."""
    page = member()
    page.evaluate(
        """() => {
            window.asked = [];
            DeviceMotionEvent.requestPermission = async () => {
                window.asked.push(navigator.userActivation.isActive);
                return "granted";
            };
        }"""
    )
    assert page.evaluate("window.asked") == []
    listening(page)
    assert page.evaluate("window.asked") == [True]


def test_without_a_secure_connection_it_says_so_and_the_button_works(member: Member) -> None:
    page = member()
    page.add_init_script(
        "delete window.DeviceMotionEvent; Object.defineProperty(window, 'isSecureContext', {value: false})"
    )
    page.reload()
    page.get_by_text("no secure connection").wait_for()
    assert not page.is_visible("[data-shake-start]")
    assert page.inner_text("[data-shake-button]").strip() == "Check in"
    page.click("[data-shake-button]")
    page.wait_for_selector(".here")


def test_without_a_script_there_is_the_button(member: Member) -> None:
    page = member(java_script_enabled=False)
    assert not page.is_visible("[data-shake-start]") and not page.is_visible("[data-shake-says]")
    page.click("[data-shake-button]")
    page.wait_for_selector(".here")


def test_an_app_hands_over_what_it_hears_and_shakes(lived: Lived, member: Member) -> None:
    page = member()
    told = {**FRESH_BEACON, "uuid": "FDA50693-A4E2-4FB1-AFCF-C6EB07647825", "major": "1", "rssi": -61.4}
    heard = [told, {"uuid": "no"}, None, 7, {"eid": "0123456789ABCDEF", "rssi": 127}]
    page.evaluate("heard => window.postMessage({type: 'shopbell.heard', heard})", heard)
    page.get_by_text("The app hears the store's beacons").wait_for()
    page.evaluate("window.postMessage({type: 'shopbell.shake'})")
    page.wait_for_selector(".here")
    assert "You are at: the door" in page.inner_text(".here")
    sent = [each for each in lived.house.gateway.asked if each["do"] == "shake"][-1]["heard"]
    assert sent == [{**FRESH_BEACON, "rssi": -61}, {"eid": "0123456789abcdef"}]


def test_a_mini_program_says_what_it_hears_behind_the_address(lived: Lived, member: Member) -> None:
    page = member("/shake#heard=" + quote(json.dumps([FRESH_BEACON])))
    page.get_by_text("The app hears the store's beacons").wait_for()
    assert page.url == lived.address + "/shake"
    page.click("[data-shake-button]")
    page.get_by_text("You are at: the door").wait_for()
    for nonsense in ("%", "%5B", "7", "null", quote('{"eid": 1}')):
        page.goto("about:blank")
        page.goto(f"{lived.address}/shake#heard={nonsense}")
        page.locator("[data-shake=ask]").wait_for()
        assert not page.is_visible("[data-shake-heard]")


def test_no_other_page_is_listened_to(lived: Lived, member: Member) -> None:
    page = member()
    strange = """() => {
        const box = document.createElement("iframe");
        document.body.append(box);
        for (const source of [box.contentWindow, null]) for (const origin of ["https://evil.example", "null"])
            for (const data of [{ type: "shopbell.shake" }, null, "shopbell.shake"])
                window.dispatchEvent(new MessageEvent("message", { data, origin, source }));
        window.dispatchEvent(new MessageEvent("message", { data: null, origin: "", source: window }));
    }"""
    page.evaluate(strange)
    page.wait_for_timeout(200)
    assert state(page) == "ask" and page.url.endswith("/shake")
    page.evaluate(
        "window.dispatchEvent(new MessageEvent('message', {data: {type: 'shopbell.shake'}, source: null}))"
    )
    page.wait_for_selector(".here")  # the app around a web view has no origin and no window


def test_the_page_that_frames_ours_hands_over_and_shakes(
    lived: Lived, frames: Servers, member: Member
) -> None:
    page = member()
    page.goto(f"{frames.addresses[0]}/?shows={lived.address}/shake")
    inner = page.frame_locator("iframe")
    inner.locator("[data-shake=ask]").wait_for()
    tell = "([data, origin]) => document.querySelector('iframe').contentWindow.postMessage(data, origin)"
    page.evaluate(tell, [{"type": "shopbell.heard", "heard": [FRESH_BEACON]}, lived.address])
    inner.get_by_text("The app hears the store's beacons").wait_for()
    page.evaluate(tell, [{"type": "shopbell.shake"}, lived.address])
    inner.get_by_text("You are at: the door").wait_for()


def test_it_can_be_shaken_inside_the_frame(lived: Lived, frames: Servers, member: Member) -> None:
    page = member()
    page.goto(f"{frames.addresses[0]}/?shows={lived.address}/shake")
    inner = page.frame_locator("iframe")
    inner.locator("[data-shake-start]").click()
    inner.locator("[data-shake=listening]").wait_for()
    page.hand.shake()
    inner.locator(".here").wait_for()


def test_after_the_button_it_can_be_shaken_again(lived: Lived, member: Member) -> None:
    page = member()
    page.click("[data-shake-button]")
    page.wait_for_selector(".here")
    lived.house.gateway.presence.now_ms += ROUND_MS
    page.goto(lived.address + "/shake")
    listening(page)
    page.hand.shake()
    page.get_by_text("Shake again tomorrow").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_screen(lived: Lived, member: Member, scheme: str) -> None:
    page = member(color_scheme=scheme)
    settled(page)
    page.click("[data-shake-button]")
    page.wait_for_selector(".here")
    settled(page)
    page.goto(lived.address + "/shake")
    page.click("[data-shake-button]")
    page.wait_for_selector(".state.sorry")
    settled(page)
    page.goto(lived.address + "/shake/sign")
    settled(page)
    page.context.clear_cookies()
    page.goto(lived.address + "/shake")
    settled(page)
    small = """[...document.querySelectorAll('button, .button')].filter(
        each => each.getBoundingClientRect().height && each.getBoundingClientRect().height < 44).length"""
    assert page.evaluate(small) == 0
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


def test_the_sign_is_one_page_of_a5(lived: Lived, open_at: Callable[..., Any]) -> None:
    for language in ("en", "zh-CN"):
        page = open_at(lived.address + "/shake/sign", viewport=SIZES[1280], locale=language)
        page.locator("[data-print]").wait_for()
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
        found = re.search(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
        assert found is not None
        assert [round(float(each) / 72 * 25.4) for each in found.groups()] == [148, 210]


def test_motion_is_still_where_stillness_is_wished_for(member: Member) -> None:
    page = listening(member(reduced_motion="reduce"))
    assert page.evaluate("getComputedStyle(document.querySelector('.shake-body')).animationName") == "none"
