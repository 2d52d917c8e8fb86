"""Both resolvers as they are generated, run by the real dnsmasq in a namespace without any upstream."""

import os
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.portal.announce import options_path, pid_path
from gateway.portal.net.leases import path_of
from gateway.portal.net.rules import CAPTIVE_DNS_PORT, DNS_PORT
from gateway.portal.settings import NetworkSettings
from shopbell.network.resolvers import captive_resolver, resolver
from tests.gateway.portal.net.netrig import OURS, Space, needs_root

A, AAAA, HTTPS = 1, 28, 65
NAME = "wifi.shopbell.example"
NOWHERE = "10.77.0.2"  # nobody is there: a question that goes upstream is never answered


@pytest.fixture(scope="module")
def pi() -> Iterator[Space]:
    needs_root()
    with tempfile.TemporaryDirectory(prefix="shopbell-dns-") as made, space() as pi:
        folder = Path(made)
        folder.chmod(0o777)
        settings = replace(
            NetworkSettings(lan="lan0", wan="wan0"),
            run_dir=made,
            data_dir=made,
            portal_user="nobody",
            upstreams=NOWHERE,
        )
        options_path(settings).touch()
        running = [started(pi, folder / "true", resolver(settings))]
        running.append(started(pi, folder / "captive", captive_resolver(settings)))
        try:
            until_answered(pi)
            yield pi
            status = Path(f"/proc/{pid_path(settings).read_text().strip()}/status").read_text()
            assert "Uid:\t65534" in status  # the portal's user, who may so tell it to read its options again
            assert path_of(settings).stat().st_mode & 0o044 == 0o044
        finally:
            for each in running:
                each.terminate()
                each.wait(10)


@contextmanager
def space() -> Iterator[Space]:
    made = Space(f"sbF{os.getpid()}d")
    try:
        made.ip("link add lan0 type veth peer name guest0")
        for words in ("link set lan0 up", "link set guest0 up", f"address add {OURS}/22 dev lan0"):
            made.ip(words)
        yield made
    finally:
        made.remove()


def started(pi: Space, file: Path, text: str) -> subprocess.Popen[bytes]:
    file.write_text(text)
    words = [
        "ip",
        "netns",
        "exec",
        pi.name,
        "/usr/sbin/dnsmasq",
        "--keep-in-foreground",
        f"--conf-file={file}",
    ]
    return subprocess.Popen(words, stderr=subprocess.DEVNULL)


def until_answered(pi: Space) -> None:
    deadline = time.monotonic() + 10
    for port in (DNS_PORT, CAPTIVE_DNS_PORT):
        while asked(pi, NAME, A, port) is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def asked(pi: Space, name: str, kind: int, port: int, wait_s: float = 1.0) -> tuple[int, list[str]] | None:
    """(code, addresses) of the answer; None for none. The lifetime of every address must be nothing."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)

    def ask() -> bytes | None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.settimeout(wait_s)
            try:
                made.sendto(question, (OURS, port))
                return made.recv(512)
            except (TimeoutError, ConnectionRefusedError):
                return None

    answer = pi.call(ask)
    if answer is None:
        return None
    flags, _, count = struct.unpack("!HHH", answer[2:8])
    found = []
    for number in range(count):
        row = answer[len(question) + 16 * number :][:16]
        assert row[6:10] == bytes(4)
        found.append(socket.inet_ntoa(row[12:16]))
    return flags & 15, found


@pytest.mark.parametrize("port", [DNS_PORT, CAPTIVE_DNS_PORT])
def test_the_pages_name_is_here_and_its_other_kinds_are_answered_without_asking_anybody(
    pi: Space, port: int
) -> None:
    assert asked(pi, NAME, A, port) == (0, [OURS])
    for kind in (AAAA, HTTPS):
        assert asked(pi, NAME, kind, port) == (0, [])


@pytest.mark.parametrize(
    "name", ["connectivitycheck.gstatic.com", "captive.apple.com", "www.msftconnecttest.com", "x"]
)
def test_without_the_internet_every_name_is_at_a_public_looking_address_at_once(pi: Space, name: str) -> None:
    assert asked(pi, name, A, CAPTIVE_DNS_PORT) == (0, ["192.0.2.1"])
    for kind in (AAAA, HTTPS):
        assert asked(pi, name, kind, CAPTIVE_DNS_PORT) == (0, [])


def test_with_the_internet_names_are_asked_upstream_and_not_made_up(pi: Space) -> None:
    assert asked(pi, "captive.apple.com", A, DNS_PORT, wait_s=0.3) is None
