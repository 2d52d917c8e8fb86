"""`shopbell member`: what HQ keeps of members, and by the same way of goods and staff."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shopbell.commands.common import ConfigOption, configuration, say

app = typer.Typer(help="Members, at HQ.")


class Kind(StrEnum):
    """What a file holds."""

    members = "members"
    goods = "goods"
    staff = "staff"


@app.callback()
def group() -> None:
    """Members, at HQ."""


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file.")],
    kind: Annotated[
        Kind, typer.Option("--kind", help="What the file holds: its first line must fit.")
    ] = Kind.members,
    hq: Annotated[
        str, typer.Option("--hq", metavar="URL", help="Default: as [hq]; else set SHOPBELL_HQ_TOKEN too.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Import members, goods or staff from a CSV file.

    Shows a progress bar, then every refused line with what to do.
    """
    from shopbell.imports import import_file

    refused = import_file(configuration(config), file, hq, say, kind.value)
    raise typer.Exit(1 if refused else 0)
