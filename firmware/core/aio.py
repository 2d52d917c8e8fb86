"""The time and waiting calls that CPython and MicroPython spell differently. Owns no state.

`ticks_ms` wraps on every board (2**30 ms, 12.4 days), so nothing of ours keeps a deadline made from it:
decisions take `now_ms` from an `Uptime`, which counts on over the wrap.

    await sleep_ms(ms)
    await wait_for_ms(coroutine, ms)    result; raises TimedOut after `ms`, having cancelled the coroutine
    ticks_ms() ticks_add(t, ms) ticks_diff(later, earlier)
"""

import asyncio

TimedOut = asyncio.TimeoutError  # CPython: the built-in TimeoutError; MicroPython: a class of its own

if hasattr(asyncio, "wait_for_ms"):
    from asyncio import sleep_ms, wait_for_ms  # pyright: ignore[reportAttributeAccessIssue]
    from time import ticks_add, ticks_diff, ticks_ms  # pyright: ignore[reportAttributeAccessIssue]
else:
    from firmware.core.aio_cpython import sleep_ms, ticks_add, ticks_diff, ticks_ms, wait_for_ms

__all__ = ("TimedOut", "Uptime", "sleep_ms", "ticks_add", "ticks_diff", "ticks_ms", "wait_for_ms")


class Uptime:
    """Milliseconds since this object was made; never wraps, never goes back.

    Must be read at least once in half a period of the ticks (6.2 days on boards); the health task does.
    """

    def __init__(self, ticks=ticks_ms, diff=ticks_diff) -> None:
        self._ticks = ticks
        self._diff = diff
        self._seen = ticks()
        self._total_ms = 0

    def __call__(self) -> int:
        """Milliseconds so far."""
        seen = self._ticks()
        passed_ms = self._diff(seen, self._seen)
        if passed_ms > 0:
            self._total_ms += passed_ms
            self._seen = seen
        return self._total_ms
