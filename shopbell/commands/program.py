"""`shopbell program`: check promises written as data, try them, fill them in from sentences, publish them.

Exit status 1: something is wrong with a program, as the lines say; 2: the command could not begin. Only
`publish` needs HQ.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbell.commands.common import ConfigOption, say, table
from shopbell.errors import ShopbellError

if TYPE_CHECKING:
    from shopbell.program_shelf import Shelf
    from shopbell.program_view import View

WRONG_STATUS = 1

BundleOption = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="FILE", help="The bundle around it. Default: what HQ sent this store."),
]
GoodsOption = Annotated[
    Path | None,
    typer.Option("--goods", metavar="FILE", help="Goods as CSV. Default: what HQ sent this store."),
]

app = typer.Typer(help="Programs: what the shop promises, as data.")


@app.callback()
def group() -> None:
    """Programs: what the shop promises, as data."""


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="A program, a part of a bundle, or a bundle.")
    ],
    bundle: BundleOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what is wrong with programs, and where in the file."""
    from shopbell.program_checking import check_file

    view = _view()
    faulty = [path for path in files if not check_file(view, path, lambda: _bundle(bundle, config), say)]
    raise typer.Exit(WRONG_STATUS if faulty else 0)


@app.command(name="list")
def list_(bundle: BundleOption = None, config: ConfigOption = None) -> None:
    """Name every program in force, with its figures."""
    from gateway.core.event import canonical, open_bundle
    from shopbell.program_view import list_lines

    for line in list_lines(_view(), open_bundle(canonical(_bundle(bundle, config)))):
        say(line)


@app.command()
def fill(
    template: Annotated[
        str | None, typer.Argument(metavar="TEMPLATE", help="Its name, or a file. None: names all.")
    ] = None,
    blanks: Annotated[
        list[str] | None, typer.Argument(metavar="BLANK=VALUE...", help="None: says what it takes.")
    ] = None,
) -> None:
    """Fill in a template: the program as JSON, its sentence in both languages beside it."""
    from shopbell.program_filling import fill_in, show_all, show_one

    view = _view()
    if template is None:
        show_all(view, say)
    elif not blanks:
        show_one(view, template, say)
    else:
        made = fill_in(view, template, blanks, lambda text: typer.echo(text, err=True))
        if made is None:
            raise typer.Exit(WRONG_STATUS)
        say(json.dumps(made, ensure_ascii=False, indent=2))


def _bundle(path: Path | None, config: Path | None) -> dict[str, object]:
    from shopbell.program_shelf import bundle_file

    return bundle_file(path) if path else _cached(config).bundle


def _cached(config: Path | None) -> "Shelf":
    from gateway.errors import GatewayError, SettingsError
    from gateway.settings import GatewaySettings
    from shopbell.program_shelf import from_cache

    settings = table(config, "gateway", GatewaySettings.from_table, SettingsError)
    try:
        return from_cache(settings)
    except GatewayError as error:
        raise ShopbellError(error.message, error.hint) from error


def _view() -> "View":
    from shopbell.program_view import View
    from shopbell.terminal import language

    return View(language())
