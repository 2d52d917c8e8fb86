"""The children's log files: each child appends to its own; what grows beyond the bound is cut here.

A child holds its file open (O_APPEND), so the file is not renamed but copied aside and emptied in place.
Lines written between the two are lost; these logs are for looking, not for the books.
"""

import os
import shutil
from pathlib import Path

# A tap writes some 300 bytes; this is a day's work at a busy counter, twice for the copy aside.
LOG_BYTES_MAX = 4 * 1024 * 1024
# What is shown when a child has died.
TAIL_BYTES = 600


def open_log(path: Path) -> int:
    """A descriptor a child can append to."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def bound(path: Path) -> bool:
    """Empty the file if it is too large, keeping one copy as `.1`; whether it was."""
    if not path.exists() or path.stat().st_size <= LOG_BYTES_MAX:
        return False
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    os.truncate(path, 0)
    return True


def last_line(path: Path) -> str:
    """The last line that is not empty, at most TAIL_BYTES of it; "" if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
