"""The head: the last event the gateway vouches for, in 16 bytes that other processes map.

Layout: HEAD_FORMAT, epoch then seq. One memcpy writes it, but nothing promises that a reader sees all of it
at once: read twice until equal. The file outlives the process, not the machine (run_dir is in memory).
"""

import mmap
import os
import struct
from pathlib import Path

from gateway.storage.layout import HEAD_BYTES, HEAD_FORMAT


class Head:
    """Writes the head; `before` is what the last run announced, (0, 0) where there was none."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.ftruncate(descriptor, HEAD_BYTES)
            self._map = mmap.mmap(descriptor, HEAD_BYTES)
        finally:
            os.close(descriptor)
        epoch, seq = struct.unpack(HEAD_FORMAT, self._map[:])
        self.before: tuple[int, int] = (epoch, seq)

    def announce(self, epoch: int, seq: int) -> None:
        """Everything up to `seq` is durable and may leave the house."""
        self._map[:] = struct.pack(HEAD_FORMAT, epoch, seq)

    def close(self) -> None:
        """Unmap; the file stays."""
        self._map.close()
