"""People on HQ's page in a real browser: what members allow, and two who may be one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import insert

from cloud_bridge.hq import models, troubles
from cloud_bridge.hq.people_models import consents, forgotten
from cloud_bridge.hq.troubles import Where
from tests.cloud_bridge.rig import STAFF, RunningHq, wait_for

pytestmark = pytest.mark.browser

NOW_MS = 1_795_233_600_000


def member(id_: str, status: str, number: str) -> dict[str, Any]:
    shown = {"tier": "", "qualifying": 0, "language": "en", "home_store": "river"}
    return {"id": id_, "member_no": number, "status": status, **shown}


def word(purpose: str, given: int) -> dict[str, Any]:
    said = {"purpose": purpose, "given": given, "text": "2026-11", "language": "en"}
    return {"member": "p-1", **said, "at_ms": NOW_MS, "mark": "river-1:1"}


@pytest.fixture
def people(hq: RunningHq) -> RunningHq:
    """An old member, a new one with the same phone, and one who was forgotten."""
    made = [member("lin", "active", "MW0001"), member("p-1", "provisional", "MW0002")]
    gone = member("m-9", "erased", "MW0009")
    named = [
        {"member": "lin", "name": "林晓雯", "phone": "13800138000", "birthday": ""},
        {"member": "p-1", "name": "小林", "phone": "+8613800138000", "birthday": ""},
    ]
    with hq.hq.database.writing() as connection:
        connection.execute(insert(models.members), [*made, gone])
        connection.execute(insert(models.people), named)
        connection.execute(insert(consents), [word("marketing", 1), word("a-purpose-of-the-shop", 0)])
        wish = {"member": "m-9", "at_ms": NOW_MS, "gateway": "river-1", "seq": 9}
        connection.execute(insert(forgotten), wish)
        where, detail = Where("river-1", 7, bytes(32)), {"member": "lin", "other": "p-1"}
        troubles.raise_trouble(connection, where, troubles.MAYBE_ONE, "lin:p-1", detail, NOW_MS)
    return hq


@pytest.fixture
def page(people: RunningHq, open_at: Callable[..., Any]) -> Iterator[Any]:
    complaints: list[str] = []
    opened = open_at(f"{people.url}/?token={STAFF}", complaints, locale="en-US")
    opened.wait_for_selector('[data-live="open"]')
    yield opened
    opened.context.close()
    assert complaints == []


def test_two_members_become_one_by_two_presses(page: Any, people: RunningHq) -> None:
    button = "button[data-merge]"
    page.wait_for_selector(button)
    assert "林** MW0001" in " ".join(page.inner_text('[data-part="exceptions"]').split())
    page.click(button)
    page.wait_for_selector(button + ':has-text("for good")')
    assert people.query("SELECT * FROM aliases") == [], "the first press only asks"
    page.click(button)
    wait_for(lambda: people.query("SELECT * FROM aliases") == [("p-1", "lin")], "the merger")
    page.wait_for_selector('[data-part="exceptions"] .empty')
    assert people.query("SELECT member, purpose, given FROM consents ORDER BY purpose") == [
        ("lin", "a-purpose-of-the-shop", 0),
        ("lin", "marketing", 1),
    ]


def test_two_who_are_two_are_not_asked_about_again(page: Any, people: RunningHq) -> None:
    page.click("button[data-distinct]")
    page.wait_for_selector('[data-part="exceptions"] .empty')
    assert people.query("SELECT state FROM exceptions") == [("resolved",)]
    assert people.query("SELECT * FROM aliases") == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("width", [320, 1280])
def test_people_fit_the_screen(page: Any, people: RunningHq, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{people.url}/?lang={language}&member=MW")
    page.wait_for_selector('[data-live="open"]')
    text = page.inner_text("main")
    assert "****8000" in text and "13800138000" not in text and "a-purpose-of-the-shop" in text
    assert "2026-11-21" in text
    assert page.evaluate("document.documentElement.scrollWidth") <= width
