"""The bridge process: the only place that builds its objects.

Its loops share one thread: up, down, and what follows when events have reached HQ: rights, and all the rest.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

from cloud_bridge.bridge.afterwards import Afterwards
from cloud_bridge.bridge.backoff import Backoff
from cloud_bridge.bridge.door import HqDoor, open_client
from cloud_bridge.bridge.feed import Feed
from cloud_bridge.bridge.follower import Follower
from cloud_bridge.bridge.generations import Generations
from cloud_bridge.bridge.ledger import Ledger
from cloud_bridge.bridge.lock import lock_folder
from cloud_bridge.bridge.loops import Line, Step, keep_doing, keep_writing
from cloud_bridge.bridge.people import PeopleUp
from cloud_bridge.bridge.reports import ReportsUp
from cloud_bridge.bridge.rights import Rights
from cloud_bridge.bridge.settings import BridgeSettings, read_token
from cloud_bridge.bridge.status import WRITE_MS, Status
from cloud_bridge.bridge.wake import Bell, Nudge, Ringer
from cloud_bridge.errors import CloudBridgeError, StartError
from cloud_bridge.log import Logger, open_log, take_library_lines
from gateway.storage.layout import BRIDGE_SOCKET, GATEWAY_SOCKET, cache_folder

STOP_WAIT_S: Final = 3.0  # a write on a thread ends by itself; a killed one is taken back by its journal


def main(settings: BridgeSettings) -> int:
    """Run until SIGTERM or SIGINT: 0; or say in one line why not: 1."""
    log = open_log("bridge")
    take_library_lines(log)
    try:
        token = read_token(settings.token_file)
        lock_folder(settings.data_dir)
        generations = _prepare_folders(settings)
        bell = Bell(Path(settings.run_dir) / BRIDGE_SOCKET)
    except CloudBridgeError as fault:
        log.error("cannot start", problem=fault.message, hint=fault.hint)
        return 1
    asyncio.run(_run(settings, token, generations, bell, log))
    log.info("stopped")
    return 0


def _prepare_folders(settings: BridgeSettings) -> Generations:
    generations = Generations(cache_folder(settings.data_dir))
    try:
        generations.prepare()
        Path(settings.run_dir).mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        hint = "Give data_dir and run_dir that are ours"
        raise StartError(f"[bridge] {fault.filename} cannot be used ({fault.strerror})", hint) from None
    return generations


class Bridge(NamedTuple):
    """A whole bridge, ready to run."""

    follower: Follower
    afterwards: Afterwards
    feed: Feed
    status: Status
    line: Line
    ledger: Ledger
    gateway: Ringer

    def close(self) -> None:
        """Let go of files, after a last word."""
        self.feed.close()
        self.status.write()
        self.ledger.close()
        self.gateway.close()


def build(
    settings: BridgeSettings, client: httpx.AsyncClient, generations: Generations, log: Logger
) -> Bridge:
    """Build a bridge that speaks to HQ by this client."""
    gateway = settings.gateway_id
    status = Status(settings.run_dir, gateway, _now_ms, log)
    ledger = Ledger(settings.data_dir, settings.run_dir, gateway)
    ringer = Ringer(Path(settings.run_dir) / GATEWAY_SOCKET)
    line = Line()

    def heard() -> None:
        status.heard_hq()
        line.heard()

    door = HqDoor(client, gateway, heard)
    feed = Feed(gateway, generations, ledger, door, ringer, status)
    rights = Rights(gateway, ledger, door, status, feed.offer)
    people, reports = PeopleUp(ledger, door, status), ReportsUp(ledger, door, status)
    afterwards = Afterwards(rights, people, reports, Nudge())
    follower = Follower(ledger, door, status, gateway, afterwards)
    return Bridge(follower, afterwards, feed, status, line, ledger, ringer)


async def _run(
    settings: BridgeSettings, token: str, generations: Generations, bell: Bell, log: Logger
) -> None:
    """Both loops, until a signal."""
    loop = asyncio.get_running_loop()
    async with open_client(settings.hq_url, token) as client:
        bridge = build(settings, client, generations, log)
        bell.attach(loop)
        log.info("started", gateway=settings.gateway_id, hq_url=settings.hq_url, pid=os.getpid())
        try:
            await _until_signal(_loops(bridge, bell, settings.poll_ms))
        finally:
            bell.close(loop)
            bridge.close()


def _loops(bridge: Bridge, bell: Bell, poll_ms: int) -> list[Coroutine[Any, Any, None]]:
    async def step_down() -> bool:
        return await bridge.feed.step(_now_ms())

    afterwards = bridge.afterwards
    steps: list[tuple[str, Step, Callable[[int], Awaitable[None]]]] = [
        ("up", bridge.follower.step, bell.wait),
        ("down", step_down, bridge.feed.pause),
        ("rights", afterwards.rights.step, afterwards.rights.asked.wait),
        ("afterwards", afterwards.step, afterwards.due.wait),
    ]
    loops = [
        keep_doing(name, step, partial(wait, poll_ms), Backoff(random.random), bridge.status, bridge.line)
        for name, step, wait in steps
    ]
    return [*loops, keep_writing(bridge.status, WRITE_MS)]


async def _until_signal(loops: list[Coroutine[Any, Any, None]]) -> None:
    """Run the loops until SIGTERM or SIGINT; an error of ours in one of them ends the bridge."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(loop) for loop in loops]
    tasks.append(asyncio.create_task(stop.wait()))
    done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in running:
        task.cancel()
    await asyncio.wait(running, timeout=STOP_WAIT_S)
    for task in done:
        task.result()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
