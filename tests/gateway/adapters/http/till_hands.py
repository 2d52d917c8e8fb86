"""A clerk's hands at the till's page, and what the counter heard: for the browser tests of the till."""

from typing import Any

import pytest

from gateway.core.orders.model import Sell

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

CLERK, MANAGER = "BADGE-CHEN", "BADGE-ZHOU"


def scan(page: Any, code: str) -> None:
    """What a scanner does: types wherever the focus is, and ends with Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def acts(till: Any, kind: type) -> list[Any]:
    return [request.act for request in till.asked if isinstance(request.act, kind)]


def sold(till: Any) -> list[Any]:
    return acts(till, Sell)


def pay_in_cash(page: Any, given: str) -> None:
    page.keyboard.press("F2")
    page.locator("#pay[open]").wait_for()
    scan(page, given)
    expect(page.locator("[data-do=complete]")).to_be_focused()
