"""Folders in memory where the machine has some: a disk would wait for the syncs of thousands of images."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def ram_folder() -> Iterator[Path]:
    """A new folder, gone afterwards."""
    place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="shopbell-proof-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
