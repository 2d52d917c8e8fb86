"""Whatever the line, the gateway or the page does: the till sells once, and forgets nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.orders.model import Park, Sell
from tests.gateway.adapters.http.till_hands import acts, expect, pay_in_cash, scan, sold

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


# -- what comes late


def test_a_price_that_comes_while_a_button_is_pressed_leaves_it_under_the_finger(selling: Open) -> None:
    page = selling()
    scan(page, "m-0001")
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
    held: list[Any] = []
    page.route("**/v1/orders/quote", lambda route: held.append(route))
    with page.expect_request("**/v1/orders/quote"):
        scan(page, "cake")
    page.locator("[data-do=member]").hover()
    page.mouse.down()
    with page.expect_response("**/v1/orders/quote") as answered:
        held[0].continue_()
    assert answered.value.body()
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    page.mouse.up()
    page.locator("#member[open]").wait_for()
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")


# -- never twice


def test_a_commit_whose_answer_is_lost_is_asked_again_and_sells_once(selling: Open, till: Any) -> None:
    page = selling()
    sent: list[str] = []

    def lose_the_first(route: Any) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/v1/orders/commit", lose_the_first)
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "60")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("¥4.00")
    assert len(sent) == 2 and sent[0] == sent[1]
    assert len({request.key for request in till.asked if isinstance(request.act, Sell)}) == 1


def test_a_page_left_in_the_middle_of_a_commit_finds_out_what_became_of_it(selling: Open, till: Any) -> None:
    page = selling()
    sent: list[Any] = []

    def never_answer_the_first(route: Any) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()
        else:
            route.continue_()

    page.route("**/v1/orders/commit", never_answer_the_first)
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    expect(page.locator("#busy")).to_be_visible()
    page.reload()
    expect(page.locator("#done")).to_contain_text("¥56.00")
    assert len(sent) == 2 and sent[0] == sent[1]
    assert len({request.key for request in till.asked if isinstance(request.act, Sell)}) == 1
    page.keyboard.press("Enter")
    expect(page.locator("[data-zone=total]")).to_have_text("¥0.00")


def test_pressing_complete_twice_sells_once(selling: Open, till: Any) -> None:
    page = selling()
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.locator("[data-do=complete]").evaluate("button => { button.click(); button.click(); }")
    expect(page.locator("#done")).to_be_visible()
    assert len(sold(till)) == 1


def test_a_refused_commit_is_another_attempt_when_tried_again(selling: Open, till: Any) -> None:
    page = selling()
    till.reason = "tenders_differ"
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    expect(page.locator("#pay .notice")).to_be_visible()
    till.reason = None
    page.locator("[data-do=complete]").click()
    expect(page.locator("#done")).to_be_visible()
    keys = [request.key for request in till.asked if isinstance(request.act, Sell)]
    assert len(keys) == len(set(keys)) == 2


def test_what_a_busy_gateway_does_not_take_is_asked_again(selling: Open, till: Any) -> None:
    page = selling()
    till.refuse = "busy"
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    pay_in_cash(page, "56")
    page.keyboard.press("Enter")
    expect(page.locator("[data-zone=busy]")).to_have_text(re.compile("does not answer"))
    till.refuse = None
    expect(page.locator("#done")).to_be_visible()
    assert len({request.key for request in till.asked if isinstance(request.act, Sell)}) == 1


# -- nothing is lost


def test_a_reload_keeps_the_order_and_another_language_too(selling: Open) -> None:
    page = selling()
    scan(page, "2*cake")
    scan(page, "m-0001")
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
    page.reload()
    expect(page.locator("[data-zone=total]")).to_have_text("¥112.00")
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")
    page.locator("nav.languages a[lang=zh-CN]").click()
    expect(page.locator(".item-name")).to_have_text("蛋糕")
    expect(page.locator("[data-zone=customer]")).to_contain_text("林**")


def test_a_gateway_that_is_away_is_said_and_the_price_comes_when_it_is_back(selling: Open) -> None:
    page = selling()
    page.route("**/v1/orders/quote", lambda route: route.abort())
    scan(page, "cake")
    expect(page.locator("[data-zone=said]")).to_contain_text("does not answer")
    expect(page.locator("[data-do=pay]")).to_be_disabled()
    page.unroute("**/v1/orders/quote")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    expect(page.locator("[data-do=pay]")).to_be_enabled()


def test_a_parked_order_is_the_gateways_and_comes_back_whole(selling: Open, till: Any) -> None:
    page = selling()
    scan(page, "2*cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥112.00")
    page.locator("[data-do=park]").click()
    scan(page, "lady in red")
    expect(page.locator("[data-zone=parked-count]")).to_have_text("1")
    expect(page.locator("[data-zone=total]")).to_have_text("¥0.00")
    assert acts(till, Park)[0].note == "lady in red"
    page.evaluate("localStorage.clear()")
    page.reload()
    page.locator("[data-do=parked]").click()
    page.get_by_role("button", name="lady in red").click()
    expect(page.locator("[data-zone=total]")).to_have_text("¥112.00")
    pay_in_cash(page, "112")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_be_visible()
    assert sold(till)[-1].parked == acts(till, Park)[0].parked
