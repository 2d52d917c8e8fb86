"""The folder of cache generations: which file is in force, and which may go. Invariants:

- `current` names a file that was whole and synced before; it is replaced in one step.
- A file is removed only while `current` is the generation the gateway reads, or to keep at most FILES_MAX;
  the one in force and the one the gateway reads never go.
- What is half-made ends in `.part` and goes at the next start.
"""

import os
import re
from pathlib import Path
from typing import Final

from gateway.storage.layout import POINTER_FILE, generation_path

# The one in force, the one the gateway still reads, and some it may be opening; a gateway that is stopped for
# weeks must not fill the disk.
FILES_MAX: Final = 4
PART: Final = ".part"
_NAME: Final = re.compile(r"[a-z0-9-]{1,32}\Z")
_BESIDE: Final = ("", "-wal", "-shm", "-journal")


class Generations:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, clear away what a killed bridge left half-made. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for half in self.folder.glob(f"*{PART}*"):
            half.unlink()

    def current(self) -> str | None:
        """The generation in force; None if the pointer is absent or does not name one."""
        try:
            text = (self.folder / POINTER_FILE).read_text("ascii")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        name = text.removesuffix("\n")
        return name if text.endswith("\n") and _NAME.match(name) else None

    def path(self, generation: str) -> Path:
        """A generation's file."""
        return generation_path(self.folder, generation)

    def part_path(self, generation: str) -> Path:
        """Where a generation is made."""
        return self.folder / f"{generation}{PART}"

    def put_in_force(self, generation: str) -> None:
        """Give a whole, synced part its name, then point to it. Raises OSError: the old one stays."""
        os.replace(self.part_path(generation), self.path(generation))
        sync_folder(self.folder)
        aside = self.folder / (POINTER_FILE + PART)
        with open(aside, "w", encoding="ascii") as file:
            file.write(generation + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, self.folder / POINTER_FILE)
        sync_folder(self.folder)

    def sweep(self, confirmed: str | None) -> list[str]:
        """Remove what nobody needs; which. `confirmed`: the generation the gateway reads, None if unknown."""
        current = self.current()
        if current is None:
            return []
        found = sorted(self.folder.glob("*.db"), key=lambda path: path.stat().st_mtime_ns)
        spare = [path.stem for path in found if path.stem not in (current, confirmed)]
        if confirmed != current:
            spare = spare[: max(0, len(found) - FILES_MAX)]
        for generation in spare:
            self.remove(generation)
        return spare

    def remove(self, generation: str) -> None:
        """Remove a generation's files, the database last: what is left of a cut is found again."""
        path = self.path(generation)
        for suffix in reversed(_BESIDE):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
