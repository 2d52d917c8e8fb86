"""An asyncio loop in a thread, so that a test stays an ordinary function."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

CALL_WAIT_S = 60.0

T = TypeVar("T")


class Loop:
    """An asyncio loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result."""
        return self.begin(work).result(CALL_WAIT_S)

    def begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """The coroutine started."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, act: Any, *arguments: Any) -> Any:
        """An ordinary function, called on the loop."""

        async def work() -> Any:
            return act(*arguments)

        return self.call(work())

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()
