"""SQLite's file layer with a watcher in it: every call of the unmodified program is seen, or made to fail.

SQLite reaches its files through a table of C functions (a VFS, sqlite3.h "OS Interface Object"). Watched
registers a second table as the default one: it opens files by the system's own functions, then puts another
table of methods into them, where write, truncate, sync, read, shared memory and close go by a Python function
and then to the system's. Locks and mapped memory are the system's own, so a log in WAL mode works as in a
shop; nothing is compiled and no second SQLite is loaded. SQLite syncs a folder only inside a sync or a
delete, and opens it for that by a system call that may be replaced (xSetSystemCall): that is how folder syncs
are seen. The Python side's own os.fsync and os.pwrite are watched too, but not what it writes through file
objects.

A watcher is called as watcher(call, proceed) and gives SQLite's result code: proceed() does the real thing,
proceed(n) does a write's first n bytes only.
"""

import ctypes
import errno
import os
from collections.abc import Callable
from ctypes import c_void_p
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from tests.proof.crash.sqlite_tables import Delete, Methods, Open, OpenFolder, Vfs, library

OK = 0
IOERR = 10
OPEN_CREATE = 0x0000_0004

OPEN, CREATE, READ, WRITE, TRUNCATE = "open", "create", "read", "write", "truncate"
SYNC, UNLINK, FOLDER_SYNC, SHARE = "sync", "unlink", "folder_sync", "share"


class Call(NamedTuple):
    """One call on a file, by its name without the folder; `data` of a write, `offset` also a new size."""

    what: str
    name: str
    offset: int = 0
    data: bytes = b""


Proceed = Callable[..., int]
Watcher = Callable[[Call, Proceed], int]


class Watched:
    """While entered, every file of `folder` that SQLite opens anew is watched; close them before leaving."""

    def __init__(self, folder: Path, watcher: Watcher) -> None:
        self._prefix = os.fsencode(folder.resolve()) + b"/"
        self._watcher = watcher
        self._library = library()
        self._real_at = self._library.sqlite3_vfs_find(None)
        self._real = Vfs.from_address(self._real_at)
        self._files: dict[int, str] = {}
        self._methods: dict[int, Methods] = {}
        self._problem: BaseException | None = None
        self._ours = Vfs.from_buffer_copy(self._real)
        self._ours.name = b"watched"
        self._ours.open = Open(self._guarded(self._open))
        self._ours.delete = Delete(self._guarded(self._delete))
        self._folder_at = self._real.get_call(self._real_at, b"openDirectory")
        self._real_folder = OpenFolder(self._folder_at)
        self._our_folder = OpenFolder(self._guarded(self._open_folder))
        self._real_fsync, self._real_pwrite = os.fsync, os.pwrite

    def __enter__(self) -> "Watched":
        self._library.sqlite3_vfs_register(ctypes.addressof(self._ours), 1)
        self._real.set_call(self._real_at, b"openDirectory", ctypes.cast(self._our_folder, c_void_p))
        os.fsync = self._fsync  # type: ignore[assignment]
        os.pwrite = self._pwrite  # type: ignore[assignment]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.fsync, os.pwrite = self._real_fsync, self._real_pwrite
        self._real.set_call(self._real_at, b"openDirectory", self._folder_at)
        self._library.sqlite3_vfs_unregister(ctypes.addressof(self._ours))
        self._library.sqlite3_vfs_register(self._real_at, 1)
        assert not self._files, f"still open: {sorted(self._files.values())}"
        if self._problem is not None:
            raise self._problem

    def _guarded(self, function: Callable[..., int]) -> Callable[..., int]:
        """An exception cannot pass through SQLite: keep the first one for the end, and fail the call."""

        def guarded(*arguments: Any) -> int:
            try:
                return function(*arguments)
            except BaseException as problem:  # noqa: BLE001 - raised again when the files are closed
                self._problem = self._problem or problem
                return IOERR

        return guarded

    def _name(self, path: bytes | None) -> str | None:
        """The file's name, None where it is not watched."""
        if path is None or not path.startswith(self._prefix) or b"/" in path[len(self._prefix) :]:
            return None
        return os.fsdecode(path[len(self._prefix) :])

    # -- the table of the file system ----------------------------------------------------------------------

    def _open(self, _vfs: int, path_at: int | None, file: int, flags: int, found_flags: int | None) -> int:
        # The path is passed on by its address: SQLite reads its own notes behind the path's end.
        path = ctypes.string_at(path_at) if path_at else None
        name = self._name(path)

        def proceed() -> int:
            return int(self._real.open(self._real_at, path_at, file, flags, found_flags))

        if name is None or path is None:
            return proceed()
        created = bool(flags & OPEN_CREATE) and not os.path.exists(path)
        code = self._watcher(Call(CREATE if created else OPEN, name), proceed)
        pointer = c_void_p.from_address(file)
        if code == OK:
            self._files[file] = name
            pointer.value = ctypes.addressof(self._methods_for(pointer.value or 0))
        else:
            pointer.value = None  # nothing for SQLite to close
        return code

    def _delete(self, _vfs: int, path: bytes, sync_folder: int) -> int:
        name = self._name(path)

        def proceed() -> int:
            return int(self._real.delete(self._real_at, path, sync_folder))

        return proceed() if name is None else self._watcher(Call(UNLINK, name), proceed)

    def _open_folder(self, path: bytes, descriptor: Any) -> int:
        """SQLite is about to sync the folder that `path` is in."""
        name = self._name(path)

        def proceed() -> int:
            return int(self._real_folder(path, descriptor))

        return proceed() if name is None else self._watcher(Call(FOLDER_SYNC, ""), proceed)

    def _fsync(self, descriptor: int) -> None:
        """Python's own syncs, of files and of the folder; a refusal becomes an OSError."""
        name = self._name_of(descriptor)
        if name is None:
            self._real_fsync(descriptor)
            return

        def proceed() -> int:
            self._real_fsync(descriptor)
            return OK

        if self._watcher(Call(SYNC if name else FOLDER_SYNC, name), proceed) != OK:
            raise OSError(errno.EIO, "Input/output error (injected)")

    def _pwrite(self, descriptor: int, data: bytes, offset: int) -> int:
        """Python's own writes at a place; a refusal becomes an OSError."""
        name = self._name_of(descriptor)
        if not name:
            return self._real_pwrite(descriptor, data, offset)
        whole = bytes(data)

        def proceed(count: int = len(whole)) -> int:
            self._real_pwrite(descriptor, whole[:count], offset)
            return OK

        if self._watcher(Call(WRITE, name, offset, whole), proceed) != OK:
            raise OSError(errno.EIO, "Input/output error (injected)")
        return len(whole)

    def _name_of(self, descriptor: int) -> str | None:
        """What this descriptor is of: a name in the folder, "" for the folder itself, None for others."""
        wanted = os.fstat(descriptor)
        folder = Path(os.fsdecode(self._prefix))
        for path in (folder, *folder.iterdir()):
            found = path.stat()
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                return "" if path == folder else path.name
        return None

    # -- the table of a file -------------------------------------------------------------------------------

    def _methods_for(self, real_at: int) -> Methods:
        """Our table in front of the file's own one."""
        if real_at not in self._methods:
            self._methods[real_at] = self._watched_methods(Methods.from_address(real_at))
        return self._methods[real_at]

    def _watched_methods(self, real: Methods) -> Methods:
        ours = Methods.from_buffer_copy(real)

        def close(file: int) -> int:
            self._files.pop(file, None)
            return int(real.close(file))

        def read(file: int, into: int, size: int, offset: int) -> int:
            return self._watcher(
                Call(READ, self._files[file], offset), lambda: int(real.read(file, into, size, offset))
            )

        def write(file: int, from_: int, size: int, offset: int) -> int:
            def proceed(count: int = size) -> int:
                return int(real.write(file, from_, count, offset))

            data = ctypes.string_at(from_, size)
            return self._watcher(Call(WRITE, self._files[file], offset, data), proceed)

        def truncate(file: int, size: int) -> int:
            return self._watcher(
                Call(TRUNCATE, self._files[file], size), lambda: int(real.truncate(file, size))
            )

        def sync(file: int, flags: int) -> int:
            return self._watcher(Call(SYNC, self._files[file]), lambda: int(real.sync(file, flags)))

        def share(file: int, region: int, size: int, extend: int, into: int) -> int:
            call = Call(SHARE, self._files[file] + "-shm", region * size)
            return self._watcher(call, lambda: int(real.shm_map(file, region, size, extend, into)))

        def unshare(file: int, delete: int) -> int:
            if not delete:
                return int(real.shm_unmap(file, delete))
            call = Call(UNLINK, self._files[file] + "-shm")
            return self._watcher(call, lambda: int(real.shm_unmap(file, delete)))

        watched: dict[str, Callable[..., int]] = {
            "close": close,
            "read": read,
            "write": write,
            "truncate": truncate,
            "sync": sync,
            "shm_map": share,
            "shm_unmap": unshare,
        }
        for field, function in watched.items():
            setattr(ours, field, type(getattr(real, field))(self._guarded(function)))
        return ours
