"""`shopbell program`: check promises written as data, try them, fill them in from sentences, publish them.

Exit status 1: something is wrong with a program, as the lines say; 2: the command could not begin. Only
`publish` needs HQ.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbell.commands.common import ConfigOption, progress_bar, say, table
from shopbell.errors import ShopbellError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.core.model import Bundle
    from gateway.core.orders.model import Good
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


@app.command(name="try")
def try_(
    basket: Annotated[
        Path | None, typer.Argument(metavar="BASKET", help="A basket as JSON. None: a month's orders.")
    ] = None,
    programs: Annotated[
        list[Path] | None,
        typer.Option(
            "--program", metavar="FILE", help="A program to try before it is published; again: more."
        ),
    ] = None,
    month: Annotated[
        str,
        typer.Option("--month", metavar="MONTH", help="As 2026-10; last: the one before the newest order."),
    ] = "last",
    orders: Annotated[
        Path | None,
        typer.Option("--orders", metavar="LEDGER", help="A ledger's file. Default: this store's."),
    ] = None,
    offered: Annotated[
        bool, typer.Option("--offered", help="As if every member showed the coupon and chose the program.")
    ] = False,
    bundle: BundleOption = None,
    goods: GoodsOption = None,
    config: ConfigOption = None,
) -> None:
    """Say why each program happens or not on a basket, or how often and at what cost in a month."""
    from gateway.core.event import canonical, open_bundle
    from shopbell.program_shelf import part_file, with_parts

    parts = [part_file(path) for path in programs or ()]
    mine = {str(one.get("id")) for part in parts for one in part["programs"]}
    whole = with_parts(_bundle(bundle, config), parts)
    _refuse_faulty(whole)
    opened = open_bundle(canonical(whole))
    if basket is not None:
        _try_basket(basket, opened, mine, lambda: _goods(goods, config))
    else:
        _try_month(orders or _ledger(config), month, opened, mine, offered)


@app.command()
def publish(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Programs, parts of a bundle, or a whole bundle.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    hq: Annotated[
        str, typer.Option("--hq", metavar="URL", help="Default: as [hq]; else set SHOPBELL_HQ_TOKEN too.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Put programs in force at HQ, and say what that changes."""
    from shopbell.commands.common import configuration
    from shopbell.imports import upload_of
    from shopbell.program_publishing import Address
    from shopbell.program_publishing import publish as publish_at

    upload = upload_of(configuration(config), files[0], hq)
    if not publish_at(_view(), Address(upload.url, upload.token), files, dry_run, say):
        raise typer.Exit(WRONG_STATUS)


@app.command()
def schema() -> None:
    """Print the JSON Schema of programs and bundles."""
    from gateway.core.programs.schema import schema as published

    say(published().decode().rstrip())


def _try_basket(path: Path, bundle: "Bundle", mine: set[str], goods: "Callable[[], dict[str, Good]]") -> None:
    from shopbell.program_basket import read_document
    from shopbell.program_shelf import bytes_of
    from shopbell.program_trying import Refused, trial_lines, try_document

    view = _view()
    try:
        trial = try_document(read_document(bytes_of(path)), bundle, goods())
    except Refused as refusal:
        say(view.word("try.refused", reason=refusal))
        raise typer.Exit(WRONG_STATUS) from None
    except ValueError as fault:
        raise ShopbellError(f"{path}: {fault}", "docs/programs.md shows one") from None
    for line in trial_lines(view, trial, bundle, mine):
        say(line)


def _try_month(ledger: Path, month: str, bundle: "Bundle", mine: set[str], offered: bool) -> None:
    from gateway.errors import GatewayError
    from shopbell.program_month import try_month
    from shopbell.program_report import month_lines

    try:
        with progress_bar("Trying") as progress:
            span, outcome = try_month(ledger, month, bundle, mine, offered, progress)
    except GatewayError as error:
        raise ShopbellError(error.message, error.hint) from error
    for line in month_lines(_view(), span, outcome, bundle, offered):
        say(line)


def _refuse_faulty(bundle: dict[str, object]) -> None:
    from gateway.core.programs.check import problems

    found = problems(json.dumps(bundle).encode())
    if found:
        first = found[0]
        raise ShopbellError(f"{first.pointer}: {first.hint}", "shopbell program check says all of it")


def _goods(path: Path | None, config: Path | None) -> "dict[str, Good]":
    from shopbell.program_shelf import goods_file

    return goods_file(path) if path else _cached(config).goods


def _ledger(config: Path | None) -> Path:
    from gateway.errors import SettingsError
    from gateway.settings import GatewaySettings
    from gateway.storage.layout import ledger_path

    return ledger_path(table(config, "gateway", GatewaySettings.from_table, SettingsError).data_dir)


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
