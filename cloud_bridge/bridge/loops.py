"""Does a step again and again: at once while there is more, else at a bell or poll; waits out troubles."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Final

from cloud_bridge.bridge.backoff import Backoff
from cloud_bridge.bridge.errors import HqUnreachable, Trouble
from cloud_bridge.bridge.status import Status

SILENT_S: Final = 2.0  # HQ is asked every second where all is well

Step = Callable[[], Awaitable[bool]]
Pause = Callable[[], Awaitable[None]]


class Line:
    """The line to HQ: the first loop that hears HQ again after a silence wakes those that wait for it."""

    def __init__(self, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._steady_s = steady_s
        self._heard_s = steady_s()
        self._back = asyncio.Event()

    def heard(self) -> None:
        """HQ gave a good answer; only one after SILENT_S is news, so that no wait is cut short twice."""
        before, self._heard_s = self._heard_s, self._steady_s()
        if self._heard_s - before > SILENT_S:
            self._back.set()
            self._back = asyncio.Event()

    async def wait(self, wait_ms: int) -> None:
        """Until HQ is heard again, or this long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._back.wait(), wait_ms / 1_000)


async def keep_doing(
    name: str, step: Step, pause: Pause, backoff: Backoff, status: Status, line: Line
) -> None:
    """Until cancelled. A bell does not cut a wait after a trouble short: a busy shop must not hammer HQ."""
    while True:
        try:
            more = await step()
        except Trouble as trouble:
            status.went_wrong(name, trouble)
            wait_ms = backoff.next_wait_ms(trouble)
            if isinstance(trouble, HqUnreachable):
                await line.wait(wait_ms)
            else:
                await asyncio.sleep(wait_ms / 1_000)
            continue
        status.went_well(name)
        backoff.reset()
        if not more:
            await pause()


async def keep_writing(status: Status, every_ms: int) -> None:
    """Write the status file until cancelled."""
    while True:
        status.write()
        await asyncio.sleep(every_ms / 1_000)
