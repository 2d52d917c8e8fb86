"""An interrupt line that a task can wait for. The handler only sets a flag; the task does the work."""

import asyncio

from machine import Pin

from firmware.core.aio import TimedOut, wait_for_ms


class FallingEdge:
    """A line that something pulls low when it has something to say. One waiter."""

    def __init__(self, pin: Pin) -> None:
        self._pin = pin
        self._flag = asyncio.ThreadSafeFlag()  # pyright: ignore[reportAttributeAccessIssue]
        pin.irq(handler=self._fell, trigger=Pin.IRQ_FALLING)

    def _fell(self, _pin) -> None:
        self._flag.set()

    async def wait(self, timeout_ms: int) -> bool:
        """True once the line is, or falls, low; False after `timeout_ms`."""
        self._flag.clear()
        if not self._pin.value():  # after clearing: a fall in between shows in the level
            return True
        try:
            await wait_for_ms(self._flag.wait(), timeout_ms)
        except TimedOut:
            return False
        return True
