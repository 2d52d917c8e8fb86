"""Whether the ports are free, and who has one that is not."""

import socket
from pathlib import Path
from typing import NamedTuple

from shopbell.errors import ShopbellError
from shopbell.settings import variable_of


class Port(NamedTuple):
    """A port to listen on, and the setting that names it."""

    host: str
    number: int
    table: str
    key: str


def require_free(ports: list[Port], source: str) -> None:
    """Raises ShopbellError naming the first port that is taken, who has it, and what to change."""
    for port in ports:
        if not is_free(port.host, port.number):
            owner = owner_of(port.number)
            has = f" by {owner}" if owner else ""
            raise ShopbellError(
                f"port {port.number} is taken{has}",
                f"stop that, or change [{port.table}] {port.key} in {source}"
                f" (or set {variable_of(port.table, port.key)})",
            )


def is_free(host: str, number: int) -> bool:
    """Whether this process could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return False
    return True


def owner_of(number: int, proc: Path = Path("/proc")) -> str | None:
    """`name (process id)` of who listens on a port; None if that cannot be found out (no /proc, no right)."""
    inodes = listening_inodes(number, proc)
    if not inodes:
        return None
    for folder in proc.glob("[0-9]*"):
        if holds(folder, inodes):
            return f"{program_of(folder)} (process {folder.name})"
    return None


def listening_inodes(number: int, proc: Path) -> set[str]:
    """The sockets listening on a port: state 0A in the kernel's table, port in hex, inode the tenth field."""
    found = set()
    for table in ("net/tcp", "net/tcp6"):
        try:
            lines = (proc / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == number:
                found.add(fields[9])
    return found


def holds(folder: Path, inodes: set[str]) -> bool:
    """Whether a process has one of the sockets open; False if it is another account's."""
    try:
        return any(
            (name := str(entry.readlink())).startswith("socket:[") and name[8:-1] in inodes
            for entry in (folder / "fd").iterdir()
        )
    except OSError:
        return False


def program_of(folder: Path) -> str:
    """A process's short name."""
    try:
        return (folder / "comm").read_text().strip()
    except OSError:
        return "a process"
