"""Takes a snapshot from HQ into a new generation: written aside, checked, synced, then put in force.

The stream is checked line by line and believed only with its last line, which counts the rows; whatever goes
wrong before leaves the generation in force as it was.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from cloud_bridge.bridge.cache import NewGeneration, check_bundle
from cloud_bridge.bridge.door import HqDoor
from cloud_bridge.bridge.errors import HqNonsense, HqUnreachable
from cloud_bridge.bridge.generations import Generations
from cloud_bridge.bridge.status import Status
from cloud_bridge.wire import (
    CHANGE_BYTES_MAX,
    Row,
    SnapshotEnd,
    SnapshotStart,
    WireError,
    read,
    read_snapshot_line,
)

SNAPSHOT_WAIT_S_MAX: Final = 6 * 3600  # 360 MB for a million members: a night on a 128 kbit/s line
SNAPSHOT_BYTES_MAX: Final = 8 * 1024**3
LINES_PER_TURN: Final = 2_000  # about 10 ms of work on a thread, so that the follower goes on


async def take_snapshot(
    door: HqDoor, generations: Generations, status: Status, gateway: str, now_ms: int
) -> str:
    """The new generation of this gateway's cache, in force. Raises Trouble; then nothing has changed."""
    try:
        async with asyncio.timeout(SNAPSHOT_WAIT_S_MAX), door.snapshot() as pieces:
            return await _receive(_turns(pieces), generations, status, gateway, now_ms)
    except TimeoutError:
        raise HqUnreachable(f"no whole snapshot within {SNAPSHOT_WAIT_S_MAX} s") from None
    except WireError as fault:
        raise HqNonsense(f"snapshot: {fault.detail}") from None
    finally:
        status.set_cache(snapshot_rows=None)


async def _receive(
    turns: AsyncIterator[list[bytes]], generations: Generations, status: Status, gateway: str, now_ms: int
) -> str:
    first: list[bytes] = await anext(turns, [])
    if not first:
        raise HqNonsense("an empty snapshot")
    start = read(first[0], SnapshotStart)
    if generations.path(start.generation).exists():
        raise HqNonsense(f"generation {start.generation} is not new")
    part = generations.part_path(start.generation)
    making = await asyncio.to_thread(NewGeneration, part, start, gateway, now_ms)
    try:
        end = await asyncio.to_thread(_add, making, first[1:])
        async for lines in turns:
            if end is not None:
                raise HqNonsense("a snapshot that goes on behind its end")
            end = await asyncio.to_thread(_add, making, lines)
            status.set_cache(snapshot_rows=making.rows)
        if end is None or end.end != making.rows:
            raise HqUnreachable(f"the snapshot broke off after {making.rows} rows")
        await asyncio.to_thread(making.finish)
    except BaseException:
        making.abandon()
        raise
    await asyncio.to_thread(generations.put_in_force, start.generation)
    status.log.info("cache generation in force", generation=start.generation, rows=making.rows)
    return start.generation


def _add(making: NewGeneration, lines: list[bytes]) -> SnapshotEnd | None:
    """Check and add lines; the end if it was among them. Raises WireError, DiskFails."""
    rows: list[Row] = []
    end = None
    for line in lines:
        if end is not None:
            raise WireError("a line behind the end")
        found = read_snapshot_line(line)
        if isinstance(found, SnapshotEnd):
            end = found
        else:
            check_bundle(found)
            rows.append(found)
    making.add(rows)
    return end


async def _turns(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """The stream's whole lines, LINES_PER_TURN at a time. Raises HqNonsense for what has no bound."""
    rest, total = b"", 0
    waiting: list[bytes] = []
    async for piece in pieces:
        total += len(piece)
        if total > SNAPSHOT_BYTES_MAX:
            raise HqNonsense(f"a snapshot of more than {SNAPSHOT_BYTES_MAX} bytes")
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > CHANGE_BYTES_MAX:
            raise HqNonsense(f"a snapshot's line of more than {CHANGE_BYTES_MAX} bytes")
        waiting += lines
        if len(waiting) >= LINES_PER_TURN:
            yield waiting
            waiting = []
    if rest:
        raise HqUnreachable("the snapshot broke off inside a line")
    if waiting:
        yield waiting
