"""`shopbell run` as a newcomer uses it: start, tap, Ctrl-C, again, afresh, and what may be in the way."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shopbell.run import tools
from tests.ports import free_port
from tests.shopbell.broker.rig import wait_until

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(tools.find("micropython") is None, reason="micropython is not installed: make setup"),
]
# A cold start takes some 3 s on an idle machine; the tests share theirs.
READY_WAIT_S = 90.0
STOP_WAIT_S = 20.0
# Rows of members.csv. Each tap has its own card: the same one at once again is the same presence.
LIN, LOST, OUYANG, EMMA = 0, 4, 5, 6


def variables() -> dict[str, str]:
    """An environment that moves every port to a free one."""
    ours = ("RUN__BENCH_PORT", "GATEWAY__HTTP_PORT", "PORTAL__HTTP_PORT", "HQ__PORT")
    keys = (*ours, "GATEWAY__MQTT_PORT", "BROKER__DEVICE_PORT")
    found = {f"SHOPBELL_{key}": str(free_port()) for key in keys}
    return {**os.environ, **found, "SHOPBELL_BRIDGE__HQ_URL": f"http://127.0.0.1:{free_port()}"}


class House:
    """A running `shopbell run`; what it prints is in a file."""

    def __init__(self, var: Path, environment: dict[str, str], *options: str) -> None:
        self.var, self.environment = var, environment
        self.printed = var.with_name(var.name + ".out")
        with self.printed.open("wb") as out:
            command = [sys.executable, "-m", "shopbell", "run", "--var", str(var), *options]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        self.http = httpx.Client(timeout=10, trust_env=False)

    def text(self) -> str:
        return self.printed.read_text("utf-8", "replace")

    def ready(self) -> "House":
        wait_until(lambda: "ready:" in self.text() or self.process.poll() is not None, READY_WAIT_S)
        assert "ready:" in self.text(), self.text()
        return self

    def stop(self) -> int:
        """Ctrl-C; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.http.close()
        return self.process.wait(STOP_WAIT_S)

    def url(self, key: str) -> str:
        return f"http://127.0.0.1:{self.environment['SHOPBELL_' + key]}"

    def press(self, path: str, **body: object) -> None:
        """Press a button of the bench page; one that is busy is pressed again."""
        answer = lambda: self.http.post(self.url("RUN__BENCH_PORT") + path, json=body)  # noqa: E731
        assert wait_until(lambda: answer().is_success, 20), path

    def gateway(self, path: str) -> dict[str, Any]:
        token = (self.var / "tokens" / "gateway").read_text().strip()
        headers = {"authorization": f"Bearer {token}"}
        answer = self.http.get(self.url("GATEWAY__HTTP_PORT") + path, headers=headers)
        return dict(answer.raise_for_status().json())

    def taps(self) -> list[dict[str, Any]]:
        """The newest taps first, of this run."""
        return list(self.gateway("/v1/taps?limit=50")["taps"])

    def booked(self) -> int:
        """The ledger's last event."""
        return int(self.gateway("/v1/sync")["sync"]["seq"])

    def hq(self, path: str) -> Any:
        token = json.loads((self.var / "tokens" / "hq.json").read_text())["staff"]
        headers = {"authorization": f"Bearer {token}"}
        return self.http.get(self.url("HQ__PORT") + path, headers=headers).raise_for_status().json()

    def hq_has(self, seq: int) -> bool:
        return bool(self.hq("/v1/gateways")[0]["seq"] >= seq)

    def shown(self, count: int) -> bool:
        """Whether the console shows this many taps."""
        return len(self.taps()) >= count


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: sockets are below it."""
    return tmp_path_factory.mktemp("h") / "var"


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return variables()


@pytest.fixture(scope="module")
def house(var: Path, environment: dict[str, str]) -> Iterator[House]:
    """One running house for the tests of a day's work; the last of them stops it."""
    running = House(var, environment).ready()
    yield running
    running.stop()


def test_a_tap_and_a_code_are_greeted_shown_and_at_hq_once(house: House) -> None:
    before = len(house.taps())
    house.press("/v1/terminals/counter-1/tap", person=LIN)
    assert wait_until(lambda: house.shown(before + 1), 20)
    house.press("/v1/terminals/counter-1/code", person=LIN)
    assert wait_until(lambda: house.shown(before + 2), 20)
    house.press("/v1/terminals/entrance-1/tap", person=LOST)
    assert wait_until(lambda: house.shown(before + 3), 20)
    lost, code, tap = house.taps()[:3]
    assert (tap["outcome"], tap["name"], tap["tier"]) == ("greeted", "林**", "silver")
    assert (code["outcome"], code["evidence_kind"]) == ("greeted", "qr.static")
    assert (lost["outcome"], lost["device"]) == ("blocked", "entrance-1")
    newest = lost["seq"]
    assert wait_until(lambda: house.hq_has(newest), 20)


def test_with_the_internet_plug_out_taps_go_on_and_hq_catches_up(house: House) -> None:
    before = len(house.taps())
    house.press("/v1/plugs/internet", on=False)
    house.press("/v1/terminals/counter-1/tap", person=OUYANG)
    assert wait_until(lambda: house.shown(before + 1), 20)
    newest = house.taps()[0]["seq"]
    assert house.taps()[0]["outcome"] == "greeted"
    assert not house.hq_has(newest)
    house.press("/v1/plugs/internet", on=True)
    assert wait_until(lambda: house.hq_has(newest), 30)


def test_a_tap_while_the_broker_is_away_is_booked_when_it_is_back(house: House) -> None:
    before = len(house.taps())
    house.press("/v1/plugs/broker", on=False)
    house.press("/v1/terminals/counter-1/tap", person=EMMA)
    house.press("/v1/plugs/broker", on=True)
    assert wait_until(lambda: house.shown(before + 1), 60)
    assert len(house.taps()) == before + 1


def test_a_second_house_in_the_same_folder_is_refused_even_with_reset(house: House) -> None:
    taps = house.taps()
    second = House(house.var, house.environment, "--reset")
    assert second.process.wait(READY_WAIT_S) == 2
    assert second.text().count("\n") == 1
    assert f"process {house.process.pid}" in second.text()
    assert house.taps() == taps


def test_a_second_start_keeps_what_was_booked(house: House) -> None:
    booked = house.booked()
    assert booked > 0
    assert house.stop() == 0
    assert "Traceback" not in house.text()
    assert "stopped; the data is kept" in house.text()
    again = House(house.var, house.environment).ready()
    try:
        assert again.booked() >= booked
        assert wait_until(lambda: again.hq_has(booked), 20)
        assert "are at HQ" not in again.text(), "the sample members are imported once"
    finally:
        again.stop()


def test_reset_begins_afresh(var: Path, environment: dict[str, str]) -> None:
    fresh = House(var, environment, "--reset").ready()
    try:
        assert fresh.taps() == []
        assert "24 members, 40 goods, 8 staff are at HQ, 0 lines refused" in fresh.text()
    finally:
        assert fresh.stop() == 0


def test_a_taken_port_is_one_line(tmp_path: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        refused = House(tmp_path / "var", {**environment, "SHOPBELL_HQ__PORT": port})
        assert refused.process.wait(READY_WAIT_S) == 2
    line = refused.text()
    assert line.count("\n") == 1
    for part in (port, "[hq] port", f"process {os.getpid()}", "SHOPBELL_HQ__PORT"):
        assert part in line


def test_a_missing_tool_is_one_line(tmp_path: Path, environment: dict[str, str]) -> None:
    settings = {"SHOPBELL_BROKER__KIND": "mosquitto", "SHOPBELL_BROKER__MOSQUITTO": "no-such-mosquitto"}
    refused = House(tmp_path / "var", {**environment, **settings})
    assert refused.process.wait(READY_WAIT_S) == 2
    assert refused.text() == (
        'shopbell: no-such-mosquitto is missing: run `make system` as root, or set [broker] kind = "auto"\n'
    )


def test_without_mosquitto_it_runs_unguarded_and_says_so(tmp_path: Path, environment: dict[str, str]) -> None:
    unguarded = House(tmp_path / "var", {**environment, "SHOPBELL_BROKER__KIND": "nats"}).ready()
    try:
        assert "NOT authenticated" in unguarded.text()
        unguarded.press("/v1/terminals/counter-1/tap", person=LIN)
        assert wait_until(lambda: unguarded.shown(1), 30)
        assert unguarded.taps()[0]["outcome"] == "greeted"
    finally:
        assert unguarded.stop() == 0
