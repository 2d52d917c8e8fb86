"""The small files: head, wake sockets, lock."""

import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.counters import Counters
from gateway.errors import AlreadyRunning
from gateway.storage import wake as wakes
from gateway.storage.head import Head
from gateway.storage.lock import Lock
from gateway.storage.wake import Wake


def test_the_head_is_sixteen_bytes_that_outlive_the_process(tmp_path: Path) -> None:
    head = Head(tmp_path / "head")
    assert head.before == (0, 0)
    head.announce(1, 77)
    assert (tmp_path / "head").read_bytes() == struct.pack(">QQ", 1, 77)
    head.close()
    assert Head(tmp_path / "head").before == (1, 77)


def test_a_torn_head_file_starts_from_nothing(tmp_path: Path) -> None:
    (tmp_path / "head").write_bytes(b"\0\0\0")
    assert Head(tmp_path / "head").before == (0, 0)


def test_a_wake_is_an_empty_datagram(tmp_path: Path) -> None:
    counters = Counters()
    bridge = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bridge.bind(str(tmp_path / "bridge.sock"))
    wake = Wake(tmp_path / "gateway.sock", tmp_path / "bridge.sock", counters)
    wake.send()
    assert bridge.recv(10) == b""
    bridge.sendto(b"", str(tmp_path / "gateway.sock"))
    wake.drain()
    wake.drain()
    wake.close()
    bridge.close()
    assert not (tmp_path / "gateway.sock").exists()
    assert counters.snapshot() == {}


def test_no_neighbour_or_a_full_one_is_counted_and_never_waited_for(tmp_path: Path) -> None:
    counters = Counters()
    wake = Wake(tmp_path / "gateway.sock", tmp_path / "bridge.sock", counters)
    wake.send()
    assert counters.get("wake.not_sent") == 1
    bridge = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bridge.bind(str(tmp_path / "bridge.sock"))
    for _ in range(5_000):
        wake.send()
    assert counters.get("wake.not_sent") > 1
    bridge.close()
    wake.close()


def test_a_flood_of_wakes_is_drained_in_bounded_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakes, "DATAGRAMS_DRAINED_MAX", 2)
    wake = Wake(tmp_path / "gateway.sock", tmp_path / "bridge.sock", Counters())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bridge:
        for _ in range(3):
            bridge.sendto(b"", str(tmp_path / "gateway.sock"))
        wake.drain()
        assert wake._socket.recv(1) == b""
        with pytest.raises(BlockingIOError):
            wake._socket.recv(1)
    wake.close()


def test_a_stale_socket_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "gateway.sock").touch()
    Wake(tmp_path / "gateway.sock", tmp_path / "bridge.sock", Counters()).close()


def test_one_gateway_per_folder(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "gateway.lock")
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        Lock(tmp_path / "gateway.lock")
    lock.close()
    Lock(tmp_path / "gateway.lock").close()


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from gateway.storage.lock import Lock\n"
        "held = Lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    path = tmp_path / "gateway.lock"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid}"):
            Lock(path)
        holder.kill()
    Lock(path).close()
