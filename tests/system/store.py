"""A whole store of real parts on free ports in a folder of its own: nothing here stands in for anything.

mosquitto over mutual TLS with the generated configuration; `shopbell gateway`, `bridge` and `hq` as
processes; terminals of real firmware on real MicroPython, provisioned by their own request, wired to
simulated chips; the internet plug between bridge and HQ; a wire to pull between each terminal and the broker.

The parts' loop runs in a thread; a test is an ordinary function and calls into it.
"""

import json
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from firmware.core.presence import GONE_AFTER
from gateway.core.event import Event
from gateway.storage.layout import POINTER_FILE, cache_folder, generation_path
from hardware_tests.virtual.chips.cards import parse_card
from hardware_tests.virtual.chips.cards_air import Card
from hardware_tests.virtual.room import Room
from hardware_tests.virtual.terminal import Terminal
from samples.brand import MEMBERS_CSV
from shopbell.run import house, plan, processes, terminals
from shopbell.run.plug import Plug
from shopbell.settings import load
from tests.ports import free_ports
from tests.system.antenna import Antenna, watch
from tests.system.ledger_file import LedgerFile, reading
from tests.system.loop import Loop
from tests.system.process import WAIT_S, Process, until
from tests.system.wire import Wire

ENTRANCE, _, COUNTER = terminals.TERMINALS
TAP_WAIT_S = 8.0  # the reader is polled every tenth of a second
READY_WAIT_S = 40.0
PORTS = (
    ("RUN", "BENCH_PORT"),
    ("RUN", "AIR_PORT"),
    ("GATEWAY", "HTTP_PORT"),
    ("GATEWAY", "MQTT_PORT"),
    ("HQ", "PORT"),
    ("PORTAL", "HTTP_PORT"),
    ("BROKER", "DEVICE_PORT"),
    ("BRIDGE", "HQ_URL"),
)


def port_settings() -> dict[str, str]:
    """Environment variables that put every port of the house on a free one."""
    free = free_ports(len(PORTS))
    values = dict(zip(PORTS, map(str, free), strict=True))
    values[("BRIDGE", "HQ_URL")] = f"http://127.0.0.1:{free[-1]}"
    return {f"SHOPBELL_{table}__{key}": value for (table, key), value in values.items()}


class Store:
    """The store. Everything is off until started; leaving the block stops everything."""

    def __init__(
        self,
        folder: Path,
        bundles: dict[str, Path],
        devices: Iterable[terminals.Terminal] = (ENTRANCE, COUNTER),
        **extra: str,
    ) -> None:
        self.folder = folder
        self.environment = port_settings() | {"SHOPBELL_BROKER__KIND": "mosquitto"}
        self.plan = plan.make(folder, load(house.prepare(folder, False), self.environment))
        processes.make_keys(self.plan)
        self.broker, self.hq, self.gateway, self.bridge = self._processes()
        self.loop = Loop()
        self.plug = Plug(*self.plan.plug, self.plan.hq.host, self.plan.hq.port)
        self.room = Room()
        self.wires: dict[str, Wire] = {}
        self.antennas: dict[str, Antenna] = {}
        for device in devices:
            self._install(device, bundles[device.board], extra)
        self.ledger = LedgerFile(self.plan.gateway.data_dir)
        self.client = httpx.Client(timeout=10, trust_env=False)

    def _processes(self) -> list[Process]:
        """Broker, HQ, gateway and bridge, by the commands of `shopbell run`."""
        variables = {**processes.environment(self.plan), **self.environment}
        commands = {"broker": processes.broker_command(self.plan)} | {
            name: processes.command(self.plan, name) for name in ("hq", "gateway", "bridge")
        }
        return [
            Process(name, command, self.folder / "log" / f"{name}.log", variables)
            for name, command in commands.items()
        ]

    def _install(self, device: terminals.Terminal, bundle: Path, extra: dict[str, str]) -> None:
        """A terminal with its flash, its key and certificate, and its own wire to the broker."""
        wire = Wire(("127.0.0.1", self.plan.broker.device_port))
        port = self.loop.call(wire.open())
        flash = self.folder / "devices" / device.device
        terminals.write_settings(flash, device, terminals.Broker("localhost", port, True))
        pki = Path(self.plan.pki.folder)
        self.loop.call(terminals.provision(flash, device, pki, self.plan.micropython, bundle))
        log = self.folder / "log" / f"{device.device}.log"
        self.wires[device.device] = wire
        self.room.add(
            device.device, device.board, flash, bundle.absolute(), role=device.role, extra=extra, log=log
        )
        self.antennas[device.device] = Antenna()
        self.terminal(device.device).reader.enter(self.antennas[device.device])

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self.loop.call(self.room.close())
        for process in (self.bridge, self.gateway, self.hq, self.broker):
            process.stop()
        self.loop.call(self.plug.pull())
        for wire in self.wires.values():
            self.loop.call(wire.close())
        self.loop.close()

    # starting

    def open(self) -> "Store":
        """Everything on, sample members imported and in the cache, terminals online."""
        try:
            self._open()
        except Exception as error:
            error.add_note(self.tails())
            raise
        return self

    def _open(self) -> None:
        self.start_hq()
        self.import_members(MEMBERS_CSV.read_bytes())
        self.start_broker()
        self.start_gateway()
        self.bridge.start()
        self.until_cache_is_there()
        self.power_on()

    def start_hq(self) -> None:
        """HQ, and the internet plug in."""
        self.hq.start()
        until(self.hq_is_up, "HQ answers", READY_WAIT_S)
        self.loop.call(self.plug.put_in())

    def start_broker(self) -> None:
        self.broker.start()
        until(lambda: listening(self.plan.broker.device_port), "the broker listens")

    def start_gateway(self) -> None:
        self.gateway.start()
        until(self.gateway_is_up, "the gateway answers", READY_WAIT_S)

    def power_on(self) -> None:
        """Every terminal on and its status booked as online."""
        self.loop.call(self.room.start())
        for device in self.room.terminals:
            until(lambda device=device: self.is_online(device), f"{device} is online", READY_WAIT_S)

    def until_cache_is_there(self) -> None:
        until(lambda: self.sync()["cache"]["state"] == "ready", "the cache is there", READY_WAIT_S)

    def until_cache_has(self, members: int) -> None:
        """So many members have reached the cache's file: what the gateway's next tap will find."""
        until(lambda: self.cached_members() == members, f"the cache has {members} members", READY_WAIT_S)

    # what can be seen

    def cached_members(self) -> int:
        """Members in the generation in force; 0 before there is one."""
        folder = cache_folder(self.plan.gateway.data_dir)
        pointer = folder / POINTER_FILE
        if not pointer.exists():
            return 0
        with reading(generation_path(folder, pointer.read_text("ascii").strip())) as db:
            return int(db.execute("SELECT count(*) FROM members").fetchone()[0])

    def gateway_is_up(self) -> bool:
        return self._is_up(self.gateway_url("/health"))

    def hq_is_up(self) -> bool:
        return self._is_up(self.hq_url("/health"))

    def _is_up(self, url: str) -> bool:
        try:
            return self.client.get(url).status_code == 200
        except httpx.TransportError:
            return False

    def gateway_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.plan.gateway.http_port}{path}"

    def hq_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.plan.hq.port}{path}"

    def ask(self, path: str) -> Any:
        """The gateway's API."""
        token = house.read_token(Path(self.plan.gateway.token_file))
        answer = self.client.get(self.gateway_url(path), headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:200]}"
        return answer.json()

    def ask_hq(self, path: str) -> Any:
        """HQ's API, as staff."""
        answer = self.client.get(self.hq_url(path), headers=self.staff())
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:200]}"
        return answer.json()

    def page(self) -> str:
        """The staff's console as a page."""
        token = house.read_token(Path(self.plan.gateway.token_file))
        answer = self.client.get(self.gateway_url("/"), headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        return answer.text

    def staff(self) -> dict[str, str]:
        token = house.staff_token(Path(self.plan.hq.token_file))
        return {"authorization": f"Bearer {token}"}

    def taps(self) -> list[dict[str, Any]]:
        """The console's taps, newest first."""
        return rows(self.ask("/v1/taps?limit=500"), "taps")

    def device(self, name: str) -> dict[str, Any]:
        """A device as the console shows it; empty if it does not."""
        return next((row for row in rows(self.ask("/v1/devices"), "devices") if row["device"] == name), {})

    def sync(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("/v1/sync")
        return found

    def counters(self) -> dict[str, int]:
        found = self.ask("/v1/counters")
        return dict(found.get("counters", found))

    def bridge_says(self) -> dict[str, Any]:
        """The bridge's notice of itself; empty before its first."""
        path = Path(self.plan.bridge.run_dir) / "bridge.json"
        found: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
        return found

    def is_online(self, device: str) -> bool:
        return bool(self.device(device).get("state") == "online")

    def is_back(self, device: str, before: int) -> bool:
        """The device has said behind `before` (the gateway's time) that it is online."""
        found = self.device(device)
        return found.get("state") == "online" and found["at"] > before

    def terminal(self, name: str) -> Terminal:
        return self.room.terminals[name]

    def hq_hashes(self) -> list[tuple[int, bytes]]:
        """(seq, hash) of every event that HQ has of this gateway, from its database's file."""
        path = Path(self.plan.hq.database_url.removeprefix("sqlite:///"))
        with reading(path) as db:
            found = db.execute(
                "SELECT seq, hash FROM events WHERE gateway = ? ORDER BY seq, hash", (self.plan.gateway.id,)
            )
            return found.fetchall()

    def until_hq_has_all(self, wait_s: float = WAIT_S) -> None:
        """HQ has the ledger's events, each once, and no other."""
        until(
            lambda: self.hq_hashes()[-1:] == self.ledger.hashes()[-1:],
            "HQ has the ledger's last event",
            wait_s,
        )
        assert self.hq_hashes() == self.ledger.hashes()

    # what people do

    def hold(self, device: str, card: Card, until_gone: bool = True) -> None:
        """Hold a card to the reader until it was chosen, then take it away, and let that be noticed."""
        terminal, chosen = self.terminal(device), watch(card)
        self.loop.run(terminal.enter, card)
        try:
            assert chosen.wait(TAP_WAIT_S), f"{device} does not see the card"
        finally:
            self.loop.run(terminal.leave, card)
        if until_gone:
            self.until_polled(device, GONE_AFTER + 1)

    def until_polled(self, device: str, times: int) -> None:
        """The reader looks for cards so many times."""
        antenna = self.antennas[device]
        wanted = antenna.polls + times
        until(lambda: antenna.polls >= wanted, f"{device} looks for cards")

    def tap(self, device: str, uid: str) -> Event:
        """Tap a card; the event that it became."""
        card = parse_card(uid if ":" in uid else f"UID={uid}")
        return self._until_booked(device, lambda: self.hold(device, card))

    def show(self, device: str, code: str) -> Event:
        """Hold a QR code to the scanner; the event that it became."""
        return self._until_booked(
            device, lambda: self.loop.run(self.terminal(device).show_code, code.encode())
        )

    def _until_booked(self, device: str, act: Any) -> Event:
        before = self.ledger.tip()
        act()
        found = until(
            lambda: [event for event in self.ledger.records(before) if event.device == device],
            f"{device}'s record is booked",
        )
        assert len(found) == 1
        return found[0]

    def import_members(self, data: bytes) -> dict[str, Any]:
        """Upload a member file to HQ; its report when it is done."""
        headers = self.staff() | {"content-type": "text/csv"}
        answer = self.client.post(self.hq_url("/v1/imports?name=members.csv"), content=data, headers=headers)
        assert answer.status_code == 202, answer.text
        id = answer.json()["id"]
        found: dict[str, Any] = until(
            lambda: finished(self.ask_hq(f"/v1/imports/{id}")), "the import is done"
        )
        return found

    # what happened, for a test that failed

    def tails(self) -> str:
        """The ends of all logs."""
        logs = sorted((self.folder / "log").glob("*.log"))
        return "\n".join(f"--- {path.name}\n{tail(path)}" for path in logs)


def rows(found: Any, name: str) -> list[dict[str, Any]]:
    """A list of the API, whether it comes bare or under its name."""
    return list(found[name] if isinstance(found, dict) else found)


def finished(report: dict[str, Any]) -> dict[str, Any] | None:
    return report if report["state"] in ("done", "refused", "failed") else None


def listening(port: int) -> bool:
    """Whether a connection is taken now."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(path: Path, lines: int = 25) -> str:
    return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:])


def quiet_environment() -> dict[str, str]:
    """This process's environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SHOPBELL_")}
