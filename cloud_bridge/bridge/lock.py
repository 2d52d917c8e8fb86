"""One bridge for one data folder: an advisory lock, which the kernel takes back however the process ends."""

import fcntl
import os
from pathlib import Path
from typing import Final

from cloud_bridge.errors import StartError

LOCK_FILE: Final = "bridge.lock"


def lock_folder(data_dir: str) -> int:
    """The held lock's descriptor, to be kept open. Raises StartError naming the process that holds it."""
    path = Path(data_dir) / LOCK_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise StartError(
            f"[bridge] data_dir = {data_dir!r} cannot be used ({fault.strerror})",
            "Give a folder that is ours",
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise StartError(
            f"[bridge] another bridge (process {holder}) uses {data_dir!r}",
            "Stop it, or give another data_dir",
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
