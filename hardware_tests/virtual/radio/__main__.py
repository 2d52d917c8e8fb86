"""An air in a process of its own: an HCI server, and if wanted a crowd of beacons on it.

    python -m hardware_tests.virtual.radio [--port 0] [--seed 0] [--beacons 200 --interval-ms 100 --key HEX]

Prints host:port of its server and runs until its standard input ends, so that it cannot outlive who began it.
Beacon number n of the crowd is called beacon-n, stands in a grid around the origin, and has the key that
SHA-256 makes of the given one and n.
"""

import argparse
import asyncio
import contextlib
import hashlib
import sys
import time

from hardware_tests.virtual.radio.air import Air
from hardware_tests.virtual.radio.crowd import Member, crowd
from hardware_tests.virtual.radio.hci_server import HciServer
from hardware_tests.virtual.radio.link import AirLink

GRID_CM, GRID_WIDTH = 150, 20
KEY_BYTES = 16


def members(key: bytes, count: int) -> list[Member]:
    """The crowd's beacons, as whoever knows the key knows them too."""
    return [Member(f"beacon-{number}", key_of(key, number)) for number in range(count)]


def key_of(key: bytes, number: int) -> bytes:
    """Of one beacon of the crowd."""
    return hashlib.sha256(key + number.to_bytes(4, "big")).digest()[:KEY_BYTES]


async def serve(given: argparse.Namespace) -> None:
    """Until standard input ends."""
    link = AirLink(Air(given.seed))
    server = HciServer(link)
    await server.open(given.port)
    sys.stdout.write(f"{server.address}\n")
    sys.stdout.flush()
    key = bytes.fromhex(given.key)
    beacons = members(key, given.beacons)
    for number, beacon in enumerate(beacons):
        link.air.place(beacon.name, number % GRID_WIDTH * GRID_CM, number // GRID_WIDTH * GRID_CM)
    sending = asyncio.create_task(crowd(link, beacons, key, given.interval_ms, time.time))
    ended = asyncio.create_task(end_of_input())
    await asyncio.wait((sending, ended), return_when=asyncio.FIRST_COMPLETED)
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending
    await server.close()


async def end_of_input() -> None:
    """Until whoever began this process closes its end, or is gone."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="radio", description="a simulated air")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--beacons", type=int, default=0)
    parser.add_argument("--interval-ms", type=int, default=100)
    parser.add_argument(
        "--key", default="00" * KEY_BYTES, help="32 hex digits; also the crowd's iBeacon UUID"
    )
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(parsed()))
