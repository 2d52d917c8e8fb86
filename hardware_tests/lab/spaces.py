"""Network namespaces of ours: made, entered and removed again. Root only.

Names begin with "sbg" and the maker's process id, so that what a killed maker left is known and removed by
the next one. A namespace has its own loopback, routes, firewall and sysctls; a socket opened inside() stays.
"""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "sbg"
FOLDER: Final = Path("/run/netns")  # where ip(8) keeps them
ETC: Final = Path("/etc/netns")  # `ip netns exec` lays <name>/<file> over /etc/<file>
_CLONE_NEWNET: Final = 0x40000000  # sched.h
_OWN: Final = "/proc/thread-self/ns/net"
_libc = ctypes.CDLL(None, use_errno=True)


class CommandFailed(RuntimeError):
    """A tool of the system said no; the text is what it said."""


def run(*command: str, given: str | None = None) -> str:
    """A tool's output; raises CommandFailed."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailed(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Space:
    """One namespace, there from the making to remove()."""

    def __init__(self, role: str) -> None:
        self.name = f"{PREFIX}{os.getpid()}-{role}"
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def __repr__(self) -> str:
        return self.name

    def remove(self) -> None:
        """Gone, with every link that ends in it."""
        remove(self.name)

    def command(self, *command: str) -> list[str]:
        """The command that runs another in here."""
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command: str, given: str | None = None) -> str:
        """A tool's output in here; raises CommandFailed."""
        return run(*self.command(*command), given=given)

    def ip(self, *lines: str) -> None:
        """Lines of ip(8), all of them at once; raises CommandFailed at the first that fails."""
        self.run("ip", "-batch", "-", given="\n".join(lines) + "\n")

    def sysctl(self, **values: object) -> None:
        """Switches below net, with "__" for a dot."""
        self.run("sysctl", "-qw", *(f"net.{key.replace('__', '.')}={value}" for key, value in values.items()))

    def etc(self, file: str, text: str) -> Path:
        """What programs started in here from now on read as /etc/<file>, which the machine must have too."""
        folder = ETC / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
        return folder / file

    def resolve_by(self, server: str) -> Path:
        """What programs started in here ask for names."""
        return self.etc("resolv.conf", f"nameserver {server}\noptions timeout:2 attempts:1\n")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread is in here; sockets that it opens stay."""
        with open(_OWN) as before, open(FOLDER / self.name) as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())


def _enter(space: int) -> None:
    if _libc.setns(space, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def remove(name: str) -> None:
    """Remove a namespace by name, its files, and whoever still runs in there; nothing where it is gone."""
    with suppress(CommandFailed, ProcessLookupError):
        for pid in run("ip", "netns", "pids", name).split():
            os.kill(int(pid), signal.SIGKILL)
    with suppress(CommandFailed):
        run("ip", "netns", "del", name)
    shutil.rmtree(ETC / name, ignore_errors=True)
    with suppress(OSError):
        ETC.rmdir()  # only if nobody else has one there


def sweep() -> list[str]:
    """Remove what makers left who live no more; the names."""
    found = [path.name for path in FOLDER.glob(f"{PREFIX}*")] if FOLDER.exists() else []
    gone = [name for name in found if not Path("/proc", name[len(PREFIX) :].partition("-")[0]).exists()]
    for name in gone:
        remove(name)
    return gone
