"""`shopbell gateway`, `bridge`, `hq`, `netd`, `portal`: run one process until it is told to stop."""

from typing import Annotated

import typer

from shopbell import processes
from shopbell.commands.common import ConfigOption


def gateway(config: ConfigOption = None) -> None:
    """Run the store's gateway: decide and book."""
    raise typer.Exit(processes.gateway(config))


def bridge(config: ConfigOption = None) -> None:
    """Run the bridge: events up to HQ, members down."""
    raise typer.Exit(processes.bridge(config))


def hq(config: ConfigOption = None) -> None:
    """Run HQ: take events of all stores, keep the members."""
    raise typer.Exit(processes.hq(config))


def netd(
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Keep grants in memory; no firewall, no rights, for trying.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Run netd: let guests online and out again; it alone changes the firewall."""
    raise typer.Exit(processes.netd(config, simulate))


def portal(config: ConfigOption = None) -> None:
    """Run the pages of the store's Wi-Fi, without any privilege."""
    raise typer.Exit(processes.portal(config))
