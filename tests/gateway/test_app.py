"""The whole process: starts, answers through a broker, stops; refuses with one line and the right code."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud_bridge.bridge.errors import HqUnreachable
from cloud_bridge.bridge.status import Status
from firmware.protocol import messages, outcomes
from gateway.app import EXIT_FAILED, EXIT_REFUSED, EXIT_STOPPED
from gateway.presence.registry import write_site
from gateway.storage import layout
from tests.cloud_bridge.rig import silent_log
from tests.gateway.broker_rig import WAIT_S_MAX, Broker, broker, device, wait_until
from tests.gateway.presence.beaconry import DOOR, SHELF, a_site
from tests.gateway.rig import LIN, STRANGER, House, point_to, write_generation
from tests.ports import free_port

pytestmark = pytest.mark.system

PROGRAM = (
    "import json, sys; from gateway.app import main; from gateway.settings import GatewaySettings\n"
    "sys.exit(main(GatewaySettings.from_table(json.loads(sys.argv[1]))))"
)


class Process:
    """A gateway as its own process; `lines()` is its log so far."""

    def __init__(self, house: House, port: int, **settings: object) -> None:
        self.http_port = free_port()
        table = {
            "id": "g1", "store": "Sunflower", "data_dir": str(house.data), "run_dir": str(house.run),
            "mqtt_port": port, "http_port": self.http_port, **settings,
        }  # fmt: skip
        self.log = house.data.parent / "gateway.log"
        with self.log.open("ab") as out:
            self.child = subprocess.Popen([sys.executable, "-c", PROGRAM, json.dumps(table)], stderr=out)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def healthy(self) -> bool:
        assert self.child.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ask(self, house: House, path: str, body: object = None) -> Any:
        token = (house.run / "gateway.token").read_text().strip()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", data)
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=WAIT_S_MAX) as answer:
            return json.load(answer)

    def end(self) -> int:
        return self.child.wait(WAIT_S_MAX)


@contextmanager
def gateway(house: House, port: int, **settings: object) -> Iterator[Process]:
    """A healthy gateway, killed at the end if it still runs."""
    made = Process(house, port, **settings)
    try:
        wait_until(made.healthy, "the gateway")
        yield made
    finally:
        made.child.kill()
        made.child.wait()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path) as running:
        yield running


def test_a_tap_through_the_whole_gateway(served: Broker, house: House) -> None:
    with device(served.port) as terminal, gateway(house, served.port) as process:
        time = messages.decode("time", terminal.ask(house.status(1), "time"))
        assert time.quality == messages.CLOCK_SET
        booked = messages.decode("booked", terminal.ask(house.tap(LIN, 1)))
        assert booked.outcome == outcomes.GREETED
        assert house.rows("SELECT count(*) FROM records") == [(1,)]
        tap = process.ask(house, "/v1/taps")["taps"][-1]
        assert (tap["name"], tap["outcome"]) == ("林**", "greeted")
        process.child.send_signal(signal.SIGTERM)
        assert process.end() == EXIT_STOPPED
        assert [line["event"] for line in process.lines()] == ["gateway.started", "gateway.stopped"]


def test_killed_with_taps_in_flight_every_one_is_booked_once(served: Broker, house: House) -> None:
    """As a terminal does: what is not booked is sent again to the next gateway."""
    taps = {number: house.tap(LIN, number) for number in range(1, 201)}
    booked: dict[int, set[int]] = {}
    with device(served.port) as terminal:
        for _ in range(3):
            with gateway(house, served.port) as process:
                terminal.ask(house.status(1), "time")
                for number, tap in taps.items():
                    if number not in booked:
                        terminal._client.publish(tap.topic, tap.payload, qos=1)
                for _ in range(40):
                    note(booked, terminal.answer())
                process.child.kill()
        with gateway(house, served.port):
            terminal.ask(house.status(1), "time")
            for tap in taps.values():
                terminal._client.publish(tap.topic, tap.payload, qos=1)
            wait_until(lambda: drained(booked, terminal) and len(booked) == 200, "every answer")
    assert all(len(seqs) == 1 for seqs in booked.values())
    assert house.rows("SELECT count(*), count(DISTINCT seq) FROM records") == [(200, 200)]


def note(booked: dict[int, set[int]], told: tuple[str, bytes]) -> None:
    if told[0].endswith("/booked"):
        answer = messages.decode("booked", told[1])
        booked.setdefault(answer.number, set()).add(answer.seq)


def drained(booked: dict[int, set[int]], terminal: Any) -> bool:
    while not terminal.told.empty():
        note(booked, terminal.told.get())
    return True


def test_a_member_made_at_the_till_is_greeted_and_spends_also_after_a_kill(
    served: Broker, house: House
) -> None:
    card = {"kind": "nfc.uid", "value": STRANGER.hex() + "aabbcc"}
    uid = bytes.fromhex(card["value"])
    with device(served.port) as terminal:
        with gateway(house, served.port, ballast_mib=1) as process:
            made = process.ask(house, "/v1/members", {"key": "e1", "name": "Mia T.", "instrument": card})
            transfers = f"/v1/members/{made['member']}/transfers"
            earned = {"do": "post", "parts": [{"do": "credit", "amount": 9, "unit": "PTS", "terms": {}}]}
            process.ask(house, transfers, {"key": "k1", "type": "transfer.posted", "act": earned})
            hold = {"do": "hold", "amount": 4, "unit": "PTS", "until": time.time_ns() // 1_000_000 + 1_500}
            process.ask(house, transfers, {"key": "k2", "type": "transfer.held", "act": hold})
            spent = {"do": "post", "parts": [{"do": "spend", "amount": 5, "unit": "PTS"}]}
            asked = {"key": "k3", "type": "transfer.posted", "act": spent}
            verdict = process.ask(house, transfers, asked)
            assert verdict["outcome"] == "done"
            process.child.kill()
        with gateway(house, served.port, ballast_mib=1) as process:
            assert process.ask(house, transfers, asked) == {**verdict, "duplicate": True}
            terminal.ask(house.status(1), "time")
            booked = messages.decode("booked", terminal.ask(house.tap(uid, 1)))
            assert booked.outcome == outcomes.GREETED
            wait_until(lambda: b"timed_out" in house.bodies()[-1], "the hold to time out")
            wait_until(lambda: process.ask(house, "/v1/exposure")["holds"] == 0, "the loss to be reckoned")
            assert (house.data / "ballast").stat().st_size == 1 << 20


def test_the_bridges_wake_brings_a_new_generation_at_once(served: Broker, house: House) -> None:
    with gateway(house, served.port) as process:
        write_generation(house.cache_folder, "g2", cursor=99)
        point_to(house.cache_folder, "g2")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bridge:
            bridge.sendto(b"", str(house.run / layout.GATEWAY_SOCKET))
        wait_until(lambda: process.ask(house, "/v1/sync")["cache"]["cursor"] == 99, "the generation")
        assert house.rows("SELECT value FROM meta WHERE key = 'cache_generation'") == [("g2",)]


def test_the_bridge_is_woken_by_a_tap(served: Broker, house: House) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bridge:
        bridge.bind(str(house.run / layout.BRIDGE_SOCKET))
        bridge.settimeout(WAIT_S_MAX)
        with device(served.port) as terminal, gateway(house, served.port):
            terminal.ask(house.tap(STRANGER))
            assert bridge.recv(1) == b""


def test_the_bridges_word_is_read_each_second_however_often_it_wakes_us(served: Broker, house: House) -> None:
    status = Status(str(house.run), "g1", lambda: time.time_ns() // 1_000_000, silent_log())
    with gateway(house, served.port) as process, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bridge:
        assert process.ask(house, "/v1/sync")["bridge"]["state"] == "absent"
        status.went_wrong("up", HqUnreachable("no line"))
        status.write()

        def told() -> bool:
            bridge.sendto(b"", str(house.run / layout.GATEWAY_SOCKET))
            said = process.ask(house, "/v1/sync")["bridge"]
            return bool(said["state"] == "running" and said["trouble"]["code"] == "hq_unreachable")

        wait_until(told, "the bridge's trouble")


def test_a_second_gateway_on_the_same_folder_is_refused(served: Broker, house: House) -> None:
    with gateway(house, served.port) as first:
        second = Process(house, served.port)
        assert second.end() == EXIT_REFUSED
        refusal = second.lines()[-1]
        assert f"process {first.child.pid}" in refusal["reason"]
        assert refusal["hint"]


def test_a_taken_port_is_named(served: Broker, house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = Process(house, served.port, http_port=port)
        assert refused.end() == EXIT_REFUSED
    assert f"127.0.0.1:{port}" in refused.lines()[-1]["reason"]


@pytest.mark.parametrize(
    ("key", "content"), [("token_file", None), ("token_file", "short"), ("mqtt_password_file", None)]
)
def test_a_secret_that_cannot_be_used_is_named_not_shown(
    served: Broker, house: House, tmp_path: Path, key: str, content: str | None
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_text(content)
    refused = Process(house, served.port, **{key: str(secret)})
    assert refused.end() == EXIT_REFUSED
    line = refused.lines()[-1]
    assert key in line["reason"]
    assert content is None or content not in line["reason"].replace("too short", "")


def test_a_damaged_ledger_is_refused_and_kept(served: Broker, house: House) -> None:
    house.data.mkdir(exist_ok=True)
    house.ledger_path.write_bytes(b"not a ledger" * 1_000)
    refused = Process(house, served.port)
    assert refused.end() == EXIT_REFUSED
    assert "damaged" in refused.lines()[-1]["reason"]
    assert house.ledger_path.read_bytes() == b"not a ledger" * 1_000


def test_a_restore_that_was_interrupted_is_refused_and_no_empty_ledger_begins(house: House) -> None:
    house.data.mkdir(exist_ok=True)
    (house.data / layout.UNFINISHED_FILE).write_text("/media/usb/g1-7\n")
    refused = Process(house, free_port())
    assert refused.end() == EXIT_REFUSED
    assert "shopbell backup restore" in refused.lines()[-1]["hint"]
    assert not house.ledger_path.exists()


def test_a_changed_file_of_beacons_is_taken_up_without_a_restart(house: House, tmp_path: Path) -> None:
    beacons = tmp_path / "beacons.json"
    write_site(beacons, a_site(DOOR))
    with gateway(house, free_port(), beacons_file=str(beacons)) as process:

        def seen() -> Any:
            told = process.ask(house, "/v1/presence")
            return [row["beacon"] for row in told["beacons"]], bool(told["file_broken_ms"])

        wait_until(lambda: seen() == (["beacon-door", "radio"], False), "the first plan")
        write_site(beacons, a_site(DOOR, SHELF))
        wait_until(lambda: seen() == (["beacon-door", "beacon-shelf", "radio"], False), "the new beacon")
        beacons.write_text("{")
        wait_until(lambda: seen() == (["beacon-door", "beacon-shelf", "radio"], True), "the word of it")
        said = [line["event"] for line in process.lines() if line["event"].startswith("beacons.")]
        assert said[0] == "beacons.taken_up" and set(said[1:]) == {"beacons.refused"}


def test_a_ledger_that_fails_while_running_ends_the_process_for_a_restart(
    served: Broker, house: House
) -> None:
    with device(served.port) as terminal, gateway(house, served.port) as process:
        terminal.ask(house.status(1), "time")
        db = sqlite3.connect(house.ledger_path)
        db.execute("DROP TABLE events")
        db.commit()
        db.close()
        terminal.send(house.tap(LIN))
        assert process.end() == EXIT_FAILED
        assert not any(topic.endswith("/booked") for topic, _ in iter(terminal.told.queue))
        assert process.lines()[-1]["event"] == "gateway.failed"


def test_a_ledger_behind_what_was_announced_raises_an_alarm(served: Broker, house: House) -> None:
    house.open().desk.serve([house.tap(LIN)])
    house.closing.close()
    for path in house.ledger_path.parent.glob("ledger.db*"):
        path.unlink()
    with gateway(house, served.port) as process:
        assert process.ask(house, "/v1/sync")["sync"]["alarms"] == ["ledger_behind"]
        assert process.lines()[0]["event"] == "ledger.behind"


def test_without_a_broker_the_gateway_stays_up_and_stops_when_asked(house: House) -> None:
    with gateway(house, free_port()) as process:
        wait_until(lambda: any(line["event"] == "mqtt.disconnected" for line in process.lines()), "a try")
        os.kill(process.child.pid, signal.SIGINT)
        assert process.end() == EXIT_STOPPED
