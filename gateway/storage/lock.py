"""One gateway per data folder: a lock the kernel drops when its holder dies, so none is ever stale."""

import fcntl
import os
from pathlib import Path

from gateway.errors import AlreadyRunning
from gateway.storage.synced import give


class Lock:
    """Held from construction to close(); raises AlreadyRunning where another process holds it."""

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if is_new:  # a command of root's that comes first must not keep the gateway's own user out
            give(path, "", path.parent)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            hint = "Stop it first, or give this one its own data_dir"
            raise AlreadyRunning(
                f"A gateway (process {holder}) already uses {path.parent}", hint
            ) from problem
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Let the next gateway in."""
        os.close(self._descriptor)
