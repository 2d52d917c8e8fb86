"""What the tests of whole firmware processes share: a test PKI, real mosquitto, real bundles, MicroPython."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from firmware import boards, bundle, release
from hardware_tests.virtual.firmware_process import TERMINAL, Firmware
from hardware_tests.virtual.terminal import Terminal, Wiring
from shopbell.pki import authority
from tests.firmware.apps.terminal_bench import DEVICE, Gateway, settings
from tests.ports import free_port

Bench = Callable[..., Any]

ROOT = Path(__file__).resolve().parents[3]
MICROPYTHON = Path(sys.executable).parent / "micropython"
MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
START_S = 10


def wait_for_port(port: int) -> None:
    """Until somebody listens; fails after START_S."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on {port}")


def der(thing: object) -> bytes:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.DER)
    assert isinstance(thing, authority.Key)
    return thing.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def pem(thing: object) -> bytes:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    assert isinstance(thing, authority.Key)
    return thing.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


class Pki:
    """Two authorities, as in a shop: one for devices, one for the broker."""

    def __init__(self) -> None:
        self.server_key, self.device_key = authority.make_key(), authority.make_key()
        self.server_ca = authority.make_authority(self.server_key, "test servers")
        self.device_ca = authority.make_authority(self.device_key, "test devices")

    def device(self, name: str, folder: Path) -> None:
        """key.der, cert.der and ca.der of a device."""
        key = authority.make_key()
        request = x509.CertificateSigningRequestBuilder().subject_name(authority.name_of(name))
        signed = request.sign(key, hashes.SHA256())
        certificate = authority.make_device(signed, name, self.device_ca, self.device_key)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "key.der").write_bytes(der(key))
        (folder / "cert.der").write_bytes(der(certificate))
        (folder / "ca.der").write_bytes(der(self.server_ca))

    def server(self, folder: Path, *hosts: str) -> None:
        """server.pem, server.key and devices.pem for the broker."""
        key = authority.make_key()
        certificate = authority.make_server(key, self.server_ca, self.server_key, hosts)
        (folder / "server.pem").write_bytes(pem(certificate))
        (folder / "server.key").write_bytes(pem(key))
        (folder / "devices.pem").write_bytes(pem(self.device_ca))


class Broker:
    """mosquitto: mutual TLS for devices on `tls_port`, plain loopback for the test on `port`."""

    def __init__(self, folder: Path, pki: Pki) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        pki.server(folder, "localhost")
        (folder / "mosquitto.conf").write_text(self._settings())
        for path in [
            folder,
            *folder.iterdir(),
        ]:  # as root, mosquitto becomes another user before it reads these
            path.chmod(0o755)

    def _settings(self) -> str:
        return f"""
per_listener_settings true
set_tcp_nodelay true
listener {self.port} 127.0.0.1
allow_anonymous true
listener {self.tls_port} 127.0.0.1
cafile {self.folder}/devices.pem
certfile {self.folder}/server.pem
keyfile {self.folder}/server.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
"""

    def start(self) -> None:
        log = (self.folder / "mosquitto.log").open("ab")
        command = [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf"), "-v"]
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for_port(self.port)
        wait_for_port(self.tls_port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_S)
            self._process = None


class Bundles(dict[str, Path]):
    """Board name -> the bundle of what runs on it, built when it is asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, board: str) -> Path:
        (app,) = [app for app in bundle.APPS.values() if board in app.boards]
        self[board] = self._folder / board
        entries = bundle.build(boards.load(board), self[board], release.BUILT_UNIX_S, app)
        bundle.check(entries, app.budgets)
        return self[board]


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every board's bundle, built once at most."""
    return Bundles(tmp_path_factory.mktemp("bundles"))


@pytest.fixture
def pki() -> Pki:
    return Pki()


@pytest.fixture
def broker(tmp_path: Path, pki: Pki) -> Iterator[Broker]:
    """A running broker."""
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:3]:  # pytest's folders are closed to the user mosquitto becomes
        parent.chmod(0o755)
    broker = Broker(tmp_path / "broker", pki)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def gateway(broker: Broker) -> Iterator[Gateway]:
    """A gateway that only answers."""
    gateway = Gateway(broker.port)
    yield gateway
    gateway.close()


@pytest.fixture
def bench(broker: Broker, pki: Pki, bundles: dict[str, Path], tmp_path: Path) -> Bench:
    """A virtual terminal, provisioned, its power off; leaving the block pulls the plug."""

    @asynccontextmanager
    async def terminal(board: str, program: str = TERMINAL, **extra: str) -> AsyncIterator[Terminal]:
        flash = tmp_path / "flash"
        pki.device(DEVICE, flash)
        (flash / "device.json").write_text(json.dumps(settings(board, broker.tls_port)))
        facts = boards.load(board)
        firmware = Firmware(bundles[board], facts.bench_heap_kib, program)
        made = Terminal(DEVICE, Wiring(facts, "counter", flash, tmp_path / "terminal.log", firmware, extra))
        try:
            yield made
        finally:
            await made.close()

    return terminal


@pytest.fixture
def run_script() -> Callable[..., str]:
    """Runs a script of this folder on MicroPython; gives what it printed, all of it on failure."""

    def run(name: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(MICROPYTHON), str(Path(__file__).parent / name), *arguments],
            env={"MICROPYPATH": f"{ROOT}:.frozen"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return (done.stdout + done.stderr).strip()

    return run
