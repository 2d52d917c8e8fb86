"""`shopbell member`: the members kept at HQ."""

from pathlib import Path
from typing import Annotated

import typer

from shopbell.commands.common import ConfigOption, configuration, say

app = typer.Typer(help="Members, at HQ.")


@app.callback()
def group() -> None:
    """Members, at HQ."""


@app.command(name="import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The CSV file, one instrument or member a line.")
    ],
    hq: Annotated[
        str, typer.Option("--hq", metavar="URL", help="Default: as [hq]; else set SHOPBELL_HQ_TOKEN too.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Import members from a CSV file.

    Shows a progress bar, then every refused line with what to do.
    """
    from shopbell.imports import import_file

    refused = import_file(configuration(config), file, hq, say)
    raise typer.Exit(1 if refused else 0)
