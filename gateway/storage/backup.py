"""Backups of a ledger: a whole, checked copy made while the gateway goes on, and the way back from one.

    <folder>/<gateway>-<seq>-<tip>/ledger.db      one file, no log beside it
    <folder>/<gateway>-<seq>-<tip>/manifest.json  what Manifest lists

A backup becomes visible under its name only when it is complete and synced. Restoring never deletes: what was
there is moved aside. A restored ledger is an old image: it is marked, and its rights stay frozen until HQ has
begun a new epoch, so that nothing is spent twice.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from gateway.errors import GatewayError
from gateway.storage.layout import (
    LEDGER_FILE,
    META_EPOCH,
    META_GATEWAY,
    META_RESTORED,
    PUT_META,
    SELECT_META,
    SELECT_TIP,
    read_only_uri,
)
from gateway.storage.verify import verify_chain

MANIFEST_FILE = "manifest.json"
PART = ".part"
TIP_CHARACTERS = 8  # a restored gateway may come to the same seq by another way
PAGES_TOGETHER = 1_024  # 4 MiB between two reports of progress
HASH_BYTES_TOGETHER = 1 << 20
_BESIDE = ("", "-wal", "-shm")

Progress = Callable[[int, int], None]


class BackupRefused(GatewayError):
    """A backup cannot be made, trusted or put back; nothing was changed."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds; `tip` is the hash in hex of the event at `seq`."""

    epoch: int
    gateway: str
    layout: int
    made_at_ms: int
    seq: int
    sha256: str
    tip: str


class Backup(msgspec.Struct, frozen=True):
    """A backup's folder and what it says of itself."""

    folder: Path
    manifest: Manifest


def make_backup(ledger: Path, into: Path, now_ms: int, progress: Progress) -> Backup:
    """Copy the ledger as it is at this moment, check the copy whole, and give it its name.

    `progress` gets (pages done, pages in all). Raises BackupRefused, OSError.
    """
    if not ledger.exists():
        raise BackupRefused(f"There is no ledger at {ledger}", "Name its folder in [gateway] data_dir")
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = into / f"{os.getpid()}{PART}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        _copy(ledger, part / LEDGER_FILE, progress)
        manifest = _describe(part / LEDGER_FILE, now_ms)
        _write_synced(part / MANIFEST_FILE, msgspec.json.encode(manifest))
        _sync(part / LEDGER_FILE)
        _sync(part)
        final = into / f"{manifest.gateway}-{manifest.seq}-{manifest.tip[:TIP_CHARACTERS]}"
        if final.exists():
            return read_backup(final)
        part.rename(final)
        _sync(into)
        return Backup(final, manifest)
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
    if not file.exists() or _sha256(file) != backup.manifest.sha256:
        raise BackupRefused(f"{file} is not the file that was backed up", "Choose another backup")
    found = _describe(file, backup.manifest.made_at_ms)
    if found != backup.manifest:
        raise BackupRefused(f"{folder / MANIFEST_FILE} says something else", "Choose another backup")
    return backup


def restore(folder: Path, ledger: Path, gateway: str) -> Path | None:
    """Put a checked backup in the ledger's place; where the old one was moved to, None if there was none.

    The caller holds the gateway's lock. Raises BackupRefused, OSError.
    """
    backup = check_backup(folder)
    if backup.manifest.gateway != gateway:
        raise BackupRefused(
            f"The backup is of {backup.manifest.gateway!r}, this gateway is {gateway!r}",
            "Choose another one",
        )
    ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = ledger.with_name(ledger.name + PART)
    shutil.copyfile(folder / LEDGER_FILE, part)
    part.chmod(0o600)
    _mark_restored(part, backup.manifest.epoch)
    _sync(part)
    aside = _move_aside(ledger, backup.manifest.made_at_ms)
    part.rename(ledger)
    _sync(ledger.parent)
    return aside


def prune(into: Path, gateway: str, keep: int) -> list[Path]:
    """Remove this gateway's backups but the `keep` newest by seq; those that went."""
    found = sorted(_backups(into, gateway), key=lambda backup: backup.manifest.seq)
    gone = [backup.folder for backup in (found[:-keep] if keep else found)]
    for folder in gone:
        shutil.rmtree(folder)
    return gone


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
    target.chmod(0o600)


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
    return Manifest(epoch[0], gateway[0], version, made_at_ms, found.seq, _sha256(file), found.tip)


def _move_aside(ledger: Path, made_at_ms: int) -> Path | None:
    """Rename the ledger and its log together: a log left behind would be read into the restored file."""
    if not ledger.exists():
        return None
    aside = ledger.with_name(f"{ledger.name}.before-{made_at_ms}")
    number = 0
    while aside.exists():
        number += 1
        aside = ledger.with_name(f"{ledger.name}.before-{made_at_ms}-{number}")
    for end in reversed(_BESIDE):
        file = ledger.with_name(ledger.name + end)
        if file.exists():
            file.rename(aside.with_name(aside.name + end))
    return aside


def _mark_restored(part: Path, epoch: int) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute(PUT_META, (META_RESTORED, epoch))


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with open(file, "rb") as stream:
        while piece := stream.read(HASH_BYTES_TOGETHER):
            digest.update(piece)
    return digest.hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
