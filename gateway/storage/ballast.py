"""Room on the ledger's disk: a mark below which nothing new is promised, and a ballast against a full disk.

    <data_dir>/ballast   allocated zeros; it exists only to be deleted

Below the low-water mark new redemptions, holds and enrolments are refused; what customers already have coming
(taps, earning, releases, returns) is still booked. When the disk is full all the same, deleting the ballast
gives those writes room at once: on a full disk SQLite could not even write what makes room. It is laid again
once there is space for it above the mark.

Invariant: low() is True from the moment the ballast went until it lies again.
"""

import os
from collections.abc import Callable
from pathlib import Path

from gateway.counters import Counters

BALLAST_FILE = "ballast"
MIB = 1 << 20


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write below the folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Ballast:
    """The ballast and the mark of one data folder, in bytes; look() is called once a beat."""

    def __init__(
        self,
        folder: Path,
        ballast_bytes: int,
        low_water_bytes: int,
        counters: Counters,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._path = folder / BALLAST_FILE
        self._bytes = ballast_bytes
        self._low_water = low_water_bytes
        self._counters = counters
        self._free = free
        self._low = False

    def low(self) -> bool:
        """Whether nothing new may be promised, as of the last look."""
        return self._low

    def look(self) -> None:
        """Measure; lay the ballast where it is missing and there is room for it."""
        free = self._free(self._path.parent)
        lies = self._lies()
        if not lies and free >= self._low_water + self._bytes:
            lies = self._lay()
        self._low = not lies or self._free(self._path.parent) < self._low_water

    def let_go(self) -> bool:
        """Delete the ballast, because a write found the disk full; False where it was gone already."""
        self._low = True
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        self._counters.add("disk.ballast_let_go")
        return True

    def _lies(self) -> bool:
        try:
            return self._path.stat().st_size == self._bytes
        except FileNotFoundError:
            return False

    def _lay(self) -> bool:
        """Allocate it for real: a sparse file would give nothing back."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, 0)
            if self._bytes:
                os.posix_fallocate(descriptor, 0, self._bytes)
            os.fsync(descriptor)
        except OSError:
            self._path.unlink()
            self._counters.add("disk.ballast_not_laid")
            return False
        finally:
            os.close(descriptor)
        return True
