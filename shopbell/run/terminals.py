"""Virtual terminals: which there are, their flash folders, their keys and certificates, their firmware.

A terminal is provisioned as a real one is: device.json is written, provision.py runs on its MicroPython and
prints a request for a key that stays in the flash, the request is signed, certificate and authority are put
beside it. What is there already is kept: a terminal has one key for life.
"""

import asyncio
import base64
import binascii
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from firmware import boards
from hardware_tests.virtual.firmware_process import SHIMS
from shopbell.errors import ShopbellError
from shopbell.pki import verbs
from shopbell.pki.folder import CA_DER, replace

ROOT = Path(__file__).parent.parent.parent
PROVISION = ROOT / "firmware" / "apps" / "provision.py"
# Making a P-256 key in MicroPython takes well under a second; a busy machine may need more.
PROVISION_WAIT_S = 60.0
BUILD_WAIT_S = 120.0
CERTIFICATE = "cert.der"
BEGIN, END = "CSR BEGIN", "CSR END"


class Terminal(NamedTuple):
    """One virtual terminal."""

    device: str
    board: str
    role: str


TERMINALS = (
    Terminal("entrance-1", "esp32_devkit", "entrance"),
    Terminal("kiosk-1", "esp32_devkit", "kiosk"),
    Terminal("counter-1", "pico_w", "counter"),
)


class Broker(NamedTuple):
    """How a terminal reaches the broker."""

    host: str
    port: int
    tls: bool


def write_settings(
    flash: Path, terminal: Terminal, broker: Broker, more: Mapping[str, str | int] | None = None
) -> None:
    """The device.json of a terminal, or of a beacon, which needs `more`."""
    write_device(
        flash,
        {
            **who(terminal),
            "gateway_host": broker.host,
            "gateway_port": broker.port,
            "tls": int(broker.tls),
            "wifi_ssid": "",
            "wifi_password": "",
            **(more or {}),
        },
    )


def who(terminal: Terminal) -> dict[str, str | int]:
    """What every device.json begins with."""
    return {"device": terminal.device, "role": terminal.role, "board": terminal.board}


def write_device(flash: Path, settings: Mapping[str, str | int]) -> None:
    """A device.json in place."""
    flash.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(flash / "device.json", json.dumps(settings, indent=1).encode() + b"\n")


async def provision(flash: Path, terminal: Terminal, pki: Path, micropython: str, bundle: Path) -> None:
    """Key, certificate and authority in the flash. ShopbellError if the firmware makes no request."""
    if not provisioned(flash, pki):
        printed = await run_provision(flash, terminal, micropython, bundle)
        sign(flash, pki, read_request(printed, terminal.device), terminal.device)


def provisioned(flash: Path, pki: Path) -> bool:
    """Whether the flash holds a certificate of this store: new authorities make every terminal new."""
    held = flash / CA_DER
    return (
        (flash / CERTIFICATE).exists() and held.exists() and held.read_bytes() == (pki / CA_DER).read_bytes()
    )


def sign(flash: Path, pki: Path, request: bytes, device: str) -> None:
    """The authority into the flash, and last the certificate: with it the terminal counts as provisioned."""
    certificate = verbs.sign(pki, request, device)
    replace(flash / CA_DER, (pki / CA_DER).read_bytes())
    replace(flash / CERTIFICATE, certificate)


async def run_provision(flash: Path, terminal: Terminal, micropython: str, bundle: Path) -> str:
    """What provision.py prints on the terminal's MicroPython. Raises ShopbellError with its last line."""
    process = await asyncio.create_subprocess_exec(
        micropython,
        "-X",
        f"heapsize={boards.load(terminal.board).bench_heap_kib}k",
        str(PROVISION),
        cwd=flash,
        env=environment(bundle),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = await finish(process, PROVISION_WAIT_S)
    if process.returncode != 0:
        raise ShopbellError(f"{terminal.device} could not be provisioned ({last_line(printed)})")
    return printed


def environment(bundle: Path) -> dict[str, str]:
    """The environment of a terminal's MicroPython: shims stand for the board, the bundle for its flash."""
    return {**os.environ, "MICROPYPATH": f"{SHIMS}:{bundle.absolute()}"}


def read_request(printed: str, device: str) -> bytes:
    """The request between the two marks, as DER. Raises ShopbellError if it is not there."""
    lines = printed.splitlines()
    try:
        begin = lines.index(f"{BEGIN} {device}")
        return base64.b64decode("".join(lines[begin + 1 : lines.index(END, begin)]), validate=True)
    except (ValueError, binascii.Error):
        raise ShopbellError(f"{device} printed no certificate request ({last_line(printed)})") from None


async def build_bundle(board: str, out: Path, app: str = "terminal") -> None:
    """The board's firmware as on its flash, built anew if a source is younger. Raises ShopbellError."""
    stamp = out.with_name(out.name + ".stamp")
    if current(stamp):
        return
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "firmware.bundle", "--app", app, "--board", board, "--out", str(out)),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = await finish(process, BUILD_WAIT_S)
    if process.returncode != 0:
        raise ShopbellError(f"the firmware for {board} could not be built ({last_line(printed)})")
    stamp.touch()


async def finish(process: asyncio.subprocess.Process, wait_s: float) -> str:
    """What a short-lived process prints; it is killed if it takes too long or we are stopped."""
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), wait_s)
    except (TimeoutError, asyncio.CancelledError):
        process.kill()
        await process.wait()
        raise
    return printed.decode("utf-8", "replace")


def current(stamp: Path) -> bool:
    """Whether the bundle was built after the last change of a source."""
    return stamp.exists() and stamp.stat().st_mtime >= newest_source()


def newest_source() -> float:
    """When a source of the firmware was last changed."""
    return max(path.stat().st_mtime for path in (ROOT / "firmware").rglob("*.py"))


def last_line(printed: str) -> str:
    lines = printed.strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
