"""HQ's console in a real browser: live, at 320 pixels, a member file from the hand to the list."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud_bridge.hq.test_ingest import chain, send
from tests.cloud_bridge.rig import HEADER, STAFF, RunningHq

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE_MS = 20_000
SAMPLES = Path(__file__).parents[3] / "samples" / "members.csv"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed: make system")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, hq: RunningHq) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{hq.url}/?token={STAFF}")
    opened.wait_for_selector('[data-live="open"]')
    yield opened
    context.close()
    # A refused upload is 422 by our own contract; the browser notes each such answer.
    assert [text for text in complaints if "422" not in text] == []


def test_events_appear_by_themselves(page: Any, hq: RunningHq) -> None:
    send(hq, chain(2))
    page.wait_for_selector('[data-part="events"] tbody tr:nth-child(2)')
    assert "Unknown card" in page.inner_text('[data-part="events"]')
    assert STAFF not in page.url


def test_a_member_file_from_the_hand_to_the_list(page: Any, hq: RunningHq) -> None:
    page.set_input_files("input[type=file]", str(SAMPLES))
    page.click("[data-upload] button")
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
    page.set_input_files("input[type=file]", str(damaged))
    page.click("[data-upload] button")
    page.wait_for_selector('[data-upload-word]:has-text("UTF-8")')
    page.wait_for_selector('[data-part="imports"] .notice')


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Any, hq: RunningHq, width: int) -> None:
    send(hq, chain(3))
    hq.import_text("x" * 300 + ",\n", name="a-rather-long-name-of-a-file-" * 3)
    hq.import_text(HEADER + "A1,,,en,active,,1,river,,,\n")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{hq.url}/?lang=zh-CN&member=A")
    page.wait_for_selector('[data-live="open"]')
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
