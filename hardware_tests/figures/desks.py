"""A real desk in this process, and the limit of every durable act: an append and its fdatasync."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from gateway.adapters.pixels import Screens
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.desk import Desk, Store
from gateway.live import Live
from gateway.registry import Registry
from gateway.storage import layout
from gateway.storage.cache import Cache
from gateway.storage.head import Head
from gateway.storage.ledger import Ledger
from gateway.storage.opening import open_ledger
from gateway.storage.wake import Wake

ZONE = "Asia/Shanghai"


@contextmanager
def a_desk(folder: Path, gateway: str, shop: str = "") -> Iterator[Desk]:
    """A desk on the files of a data folder."""
    with ExitStack() as closing_:
        ledger = closing_.enter_context(closing(open_ledger(layout.ledger_path(str(folder)), gateway)))
        cache = closing_.enter_context(closing(Cache(layout.cache_folder(str(folder)))))
        yield _build(folder, ledger, cache, closing_, shop)


def _build(folder: Path, ledger: Ledger, cache: Cache, closing_: ExitStack, shop: str) -> Desk:
    counters = Counters()
    live = Live(ledger.gateway, counters)
    head = closing_.enter_context(closing(Head(folder / layout.HEAD_FILE)))
    wake = Wake(folder / layout.GATEWAY_SOCKET, folder / layout.BRIDGE_SOCKET, counters)
    closing_.callback(wake.close)
    cache.follow()
    clock = Clock(lambda: time.time_ns() // 1_000_000, ZONE, ledger.last_at())
    registry = Registry(ledger.devices(), live, counters)
    return Desk(
        Store(ledger, cache, head, wake),
        clock,
        Screens("zh-CN"),
        live,
        registry,
        os.urandom(8),
        lambda: time.monotonic_ns() // 1_000_000,
        shop=shop,
    )


def bare(folder: Path, length: int, times: int) -> list[float]:
    """Seconds of appending so many bytes and waiting until they are on the disk."""
    data = os.urandom(length)
    path = folder / "bare"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        return [timed(lambda: _append(descriptor, data)) for _ in range(times)]
    finally:
        os.close(descriptor)
        path.unlink()


def _append(descriptor: int, data: bytes) -> None:
    os.write(descriptor, data)
    os.fdatasync(descriptor)


def timed(act: Callable[[], object]) -> float:
    """Seconds that an act takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
