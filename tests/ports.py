"""Free ports for the processes that tests start: below those the kernel gives to outgoing connections.

A port of the kernel's own choice (bind to 0, close, use) may be an outgoing connection's a moment later,
and then the process that was promised it cannot start.
"""

import random
import socket

# Above those that browsers refuse (up to 10080), below the kernel's own: 32768 on Linux, 49152 on macOS.
PORTS = (12_000, 32_000)


def free_port() -> int:
    """A port of 127.0.0.1 that is free now, and that nobody is given by the kernel."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    found: set[int] = set()
    while len(found) < count:
        port = random.SystemRandom().randrange(*PORTS)
        if bindable(port):
            found.add(port)
    return sorted(found)


def bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
