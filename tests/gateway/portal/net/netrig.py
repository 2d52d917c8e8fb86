"""Namespaces with a gateway, two guests, and what is beyond: real nft, tc and conntrack, nothing leaves them.

    one 10.77.0.51 --+                                     +-- beyond: 192.168.9.1 (the store's network)
    two 10.77.0.52 --+-- lan0 10.77.0.1  gate  wan0 -------+           198.51.100.1 (the internet)
                                         192.168.9.2

A namespace is entered by a thread of its own; sockets opened there stay there.
"""

import ctypes
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from gateway.portal.settings import NetworkSettings

TOOLS = ("ip", "nft", "tc", "conntrack")
CLONE_NEWNET = 0x40000000
OURS, STORE, INTERNET = "10.77.0.1", "192.168.9.1", "198.51.100.1"
GUESTS = {"02:00:00:00:00:01": "10.77.0.51", "02:00:00:00:00:02": "10.77.0.52"}
ONE, TWO = GUESTS.items()

T = TypeVar("T")


def needs_root() -> None:
    """Skip, and say why."""
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)} (make system)")


class Space:
    """One network namespace."""

    def __init__(self, name: str) -> None:
        self.name = name
        subprocess.run(["ip", "netns", "add", name], check=True)
        self._thread = ThreadPoolExecutor(1, initializer=enter, initargs=(name,))
        self.tool("ip", "link", "set", "lo", "up")

    def call(self, function: Callable[[], T]) -> T:
        """What a function gives in there."""
        return self._thread.submit(function).result(60)

    def tool(self, *words: str, given: str = "", check: bool = True) -> str:
        """What a command prints in there."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, *words], input=given, capture_output=True, text=True
        )
        assert not check or done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def ip(self, words: str) -> None:
        self.tool("ip", *words.split())

    def nft(self, *words: str) -> list[Any]:
        """What `nft -j` lists, without its greeting."""
        found: list[Any] = json.loads(self.tool("nft", "-j", *words))["nftables"][1:]
        return found

    def remove(self) -> None:
        self._thread.shutdown()
        subprocess.run(["ip", "netns", "delete", self.name], check=True)


def enter(name: str) -> None:
    """Put this thread into a namespace."""
    with open(f"/run/netns/{name}", "rb") as opened:
        if ctypes.CDLL(None, use_errno=True).setns(opened.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"enter {name}")


class Net:
    """The four namespaces."""

    def __init__(self) -> None:
        self.gate, self.beyond, self.one, self.two = self.spaces = [
            Space(f"sbF{os.getpid()}{which}") for which in ("g", "b", "1", "2")
        ]
        self.settings = NetworkSettings(
            lan="lan0", wan="wan0", clients_max=8, guest_kbit=4_000, member_kbit=20_000, wan_kbit=100_000
        )
        self._wire()

    def remove(self) -> None:
        for space in self.spaces:
            space.remove()

    def _wire(self) -> None:
        gate, beyond = self.gate, self.beyond
        gate.ip("link add lan0 type bridge")
        gate.ip("link set lan0 up")
        gate.ip(f"address add {OURS}/22 dev lan0")
        for guest, port, (mac, ip) in ((self.one, "p1", ONE), (self.two, "p2", TWO)):
            gate.ip(f"link add {port} type veth peer name eth0 netns {guest.name}")
            gate.ip(f"link set {port} master lan0 up")
            gate.ip(f"link set {port} type bridge_slave isolated on")
            guest.ip(f"link set eth0 address {mac} up")
            guest.ip(f"address add {ip}/22 dev eth0")
            guest.ip(f"route add default via {OURS}")
        gate.ip(f"link add wan0 type veth peer name eth0 netns {beyond.name}")
        gate.ip("link set wan0 up")
        gate.ip("address add 192.168.9.2/24 dev wan0")
        gate.ip(f"route add default via {STORE}")
        gate.tool("sysctl", "-qw", "net.ipv4.ip_forward=1")
        beyond.ip("link set eth0 up")
        beyond.ip(f"address add {STORE}/24 dev eth0")
        beyond.ip(f"address add {INTERNET}/32 dev lo")


def serve(space: Space, port: int, says: bytes) -> None:
    """Greet whoever connects; a connection stays open until the other end closes it."""

    def opened() -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("0.0.0.0", port))
        made.listen(128)
        return made

    listening = space.call(opened)

    def greet() -> None:
        kept = []
        while True:
            connected, _ = listening.accept()
            connected.sendall(says)
            kept.append(connected)

    threading.Thread(target=greet, daemon=True).start()


def connect(space: Space, host: str, port: int, wait_s: float = 3.0) -> socket.socket:
    """A connection from in there. Raises OSError."""

    def opened() -> socket.socket:
        made = socket.socket()
        made.settimeout(wait_s)
        try:
            made.connect((host, port))
        except OSError:
            made.close()
            raise
        return made

    return space.call(opened)


def met(space: Space, host: str, port: int, wait_s: float = 3.0) -> str:
    """Who greets there: the greeting, "refused" at once, or "nothing" in `wait_s`."""
    try:
        with connect(space, host, port, wait_s) as connected:
            return connected.recv(64).decode()
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "nothing"


@contextmanager
def net() -> Iterator[Net]:
    """Made and removed again."""
    made = Net()
    try:
        yield made
    finally:
        made.remove()
