"""What several verbs share: the --config option, reading one table, and printing."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from shopbell.settings import Config, Table, load, section

T = TypeVar("T")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings file. Default: /etc/shopbell/shopbell.toml, else ./var/shopbell.toml.",
    ),
]


def configuration(path: Path | None) -> Config:
    """The settings file and the environment. Raises ShopbellError."""
    return load(path, os.environ)


def table(path: Path | None, name: str, from_table: Callable[[Table], T], refusal: type[Exception]) -> T:
    """One checked table of the settings. Raises ShopbellError."""
    return section(configuration(path), name, from_table, refusal)


def say(text: str) -> None:
    """One line on standard output."""
    typer.echo(text)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, of what is done and how much there is."""
    with typer.progressbar(length=1, label=label, file=typer.get_text_stream("stderr")) as bar:

        def show_progress(done: int, whole: int) -> None:
            bar.length = max(whole, 1)
            bar.update(done - bar.pos)

        yield show_progress
