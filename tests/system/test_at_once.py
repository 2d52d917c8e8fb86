"""Nobody waits for another packet to send this one: without it every answer takes 44 ms longer."""

import socket
import subprocess
from pathlib import Path

from hardware_tests.virtual.firmware_process import MICROPYTHON

ROOT = Path(__file__).resolve().parents[2]


def test_a_terminals_socket_sends_at_once() -> None:
    """Set by the board's own code before it connects; of the gateway and the broker other tests say so."""
    done = subprocess.run(
        [str(MICROPYTHON), "tests/system/dial_with_a_fake.py"],
        cwd=ROOT,
        env={"MICROPYPATH": f"{ROOT}:.frozen"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    calls = done.stdout.splitlines()
    nodelay = f"setsockopt {socket.IPPROTO_TCP} {socket.TCP_NODELAY} 1"
    assert nodelay in calls and calls.index(nodelay) < calls.index("connect")
