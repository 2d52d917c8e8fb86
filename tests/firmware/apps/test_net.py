"""The device's TLS against real mosquitto over mutual TLS: who is refused, and that nothing hangs."""

import errno
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

LIMIT_MS = 4000
BREAK_LIMIT_MS = 250  # of a dialler whose line is frozen; a whole handshake here takes about 20 ms
HANDSHAKE_BYTES = 840  # down, CONNACK included


@pytest.fixture
def dial(run_script: Callable[..., str], tmp_path: Path) -> Callable[..., str]:
    def run(port: int, host: str = "localhost", limit_ms: int = LIMIT_MS, times: int = 1) -> str:
        return run_script("dialler.py", str(port), host, str(tmp_path / "flash"), str(limit_ms), str(times))

    return run


def test_a_known_device_reaches_a_known_broker(dial: Any, broker: Any, pki: Any, tmp_path: Path) -> None:
    pki.device("counter-1", tmp_path / "flash")
    assert dial(broker.tls_port) == "Connected"


def test_another_host_name_is_refused(dial: Any, broker: Any, pki: Any, tmp_path: Path) -> None:
    pki.device("counter-1", tmp_path / "flash")
    assert dial(broker.tls_port, "elsewhere") == "denied"


def test_another_authority_is_refused(dial: Any, broker: Any, pki: Any, tmp_path: Path) -> None:
    pki.device("counter-1", tmp_path / "flash")
    (tmp_path / "flash/ca.der").write_bytes(type(pki)().server_ca.public_bytes(Encoding.DER))
    assert dial(broker.tls_port) == "denied"


def test_a_device_that_the_broker_does_not_know_gets_no_answer(
    dial: Any, broker: Any, pki: Any, tmp_path: Path
) -> None:
    """Its alert may be overtaken by its reset, so how this ends is the network's choice."""
    type(pki)().device("counter-1", tmp_path / "flash")
    (tmp_path / "flash/ca.der").write_bytes(pki.server_ca.public_bytes(Encoding.DER))
    resets = {f"failed {number}" for number in (errno.EPIPE, errno.ECONNRESET)}
    assert dial(broker.tls_port) in {"denied", *resets}


def test_nobody_listening_is_told_from_silence(dial: Any, pki: Any, tmp_path: Path) -> None:
    pki.device("counter-1", tmp_path / "flash")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert dial(closed.getsockname()[1]) == f"failed {errno.ECONNREFUSED}"
        closed.listen()
        assert dial(closed.getsockname()[1], "localhost", BREAK_LIMIT_MS) == f"failed {errno.ETIMEDOUT}"


def pump(device: socket.socket, upstream: socket.socket, limit: int) -> None:
    """Copies both ways until `limit` bytes went to the device or an end closed."""
    while limit > 0:
        for source in select.select([device, upstream], [], [])[0]:
            data = source.recv(limit if source is upstream else 4096)
            if not data:
                return
            (upstream if source is device else device).sendall(data)
            limit -= len(data) if source is upstream else 0


def cut(device: socket.socket, upstream: socket.socket, limit: int, how: str) -> None:
    with device, upstream:
        pump(device, upstream, limit)
        if how == "freeze":
            time.sleep(BREAK_LIMIT_MS * 1.5 / 1000)
        elif how == "rst":
            device.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def cutting_proxy(port: int, how: str, limits: list[int]) -> Iterator[int]:
    """Port of a proxy that breaks its n-th connection after limits[n] bytes from the broker."""

    def serve(listener: socket.socket) -> None:
        for limit in limits:
            device, _ = listener.accept()
            with suppress(ConnectionError):
                cut(device, socket.create_connection(("127.0.0.1", port)), limit, how)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(("how", "step"), [("fin", 8), ("rst", 8), ("freeze", 80)])
def test_a_line_cut_anywhere_ends_every_attempt(
    dial: Any, broker: Any, pki: Any, tmp_path: Path, how: str, step: int
) -> None:
    pki.device("counter-1", tmp_path / "flash")
    limits = list(range(0, HANDSHAKE_BYTES, step))
    with cutting_proxy(broker.tls_port, how, limits) as port:
        endings = dial(port, "localhost", BREAK_LIMIT_MS, len(limits)).splitlines()
    assert len(endings) == len(limits)
    assert "Connected" not in endings[: len(limits) * 3 // 4]
    assert {ending.split()[0] for ending in endings} <= {"Connected", "silent", "failed"}, endings
