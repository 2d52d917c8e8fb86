"""One child process: started, watched, restarted when it dies, stopped when told. Held by its handle alone.

States: off (not wanted), running, waiting (died, back-off before the next start), failed (died too often; a
start() tries again).
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shopbell.run import logs

RETRY_WAIT_S_MIN = 0.3
RETRY_WAIT_S_MAX = 8.0
# A child that dies this often in a row, each time before it is steady, is not healed by starting it again.
DEATHS_MAX = 6
STEADY_S = 20.0
# What our processes end with when only a person can help: starting them again would say the same again.
REFUSED_STATUS = 2
# The gateway syncs its log and the room stops its terminals within a second; then patience ends.
STOP_WAIT_S = 5.0
PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


class Child:
    """A supervised process. `deaths` counts every time it ended unasked."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        say: Say,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.log = name, log
        self.state, self.deaths = "off", 0
        self._command, self._say = list(command), say
        self._environment = dict(os.environ if environment is None else environment)
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process; None between two."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start it and keep it running; nothing if it is. Raises OSError if the program is not there."""
        if self._keeper and not self._keeper.done():
            return
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def stop(self) -> None:
        """End it, politely first; returns when it is gone."""
        self.state = "off"
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._process:
            await end(self._process)
            self._process = None

    async def _spawn(self) -> None:
        descriptor = logs.open_log(self.log)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=self._environment,
                # Its own group: Ctrl-C reaches the supervisor alone, which stops everything in order.
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )
        finally:
            os.close(descriptor)
        self.state = "running"

    async def _keep(self) -> None:
        """Wait for the end, and start again with growing waits, until it has died too often."""
        quick, wait_s = 0, RETRY_WAIT_S_MIN
        while True:
            status, steady = await self._until_it_ends()
            if status == REFUSED_STATUS:
                self._give_up("refuses to start")
                return
            quick, wait_s = (1, RETRY_WAIT_S_MIN) if steady else (quick + 1, wait_s)
            if quick >= DEATHS_MAX:
                self._give_up(f"{ended(status)}, {quick} times in a row")
                return
            self.state = "waiting"
            # Who was killed from outside had no last words.
            reason = self._reason() if status > 0 else ""
            self._say(f"{self.name} {ended(status)}; starting it again in {wait_s:.1f} s{reason}")
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, RETRY_WAIT_S_MAX)
            try:
                await self._spawn()
            except OSError as error:
                self._give_up(f"cannot be started ({error})")
                return

    async def _until_it_ends(self) -> tuple[int, bool]:
        """Its exit status, and whether it ran long enough to count as steady."""
        assert self._process is not None
        begun = time.monotonic()
        status = await self._process.wait()
        self.deaths += 1
        return status, time.monotonic() - begun >= STEADY_S

    def _give_up(self, why: str) -> None:
        self.state, self._process = "failed", None
        self._say(f"{self.name} {why}: it stays down; see {self.log}{self._reason()}")

    def _reason(self) -> str:
        line = logs.last_line(self.log)
        return f"\n    {line}" if line else ""


async def end(process: asyncio.subprocess.Process) -> None:
    """TERM, and KILL for the process's own group after STOP_WAIT_S."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WAIT_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def ended(status: int) -> str:
    """How a process ended, in words."""
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def die_with_parent() -> None:
    """Linux sends this process TERM when the supervisor dies, however it dies: no orphan holds a port."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
