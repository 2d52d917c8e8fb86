"""Processes of the lab, held by their handle; each dies with its maker, and what it uses can be read."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from hardware_tests.lab.spaces import Space

WAIT_S: Final = 20.0  # far above what anything here takes; a busy machine may need some of it
LOOK_EVERY_S: Final = 0.02
TAIL_LINES: Final = 25
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
ROOT: Final = "root"
_UTIME, _STIME = 11, 12  # proc_pid_stat(5), counted behind the name's closing parenthesis

T = TypeVar("T")


class NeverCame(AssertionError):
    """What was waited for did not happen; the text says what was seen instead."""


def until(seen: Callable[[], T], what: str, wait_s: float = WAIT_S, every_s: float = LOOK_EVERY_S) -> T:
    """The first truthy thing seen; raises NeverCame with the last one."""
    ends = time.monotonic() + wait_s
    while not (found := seen()):
        if time.monotonic() > ends:
            raise NeverCame(f"{what}: not within {wait_s:.0f} s, last seen {found!r}")
        time.sleep(every_s)
    return found


class Child:
    """One program in a namespace, as a user with certain capabilities; may be started again and again.

    The group is the user's own where none is named.
    """

    def __init__(
        self,
        name: str,
        space: Space,
        command: list[str],
        log: Path,
        user: str = ROOT,
        group: str = "",
        capabilities: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.log = name, log
        self._command = space.command("setpriv", *privileges(user, group or user, capabilities), *command)
        self._environment = {**_quiet(), **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the run there is."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; nothing if it runs."""
        if not self.running:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment,
                    start_new_session=True,
                )

    def kill(self) -> None:
        """SIGKILL, and gone when this returns."""
        assert self.running, f"{self.name} is not running:\n{self.tail()}"
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and gone when this returns."""
        if self.running:
            self._end(signal.SIGTERM)

    def cpu_s(self) -> float:
        """Seconds of processor that it and its own children (a proxy's workers) have used."""
        pid = self.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(map(_ticks, (pid, *map(int, children)))) / _TICKS_PER_S

    def resident_mib(self) -> float:
        """Memory it holds now."""
        return self._status("VmRSS:") / 1024

    def resident_mib_max(self) -> float:
        """The most memory it has held."""
        return self._status("VmHWM:") / 1024

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The end of its log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _status(self, field: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field))

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        try:
            self._process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise NeverCame(f"{self.name} did not end on signal {number}:\n{self.tail()}") from None


def privileges(user: str, group: str, capabilities: tuple[str, ...]) -> list[str]:
    """setpriv's arguments: this user in its groups, these capabilities, never more; dies with its maker."""
    if user == ROOT:
        return ["--pdeathsig", "KILL"]
    wanted = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    sets = [f"--{name}={wanted}" for name in ("inh-caps", "ambient-caps", "bounding-set")]
    identity = [f"--reuid={user}", f"--regid={group}", "--init-groups", "--no-new-privs"]
    return [*identity, *sets, "--pdeathsig", "KILL"]


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[_UTIME]) + int(fields[_STIME])


def _quiet() -> dict[str, str]:
    """This process's environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SHOPBELL_")}
