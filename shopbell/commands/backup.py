"""`shopbell backup`: copies of a gateway's ledger and keys, made while it runs, and the way back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbell.commands.common import ConfigOption, progress_bar, say, table
from shopbell.errors import ShopbellError

if TYPE_CHECKING:
    from gateway.settings import GatewaySettings
    from gateway.storage.backup import Backup
    from gateway.storage.belongings import Belonging, Outcome

KEPT = 7  # a week of nightly ones
PKI = "pki"  # the name of the [pki] folder in a backup

app = typer.Typer(help="Copies of a gateway's ledger and keys.")
FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The backup: a folder that create made.")
]


@app.callback()
def group() -> None:
    """Copies of a gateway's ledger and keys."""


@app.command()
def create(
    into: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where backups are kept: best another disk.")
    ],
    keep: Annotated[int, typer.Option(min=1, help="How many of this gateway's to keep there.")] = KEPT,
    no_keys: Annotated[bool, typer.Option("--no-keys", help="The ledger alone, without a key.")] = False,
    config: ConfigOption = None,
) -> None:
    """Copy the ledger as it is now, while the gateway goes on, and the store's keys; check the copy; remove
    the oldest."""
    from gateway.storage.backup import make_backup, prune
    from gateway.storage.layout import ledger_path

    settings = _settings(config)
    ledger = ledger_path(settings.data_dir)
    belongings = [] if no_keys else _belongings(settings, config)
    with _refusals(), progress_bar("Copying") as show:
        made = make_backup(ledger, into, time.time_ns() // 1_000_000, show, belongings)
        gone = prune(into, settings.id, keep)
    _describe(made)
    for name, reason in made.left_out:
        say(f"NOT in it: {name} ({reason}). Copy it yourself, or let this account read it")
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
    """Put a backup in the ledger's place, and keys that are missing; the gateway must be stopped. What was
    there is moved aside."""
    from gateway.belongings import made_void
    from gateway.storage.backup import restore as put_back
    from gateway.storage.layout import LOCK_FILE, ledger_path
    from gateway.storage.lock import Lock

    settings = _settings(config)
    ledger = ledger_path(settings.data_dir)
    with _refusals():
        ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = Lock(ledger.parent / LOCK_FILE)
        try:
            restored = put_back(
                folder, ledger, settings.id, _belongings(settings, config), made_void(settings)
            )
        finally:
            lock.close()
    if restored.aside:
        say(f"The ledger that was there is now {restored.aside}")
    for outcome in restored.outcomes:
        say(_said(outcome))
    say(f"Restored {folder}. Start the gateway: it earns and greets at once.")
    say("It redeems nothing until HQ has begun a new epoch for it, which happens when the bridge reaches HQ.")
    say("Presence tickets of the last half hour are void: people shake again.")


def _belongings(settings: "GatewaySettings", config: Path | None) -> "list[Belonging]":
    """What goes along with the gateway's ledger: its own, and the store's authority over devices."""
    from gateway.belongings import belongings
    from gateway.storage.belongings import Belonging, copy_file
    from shopbell.broker.settings import PkiSettings
    from shopbell.pki.folder import DEVICE_CA
    from shopbell.settings import TableError

    folder = Path(table(config, "pki", PkiSettings.from_table, TableError).folder)

    def is_authority(found: Path) -> bool:
        return (found / f"{DEVICE_CA}.key").exists()

    return [*belongings(settings), Belonging(PKI, folder, False, is_authority, copy_file)]


def _said(outcome: "Outcome") -> str:
    """What became of one belonging, and what that asks of a person."""
    from gateway.storage.belongings import STAYS, THE_SAME

    if outcome.what == THE_SAME:
        return f"{outcome.path} is the same as in the backup"
    if outcome.what == STAYS:
        return f"{outcome.path} stays as it is, for it is newer; the backup has one too"
    text = f"{outcome.path} is put back"
    if outcome.aside:
        text += f"; the one before is now {outcome.aside}"
    if outcome.name == PKI:
        text += ". Say `shopbell pki revoke` again for every device that was shut out after the backup"
    return text


def _settings(config: Path | None) -> "GatewaySettings":
    from gateway.errors import SettingsError
    from gateway.settings import GatewaySettings

    return table(config, "gateway", GatewaySettings.from_table, SettingsError)


def _describe(backup: "Backup") -> None:
    made = backup.manifest
    size = sum(file.stat().st_size for file in backup.folder.rglob("*"))
    say(f"{backup.folder}: gateway {made.gateway}, events 1 to {made.seq}, {size / 1e6:.1f} MB, whole")
    names = sorted({file.name.partition("/")[0] for file in made.files})
    if names:
        say(f"With {', '.join(names)}: lock this backup away, for whoever has it has the store's keys")


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
