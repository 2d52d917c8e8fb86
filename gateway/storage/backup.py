"""Backups of a ledger: a whole, checked copy made while the gateway goes on, and the way back from one.

    <folder>/<gateway>-<seq>-<tip>[-<files>]/ledger.db      one file, no log beside it
    .../manifest.json                                       what Manifest lists
    .../belongings/                                         what lies beside the ledger (belongings.py)

A backup becomes visible under its name only when it is complete and synced. Restoring deletes nothing but
keys that are made void: what was there is moved aside. A restored ledger is an old image: it is marked, and
its rights stay frozen until HQ has begun a new epoch, so that nothing is spent twice. And it does not know
which tickets were used since: the key of those that could open once more is made void before.

From its first change to its last a restore is marked by a file (layout.UNFINISHED_FILE), with which no
gateway opens the ledger: after an interruption at any step it is done again, whole.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.errors import GatewayError
from gateway.storage.belongings import (
    PART,
    Belonging,
    KeptFile,
    LeftOut,
    Outcome,
    damaged,
    free_name,
    put_back,
    take_along,
)
from gateway.storage.layout import (
    LEDGER_FILE,
    META_EPOCH,
    META_GATEWAY,
    META_RESTORED,
    PUT_META,
    SELECT_META,
    SELECT_TIP,
    UNFINISHED_FILE,
    read_only_uri,
)
from gateway.storage.synced import PRIVATE_FILE, PRIVATE_FOLDER, give, sha256, sync, write_synced
from gateway.storage.verify import verify_chain

MANIFEST_FILE = "manifest.json"
TIP_CHARACTERS = 8  # a restored gateway may come to the same seq by another way
PAGES_TOGETHER = 1_024  # 4 MiB between two reports of progress
_BESIDE = ("", "-wal", "-shm")

Progress = Callable[[int, int], None]


class BackupRefused(GatewayError):
    """A backup cannot be made, trusted or put back; nothing was changed."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a backup holds; `tip` is the hash in hex of the event at `seq`. `files` are the belongings, by
    name; backups made before there were any have none."""

    epoch: int
    gateway: str
    layout: int
    made_at_ms: int
    seq: int
    sha256: str
    tip: str
    files: tuple[KeptFile, ...] = ()


class Backup(msgspec.Struct, frozen=True):
    """A backup's folder, what it says of itself, and what was there and could not be read as it was made."""

    folder: Path
    manifest: Manifest
    left_out: tuple[LeftOut, ...] = ()


class Restored(NamedTuple):
    """Where the ledger that was there is now (None: there was none), and what became of all belongings."""

    aside: Path | None
    outcomes: list[Outcome]


def make_backup(
    ledger: Path, into: Path, now_ms: int, progress: Progress, belongings: Iterable[Belonging] = ()
) -> Backup:
    """Copy the ledger as it is at this moment, check the copy whole, take what belongs to it along, and give
    all of it its name.

    `progress` gets (pages done, pages in all). Raises BackupRefused, OSError.
    """
    if not ledger.exists():
        raise BackupRefused(f"There is no ledger at {ledger}", "Name its folder in [gateway] data_dir")
    into.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    _clear_away(into)
    part = into / f"{os.getpid()}{PART}"
    part.mkdir(mode=PRIVATE_FOLDER)
    try:
        _copy(ledger, part / LEDGER_FILE, progress)
        # The ledger first: a belonging that is a little newer does not harm, one that is older may not fit.
        kept, left_out = take_along(belongings, part)
        manifest = msgspec.structs.replace(_describe(part / LEDGER_FILE, now_ms), files=tuple(kept))
        write_synced(part / MANIFEST_FILE, msgspec.json.encode(manifest))
        sync(part / LEDGER_FILE)
        sync(part)
        final = into / _name(manifest)
        if final.exists():
            with suppress(BackupRefused):
                return Backup(final, check_backup(final).manifest, tuple(left_out))
            final.rename(free_name(into / f"damaged-{final.name}", str(now_ms)))
        part.rename(final)
        sync(into)
        return Backup(final, manifest, tuple(left_out))
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_backup(folder: Path) -> Backup:
    """What a backup says of itself; raises BackupRefused where it says nothing sensible."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST_FILE).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as problem:
        raise BackupRefused(f"{folder} is no backup ({problem})", "Choose another one") from problem
    return Backup(folder, manifest)


def check_backup(folder: Path) -> Backup:
    """The backup, if every byte and every event of it is as it was made; raises BackupRefused."""
    backup = read_backup(folder)
    file = folder / LEDGER_FILE
    if not file.exists() or sha256(file) != backup.manifest.sha256:
        raise BackupRefused(f"{file} is not the file that was backed up", "Choose another backup")
    changed = damaged(backup.manifest.files, folder)
    if changed is not None:
        raise BackupRefused(f"{changed!r} in {folder} is not what was backed up", "Choose another backup")
    found = _describe(file, backup.manifest.made_at_ms)
    if found != msgspec.structs.replace(backup.manifest, files=()):
        raise BackupRefused(f"{folder / MANIFEST_FILE} says something else", "Choose another backup")
    return backup


def restore(
    folder: Path,
    ledger: Path,
    gateway: str,
    belongings: Iterable[Belonging] = (),
    void: Sequence[Path] = (),
) -> Restored:
    """Put a checked backup in the ledger's place, and what belongs to it; `void` are keys that must be made
    anew, because the old ledger does not know what was used of all they sealed. May be done again.

    The caller holds the gateway's lock. Raises BackupRefused, OSError.
    """
    backup = check_backup(folder)
    manifest = backup.manifest
    if manifest.gateway != gateway:
        raise BackupRefused(
            f"The backup is of {manifest.gateway!r}, this gateway is {gateway!r}", "Choose another one"
        )
    ledger.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    unfinished = ledger.with_name(UNFINISHED_FILE)
    write_synced(unfinished, f"{folder}\n".encode())
    sync(ledger.parent)
    stamp = str(manifest.made_at_ms)
    for path in void:
        path.unlink(missing_ok=True)
    outcomes = put_back(belongings, manifest.files, folder, stamp)
    part = ledger.with_name(ledger.name + PART)
    _rebuild(folder / LEDGER_FILE, part, ledger, manifest.epoch)
    aside = _move_aside(ledger, stamp)
    part.rename(ledger)
    sync(ledger.parent)
    unfinished.unlink()
    sync(ledger.parent)
    return Restored(aside, outcomes)


def prune(into: Path, gateway: str, keep: int) -> list[Path]:
    """Remove this gateway's backups but the `keep` newest by seq; those that went."""
    found = sorted(
        _backups(into, gateway), key=lambda backup: (backup.manifest.seq, backup.manifest.made_at_ms)
    )
    gone = [backup.folder for backup in (found[:-keep] if keep else found)]
    for folder in gone:
        shutil.rmtree(folder)
    return gone


def _name(manifest: Manifest) -> str:
    """A backup's folder: another one for another state of the ledger, or of what belongs to it."""
    name = f"{manifest.gateway}-{manifest.seq}-{manifest.tip[:TIP_CHARACTERS]}"
    if not manifest.files:
        return name
    digest = hashlib.sha256(msgspec.json.encode(manifest.files)).hexdigest()
    return f"{name}-{digest[:TIP_CHARACTERS]}"


def _clear_away(into: Path) -> None:
    """Remove what an interrupted process left: there may be keys in it."""
    for part in into.glob(f"*{PART}"):
        number = part.name.removesuffix(PART)
        if number.isdecimal() and (int(number) == os.getpid() or not _is_running(int(number))):
            shutil.rmtree(part, ignore_errors=True)


def _is_running(process: int) -> bool:
    with suppress(ProcessLookupError, OverflowError):
        try:
            os.kill(process, 0)
        except PermissionError:
            return True  # somebody else's
        return True
    return False


def _backups(into: Path, gateway: str) -> list[Backup]:
    folders = [path for path in into.glob(f"{gateway}-*") if (path / MANIFEST_FILE).exists()]
    return [backup for backup in map(read_backup, folders) if backup.manifest.gateway == gateway]


def _copy(ledger: Path, target: Path, progress: Progress) -> None:
    """One state of the ledger: the read transaction holds it still while the gateway writes on."""
    try:
        with (
            closing(sqlite3.connect(read_only_uri(ledger), uri=True, isolation_level=None)) as source,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            source.execute("BEGIN")
            source.execute(SELECT_TIP).fetchone()
            source.backup(
                copy, pages=PAGES_TOGETHER, progress=lambda _, left, all_: progress(all_ - left, all_)
            )
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as problem:
        raise BackupRefused(f"{ledger} cannot be copied ({problem})", "Look at its disk") from problem
    target.chmod(PRIVATE_FILE)


def _describe(file: Path, made_at_ms: int) -> Manifest:
    """The manifest of a copy, after checking every page and every event."""
    uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
            pages = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            found = verify_chain(db)
            gateway = db.execute(SELECT_META, (META_GATEWAY,)).fetchone()
            epoch = db.execute(SELECT_META, (META_EPOCH,)).fetchone()
            version = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as problem:
        raise BackupRefused(f"{file} is damaged ({problem})", "Keep it for repair") from problem
    if pages != "ok" or found.bad_seq is not None or not gateway or not epoch:
        fault = found.reason or pages
        raise BackupRefused(f"{file} is damaged ({fault})", "Keep it for repair; `shopbell ledger verify`")
    return Manifest(epoch[0], gateway[0], version, made_at_ms, found.seq, sha256(file), found.tip)


def _rebuild(source: Path, part: Path, ledger: Path, epoch: int) -> None:
    """The ledger of a backup beside its place: marked, durable, and whose the one before was."""
    part.unlink(missing_ok=True)
    shutil.copyfile(source, part)
    part.chmod(PRIVATE_FILE)
    _mark_restored(part, epoch)
    give(part, "", ledger if ledger.exists() else ledger.parent)
    sync(part)


def _move_aside(ledger: Path, stamp: str) -> Path | None:
    """Rename the ledger and its log together: a log left behind would be read into the restored file. The log
    goes first, so that the next try after an interruption finds the name that the log has already."""
    if not ledger.exists():
        return None
    aside = free_name(ledger, stamp)
    for end in reversed(_BESIDE):
        file = ledger.with_name(ledger.name + end)
        if file.exists():
            file.rename(aside.with_name(aside.name + end))
    return aside


def _mark_restored(part: Path, epoch: int) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute(PUT_META, (META_RESTORED, epoch))
