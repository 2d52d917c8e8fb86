"""`shopbell device`: look at what the terminals and beacons say."""

import typer

from shopbell.commands.common import ConfigOption, configuration

app = typer.Typer(help="Terminals and beacons.")


@app.callback()
def group() -> None:
    """Terminals and beacons."""


@app.command()
def watch(config: ConfigOption = None) -> None:
    """Print every message of every device, readable."""
    from shopbell.broker.watch import watch as run_watch

    run_watch(configuration(config))
