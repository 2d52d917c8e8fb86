"""The browser for every test, the order of the files, and a heap that is cheap to look through; and in CI
nothing may be skipped: a skipped test there is a missing tool.
"""

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import chromium, open_page


# Not for the whole session: while it is open, playwright keeps a loop running in this thread, and other
# modules' tests want one of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def open_at(browser: Any) -> Iterator[Callable[..., Any]]:
    """open_at(address, complaints, **options): a page in a context of its own, closed after the test.

    Asked for behind the server's own fixture, it closes before that: a server waits for open streams.
    """
    pages: list[Any] = []

    def opened(address: str, complaints: list[str] | None = None, **options: Any) -> Any:
        pages.append(open_page(browser, address, complaints, **options))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


# Files that wait for processes begin first: the last one to begin is what a run waits for at its end.
SLOW = ("system/", "lab/", "shopbell/run/", "firmware/apps/", "gateway/test_", "cloud_bridge/bridge/")
SLOW_FIRST = tuple("tests/" + name for name in SLOW)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow files in front, else the order of the tree."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW_FIRST))


def pytest_collection_finish() -> None:
    """Leave what was collected out of the collector's rounds.

    Six thousand tests are 400 MiB of objects that stay. Firmware collects by itself, as a small heap needs;
    on CPython each of its calls went through all of them: one test took 115 s of what alone takes 1.4.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a green run with skips into a failed one where CI is set."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the run failed although no test did."""
    skipped = terminalreporter.stats.get("skipped", [])
    if os.environ.get("CI") and skipped:
        terminalreporter.write_line(
            f"CI is set and {len(skipped)} tests were skipped: that fails the run", red=True
        )
