"""Children held by their handle, and waiting for what can be seen: no test sleeps for luck."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

WAIT_S = 20.0  # far above what anything here takes; a busy machine may need some of it
LOOK_EVERY_S = 0.02
TAIL_LINES = 25

T = TypeVar("T")


class NeverCame(AssertionError):
    """What was waited for did not happen; the text says what was seen instead."""


def until(seen: Callable[[], T], what: str, wait_s: float = WAIT_S) -> T:
    """The first truthy thing seen; raises NeverCame with the last one."""
    ends = time.monotonic() + wait_s
    while True:
        found = seen()
        if found:
            return found
        if time.monotonic() > ends:
            raise NeverCame(f"{what}: not within {wait_s:.0f} s, last seen {found!r}")
        time.sleep(LOOK_EVERY_S)


class Process:
    """One child that can be started, killed and started again; all its runs write to one log."""

    def __init__(self, name: str, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.name, self.log = name, log
        self.kills = 0
        self._command, self._environment = command, environment
        self._child: subprocess.Popen[bytes] | None = None

    def instead(self, command: list[str]) -> "Process":
        """A process with another command in this one's place."""
        return Process(self.name, command, self.log, self._environment)

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self._child is not None and self._child.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status of the last run; None while it runs, or before the first."""
        return self._child.poll() if self._child else None

    def start(self) -> None:
        """Start it; nothing if it runs."""
        if not self.running:
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment,
                    start_new_session=True,
                )

    def kill(self) -> None:
        """SIGKILL, and gone when this returns."""
        assert self._child is not None and self.running, f"{self.name} is not running:\n{self.tail()}"
        self.kills += 1
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        return self._end(signal.SIGTERM) if self.running else self.status or 0

    def signal(self, number: int) -> None:
        """Any other signal."""
        assert self._child is not None
        self._child.send_signal(number)

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The end of its log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _end(self, number: int) -> int:
        assert self._child is not None
        self._child.send_signal(number)
        try:
            return self._child.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
            raise NeverCame(f"{self.name} did not end on signal {number}:\n{self.tail()}") from None
