"""`shopbell portal` as a process: killed in the middle, started again, told to stop, refused a port."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.portal.fakes import FakeGateway, FakeNetd
from tests.gateway.portal.house import OURS, hidden, wait_until
from tests.ports import free_port

MAC, IP = "02:00:00:00:00:01", "10.77.0.101"


class Town:
    """The fakes on a loop of their own, and portals started beside them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.gateway = FakeGateway(folder / "guests.sock")
        self.netd = FakeNetd(folder / "netd.sock", lambda mac, ip: (mac, ip) == (MAC, IP))
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        (folder / "dnsmasq.leases").write_text(f"0 {MAC} {IP} * *\n")
        (folder / "shopbell.toml").write_text(
            f'[network]\nrun_dir = "{folder}"\ndata_dir = "{folder}"\n[portal]\nstore = "s1"\n'
            f'run_dir = "{folder}"\ndata_dir = "{folder}/portal"\nhttp_port = {self.port}\n'
        )

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    @contextmanager
    def portal(self) -> Iterator[subprocess.Popen[str]]:
        """A process that answers; killed at the end if it still runs."""
        command = [
            sys.executable,
            "-m",
            "shopbell",
            "portal",
            "--config",
            str(self._folder / "shopbell.toml"),
        ]
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: running.poll() is not None or self._answers(), 20)
            yield running
        finally:
            running.kill()
            running.communicate()

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        headers = {"host": OURS, "x-real-ip": IP, "origin": f"http://{OURS}"}
        return httpx.request(method, f"http://127.0.0.1:{self.port}{path}", data=fields, headers=headers)

    def captive(self) -> bool:
        found: bool = self.ask("GET", "/api/captive").json()["captive"]
        return found

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/health").status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    made.call(made.gateway.open())
    made.call(made.netd.open())
    yield made
    made.call(made.netd.close())
    made.call(made.gateway.close())


def joined(town: Town) -> None:
    card = town.ask("POST", "/join", {**hidden(town.ask("GET", "/").text)["/join"], "name": "Lin"})
    assert card.status_code == 200
    assert town.ask("POST", "/connect", hidden(card.text)["/connect"]).status_code == 303


def said(running: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Its log, after its end."""
    return [json.loads(line) for line in running.communicate(timeout=20)[1].splitlines()]


def test_a_killed_portal_comes_back_and_nobody_was_offline(town: Town) -> None:
    with town.portal() as running:
        joined(town)
        assert not town.captive()
        running.send_signal(signal.SIGKILL)
        running.wait(20)
    assert list(town.netd.online) == [(MAC, IP)]
    town.netd.asked.clear()
    with town.portal():
        wait_until(lambda: not town.captive())
        assert town.ask("GET", "/").headers["location"] == "/online"
    assert not [each for each in town.netd.asked if each["do"] in ("grant", "revoke")]


def test_a_portal_that_is_told_to_stop_stops_and_says_nothing_odd(town: Town) -> None:
    with town.portal() as running:
        joined(town)
        running.send_signal(signal.SIGTERM)
        lines = said(running)
        assert running.returncode == 0
    assert [line["event"] for line in lines][-1] == "portal.stopped"
    assert {line["process"] for line in lines} == {"portal"} and "error" not in {
        line["level"] for line in lines
    }


def test_a_port_that_is_taken_is_said_in_one_line(town: Town) -> None:
    with socket.create_server(("127.0.0.1", town.port)), town.portal() as running:
        lines = said(running)
        assert running.returncode == 2
        assert lines[-1]["event"] == "portal.refused" and f":{town.port}" in lines[-1]["reason"]


def test_the_process_has_imported_nothing_that_decides_or_books() -> None:
    """What is imported is memory, and what can go wrong."""
    code = "import sys, gateway.portal.app; print(*sorted(m for m in sys.modules if m.startswith('gateway')))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    allowed = re.compile(r"gateway(\.(portal(\..*)?|counters|errors|keyfile|lines|log))?")
    assert [name for name in found if not allowed.fullmatch(name)] == []
