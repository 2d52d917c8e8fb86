"""A store's processes, each run until it is told to stop.

Nothing but the process's own package is imported, so that the gateway's memory is the gateway's. That holds
for what reads command lines too: it is 10 MiB, and a service is started by words that need none of it.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from shopbell.errors import ShopbellError
from shopbell.settings import Table, load, section

T = TypeVar("T")
Run = Callable[[], int]  # gives the exit status


def gateway(config: Path | None) -> int:
    """Decide and book."""
    from gateway.app import main
    from gateway.errors import GatewayError
    from gateway.settings import GatewaySettings

    return _run(main, _table(config, "gateway", GatewaySettings.from_table, GatewayError), GatewayError)


def bridge(config: Path | None) -> int:
    """Events up to HQ, members down."""
    from cloud_bridge.bridge.app import main
    from cloud_bridge.bridge.settings import BridgeSettings
    from cloud_bridge.errors import CloudBridgeError

    return _run(main, _table(config, "bridge", BridgeSettings.from_table, CloudBridgeError), CloudBridgeError)


def hq(config: Path | None) -> int:
    """Take events of all stores, keep the members."""
    from cloud_bridge.errors import CloudBridgeError
    from cloud_bridge.hq.app import main
    from cloud_bridge.hq.settings import HqSettings

    return _run(main, _table(config, "hq", HqSettings.from_table, CloudBridgeError), CloudBridgeError)


def netd(config: Path | None, simulate: bool = False) -> int:
    """Let guests online and out again; it alone changes the firewall, unless it is to `simulate` one."""
    from gateway.errors import GatewayError
    from gateway.portal.net.netd import main
    from gateway.portal.settings import NetworkSettings

    settings = _table(config, "network", NetworkSettings.from_table, GatewayError)
    return _run(partial(main, simulate=simulate), settings, GatewayError)


def portal(config: Path | None) -> int:
    """The pages of the store's Wi-Fi, without any privilege."""
    from gateway.errors import GatewayError
    from gateway.portal.app import main
    from gateway.portal.settings import NetworkSettings, PortalSettings

    network = _table(config, "network", NetworkSettings.from_table, GatewayError)
    pages = _table(config, "portal", PortalSettings.from_table, GatewayError)
    return _run(main, (network, pages), GatewayError)


SERVICES = {"gateway": gateway, "bridge": bridge, "hq": hq, "netd": netd, "portal": portal}


def service_of(arguments: Sequence[str]) -> Run | None:
    """The process that these arguments start, where they are a service's: its name, and at most a settings
    file. None for whatever else was typed."""
    match arguments:
        case [name] if name in SERVICES:
            return partial(SERVICES[name], None)
        case [name, "--config", path] if name in SERVICES and not path.startswith("-"):
            return partial(SERVICES[name], Path(path))
    return None


def _table(path: Path | None, name: str, from_table: Callable[[Table], T], refusal: type[Exception]) -> T:
    return section(load(path, os.environ), name, from_table, refusal)


def _run(main: Callable[[T], int], settings: T, refusal: type[Exception]) -> int:
    try:
        return main(settings)
    except refusal as error:
        raise ShopbellError(str(error)) from None
