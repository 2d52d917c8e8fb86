"""A page's commands as they stand: they run in one shell, by curl, against a gateway of the demo bakery."""

import asyncio
import json
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.settings import GatewaySettings
from gateway.storage import layout
from gateway.teller import Teller
from samples.store_cache import STORE, write_store
from tests.docs import pages
from tests.gateway.rig import BRAND_KEY, NOON_MS, House

TOKEN = "0f" * 32
RUN_S = 60

_SETUP = re.compile(r"<!-- setup -->\n```sh\n(?P<commands>.*?)```", re.DOTALL)
_STEP = re.compile(
    r"<!-- run: (?P<name>\w+) -->\n```sh\n(?P<commands>.*?)```"
    r"(?:\n\n<!-- shows -->\n```json\n(?P<shows>.*?)```)?",
    re.DOTALL,
)

Join = Callable[[House, Teller], Books]  # what the gateway's HTTP side asks


class Step(NamedTuple):
    """Commands of the page, and what the last of them answers, as far as the page shows it."""

    name: str
    commands: str
    shows: Any


def steps(page: Path) -> Iterator[Step]:
    """The page's steps, in their order."""
    for found in _STEP.finditer(pages.text(page)):
        yield Step(found["name"], found["commands"], json.loads(found["shows"]) if found["shows"] else None)


def script(page: Path) -> str:
    """The whole page as one shell script; each step's output goes to a file of its name."""
    setup = _SETUP.search(pages.text(page))
    assert setup, "the page has lost its beginning"
    parts = [f"{{\n{step.commands}}} > {step.name}.out\n" for step in steps(page)]
    return "set -eu\n" + setup["commands"] + "".join(parts)


def answers(page: Path, folder: Path, join: Join, **environment: str) -> dict[str, Any]:
    """What each step printed, by its name; skips where curl is missing."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with ExitStack() as closing:
        house = House(folder, closing)
        write_store(layout.cache_folder(str(house.data)), "g1", BRAND_KEY, NOON_MS)
        asyncio.run(_play(page, house.open(), join, folder, environment))
    return {step.name: json.loads((folder / f"{step.name}.out").read_text()) for step in steps(page)}


async def _play(page: Path, house: House, join: Join, folder: Path, environment: dict[str, str]) -> None:
    """Serve the house, and run the page's script beside it."""
    settings = GatewaySettings(id="g1", store=STORE)
    teller = Teller(house.desk, house.counters, wait_s=0.01)
    app = build_app(house.live, settings, TOKEN, join(house, teller), b"k" * 32, lambda: house.now_ms)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    tasks = [asyncio.create_task(work) for work in (teller.run(), server.serve(sockets=[listening]))]
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        await _run(page, folder, {"GATEWAY": address, "TOKEN": TOKEN, "PATH": _path(), **environment})
    finally:
        server.should_exit = True
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(page: Path, folder: Path, environment: dict[str, str]) -> None:
    running = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        script(page),
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
