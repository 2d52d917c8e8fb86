"""`shopbell network`: the files of the guests' Wi-Fi, and what is wrong with it. [network] and [portal]."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbell.commands.common import ConfigOption, configuration, say
from shopbell.errors import ShopbellError
from shopbell.settings import Config, section

if TYPE_CHECKING:
    from gateway.portal.settings import NetworkSettings, PortalSettings

app = typer.Typer(help="The guests' Wi-Fi: its files, and what is wrong with it.")


@app.callback()
def group() -> None:
    """The guests' Wi-Fi: its files, and what is wrong with it."""


@app.command()
def write(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the files go; / puts them to use.")
    ],
    config: ConfigOption = None,
) -> None:
    """Write the files for firewall, resolvers, access point, proxy, kernel and systemd."""
    from shopbell.network.files import files
    from shopbell.network.files import write as write_all

    found = configuration(config)
    network, portal = settings(found)
    source = (found.path or Path("/etc/shopbell/shopbell.toml")).resolve()
    try:
        written = write_all(out, files(network, portal, program(), str(source)))
    except OSError as error:
        raise ShopbellError(str(error), "look at that folder and its owner") from error
    for path in written:
        say(str(path))


def settings(config: Config) -> "tuple[NetworkSettings, PortalSettings]":
    """Both tables, checked. Raises ShopbellError."""
    from gateway.errors import SettingsError
    from gateway.portal.settings import NetworkSettings, PortalSettings

    return (
        section(config, "network", NetworkSettings.from_table, SettingsError),
        section(config, "portal", PortalSettings.from_table, SettingsError),
    )


def program() -> str:
    """The `shopbell` command of this very installation."""
    return str(Path(sys.executable).with_name("shopbell"))
