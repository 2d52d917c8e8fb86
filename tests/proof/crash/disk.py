"""A folder on a disk that may lose power: what could be found there after the last of some calls. Pure.

A file's writes and truncates are safe once the file was synced, its name (made, or removed) once the folder
was synced, and not before: ext4 is kinder. Four kinds of image are taken at any point:

    kill    every call was carried out: the process died, the machine did not
    lost    nothing that was not synced was carried out
    prefix  of what was not synced, the first so many calls were carried out
    torn    of what was not synced, each 512 byte sector by itself was carried out or not, each truncate too;
            names in their order up to some point, as a journal keeps them
"""

import random
from typing import NamedTuple

from tests.proof.crash.file_layer import CREATE, FOLDER_SYNC, SYNC, TRUNCATE, UNLINK, WRITE, Call

SECTOR_BYTES = 512
Image = dict[str, bytes]
RECORDED = frozenset({CREATE, WRITE, TRUNCATE, SYNC, UNLINK, FOLDER_SYNC})


class File:
    """One file's bytes: as read by the living, and as safe; `waiting` lies between the two."""

    def __init__(self) -> None:
        self.now = bytearray()
        self.safe = bytearray()
        self.waiting: list[tuple[int, Call]] = []


class Link(NamedTuple):
    """A name made (for `file`) or removed (None), at the `at`-th call."""

    at: int
    name: str
    file: File | None


class Disk:
    """The folder after some calls."""

    def __init__(self) -> None:
        self._names: dict[str, File] = {}
        self._safe_names: dict[str, File] = {}
        self._links: list[Link] = []
        self._count = 0

    def apply(self, call: Call) -> None:
        """One more call was carried out."""
        self._count += 1
        if call.what in (WRITE, TRUNCATE):
            file = self._names[call.name]
            change(file.now, call)
            file.waiting.append((self._count, call))
        elif call.what == SYNC:
            file = self._names[call.name]
            file.safe, file.waiting = bytearray(self._until(file, self._count)), []
        elif call.what == FOLDER_SYNC:
            self._safe_names, self._links = dict(self._names), []
        elif call.what == CREATE:
            self._link(call.name, File())
        elif call.name in self._names:  # SQLite removes shared memory that it never made a file for us of
            self._link(call.name, None)

    def forget(self, name: str) -> None:
        """A sync of this file failed: Linux counts as written what is not, and no later sync writes it.

        It is still read from memory, by every process, until the machine loses its power.
        """
        self._names[name].waiting = []

    def kill(self) -> Image:
        """Everything."""
        return {name: bytes(file.now) for name, file in self._names.items()}

    def lost(self) -> Image:
        """What is safe."""
        return {name: bytes(file.safe) for name, file in self._safe_names.items()}

    def prefix(self, chance: random.Random) -> Image:
        """What is safe, and the first so many of the other calls."""
        ats = sorted(
            [link.at for link in self._links] + [at for file in self._files() for at, _ in file.waiting]
        )
        end = chance.choice([0, *ats])
        return {name: self._until(file, end) for name, file in self._named(end).items()}

    def torn(self, chance: random.Random) -> Image:
        """What is safe, and any of the other sectors."""
        end = chance.choice([0, *(link.at for link in self._links)])
        share = chance.choice((0.1, 0.5, 0.9))
        return {name: _torn(file, chance, share) for name, file in self._named(end).items()}

    def _link(self, name: str, file: File | None) -> None:
        _rename(self._names, name, file)
        self._links.append(Link(self._count, name, file))

    def _files(self) -> list[File]:
        found = {id(file): file for file in (*self._names.values(), *self._safe_names.values())}
        found.update({id(link.file): link.file for link in self._links if link.file})
        return list(found.values())

    def _named(self, end: int) -> dict[str, File]:
        """The safe names, and what links up to `end` made of them."""
        names = dict(self._safe_names)
        for at, name, file in self._links:
            if at <= end:
                _rename(names, name, file)
        return names

    def _until(self, file: File, end: int) -> bytes:
        content = bytearray(file.safe)
        for at, call in file.waiting:
            if at <= end:
                change(content, call)
        return bytes(content)


def change(content: bytearray, call: Call) -> None:
    """Carry out a write or a truncate."""
    if call.what == TRUNCATE:
        del content[call.offset :]
        content.extend(bytes(call.offset - len(content)))
    else:
        put(content, call.offset, call.data)


def put(content: bytearray, offset: int, data: bytes) -> None:
    """Write; a hole before it reads as zeros."""
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def _rename(names: dict[str, File], name: str, file: File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def _torn(file: File, chance: random.Random, share: float) -> bytes:
    content = bytearray(file.safe)
    for _, call in file.waiting:
        if call.what == TRUNCATE:
            if chance.random() < share:
                change(content, call)
            continue
        for begin, end in sectors(call.offset, len(call.data)):
            if chance.random() < share:
                put(content, begin, call.data[begin - call.offset : end - call.offset])
    return bytes(content)


def sectors(offset: int, size: int) -> list[tuple[int, int]]:
    """The pieces that this many bytes at this place are cut into by the disk's sectors."""
    edges = [offset, *range(offset - offset % SECTOR_BYTES + SECTOR_BYTES, offset + size, SECTOR_BYTES)]
    return list(zip(edges, [*edges[1:], offset + size], strict=True)) if size else []
