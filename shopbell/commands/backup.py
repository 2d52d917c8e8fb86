"""`shopbell backup`: copies of a gateway's ledger, made while it runs, and the way back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbell.commands.common import ConfigOption, say, table
from shopbell.errors import ShopbellError

if TYPE_CHECKING:
    from gateway.settings import GatewaySettings
    from gateway.storage.backup import Backup

KEPT = 7  # a week of nightly ones

app = typer.Typer(help="Copies of a gateway's ledger.")
FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The backup: a folder that create made.")
]


@app.callback()
def group() -> None:
    """Copies of a gateway's ledger."""


@app.command()
def create(
    into: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where backups are kept: best another disk.")
    ],
    keep: Annotated[int, typer.Option(min=1, help="How many of this gateway's to keep there.")] = KEPT,
    config: ConfigOption = None,
) -> None:
    """Copy the ledger as it is now, while the gateway goes on; check the copy; remove the oldest."""
    from gateway.storage.backup import make_backup, prune
    from gateway.storage.layout import ledger_path

    settings = _settings(config)
    ledger = ledger_path(settings.data_dir)
    with (
        _refusals(),
        typer.progressbar(length=1, label="Copying", file=typer.get_text_stream("stderr")) as bar,
    ):

        def show(done: int, whole: int) -> None:
            bar.length = whole
            bar.update(done - bar.pos)

        made = make_backup(ledger, into, time.time_ns() // 1_000_000, show)
    gone = prune(into, settings.id, keep)
    _describe(made)
    if gone:
        say(f"Removed the oldest: {', '.join(folder.name for folder in gone)}")


@app.command()
def verify(folder: FolderArgument) -> None:
    """Check every byte and every event of a backup."""
    from gateway.storage.backup import check_backup

    with _refusals():
        _describe(check_backup(folder))


@app.command()
def restore(folder: FolderArgument, config: ConfigOption = None) -> None:
    """Put a backup in the ledger's place; the gateway must be stopped. What was there is moved aside."""
    from gateway.storage.backup import restore as put_back
    from gateway.storage.layout import LOCK_FILE, ledger_path
    from gateway.storage.lock import Lock

    settings = _settings(config)
    ledger = ledger_path(settings.data_dir)
    with _refusals():
        ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = Lock(ledger.parent / LOCK_FILE)
        try:
            aside = put_back(folder, ledger, settings.id)
        finally:
            lock.close()
    if aside:
        say(f"The ledger that was there is now {aside}")
    say(f"Restored {folder}. Start the gateway: it earns and greets at once.")
    say("It redeems nothing until HQ has begun a new epoch for it, which happens when the bridge reaches HQ.")


def _settings(config: Path | None) -> "GatewaySettings":
    from gateway.errors import SettingsError
    from gateway.settings import GatewaySettings

    return table(config, "gateway", GatewaySettings.from_table, SettingsError)


def _describe(backup: "Backup") -> None:
    made = backup.manifest
    size = sum(file.stat().st_size for file in backup.folder.iterdir())
    say(f"{backup.folder}: gateway {made.gateway}, events 1 to {made.seq}, {size / 1e6:.1f} MB, whole")


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns what a person can put right into the command's one line."""
    from gateway.errors import GatewayError

    try:
        yield
    except GatewayError as error:
        raise ShopbellError(error.message, error.hint) from error
    except OSError as error:
        raise ShopbellError(str(error), "look at that disk and its owner") from error
