"""Runs the `shopbell` command, unchanged, on a machine whose Bluetooth adapter is a virtual radio.

    python -m hardware_tests.virtual.on_air --air 127.0.0.1:9700 [--name radio] -- gateway --config demo.toml

Everything after -- is shopbell's. A plain BleakScanner() in it scans with the radio of this name at the air's
HCI server (radio/hci_server.py), which may come and go as a dongle does.
"""

import argparse
import runpy
import sys
from collections.abc import Sequence
from typing import Final

from hardware_tests.virtual.radio.bleak_backend import install
from hardware_tests.virtual.radio.host import over_tcp

RADIO: Final = "radio"  # as beacons.json calls the place of the gateway's own scanner


def main(arguments: Sequence[str]) -> None:
    """Install the radio, then be `shopbell`; ends with its exit status."""
    given = parsed(arguments)
    install(over_tcp(given.air, given.name))
    sys.argv = ["shopbell", *given.shopbell]
    runpy.run_module("shopbell", run_name="__main__")


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """air, name and shopbell (a list); a wrong command line ends the process with status 2."""
    parser = argparse.ArgumentParser(prog="on_air", description="shopbell on a virtual radio")
    parser.add_argument("--air", required=True, help="host:port of the air's HCI server")
    parser.add_argument("--name", default=RADIO, help="the radio's name in the air")
    parser.add_argument("shopbell", nargs="+", help="after --: the shopbell command line")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
