"""A running store for a whole file, and one of its own for a test that breaks things."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from shopbell.run import terminals, tools
from tests.system.loop import Loop
from tests.system.process import Process
from tests.system.store import Store

NewStore = Callable[..., Store]


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
        found = getattr(item, "funcargs", {}).values()
        for value in found:
            if isinstance(value, Store):
                report.sections.append(("logs of the store", value.tails()))
            elif isinstance(value, Process):
                report.sections.append((f"log of {value.name}", value.tail()))
    return report


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The firmware of each board as it lies in its flash."""
    folder, loop = tmp_path_factory.mktemp("firmware"), Loop()
    built = {terminal.board: folder / terminal.board for terminal in terminals.TERMINALS}
    for board, out in built.items():
        loop.call(terminals.build_bundle(board, out))
    loop.close()
    return built


@pytest.fixture(scope="session")
def new_store(bundles: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> NewStore:
    """Makes stores, everything in them off."""
    if tools.find("mosquitto") is None:
        pytest.skip("mosquitto is not installed: make system")

    def make(*arguments: Any, **more: Any) -> Store:
        return Store(tmp_path_factory.mktemp("s"), bundles, *arguments, **more)

    return make


@pytest.fixture(scope="module")
def store(new_store: NewStore) -> Iterator[Store]:
    """One running store for all tests of a file; each leaves it whole."""
    with new_store() as made:
        yield made.open()
