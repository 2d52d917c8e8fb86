"""The real bridge process: killed while events are booked, woken by a datagram, stopped cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.storage import layout
from tests.cloud_bridge.rig import GATEWAY, HEADER, TOKENS, FakeGateway, RunningHq, wait_for

ROOT = Path(__file__).parents[3]
MAIN = """
import sys, json
from cloud_bridge.bridge.app import main
from cloud_bridge.bridge.settings import BridgeSettings
sys.exit(main(BridgeSettings.from_table(json.loads(sys.argv[1]))))
"""


class BridgeProcess:
    """One bridge; `restart` after a kill gives it the same folders."""

    def __init__(self, gateway: FakeGateway, hq_url: str, poll_ms: int = 1_000) -> None:
        token = gateway.data_dir.parent / "token"
        token.write_text(TOKENS[GATEWAY] + "\n")
        self.table = {
            "gateway_id": GATEWAY,
            "hq_url": hq_url,
            "token_file": str(token),
            "data_dir": str(gateway.data_dir),
            "run_dir": str(gateway.run_dir),
            "poll_ms": poll_ms,
        }
        self.log = gateway.data_dir.parent / "bridge.log"
        self.run_dir = gateway.run_dir
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            arguments = [sys.executable, "-c", MAIN, json.dumps(self.table)]
            self.process = subprocess.Popen(arguments, stderr=log, cwd=ROOT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def status(self) -> dict[str, Any]:
        try:
            return json.loads((self.run_dir / "bridge.json").read_text())
        except FileNotFoundError:
            return {}


@pytest.fixture
def bridge(gateway: FakeGateway, hq: RunningHq) -> Iterator[BridgeProcess]:
    process = BridgeProcess(gateway, hq.url)
    yield process
    process.kill()


def test_killed_while_events_are_booked(gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess) -> None:
    for round_ in range(6):
        already = len(hq.stored())
        for _ in range(40):
            gateway.append(17)
        wait_for(lambda already=already: len(hq.stored()) > already, "some of it arrives")
        bridge.kill()
        hq.import_text(HEADER + f"A{round_},林,,en,active,,{round_},river,{round_:08X},,active\n")
        bridge.start()
    wait_for(lambda: len(hq.stored()) >= gateway.seq, "all of it arrives")
    assert [hash_ for _, hash_ in hq.stored()] == gateway.hashes()
    assert hq.query("SELECT * FROM exceptions") == []
    folder = layout.cache_folder(str(gateway.data_dir))
    wait_for(
        lambda: (bridge.status().get("cache") or {}).get("cursor") == cursor(hq), "the cache is as HQ is"
    )
    assert len(list(folder.glob("*.db"))) == 1, "a kill must not cost a snapshot"
    assert bridge.stop() == 0


def cursor(hq: RunningHq) -> int:
    return hq.query("SELECT max(cursor) FROM feed")[0][0]


def test_killed_while_a_snapshot_is_taken(gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess) -> None:
    bridge.kill()
    lines = "".join(f"A{n},林,,en,active,,{n},river,{n:014X},,active\n" for n in range(6_000))
    assert hq.import_text(HEADER + lines)["created"] == 6_000
    folder = layout.cache_folder(str(gateway.data_dir))
    for path in folder.glob("*"):
        path.unlink()
    cut = 0
    for _ in range(40):
        bridge.start()
        wait_for(lambda: list(folder.glob("*.part")) or (folder / "current").exists(), "a snapshot begins")
        cut += not (folder / "current").exists()
        bridge.kill()
        if cut >= 3:
            break
        for path in folder.glob("*"):
            path.unlink()
    assert cut >= 3, "the kills came too late to cut anything"
    bridge.start()
    wait_for(
        lambda: (bridge.status().get("cache") or {}).get("cursor") == cursor(hq), "the cache is as HQ is"
    )
    assert not list(folder.glob("*.part*"))


def test_a_datagram_wakes_it_at_once(gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess) -> None:
    """The poll is a minute away: what arrives before came by the wake."""
    bridge.kill()
    bridge.table["poll_ms"] = 60_000
    bridge.start()
    wait_for(bridge.status, "it runs")
    for number in range(1, 21):
        gateway.append(1)
        wait_for(lambda number=number: len(hq.stored()) == number, "the next one is there")


def test_it_wakes_the_gateway_when_the_cache_changes(
    gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess
) -> None:
    bridge.kill()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.bind(str(gateway.run_dir / layout.GATEWAY_SOCKET))
        bell.settimeout(20)
        bridge.start()
        assert bell.recv(16) == b""


def test_a_second_bridge_says_who_holds_the_folder(
    gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess
) -> None:
    wait_for(bridge.status, "the first one runs")
    second = BridgeProcess(gateway, hq.url)
    assert second.process.wait(20) == 1
    (line,) = [line for line in second.lines() if line["event"] == "cannot start"]
    assert str(bridge.process.pid) in line["problem"]
    assert line["hint"]
    assert bridge.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(
    gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess, number: signal.Signals
) -> None:
    wait_for(bridge.status, "it runs")
    os.kill(bridge.process.pid, number)
    assert bridge.process.wait(10) == 0
    assert not (gateway.run_dir / layout.BRIDGE_SOCKET).exists()
    assert bridge.lines()[-1]["event"] == "stopped"


def test_hq_away_is_one_line_and_a_status_in_two_languages(
    gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess
) -> None:
    gateway.append(3)
    wait_for(lambda: len(hq.stored()) == 3, "all is well")
    hq.stop()
    gateway.append(4)
    wait_for(lambda: bridge.status().get("trouble"), "the trouble is shown")
    wait_for(lambda: bridge.status()["trouble"]["times"] >= 3, "it tries again")
    status = bridge.status()
    assert status["trouble"]["code"] == "hq_unreachable"
    assert status["trouble"]["zh-CN"]["what"] and status["trouble"]["en"]["do"]
    assert (status["position"], status["head"], status["backlog"]) == (3, 7, 4)
    warned = [
        line for line in bridge.lines() if line.get("code") == "hq_unreachable" and line["loop"] == "up"
    ]
    assert len(warned) == 1, "the first failure warns, repeats are counted"
    hq.start()
    wait_for(lambda: len(hq.stored()) == 7, "it catches up by itself")
    wait_for(lambda: bridge.status()["trouble"] is None, "the trouble is over")
    assert [line for line in bridge.lines() if line["event"] == "well again"]


def test_no_token_reaches_the_log(gateway: FakeGateway, hq: RunningHq, bridge: BridgeProcess) -> None:
    wait_for(bridge.status, "it runs")
    bridge.stop()
    hq.stop()
    bridge.start()
    wait_for(lambda: bridge.status().get("trouble"), "the trouble is shown")
    for text in (bridge.log.read_text(), (gateway.run_dir / "bridge.json").read_text()):
        assert TOKENS[GATEWAY] not in text
    hq.start()
