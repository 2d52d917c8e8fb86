"""At the till in a real browser: phone numbers, also those nobody verified, and codes that open nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.evidence import PHONE
from gateway.core.promises import Link
from tests.gateway.adapters.http.pos_shop import CHEN, CLAIMED
from tests.gateway.adapters.http.till_hands import acts, expect, scan

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


@pytest.fixture(autouse=True)
def may_enrol(shop: Any) -> None:
    """This brand's cashiers make members."""
    shop.staff_known["s-chen"] = CHEN._replace(may=(*CHEN.may, "enrol"))


def at_phone(selling: Open, language: str = "en", **options: Any) -> Any:
    """The dialog in which a number is verified."""
    page = selling(language, **options)
    scan(page, "m-0001")
    page.locator("[data-do=member]").click()
    page.locator("[data-do=prove-phone]").click()
    page.locator("#phone[open]").wait_for()
    return page


def test_a_number_that_only_was_given_asks_for_the_name(selling: Open, shop: Any) -> None:
    shop.members["m-0001"] = {**shop.members["m-0001"], "phone": "unverified"}
    page = selling()
    scan(page, CLAIMED)
    notice = page.locator(".notices .notice")
    expect(notice).to_contain_text("2 members gave this number and none is verified; the last is 林**")
    expect(notice).to_contain_text("Which name did you give")
    expect(page.locator("[data-zone=customer]")).to_contain_text("Phone not verified")


def test_a_clerk_verifies_a_number_with_the_keyboard(selling: Open, till: Any) -> None:
    page = at_phone(selling)
    expect(page.locator("#phone input")).to_be_focused()
    page.keyboard.type("138 0013 8000\n")
    page.locator("#phone").wait_for(state="hidden")
    expect(page.locator("[data-zone=said]")).to_contain_text("Verified")
    (asked,) = [request for request in till.asked if isinstance(request.act, Link)]
    assert (asked.act, asked.evidence) == (Link("", "m-0001"), (PHONE, b"8613800138000"))


def test_what_is_no_number_is_said_in_the_dialog_and_asked_again(selling: Open, till: Any) -> None:
    page = at_phone(selling)
    page.keyboard.type("12345\n")
    expect(page.locator("#phone .notice")).to_contain_text("That is no phone number")
    assert acts(till, Link) == []
    page.locator("#phone input").fill("+44 20 7946 0018")
    page.keyboard.press("Enter")
    page.locator("#phone").wait_for(state="hidden")
    assert len(acts(till, Link)) == 1


def test_a_number_that_is_taken_says_whose_to_look_for(selling: Open, till: Any) -> None:
    page = at_phone(selling)
    till.reason = "instrument_taken"
    for number in ("13800138000", "13800138000", "13900139000"):
        page.locator("#phone input").fill(number)
        with page.expect_response("**/phone") as told:
            page.keyboard.press("Enter")
        assert told.value.json()["outcome"] == "refused"
        expect(page.locator("#phone form")).not_to_have_attribute("aria-busy", "true")
        expect(page.locator("#phone .notice")).to_contain_text("This number is verified already")
    first, again, other = [request.key for request in till.asked if isinstance(request.act, Link)]
    assert first == again != other, "the same number is the same act, another one is another"


@pytest.mark.parametrize(
    ("code", "says"),
    [("SBROLD", "too old, or was used already"), ("LOST-CARD", "This card cannot be used")],
)
def test_a_code_that_opens_nothing_says_what_to_do(selling: Open, code: str, says: str) -> None:
    page = selling()
    scan(page, code)
    expect(page.locator(".notices .notice")).to_contain_text(says)
    expect(page.locator(".notices .notice")).to_contain_text("You may say")
    expect(page.locator("[data-zone=customer]")).to_contain_text("No member")


def test_a_stale_code_at_the_paired_terminal_asks_for_a_new_one(selling: Open, live: Any) -> None:
    page = selling()
    expect(page.locator("[data-live=open]")).to_be_visible()
    tap = {**live.taps()[0], "seq": 77, "type": "scan.seen", "outcome": "unknown", "reason": "stale"}
    live.add_taps([tap])
    expect(page.locator(".notices .notice")).to_contain_text("too old, or was used already")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [(320, 640), (1280, 900)], ids=lambda size: str(size[0]))
def test_the_dialog_fits(selling: Open, shop: Any, size: tuple[int, int], language: str) -> None:
    shop.members["m-0001"] = {**shop.members["m-0001"], "phone": "unverified"}
    page = at_phone(selling, language, viewport={"width": size[0], "height": size[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    boxes = page.locator("#phone .button").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert min(boxes) >= 44
