"""Does a step again and again: at once while there is more, else at a bell or poll; waits out troubles."""

import asyncio
from collections.abc import Awaitable, Callable

from cloud_bridge.bridge.backoff import Backoff
from cloud_bridge.bridge.errors import Trouble
from cloud_bridge.bridge.status import Status

Step = Callable[[], Awaitable[bool]]
Pause = Callable[[], Awaitable[None]]


async def keep_doing(name: str, step: Step, pause: Pause, backoff: Backoff, status: Status) -> None:
    """Until cancelled. A bell does not cut a wait after a trouble short: a busy shop must not hammer HQ."""
    while True:
        try:
            more = await step()
        except Trouble as trouble:
            status.went_wrong(name, trouble)
            await asyncio.sleep(backoff.next_wait_ms(trouble) / 1_000)
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
