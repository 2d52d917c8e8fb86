"""A real mosquitto on a free port of loopback, and a device's client to talk to it."""

import queue
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway.ports import Inbound
from tests.ports import free_port

WAIT_S_MAX = 20.0
POLL_S = 0.01
RESEND_WAIT_S = 0.5


def wait_until(true: Any, what: str) -> None:
    """Poll until true() is; fails with what was waited for."""
    deadline = time.monotonic() + WAIT_S_MAX
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {WAIT_S_MAX:.0f} s for {what}")
        time.sleep(POLL_S)


class Broker:
    """mosquitto as a child; stop() and start() keep the port."""

    def __init__(self, folder: Path, more: str) -> None:
        self.port = free_port()
        self.log = folder / "broker.log"
        self._conf = folder / "mosquitto.conf"
        self._conf.write_text(
            f"listener {self.port} 127.0.0.1\nset_tcp_nodelay true\nmax_inflight_messages 64\n"
            f"persistence false\nlog_type error\nlog_type notice\nlog_dest stderr\n{more}"
        )
        self._binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._binary is None:
            pytest.skip("mosquitto is not installed: run `make system` as root")
        with self.log.open("ab") as out:
            self._child = subprocess.Popen([self._binary, "-c", str(self._conf)], stderr=out)
        wait_until(self._listens, "the broker")

    def stop(self, kill: bool = False) -> None:
        if self._child is not None:
            (self._child.kill if kill else self._child.terminate)()
            self._child.wait()
            self._child = None

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def broker(folder: Path, more: str = "allow_anonymous true\n") -> Iterator[Broker]:
    """A running mosquitto; the test is skipped aloud where it is not installed."""
    made = Broker(folder, more)
    made.start()
    try:
        yield made
    finally:
        made.stop()


class Device:
    """A terminal's client in a thread of its own; what it is told waits in `told`."""

    def __init__(self, port: int, name: str = "counter-1") -> None:
        self.told: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._ready = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, name)
        self._client.on_connect = lambda client, *_: client.subscribe(f"sb/v1/{name}/down/+", qos=1)
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        wait_until(lambda: self._ready, "the device's subscription")

    def send(self, message: Inbound) -> None:
        """Publish; returns when the broker has it."""
        self._client.publish(message.topic, message.payload, qos=1).wait_for_publish(WAIT_S_MAX)

    def ask(self, message: Inbound, kind: str = "booked") -> bytes:
        """Send as a terminal does, again and again until told `kind`; its payload."""
        for _ in range(int(WAIT_S_MAX / RESEND_WAIT_S)):
            self.send(message)
            with suppress(queue.Empty):
                while True:
                    topic, payload = self.told.get(timeout=RESEND_WAIT_S)
                    if topic.endswith("/" + kind):
                        return payload
        pytest.fail(f"no {kind} within {WAIT_S_MAX:.0f} s")

    def answer(self) -> tuple[str, bytes]:
        """The next thing told."""
        return self.told.get(timeout=WAIT_S_MAX)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribed(self, *_: Any) -> None:
        self._ready = True

    def _on_message(self, client: Any, userdata: Any, message: paho.MQTTMessage) -> None:
        self.told.put((message.topic, bytes(message.payload)))


@contextmanager
def device(port: int, name: str = "counter-1") -> Iterator[Device]:
    made = Device(port, name)
    try:
        yield made
    finally:
        made.close()
