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
    from shopbell.network.files import write as write_all

    found = configuration(config)
    wanted = wanted_files(found, *settings(found))
    try:
        written = write_all(out, wanted)
    except OSError as error:
        raise ShopbellError(str(error), "look at that folder and its owner") from error
    for path in written:
        say(str(path))


@app.command()
def check(
    language: Annotated[
        str, typer.Option("--language", metavar="LANGUAGE", help="zh-CN or en; else as [portal] says.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Say what is wrong with the guests' network, a sentence each; exit status 1 if anything is."""
    from shopbell.look.words import LANGUAGES
    from shopbell.network.checking import findings
    from shopbell.network.facts import look
    from shopbell.network.words import sentence

    found = configuration(config)
    network, portal = settings(found)
    spoken = language or portal.language
    if spoken not in LANGUAGES:
        raise ShopbellError(f"--language {spoken} is not spoken", f"give one of {', '.join(LANGUAGES)}")
    wanted = wanted_files(found, network, portal)
    wrong = findings(
        network, portal, found.table("gateway"), wanted, look(network, portal, wanted, Path("/"))
    )
    for each in wrong:
        say(f"- {sentence(each.key, spoken, **each.values)}")
    say(sentence("count", spoken, count=len(wrong)) if wrong else sentence("well", spoken))
    raise typer.Exit(1 if wrong else 0)


def wanted_files(config: Config, network: "NetworkSettings", portal: "PortalSettings") -> dict[str, str]:
    """Every file as these settings lead to it. Raises ShopbellError."""
    from shopbell.network.files import files

    source = (config.path or Path("/etc/shopbell/shopbell.toml")).resolve()
    return files(network, portal, program(), str(source))


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
