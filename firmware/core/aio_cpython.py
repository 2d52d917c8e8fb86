"""CPython's half of aio.py; never in a bundle. Its ticks wrap as a board's do: forgetting that fails here."""

import asyncio
import time

PERIOD_MS = 1 << 30


async def sleep_ms(ms: int) -> None:
    """Let other tasks run for `ms` milliseconds."""
    await asyncio.sleep(ms / 1000)


async def wait_for_ms(coroutine, ms: int):
    """Result of `coroutine`; raises TimedOut after `ms` milliseconds, having cancelled it."""
    return await asyncio.wait_for(coroutine, ms / 1000)


def ticks_ms() -> int:
    """Milliseconds of a clock that only runs forward and wraps at PERIOD_MS."""
    return time.monotonic_ns() // 1000000 % PERIOD_MS


def ticks_add(ticks: int, delta_ms: int) -> int:
    """`ticks` moved by `delta_ms`, wrapped."""
    return (ticks + delta_ms) % PERIOD_MS


def ticks_diff(later: int, earlier: int) -> int:
    """Signed milliseconds from `earlier` to `later`, right while they lie within half a period."""
    half = PERIOD_MS // 2
    return (later - earlier + half) % PERIOD_MS - half
