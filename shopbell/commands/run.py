"""`shopbell run`: the whole house on this machine, for looking, trying and developing."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    reset: Annotated[bool, typer.Option("--reset", help="Throw all data in ./var away first.")] = False,
    folder: Annotated[Path, typer.Option("--var", metavar="FOLDER", help="Where everything is kept.")] = Path(
        "var"
    ),
) -> None:
    """Start a whole store and HQ on this machine; Ctrl-C stops it.

    Broker, HQ, gateway, bridge and virtual terminals, all on loopback; the URLs are printed. Data is kept.
    """
    from shopbell.run.app import main

    raise typer.Exit(main(folder, reset))
