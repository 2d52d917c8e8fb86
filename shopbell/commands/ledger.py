"""`shopbell ledger`: look at a gateway's ledger, prove it, put its balances right, take it away.

All but `rebuild` read only, and may run while the gateway does. Exit status 1: something is wrong with the
ledger, as the lines say; 2: the command could not begin.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from shopbell.commands.common import ConfigOption, progress_bar, say, table
from shopbell.errors import ShopbellError

if TYPE_CHECKING:
    from gateway.settings import GatewaySettings
    from gateway.storage.cache import Snapshot
    from gateway.storage.rebuild import Report
    from shopbell.ledger_view import View

WRONG_STATUS = 1
LAST = 20
LAST_MAX = 10_000

app = typer.Typer(help="A gateway's ledger.")


@app.callback()
def group() -> None:
    """A gateway's ledger."""


@app.command()
def show(
    seq: Annotated[int | None, typer.Option("--seq", min=1, metavar="N", help="One event, whole.")] = None,
    member: Annotated[
        str | None, typer.Option("--member", metavar="ID", help="All that this ledger has of a member.")
    ] = None,
    last: Annotated[
        int, typer.Option("--last", min=1, max=LAST_MAX, metavar="N", help="The newest events, one a line.")
    ] = LAST,
    config: ConfigOption = None,
) -> None:
    """Show one event, one member, or the newest events."""
    from gateway.storage.layout import ledger_path
    from gateway.storage.reader import reading
    from shopbell import ledger_view as views

    settings = _settings(config)
    view = _view(settings)
    with _refusals(), reading(ledger_path(settings.data_dir)) as reader:
        if seq is not None:
            stored = reader.event(seq)
            if stored is None:
                raise ShopbellError(view.word("no_event", seq=seq, last=reader.head))
            _say_all(views.event_lines(view, stored))
        elif member is not None:
            with _cache(settings) as snapshot:
                _say_all(views.member_lines(view, reader, snapshot, member))
        else:
            say(view.word("has_events", gateway=reader.gateway, epoch=reader.epoch, seq=reader.head))
            _say_all(views.event_line(view, stored) for stored in reader.last(last))


@app.command()
def verify(config: ConfigOption = None) -> None:
    """Check every event, every link, and every balance against the events; reads only."""
    from gateway.storage.layout import ledger_path
    from gateway.storage.rebuild import compare

    settings = _settings(config)
    with _found_wrong(), progress_bar("Checking") as progress:
        report = compare(ledger_path(settings.data_dir), progress)
    _tell(settings, report)
    if report.differences:
        say(_view(settings).word("differs.do"))
        raise typer.Exit(WRONG_STATUS)


@app.command()
def rebuild(config: ConfigOption = None) -> None:
    """Make every balance again from the events, and put right what differs; the gateway must be stopped."""
    from gateway.storage.layout import LOCK_FILE, ledger_path
    from gateway.storage.lock import Lock
    from gateway.storage.rebuild import repair

    settings = _settings(config)
    ledger = ledger_path(settings.data_dir)
    with _refusals():
        lock = Lock(ledger.parent / LOCK_FILE)
    try:
        with _found_wrong(), progress_bar("Rebuilding") as progress:
            report = repair(ledger, progress)
    finally:
        lock.close()
    _tell(settings, report)
    if report.differences:
        say(_view(settings).word("repaired", events=report.events))


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to; - for standard output. Never overwritten.")
    ],
    config: ConfigOption = None,
) -> None:
    """Write every event as it is stored, one a line, for an auditor."""
    from gateway.storage.layout import ledger_path
    from gateway.storage.reader import reading

    settings = _settings(config)
    with _refusals(), reading(ledger_path(settings.data_dir)) as reader:
        with progress_bar("Writing") as progress, _opened(file) as out:
            events = reader.export(out, progress)
        typer.echo(_view(settings).word("exported", events=events, file=file), err=True)


@app.command()
def exposure(config: ConfigOption = None) -> None:
    """Say what this store can lose at worst, in money."""
    from gateway.clock import Clock
    from gateway.storage.layout import ledger_path
    from gateway.storage.worst_loss import worst_loss
    from shopbell.ledger_view import exposure_lines

    settings = _settings(config)
    with _refusals(), _cache(settings) as snapshot:
        date = Clock(lambda: time.time_ns() // 1_000_000, settings.zone).moment().date
        found = worst_loss(ledger_path(settings.data_dir), snapshot.bundle, date)
    _say_all(exposure_lines(_view(settings), found))


def _settings(config: Path | None) -> "GatewaySettings":
    from gateway.errors import SettingsError
    from gateway.settings import GatewaySettings

    return table(config, "gateway", GatewaySettings.from_table, SettingsError)


def _view(settings: "GatewaySettings") -> "View":
    from zoneinfo import ZoneInfo

    from shopbell.ledger_view import View
    from shopbell.terminal import language

    return View(language(), ZoneInfo(settings.zone))


@contextmanager
def _cache(settings: "GatewaySettings") -> Iterator["Snapshot"]:
    """What HQ said, as the generation in force has it; empty where there is none."""
    from gateway.storage.cache import Cache
    from gateway.storage.layout import cache_folder

    cache = Cache(cache_folder(settings.data_dir))
    try:
        cache.follow()
        with cache.reading() as snapshot:
            yield snapshot
    finally:
        cache.close()


def _tell(settings: "GatewaySettings", report: "Report") -> None:
    from shopbell.ledger_view import found_lines

    _say_all(found_lines(_view(settings), report))


def _say_all(lines: Iterator[str]) -> None:
    for line in lines:
        say(line)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """The file to write, under its name only when it is whole."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = file.with_name(file.name + ".part")
    if file.exists():
        raise ShopbellError(f"{file} is there already", "choose another name")
    with part.open("wb") as out:
        yield out
    part.rename(file)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns what a person can put right into the command's one line."""
    from gateway.errors import GatewayError

    try:
        yield
    except GatewayError as error:
        raise ShopbellError(error.message, error.hint) from error
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
        raise typer.Exit(WRONG_STATUS) from None
    except OSError as error:
        raise ShopbellError(str(error), "look at that disk and its owner") from error


@contextmanager
def _found_wrong() -> Iterator[None]:
    """As _refusals(), but a ledger that is damaged is what the command was to find out."""
    from gateway.errors import LedgerDamaged

    try:
        with _refusals():
            yield
    except ShopbellError as error:
        if not isinstance(error.__cause__, LedgerDamaged):
            raise
        typer.echo(f"shopbell: {error}", err=True)
        raise typer.Exit(WRONG_STATUS) from error
