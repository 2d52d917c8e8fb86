"""`shopbell gateway`, `bridge`, `hq`, `netd`: run one process until it is told to stop.

Nothing but the process's own package is imported, so that the gateway's memory is the gateway's.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

import typer

from shopbell.commands.common import ConfigOption, table
from shopbell.errors import ShopbellError

T = TypeVar("T")


def gateway(config: ConfigOption = None) -> None:
    """Run the store's gateway: decide and book."""
    from gateway.app import main
    from gateway.errors import GatewayError
    from gateway.settings import GatewaySettings

    run(main, table(config, "gateway", GatewaySettings.from_table, GatewayError), GatewayError)


def bridge(config: ConfigOption = None) -> None:
    """Run the bridge: events up to HQ, members down."""
    from cloud_bridge.bridge.app import main
    from cloud_bridge.bridge.settings import BridgeSettings
    from cloud_bridge.errors import CloudBridgeError

    run(main, table(config, "bridge", BridgeSettings.from_table, CloudBridgeError), CloudBridgeError)


def hq(config: ConfigOption = None) -> None:
    """Run HQ: take events of all stores, keep the members."""
    from cloud_bridge.errors import CloudBridgeError
    from cloud_bridge.hq.app import main
    from cloud_bridge.hq.settings import HqSettings

    run(main, table(config, "hq", HqSettings.from_table, CloudBridgeError), CloudBridgeError)


def netd(
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Keep grants in memory; no firewall, no rights, for trying.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Run netd: let guests online and out again; it alone changes the firewall."""
    from gateway.errors import GatewayError
    from gateway.portal.net.netd import main
    from gateway.portal.settings import NetworkSettings

    settings = table(config, "network", NetworkSettings.from_table, GatewayError)
    run(partial(main, simulate=simulate), settings, GatewayError)


def portal(config: ConfigOption = None) -> None:
    """Run the pages of the store's Wi-Fi, without any privilege."""
    from gateway.errors import GatewayError
    from gateway.portal.app import main
    from gateway.portal.settings import NetworkSettings, PortalSettings

    network = table(config, "network", NetworkSettings.from_table, GatewayError)
    run(main, (network, table(config, "portal", PortalSettings.from_table, GatewayError)), GatewayError)


def run(main: Callable[[T], int], settings: T, refusal: type[Exception]) -> None:
    """Run a process to its end and pass its exit status on."""
    try:
        status = main(settings)
    except refusal as error:
        raise ShopbellError(str(error)) from None
    raise typer.Exit(status)
