"""HQ's console in a real browser: live, at 320 pixels, a member file from the hand to the list."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud_bridge.hq.test_ingest import chain, send
from tests.cloud_bridge.rig import HEADER, STAFF, RunningHq

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).parents[3] / "samples" / "members.csv"
BUNDLE = SAMPLES.with_name("bundle.json")
GOODS = SAMPLES.with_name("goods.csv")
FORM = '[data-part-of="imports"]'
PROGRAMS = '[data-part-of="programs"]'


@pytest.fixture
def page(hq: RunningHq, open_at: Callable[..., Any]) -> Iterator[Any]:
    complaints: list[str] = []
    size = {"width": 1280, "height": 900}
    opened = open_at(f"{hq.url}/?token={STAFF}", complaints, viewport=size, locale="en-US")
    opened.wait_for_selector('[data-live="open"]')
    yield opened
    opened.context.close()
    # A refused upload is 422 by our own contract; the browser notes each such answer.
    assert [text for text in complaints if "422" not in text] == []


def test_events_appear_by_themselves(page: Any, hq: RunningHq) -> None:
    send(hq, chain(2))
    page.wait_for_selector('[data-part="events"] tbody tr:nth-child(2)')
    assert "Unknown card" in page.inner_text('[data-part="events"]')
    assert STAFF not in page.url


def test_a_member_file_from_the_hand_to_the_list(page: Any, hq: RunningHq) -> None:
    page.set_input_files(FORM + " input[type=file]", str(SAMPLES))
    page.click(FORM + " button")
    page.wait_for_selector('[data-part="imports"] li .tag.yes')
    assert "Members new 24" in page.inner_text('[data-part="imports"]')
    page.wait_for_selector('[data-part="members"]:has-text("24")')
    page.fill("input[name=member]", "MW0009")
    page.keyboard.press("Enter")
    page.wait_for_selector("li >> text=MW0009")
    assert "吴**" in page.content() and "吴桂芳" not in page.content()


def test_a_damaged_file_is_explained_where_it_was_chosen(page: Any, hq: RunningHq, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.csv"
    damaged.write_bytes(HEADER.encode() + b"A1,\xff,\n")
    page.set_input_files(FORM + " input[type=file]", str(damaged))
    page.click(FORM + " button")
    page.wait_for_selector(FORM + ' [data-upload-word]:has-text("UTF-8")')
    page.wait_for_selector('[data-part="imports"] .notice')


def publish(page: Any, path: Path) -> None:
    page.set_input_files(PROGRAMS + " input[type=file]", str(path))
    page.click(PROGRAMS + " button")


def test_programs_are_published_and_paused_by_hand(page: Any, hq: RunningHq, tmp_path: Path) -> None:
    publish(page, BUNDLE)
    row = '[data-part="programs"] li:has(button[data-program="activation"])'
    page.wait_for_selector(row + " .tag.yes")
    assert "Version 1" in page.inner_text(row)
    page.click('button[data-program="activation"]')
    page.wait_for_selector(row + " .tag.heed")
    assert "Version 2" in page.inner_text(row) and "Paused" in page.inner_text(row)
    page.click('button[data-program="activation"]')
    page.wait_for_selector(row + " .tag.yes")
    before = hq.query("SELECT count(*) FROM bundles")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(BUNDLE.read_text().replace('"order.quoted"', '"order.dreamt"', 1))
    publish(page, wrong)
    page.wait_for_selector('.faults:has-text("/programs/")')
    assert hq.query("SELECT count(*) FROM bundles") == before


def test_goods_from_the_hand_to_the_list(page: Any, hq: RunningHq) -> None:
    page.select_option(FORM + " select", "goods")
    page.set_input_files(FORM + " input[type=file]", str(GOODS))
    page.click(FORM + " button")
    page.wait_for_selector('[data-part="goods"]:has-text("40")')
    page.fill("input[name=good]", "2104170000025")
    page.keyboard.press("Enter")
    page.wait_for_selector("li >> text=bread-country")
    assert "¥22.00" in page.content() and "Members ¥19.80" in page.content()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Any, hq: RunningHq, width: int) -> None:
    send(hq, chain(3))
    hq.import_text("x" * 300 + ",\n", name="a-rather-long-name-of-a-file-" * 3)
    hq.import_text(HEADER + "A1,,,en,active,,1,river,,,\n")
    hq.staff("POST", "/v1/programs", content=BUNDLE.read_bytes())
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{hq.url}/?lang=zh-CN&member=A")
    page.wait_for_selector('[data-live="open"]')
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
