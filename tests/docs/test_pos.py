"""docs/pos.md as it stands: its commands run in one shell, by curl, against a gateway of the demo bakery."""

import asyncio
import json
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.enquiry import Enquiry
from gateway.settings import GatewaySettings
from gateway.storage import layout
from gateway.teller import Teller
from samples.store_cache import STORE, write_store
from tests.docs import pages
from tests.gateway.rig import BRAND_KEY, NOON_MS, House

PAGE = pages.ROOT / "docs/pos.md"
TOKEN = "0f" * 32
RUN_S = 60

_SETUP = re.compile(r"## Before you begin.*?```sh\n(?P<commands>.*?)```", re.DOTALL)
_STEP = re.compile(
    r"<!-- run: (?P<name>\w+) -->\n```sh\n(?P<commands>.*?)```"
    r"(?:\n\n<!-- shows -->\n```json\n(?P<shows>.*?)```)?",
    re.DOTALL,
)


class Step(NamedTuple):
    """Commands of the page, and what the last of them answers, as far as the page shows it."""

    name: str
    commands: str
    shows: Any


def steps() -> Iterator[Step]:
    for found in _STEP.finditer(pages.text(PAGE)):
        yield Step(found["name"], found["commands"], json.loads(found["shows"]) if found["shows"] else None)


def script() -> str:
    """The whole page as one shell script; each step's output goes to a file of its name."""
    setup = _SETUP.search(pages.text(PAGE))
    assert setup, "the page has lost its beginning"
    parts = [f"{{\n{step.commands}}} > {step.name}.out\n" for step in steps()]
    return "set -eu\n" + setup["commands"] + "".join(parts)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each step printed, by its name."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    folder = tmp_path_factory.mktemp("pos")
    with ExitStack() as closing:
        house = House(folder, closing)
        write_store(layout.cache_folder(str(house.data)), "g1", BRAND_KEY, NOON_MS)
        asyncio.run(_play(house.open(), folder))
    return {step.name: json.loads((folder / f"{step.name}.out").read_text()) for step in steps()}


async def _play(house: House, folder: Path) -> None:
    """Serve the house, and run the page's script beside it."""
    settings = GatewaySettings(id="g1", store=STORE)
    teller = Teller(house.desk, house.counters, wait_s=0.01)
    books = Books(teller, Enquiry(house.desk), house.counter)
    app = build_app(house.live, settings, TOKEN, books, b"k" * 32, lambda: house.now_ms)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    tasks = [asyncio.create_task(work) for work in (teller.run(), server.serve(sockets=[listening]))]
    try:
        await _run(f"http://127.0.0.1:{listening.getsockname()[1]}", folder)
    finally:
        server.should_exit = True
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(address: str, folder: Path) -> None:
    environment = {"GATEWAY": address, "TOKEN": TOKEN, "PATH": _path()}
    running = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        script(),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(running.communicate(), RUN_S)
    assert running.returncode == 0, said.decode()


def _path() -> str:
    """Where curl, sh and a python3 are."""
    return f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


def shown(part: Any, whole: Any, place: str = "answer") -> None:
    """Every value of `part` is in `whole`, at its place; lists are as long as the page says."""
    if isinstance(part, dict):
        assert isinstance(whole, dict), place
        for key, value in part.items():
            assert key in whole, f"{place}.{key} is not there: {sorted(whole)}"
            shown(value, whole[key], f"{place}.{key}")
    elif isinstance(part, list):
        assert isinstance(whole, list) and len(part) == len(whole), f"{place}: {whole}"
        for number, (value, found) in enumerate(zip(part, whole, strict=True)):
            shown(value, found, f"{place}[{number}]")
    else:
        assert part == whole, f"{place}: {whole!r}"


def test_the_page_has_every_step_of_a_foreign_till() -> None:
    names = [step.name for step in steps()]
    assert {"quote", "sold", "again", "changed", "used", "returned"} <= set(names)
    assert len(names) == len(set(names)) and all(step.shows for step in steps())


@pytest.mark.parametrize("step", list(steps()), ids=lambda step: step.name)
def test_a_step_answers_what_the_page_shows(step: Step, answers: dict[str, Any]) -> None:
    shown(step.shows, answers[step.name])


def test_the_same_sale_again_is_the_same_answer(answers: dict[str, Any]) -> None:
    assert answers["again"] == answers["sold"] | {"duplicate": True}


def test_the_preview_is_what_then_happens(answers: dict[str, Any]) -> None:
    assert answers["preview"]["record"] == answers["returned"]["record"]


def test_the_comparison_finds_what_is_missing() -> None:
    for part in ({"a": 2}, {"b": 1}, {"c": [1]}, {"c": {}}, {"c": [1, 3]}):
        with pytest.raises(AssertionError):
            shown(part, {"a": 1, "c": [1, 2]})
    shown({"a": 1, "c": [1, 2]}, {"a": 1, "c": [1, 2], "d": None})
