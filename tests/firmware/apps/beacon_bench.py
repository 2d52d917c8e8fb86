"""What the tests of whole beacons share: a board with a radio alone, and a gateway that only answers."""

import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from firmware import boards
from firmware.protocol import messages, topics
from firmware.protocol.messages import (
    SIGHTED_EID,
    SIGHTED_OWN,
    Booked,
    Screen,
    Sighting,
    Status,
    Time,
    Upward,
)
from hardware_tests.virtual import parts
from hardware_tests.virtual.firmware_process import TERMINAL, Firmware, FirmwareProcess
from hardware_tests.virtual.parts_server import PartsServer

BOARD = "esp32_beacon"
UUID = bytes(range(16))
NOTHING = Screen(0, 0, 0, ())


def key_of(name: str) -> bytes:
    """A key of sixteen bytes, another one for each name."""
    return name.encode().ljust(16, b".")[:16]


def settings(name: str, port: int, rotation: int = 0) -> dict[str, object]:
    return {
        "device": name,
        "role": "beacon",
        "board": BOARD,
        "gateway_host": "127.0.0.1",
        "gateway_port": port,
        "tls": 0,
        "identity_key": key_of(name).hex(),
        "uuid": UUID.hex(),
        "rotation": rotation,
    }


class Board:
    """A process with a radio and a watchdog; nothing else is wired to it."""

    def __init__(self, flash: Path, air: str, bundle: Path, **extra: str) -> None:
        self.name = flash.name
        self.bites = self.resets = 0
        self._flash = flash
        self._environment = {"SHOPBELL_AIR": air, "SHOPBELL_RADIO": self.name, **extra}
        self._firmware = Firmware(bundle, boards.load(BOARD).bench_heap_kib, TERMINAL)
        self._server = PartsServer({"pins": parts.PinsPart(self._does)})
        self.process: FirmwareProcess | None = None
        self.ended: list[int] = []

    def provision(self, wanted: dict[str, object]) -> None:
        self._flash.mkdir(parents=True, exist_ok=True)
        (self._flash / "device.json").write_text(json.dumps(wanted))

    def _does(self, op: int, _pin: int, _value: int) -> None:
        self.resets += op == parts.RESET

    async def power_on(self) -> None:
        if not self._server.port:
            await self._server.open()
        self.process = FirmwareProcess(self._flash.parent / f"{self.name}.log", self.ended.append)
        await self.process.start(self._firmware, self._flash, self._server.port, self._environment)

    async def power_off(self) -> None:
        if self.process is not None:
            await self.process.kill()
            self.process = None

    @property
    def output(self) -> list[str]:
        return list(self.process.output) if self.process else []

    async def close(self) -> None:
        await self.power_off()
        await self._server.close()


@asynccontextmanager
async def board(
    flash: Path, air: str, bundle: Path, wanted: dict[str, object], **extra: str
) -> AsyncIterator[Board]:
    """A provisioned board, running; leaving the block pulls the plug."""
    made = Board(flash, air, bundle, **extra)
    made.provision(wanted)
    await made.power_on()
    try:
        yield made
    finally:
        await made.close()


class Gateway:
    """Tells every device the time as soon as it is online, answers each record while `answers`."""

    def __init__(self, port: int, unix_ms: int, run: bytes = b"gwrun-01") -> None:
        self.answers = True
        self.knows_time = True
        self.run = run
        self.letters: list[tuple[str, float, Upward]] = []  # device, when, what
        self.states: dict[str, Status] = {}
        self._ahead_ms = unix_ms - time.time_ns() // 1_000_000
        self._lock = threading.Lock()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="gateway")
        self._client.on_connect = lambda client, *_: client.subscribe(topics.UP_FILTER, 1)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def unix_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def tell(self, device: str, kind: str, message: Any) -> None:
        self._client.publish(topics.down(device, kind), messages.encode(kind, message), 1)

    def tell_time(self, device: str) -> None:
        self.tell(device, "time", Time(self.unix_ms(), int(self.knows_time), self.run))

    def sightings(self, device: str, kind: int = SIGHTED_EID) -> list[Sighting]:
        with self._lock:
            letters = list(self.letters)
        return [
            sighting
            for sender, _when, letter in letters
            if sender == device
            for sighting in letter.payload
            if sighting.kind == kind
        ]

    def own(self, device: str) -> list[tuple[bytes, bytes]]:
        """(EID, address) that the device said of itself."""
        return [(each.identity[:8], each.identity[8:]) for each in self.sightings(device, SIGHTED_OWN)]

    def counter(self, device: str, name: str) -> int:
        return int(dict(self.states[device].counters)[name])

    def _on_message(self, _client: Any, _: Any, packet: Any) -> None:
        device, _direction, kind = topics.parse(packet.topic)
        message = messages.decode(kind, packet.payload)
        if kind == "status":
            self.states[device] = message
            if message.state:
                self.tell_time(device)
            return
        with self._lock:
            self.letters.append((device, time.monotonic(), message))
        if self.answers:
            record = message.record
            self.tell(device, "booked", Booked(record.boot, record.nonce, record.number, 1, 1, 7, NOTHING))
