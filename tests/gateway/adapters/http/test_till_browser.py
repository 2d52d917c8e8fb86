"""The till in a real browser against a counter harsher than ours: by keyboard alone, at every size."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.orders.model import CloseShift, GoBack, OpenShift, Sell
from gateway.live import Live
from gateway.sales import WithoutPin
from tests.browser import Servers
from tests.gateway.adapters.http.shop_floor import NOW_MS
from tests.gateway.adapters.http.till_hands import MANAGER, acts, expect, pay_in_cash, scan, sold

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SIZES = ((320, 640), (768, 1024), (1280, 900))
LANGUAGES = ("zh-CN", "en")


def test_a_clerk_sells_with_the_keyboard_alone(selling: Open, till: Any, shop: Any) -> None:
    problems: list[str] = []
    page = selling("en", problems)
    scan(page, "2*cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥112.00")
    pay_in_cash(page, "200")
    expect(page.locator("[data-zone=change]")).to_have_text("Change ¥88.00")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#done .paper")).to_contain_text("¥112.00")
    expect(page.locator("#done img")).to_have_js_property("complete", True)
    assert page.locator("#done img").evaluate("image => image.naturalWidth") > 0
    (act,) = sold(till)
    assert (act.tenders[0].amount, act.tenders[0].given) == (11_200, 20_000)
    assert acts(till, OpenShift)[0].cash_float == 30_000
    assert problems == [], "the page breaks its own policy, or a script fails"


def test_the_next_customers_first_scan_puts_the_receipt_away(selling: Open) -> None:
    page = selling()
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    page.locator("#done[open]").wait_for()
    scan(page, "tea")
    expect(page.locator("[data-zone=total]")).to_have_text("¥18.00")
    expect(page.locator("#done")).to_be_hidden()


def test_scans_faster_than_answers_are_all_counted_in_their_order(selling: Open) -> None:
    page = selling()
    for code in ("cake", "tea", "cake", "tea", "tea", "cake"):
        scan(page, code)
    expect(page.locator("[data-zone=total]")).to_have_text("¥222.00")
    assert page.locator(".item-name").all_inner_texts() == ["Cake", "Tea"]


def test_a_scan_reaches_the_field_wherever_the_focus_is(selling: Open) -> None:
    page = selling()
    page.locator(".till-tools button").first.focus()
    scan(page, "tea")
    expect(page.locator("[data-zone=total]")).to_have_text("¥18.00")
    page.locator(".chip").first.focus()
    scan(page, "tea")
    expect(page.locator("[data-zone=total]")).to_have_text("¥36.00")


def test_a_scan_between_the_receipts_closing_and_its_event_is_whole(selling: Open) -> None:
    page = selling()
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    page.locator("#done[open]").wait_for()
    page.locator("#done").evaluate(
        "box => box.addEventListener('close', event => event.stopImmediatePropagation(), true)"
    )
    page.locator("[data-do=next]").click()
    scan(page, "tea")
    expect(page.locator("[data-zone=total]")).to_have_text("¥18.00")


def test_the_field_is_typed_into_where_its_caret_is(selling: Open) -> None:
    page = selling()
    page.keyboard.type("tex")
    page.keyboard.press("Backspace")
    page.keyboard.type("a")
    page.keyboard.press("Home")
    page.keyboard.type("3*")
    expect(page.locator("#scan")).to_have_value("3*tea")
    page.keyboard.press("Enter")
    expect(page.locator("[data-zone=total]")).to_have_text("¥54.00")


def test_a_used_coupon_is_refused_with_when_and_where_until_it_is_dismissed(selling: Open) -> None:
    page = selling()
    scan(page, "cake")
    scan(page, "TEA-5")
    notice = page.locator(".notices .notice")
    expect(notice).to_contain_text("Used at Jan 1, 2026 10:00 at this till")
    expect(notice).to_contain_text("You may say")
    scan(page, "tea")
    expect(page.locator("[data-zone=total]")).to_have_text("¥74.00")
    expect(notice).to_be_visible()
    expect(page.locator("#scan")).to_be_focused()
    page.keyboard.press("Escape")
    expect(notice).to_have_count(0)


def test_a_code_that_nobody_knows_is_said_and_stays(selling: Open) -> None:
    page = selling("zh-CN")
    scan(page, "<b>x</b>")
    expect(page.locator(".notices .notice")).to_contain_text("不认得“<b>x</b>”")
    page.get_by_role("button", name="知道了").click()
    expect(page.locator(".notice")).to_have_count(0)
    expect(page.locator("#scan")).to_be_focused()


# -- giving back, counting, approving


def test_a_return_says_what_goes_back_before_it_does(selling: Open, till: Any) -> None:
    page = selling()
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    code = page.locator("#done .figures").inner_text()
    page.keyboard.press("Enter")
    scan(page, code)
    page.locator("#back [data-do=further]").click()
    preview = page.locator("[data-zone=preview]")
    expect(preview).to_contain_text("¥56.00")
    expect(preview).to_contain_text("−62 points")
    assert acts(till, GoBack) == [], "a preview books nothing"
    page.locator("[data-do=give-back]").click()
    expect(page.locator("#done")).to_contain_text("¥56.00 given back")
    assert len(acts(till, GoBack)) == 1


def test_a_shift_is_counted_before_anybody_sees_what_should_be_there(selling: Open, till: Any) -> None:
    page = selling()
    page.locator("[data-do=shift]").click()
    expect(page.locator("#shift")).to_contain_text("¥362.00")
    page.locator("[data-do=count]").click()
    expect(page.locator("#shift .report")).to_have_count(0)
    page.locator("[data-note='10000']").fill("3")
    page.locator("[data-note='5000']").fill("1")
    page.locator("[data-note='1000']").fill("1")
    page.locator("[data-note='100']").fill("2")
    expect(page.locator("#counted")).to_have_value("362.00")
    page.locator("#counted").press("Enter")
    expect(page.locator("#shift .report")).to_contain_text("It balances")
    assert acts(till, CloseShift)[0].counted == 36_200
    page.keyboard.press("Escape")
    expect(page.locator("#float")).to_be_visible()


def test_a_manager_agrees_with_a_badge_and_the_act_is_a_new_attempt(selling: Open, till: Any) -> None:
    page = selling()
    page.locator("[data-do=shift]").click()
    page.locator("[data-do=count]").click()
    page.locator("#counted").fill("300")
    page.locator("#counted").press("Enter")
    page.locator("#approve[open]").wait_for()
    scan(page, "BADGE-NOBODY")
    expect(page.locator("#approve .notice")).to_be_visible()
    page.locator("#approve [name=badge]").fill(MANAGER)
    page.keyboard.press("Enter")
    expect(page.locator("#shift .report")).to_contain_text("Off by -¥62.00")
    first, second = acts(till, CloseShift)
    assert (first.approver, second.approver) == (None, "s-zhou")


def test_a_card_at_the_paired_terminal_is_the_customer(
    selling: Open, till_server: Servers, live: Live, tap: Callable[..., Any]
) -> None:
    page = selling()
    page.locator('[data-live="open"]').wait_for()
    till_server.call(lambda: live.add_taps([tap(70, device="entrance-1"), tap(71, device="counter-1")]))
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
    till_server.call(lambda: live.add_taps([tap(72, outcome="unknown", member=None)]))
    expect(page.locator(".notice")).to_contain_text("Nobody has this card")


def test_hq_out_of_reach_is_said_quietly_and_selling_goes_on(
    selling: Open, till_server: Servers, live: Live, bridge: Callable[..., Any]
) -> None:
    page = selling()
    expect(page.locator("[data-zone=offline]")).to_be_hidden()
    said = {"what": "x", "do": "y"}
    trouble = {"code": "hq_unreachable", "zh-CN": said, "en": said, "since_ms": 0, "times": 1}
    till_server.call(lambda: live.set_bridge(bridge(trouble=trouble)))
    expect(page.locator("[data-zone=offline]")).to_be_visible()
    scan(page, "tea")
    expect(page.locator("[data-zone=total]")).to_have_text("¥18.00")


def test_another_till_needs_another_sign_in_and_signing_out_ends_it(
    selling: Open, till_server: Servers
) -> None:
    page = selling()
    page.goto(f"{till_server.addresses[0]}/till?till=till-2")
    expect(page.locator("#badge")).to_be_focused()
    page.goto(f"{till_server.addresses[0]}/till?till=till-1")
    page.locator("[data-do=lock]").click()
    expect(page.locator("#badge")).to_be_focused()
    scan(page, "BADGE-NOBODY")
    expect(page.locator(".notice")).to_be_visible()


def test_points_are_spent_with_the_pin_that_was_typed_at_the_terminal(selling: Open, till: Any) -> None:
    page = selling()
    scan(page, "cake")
    scan(page, "m-0001")
    page.locator("[data-do=points]").click()
    page.locator("#points [name=amount]").fill("500")
    page.locator("#points [name=amount]").press("Enter")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    scan(page, "1111")
    expect(page.locator("#pin .notice")).to_be_visible()
    expect(page.locator("#pin [name=value]")).to_have_value("")
    assert sold(till) == []
    page.locator("[data-do=at-terminal]").click()
    expect(page.locator("#done")).to_be_visible()
    (request,) = [request for request in till.asked if isinstance(request.act, Sell)]
    assert (request.pin, request.act.basket.points) == ("right", 500)


def test_a_code_that_was_shown_pays_without_the_pin_and_where_it_does_not_the_pin_is_asked_for(
    selling: Open, till: Any
) -> None:
    till.shop.without_pin = WithoutPin(NOW_MS, 8_000)
    page = selling("en")
    scan(page, "cake")
    scan(page, "m-0001")
    expect(page.locator("[data-zone=customer] .tag.yes")).to_contain_text("No PIN needed up to ¥80.00")
    page.locator("[data-do=points]").click()
    page.locator("#points [name=amount]").fill("500")
    page.locator("#points [name=amount]").press("Enter")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    expect(page.locator("#pin[open]")).to_be_visible()
    assert [request.pin for request in till.asked if isinstance(request.act, Sell)] == [None]
    page.keyboard.press("Escape")
    till.shop.code_stands = True
    page.locator("#pay [data-do=complete]").click()
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#pin")).to_be_hidden()
    assert [request.pin for request in till.asked if isinstance(request.act, Sell)] == [None, None]


def test_a_new_pin_is_typed_twice_and_never_shown(selling: Open, pins: Any) -> None:
    page = selling()
    scan(page, "cake")
    scan(page, "m-0001")
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
    page.route("**/v1/members/*/pin", lambda route: route.fulfill(json={"outcome": "done"}))
    page.locator("[data-do=member]").click()
    page.locator("[data-do=set-pin]").click()
    for digits in ("12", "1234", "4321"):
        scan(page, digits)
    expect(page.locator("#pin .notice")).to_contain_text(["4 to 8 digits", "They differ"])
    for digits in ("1234", "1234"):
        scan(page, digits)
    expect(page.locator("[data-zone=said]")).to_contain_text("The PIN is set")
    assert "1234" not in page.content()


def test_a_receipt_is_printed_when_asked_for_and_once_more_as_a_copy(selling: Open, roll: Any) -> None:
    page = selling()
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    for _ in range(2):
        page.locator("#done [data-do=print]").click()
        expect(page.locator("[data-zone=printed]")).to_have_text("Printed")
        page.locator("[data-zone=printed]").evaluate("place => { place.textContent = ''; }")
    assert [copy for _, copy in roll.paper] == [False, True]
    roll.out_of_paper = True
    page.locator("#done [data-do=print]").click()
    expect(page.locator("#done .notice")).to_contain_text("No printer answers")


def test_a_till_may_print_every_receipt_by_itself(selling: Open, roll: Any) -> None:
    page = selling()
    for count in (1, 2):
        scan(page, "cake")
        expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
        pay_in_cash(page, "56")
        page.keyboard.press("Enter")
        page.locator("#done[open]").wait_for()
        if count == 1:
            page.locator("[data-do=always]").click()
        expect(page.locator("[data-zone=printed]")).to_have_text("Printed")
        page.locator("[data-do=next]").click()
    assert [copy for _, copy in roll.paper] == [False, False]


# -- every size


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_the_screen_and_everything_can_be_pressed(
    selling: Open, language: str, size: tuple[int, int]
) -> None:
    page = selling(language, viewport={"width": size[0], "height": size[1]})
    scan(page, "2*cake")
    scan(page, "m-0001")
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
    see_it_fits(page)
    total, pay = page.locator("[data-zone=total]"), page.locator("[data-do=pay]")
    expect(total).to_be_in_viewport()
    expect(pay).to_be_in_viewport(ratio=1)
    for opener, closed in (("pay", "#pay"), ("return", "#back"), ("shift", "#shift"), ("parked", "#parked")):
        page.locator(f"[data-do={opener}]").first.click()
        page.locator(f"{closed}[open]").wait_for()
        see_it_fits(page)
        page.keyboard.press("Escape")
        expect(page.locator(closed)).to_be_hidden()


def see_it_fits(page: Any) -> None:
    """No sideways scrolling, and nothing to press that a finger would miss."""
    width = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    assert width <= 0, f"{width} pixels too wide"
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .till input, dialog input")]
          .filter((node) => node.checkVisibility())
          .map((node) => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
          .filter(([, box]) => box.height && Math.min(box.height, Math.max(box.width, box.height)) < 43.9)
          .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    )
    assert small == [], "smaller than a finger"


def test_without_scripts_the_page_says_that_it_needs_them(
    till_server: Servers, browser: Any, token: str
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{till_server.addresses[0]}/?token={token}")
    page.goto(f"{till_server.addresses[0]}/till")
    expect(page.locator(".notice").first).to_contain_text("needs JavaScript")
    context.close()
