"""A town with a running store for a whole file; skips aloud without root or its tools."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware_tests.lab.phones import Phone
from hardware_tests.lab.store import Store
from tests.browser import ARGUMENTS, CHROMIUM
from tests.lab.needs import need_the_lab


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder starts real processes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.system)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows the ends of its store's logs."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Store):
                report.sections.append(("logs of the store", value.tails()))
    return report


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One running store for all tests of a file; each leaves it whole."""
    need_the_lab()
    with Store() as made:
        yield made.open()


@pytest.fixture
def new_phone(store: Store) -> Iterator[Callable[..., Phone]]:
    """Phones for one test, gone after it."""
    made: list[Phone] = []

    def new(*arguments: Any, **more: Any) -> Phone:
        made.append(store.phone(*arguments, **more))
        return made[-1]

    yield new
    for phone in made:
        phone.leave()


@pytest.fixture
def phone(new_phone: Callable[..., Phone]) -> Phone:
    """One phone with an address."""
    return new_phone()


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """Starts browsers."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: make system")
    with playwright.sync_playwright() as found:
        yield found


@pytest.fixture
def new_browser(driver: Any) -> Iterator[Callable[[Phone], Any]]:
    """Chromiums, each with a phone's network."""
    opened: list[Any] = []

    def start(phone: Phone) -> Any:
        starter = phone.folder / f"{phone.space}-chromium"
        starter.write_text(f'#!/bin/sh\nexec {" ".join(phone.space.command(str(CHROMIUM)))} "$@"\n')
        starter.chmod(0o755)
        opened.append(driver.chromium.launch(executable_path=str(starter), args=ARGUMENTS))
        return opened[-1]

    yield start
    for browser in opened:
        browser.close()


@pytest.fixture
def browser(new_browser: Callable[[Phone], Any], phone: Phone) -> Any:
    """The Chromium of the one phone."""
    return new_browser(phone)
