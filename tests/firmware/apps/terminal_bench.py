"""What the tests of a whole terminal share: a gateway that only answers, and waiting with a limit."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import paho.mqtt.client as paho

from firmware.core.outbox import RecordId
from firmware.protocol import messages, topics
from firmware.protocol.messages import Booked, Pin, Screen, Status, Strip
from hardware_tests.virtual.terminal import Terminal

DEVICE = "counter-1"
WAIT_S = 20.0  # for anything that should take milliseconds: a machine under load is slow, not wrong
TEST_S = 170.0
HELLO = Screen(1500, 0x00FF00, 1, (Strip(0, 0, 128, 64, bytes((0x55, 0xAA)) * 512),))


class Gateway:
    """Answers each record with `booked` while `answers`; keeps what it got."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers = True
        self.received: list[tuple[str, Any]] = []  # records in order of arrival, repeats included
        self.times: list[float] = []
        self.states: list[Status] = []
        self.pins: list[Pin] = []
        self._lock = threading.Lock()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="gateway")
        self._client.on_connect = lambda client, *_: client.subscribe(topics.UP_FILTER, 1)
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def tell(self, kind: str, message: Any) -> None:
        self._client.publish(topics.down(DEVICE, kind), messages.encode(kind, message), 1)

    def tell_bytes(self, kind: str, payload: bytes) -> None:
        self._client.publish(topics.down(DEVICE, kind), payload, 1)

    def ids(self) -> list[RecordId]:
        with self._lock:
            return [id_of(message) for _kind, message in self.received]

    def _on_message(self, client: Any, _: Any, packet: Any) -> None:
        _device, _direction, kind = topics.parse(packet.topic)
        message = messages.decode(kind, packet.payload)
        if kind == "status":
            self.states.append(message)
            return
        if kind == "pin":
            assert (packet.qos, packet.retain) == (0, False)
            self.pins.append(message)
            return
        with self._lock:
            self.received.append((kind, message))
            self.times.append(time.monotonic())
        if self.answers:
            seq = len(set(self.ids()))
            self.tell("booked", Booked(*id_of(message), 1, seq, 1, HELLO))


def id_of(message: Any) -> RecordId:
    return RecordId(message.record.boot, message.record.nonce, message.record.number)


async def until(what: str, happened: Callable[[], Any], wait_s: float = WAIT_S) -> None:
    end = time.monotonic() + wait_s
    while not happened():
        assert time.monotonic() < end, f"waited {wait_s} s in vain for: {what}"
        await asyncio.sleep(0.005)


def drawn(screen: Screen) -> bytes:
    """The pixels of a display that shows this screen."""
    pixels = bytearray(1024)
    for strip in screen.strips:
        for at, byte in enumerate(strip.pixels):
            row, column = divmod(at, strip.width)
            pixels[(strip.y // 8 + row) * 128 + strip.x + column] = byte
    return bytes(pixels)


def settings(board: str, port: int) -> dict[str, object]:
    return {
        "device": DEVICE,
        "role": "counter",
        "board": board,
        "gateway_host": "localhost",
        "gateway_port": port,
        "tls": 1,
    }


async def online(terminal: Terminal, gateway: Gateway) -> None:
    await terminal.power_on()
    await until("a status", lambda: gateway.states and gateway.states[-1].state == 1)


def counter(gateway: Gateway, name: str) -> int:
    """The value of a counter in the last status that is not the will."""
    online = [status for status in gateway.states if status.state]
    return int(dict(online[-1].counters)[name])


def run(test: Awaitable[None]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(test, TEST_S)

    asyncio.run(limited())
