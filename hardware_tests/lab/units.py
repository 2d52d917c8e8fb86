"""Reads what `shopbell network write` says to systemd, so that the lab starts what a Pi would start.

Of a unit: ExecStart, User, Group and AmbientCapabilities; its sandbox is systemd's own and not tried here. Of
tmpfiles.d: folders and files with mode and owner. Paths below /etc are those of the folder written to.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from hardware_tests.lab.users import give
from shopbell.network import places

_CAPABILITY: Final = "CAP_"


class Unit(NamedTuple):
    """What is started, as whom, and with which capabilities (setpriv's names)."""

    commands: tuple[tuple[str, ...], ...]
    user: str
    group: str
    capabilities: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        """The only command, or the last."""
        return list(self.commands[-1])


def read_unit(root: Path, name: str) -> Unit:
    """A generated unit."""
    lines = (root / places.UNITS / f"{name}.service").read_text().splitlines()
    pairs = [line.partition("=")[::2] for line in lines if "=" in line]
    values: Mapping[str, str] = dict(pairs)
    capabilities = values.get("AmbientCapabilities", "").split()
    return Unit(
        tuple(_command(root, value) for key, value in pairs if key == "ExecStart"),
        values.get("User", "root"),
        values.get("Group", ""),
        tuple(each.removeprefix(_CAPABILITY).lower() for each in capabilities),
    )


def _command(root: Path, line: str) -> tuple[str, ...]:
    return tuple(word.replace("/etc/", f"{root}/etc/") for word in shlex.split(line))


def make_folders(root: Path, below: Path) -> None:
    """Make what tmpfiles.d lists, as far as it lies below this folder."""
    for line in (root / places.FOLDERS).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        kind, where, mode, user, group = line.split()
        path = Path(where)
        if path.is_relative_to(below):
            path.mkdir(exist_ok=True) if kind == "d" else path.touch()
            give(path, user, group)
            path.chmod(int(mode, 8))
