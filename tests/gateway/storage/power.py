"""A disk that keeps, at a power cut, no more than was promised: contents as they were at their last fsync,
and a folder's names as they were at its last fsync, or as they are now.

Watches os.fsync, os.rename, os.replace, os.unlink and os.mkdir, through which everything goes that is not
SQLite's own. Before and after each of them the folder's two images are made: all states that the program can
tell apart.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

WATCHED = ("fsync", "rename", "replace", "unlink", "mkdir")
Names = dict[str, int]  # inode by name


class Disk:
    """The folder below `root`, whole and synced now; `judge(image)` sees each image of it."""

    def __init__(self, root: Path, image: Path, judge: Callable[[Path], None]) -> None:
        self.images = 0
        self._root, self._image, self._judge = root, image, judge
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, Names] = {}  # of folders, by inode
        self._held = ExitStack()  # an inode that is held is given to no other file
        self._judging = False
        for path in [root, *root.rglob("*")]:
            self._keep(path)

    def play(self, work: Callable[[], object]) -> None:
        """Work with the power cut before and after every call, and once at the end."""
        with pytest.MonkeyPatch.context() as patch, self._held:
            for name in WATCHED:
                patch.setattr(os, name, self._watched(getattr(os, name)))
            work()

    def _watched(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self._judging:
                return real(*arguments, **named)
            self._cut()
            given = real(*arguments, **named)
            if real.__name__ == "fsync":
                self._keep(Path(os.readlink(f"/proc/self/fd/{arguments[0]}")))
            self._cut()
            return given

        return call

    def _cut(self) -> None:
        self._judging = True
        for durable in (True, False):
            shutil.rmtree(self._image, ignore_errors=True)
            self._draw(self._root, self._image, durable)
            self._judge(self._image)
            self.images += 1
        self._judging = False

    def _keep(self, path: Path) -> None:
        found = path.stat()
        self._held.callback(os.close, os.open(path, os.O_RDONLY))
        if stat.S_ISDIR(found.st_mode):
            self._names[found.st_ino] = dict(_names(path))
        else:
            self._contents[found.st_ino] = path.read_bytes()

    def _draw(self, folder: Path, image: Path, durable: bool) -> None:
        """One folder as it may be found; a folder that was never synced is empty."""
        image.mkdir()
        inode = folder.stat().st_ino
        self._fill(self._names.get(inode, {}) if durable else dict(_names(folder)), image, durable)

    def _fill(self, names: Names, image: Path, durable: bool) -> None:
        for name, inode in names.items():
            if inode in self._names or _is_folder(self._root, inode):
                (image / name).mkdir()
                self._fill(self._inside(inode, durable), image / name, durable)
            else:
                (image / name).write_bytes(self._contents.get(inode, b""))

    def _inside(self, inode: int, durable: bool) -> Names:
        if durable:
            return self._names.get(inode, {})
        path = _path_of(self._root, inode)
        return {} if path is None else dict(_names(path))


def _names(folder: Path) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry.name, entry.inode()


def _path_of(root: Path, inode: int) -> Path | None:
    return next((path for path in root.rglob("*") if path.stat().st_ino == inode), None)


def _is_folder(root: Path, inode: int) -> bool:
    path = _path_of(root, inode)
    return path is not None and path.is_dir()
