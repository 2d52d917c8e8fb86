"""What a store cannot be without beside its ledger: taken along into a backup, and put back from one.

    <backup>/belongings/<name>           a file, as `Belonging.copy` made it
    <backup>/belongings/<name>/<file>    each file of a folder

Put back: what `follows` the ledger replaces what is there, which is moved aside, because the ledger that is
put back fits no other. Everything else is put back only where nothing sound is: what is there is newer than
the backup, and knows whom it must no longer trust.

Invariants: nothing is deleted; a file or folder is there whole under its name or not at all; all of it is
private; a name that a backup gives is never a path.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.storage.synced import PRIVATE_FILE, PRIVATE_FOLDER, give, owner_of, sha256, sync, write_synced

FOLDER = "belongings"
PART = ".part"
UNFINISHED = (PART, ".new")  # what some writer left behind
FILES_MAX = 256  # of one folder: authorities have some ten
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")

PUT_BACK, THE_SAME, STAYS = "put_back", "the_same", "stays"


class Belonging(NamedTuple):
    """A file or a folder of files. `name` in backups; `follows`: it goes with the ledger; `is_sound`: whether
    what lies at `path` can be used; `copy(path, target)`: takes one file along."""

    name: str
    path: Path
    follows: bool
    is_sound: Callable[[Path], bool]
    copy: Callable[[Path, Path], None]


class KeptFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a backup: its path below FOLDER, its digest, and whose the original was ("user:group")."""

    name: str
    sha256: str
    owner: str


class LeftOut(NamedTuple):
    """What could not be taken along, and why."""

    name: str
    reason: str


class Outcome(NamedTuple):
    """What became of one belonging: PUT_BACK, THE_SAME or STAYS; `aside` is where the one before went."""

    name: str
    path: Path
    what: str
    aside: Path | None


def take_along(belongings: Iterable[Belonging], backup: Path) -> tuple[list[KeptFile], list[LeftOut]]:
    """Copy what is there into an unfinished backup. What cannot be read is left out, and named."""
    kept: list[KeptFile] = []
    left_out: list[LeftOut] = []
    root = backup / FOLDER
    for belonging in belongings:
        try:
            if belonging.path.exists():
                kept += _take(belonging, root)
        except (OSError, ValueError) as problem:
            shutil.rmtree(root / belonging.name, ignore_errors=True)
            (root / belonging.name).unlink(missing_ok=True)
            left_out.append(LeftOut(belonging.name, getattr(problem, "strerror", None) or str(problem)))
    if root.exists():
        sync(root)
    return sorted(kept, key=lambda file: file.name), left_out


def copy_file(path: Path, target: Path) -> None:
    """Take a small file along as it is."""
    write_synced(target, path.read_bytes())


def damaged(files: Iterable[KeptFile], backup: Path) -> str | None:
    """The first of these files that is not what it was, or has no name of ours; None where all are."""
    for file in files:
        path = backup / FOLDER / file.name
        if not _is_name(file.name) or not path.is_file() or sha256(path) != file.sha256:
            return file.name
    return None


def put_back(
    belongings: Iterable[Belonging], files: Sequence[KeptFile], backup: Path, stamp: str
) -> list[Outcome]:
    """Put back what a checked backup has of these; `stamp` names what is moved aside. May be done again
    after any interruption. Raises OSError."""
    return [
        _put_back(belonging, mine, backup / FOLDER / belonging.name, stamp)
        for belonging in belongings
        if (mine := [file for file in files if file.name.partition("/")[0] == belonging.name])
    ]


def free_name(path: Path, stamp: str) -> Path:
    """A name beside `path` that nothing has, for what is moved aside."""
    aside = path.with_name(f"{path.name}.before-{stamp}")
    number = 0
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.before-{stamp}-{number}")
    return aside


def _take(belonging: Belonging, root: Path) -> list[KeptFile]:
    root.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    target = root / belonging.name
    if not belonging.path.is_dir():
        return [_take_file(belonging, belonging.path, target, belonging.name)]
    found = sorted(path for path in belonging.path.iterdir() if _is_ours(path))
    if len(found) > FILES_MAX:
        raise ValueError(f"more than {FILES_MAX} files")
    target.mkdir(mode=PRIVATE_FOLDER)
    kept = [
        _take_file(belonging, path, target / path.name, f"{belonging.name}/{path.name}") for path in found
    ]
    sync(target)
    return kept


def _take_file(belonging: Belonging, path: Path, target: Path, name: str) -> KeptFile:
    belonging.copy(path, target)
    return KeptFile(name, sha256(target), owner_of(path))


def _is_ours(path: Path) -> bool:
    return path.is_file() and bool(FILE_NAME.fullmatch(path.name)) and path.suffix not in UNFINISHED


def _is_name(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= 2 and all(map(FILE_NAME.fullmatch, parts))


def _put_back(belonging: Belonging, files: list[KeptFile], source: Path, stamp: str) -> Outcome:
    path = belonging.path
    is_there = path.exists() and not (path.is_dir() and not any(path.iterdir()))
    if is_there and not path.is_dir() and sha256(path) == files[0].sha256:
        return Outcome(belonging.name, path, THE_SAME, None)
    if is_there and not belonging.follows and belonging.is_sound(path):
        return Outcome(belonging.name, path, STAYS, None)
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    _remove(part)
    _rebuild(part, files, source, path.parent)
    aside = free_name(path, stamp) if is_there else None
    if aside is not None:
        path.rename(aside)
    part.rename(path)
    sync(path.parent)
    return Outcome(belonging.name, path, PUT_BACK, aside)


def _rebuild(part: Path, files: list[KeptFile], source: Path, beside: Path) -> None:
    """The belonging beside its place, whole and with its owner."""
    if source.is_dir():
        part.mkdir(mode=PRIVATE_FOLDER)
    for file in files:
        inside = file.name.partition("/")[2]
        target = part / inside if inside else part
        write_synced(target, (source / inside if inside else source).read_bytes())
        give(target, file.owner, beside)
        os.chmod(target, PRIVATE_FILE)
    if part.is_dir():
        give(part, files[0].owner, beside)
        sync(part)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
