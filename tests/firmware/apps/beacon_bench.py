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
from hardware_tests.virtual.beacon import Beacon
from hardware_tests.virtual.board import Wiring
from hardware_tests.virtual.firmware_process import TERMINAL, Firmware

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


def tag_settings(name: str, wake_s: int) -> dict[str, object]:
    return {
        "device": name,
        "role": "tag",
        "board": "esp32_tag",
        "identity_key": key_of(name).hex(),
        "rotation": 0,
        "wake_s": wake_s,
    }


def provisioned(folder: Path, wanted: dict[str, object], bundle: Path, air: str, **extra: str) -> Beacon:
    """A board with these settings in its flash; its power is off."""
    flash = folder / str(wanted["device"])
    flash.mkdir(parents=True, exist_ok=True)
    (flash / "device.json").write_text(json.dumps(wanted))
    facts = boards.load(str(wanted["board"]))
    firmware = Firmware(bundle, facts.bench_heap_kib, TERMINAL)
    log = folder / f"{flash.name}.log"
    return Beacon(flash.name, Wiring(facts, str(wanted["role"]), flash, log, firmware, extra), air)


@asynccontextmanager
async def powered(beacon: Beacon) -> AsyncIterator[Beacon]:
    """Put the plug in; leaving the block pulls it."""
    await beacon.power_on()
    try:
        yield beacon
    finally:
        await beacon.close()


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
            if message.state:  # a will says how things were when it was made
                self.states[device] = message
                self.tell_time(device)
            return
        with self._lock:
            self.letters.append((device, time.monotonic(), message))
        if self.answers:
            record = message.record
            self.tell(device, "booked", Booked(record.boot, record.nonce, record.number, 1, 1, 7, NOTHING))
