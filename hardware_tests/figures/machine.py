"""Processes under measurement: a broker, an echo and a gateway of their own, in a folder of their own.

Every process is a child held by its handle; ports are free ones of loopback; what a process used is read from
/proc (Linux) while it still runs.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_WAIT_S_MAX = 30.0
STOP_WAIT_S_MAX = 10.0
POLL_S = 0.005

BROKER_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
persistence false
log_type error
"""


class MissingTool(RuntimeError):
    """A tool the figures need is not installed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """A plain mosquitto on a free port of loopback; gives the port."""
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        raise MissingTool("mosquitto is not installed: run `make system` as root, then `make bench` again")
    port = free_port()
    conf = folder / "mosquitto.conf"
    conf.write_text(BROKER_CONF.format(port=port), encoding="utf-8")
    with running([binary, "-c", str(conf)], folder / "mosquitto.log"):
        _wait_for_port(port)
        yield port


@contextmanager
def running(
    command: list[str], log: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process, stopped politely at the end and killed when that does not help."""
    with log.open("ab") as out:
        child = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}
        )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(STOP_WAIT_S_MAX)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def gateway(folder: Path, mqtt_port: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The real gateway with its data in `folder`; gives the child and its HTTP port once /health answers."""
    http_port = free_port()
    settings = {
        "ID": "bench", "STORE": "bench", "DATA_DIR": str(folder), "RUN_DIR": str(folder / "run"),
        "MQTT_PORT": str(mqtt_port), "HTTP_PORT": str(http_port), "BROKER_SECURED": "false",
    }  # fmt: skip
    (folder / "run").mkdir(exist_ok=True)
    (folder / "shopbell.toml").touch()
    env = {f"SHOPBELL_GATEWAY__{key}": value for key, value in settings.items()}
    command = [
        str(Path(sys.executable).with_name("shopbell")),
        "gateway",
        "--config",
        str(folder / "shopbell.toml"),
    ]
    with running(command, folder / "gateway.log", env) as child:
        _wait_for_health(http_port, child, folder / "gateway.log")
        yield child, http_port


def written_bytes(pid: int) -> int:
    """Bytes the process has caused to be sent to storage (`write_bytes` of /proc/<pid>/io)."""
    return _field(Path(f"/proc/{pid}/io"), "write_bytes:")


def resident_mib(pid: int) -> float:
    return _field(Path(f"/proc/{pid}/status"), "VmRSS:") / 1024


def _field(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise KeyError(f"{path} has no line {name}")


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_WAIT_S_MAX
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(POLL_S)
    raise TimeoutError(f"nothing listens on port {port} after {START_WAIT_S_MAX:.0f} s")


def _wait_for_health(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_WAIT_S_MAX
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"the gateway ended with {child.returncode}:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(POLL_S)
    raise TimeoutError(f"the gateway was not healthy after {START_WAIT_S_MAX:.0f} s")
