"""`shopbell device`: look at what the terminals and beacons say."""

import typer

from shopbell.commands.common import ConfigOption, configuration

app = typer.Typer(help="Terminals and beacons.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Terminals and beacons."""


@app.command()
def watch(config: ConfigOption = None) -> None:
    """Print every message from and to every device, readable, until Ctrl-C."""
    from shopbell.broker.watch import watch as run_watch

    run_watch(configuration(config))
