"""The till in a real browser with a payment bridge: scan the customer's code, and whatever comes of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.counters import Counters
from gateway.live import Live
from gateway.payments.book import Book
from gateway.payments.desk import Payments
from gateway.settings import GatewaySettings
from tests.browser import Servers
from tests.gateway.adapters.http.till_hands import expect, scan, sold
from tests.gateway.payments.rig import DECLINE, WAIT, FakeBridge, World

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
CODE = "134512345678901234"
# What the gateway's loop does by itself: look again at what nobody knew.
LOOK = """async () => {
  const { payments: [one] } = await (await fetch("/v1/payments")).json();
  const { key, tender, amount } = one;
  await fetch("/v1/payments", { method: "POST", body: JSON.stringify({ key, tender, amount, code: "-" }) });
}"""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def payments(till: Any, tmp_path: Path, world: World) -> Iterator[Payments]:
    book = Book(tmp_path, Counters())
    clocks = (lambda: world.now_ms), (lambda: world.steady_ms)
    yield Payments(book, FakeBridge(world), till, *clocks, Counters())
    book.close()


@pytest.fixture
def till_server(live: Live, settings: GatewaySettings, token: str, books: Books) -> Iterator[Servers]:
    """As conftest.py's, with a bridge set."""
    asked = replace(settings, payments_url="https://pay.example", payments_token_file="token")
    with Servers() as running:
        running.start(build_app(live, asked, token, books))
        yield running


def at_the_money(page: Any) -> None:
    scan(page, "cake")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    page.keyboard.press("F2")
    page.locator("#pay[open]").wait_for()


def ask_phone(page: Any, tender: str = "wechat") -> None:
    page.locator(f"[data-tender={tender}]").click()
    expect(page.locator("#charge [name=code]")).to_be_focused()
    scan(page, CODE)


def test_a_phone_pays_and_the_sale_has_its_number(selling: Open, till: Any, world: World) -> None:
    problems: list[str] = []
    page = selling("en", problems)
    at_the_money(page)
    ask_phone(page)
    expect(page.locator("[data-do=complete]")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#done[open]").wait_for()
    (act,) = sold(till)
    ((key, amount),) = world.charged.items()
    assert (act.tenders[0].kind, act.tenders[0].amount, amount) == ("wechat", 5_600, 5_600)
    assert act.tenders[0].reference == f"ref-{key}"
    assert problems == []


def test_a_declined_phone_says_what_to_do_and_may_be_scanned_again(
    selling: Open, till: Any, world: World
) -> None:
    world.moods.append(DECLINE)
    page = selling("zh-CN")
    at_the_money(page)
    ask_phone(page, "alipay")
    expect(page.locator("#charge .notice")).to_contain_text("没有收钱")
    expect(page.locator("#charge [name=code]")).to_be_focused()
    scan(page, CODE)
    expect(page.locator("#pay .taken")).to_contain_text("支付宝")
    assert list(world.charged.values()) == [5_600] and len(world.declined) == 1


def test_what_nobody_is_sure_of_is_waited_for_and_then_counts(selling: Open, till: Any, world: World) -> None:
    world.moods.append(WAIT)
    page = selling("en")
    at_the_money(page)
    ask_phone(page)
    expect(page.locator("[data-zone=charge-what]")).to_have_text("The customer is confirming on the phone")
    expect(page.locator("#charge [name=code]")).to_be_hidden()
    page.evaluate(LOOK)
    expect(page.locator("#pay .taken")).to_contain_text("WeChat Pay")
    assert list(world.charged.values()) == [5_600]


def test_a_payment_that_was_left_is_listed_and_used_or_given_back(
    selling: Open, till: Any, world: World
) -> None:
    world.moods.append(WAIT)
    page = selling("en")
    at_the_money(page)
    ask_phone(page)
    page.locator("#charge [data-do=close-dialog]").click()
    expect(page.locator("#pay .notice")).to_contain_text("without a result yet")
    page.keyboard.press("Escape")
    page.evaluate(LOOK)
    page.locator("[data-do=payments]").click()
    expect(page.locator("#payments .payment")).to_contain_text("no sale has it yet")
    page.locator("[data-do=use-payment]").click()
    page.keyboard.press("F2")
    expect(page.locator("#pay .taken")).to_contain_text("WeChat Pay")
    page.reload()
    page.locator(".tile").first.wait_for(state="attached")
    expect(page.locator("[data-zone=total]")).to_have_text("¥56.00")
    page.keyboard.press("F2")
    expect(page.locator("#pay .taken")).to_contain_text("WeChat Pay")  # a reload forgets no money
    page.locator("[data-do=untake]").click()
    page.locator("[data-zone=sure-yes]").click()
    expect(page.locator("#pay .taken li")).to_have_count(0)
    ((payment, taken),) = world.back.values()
    assert (payment, taken, world.net(payment)) == (*world.charged, 5_600, 0)
