"""How our own processes on one machine ask each other: one JSON object a line, over a Unix socket.

    asker:  {"do": "grant", ...}\\n              at most ASK_BYTES_MAX
    server: {"ok": true, ...}\\n                 at most ANSWER_BYTES_MAX
            {"ok": false, "error": "no_lease"}\\n

A connection carries one question at a time; an asker that wants more at once opens more connections, and
keeps each for the next. The kernel says who asks: a user that is not let in is hung up on before a byte is
read. No HTTP: a guest's join asks twice, and parsing it would cost more than the rest of the way.
"""

import asyncio
import json
import os
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

ASK_BYTES_MAX: Final = 16_384  # a batch of 100 grants has some 9 KiB
ANSWER_BYTES_MAX: Final = 1 << 20  # a member's export, or every client of a full store
CONNECTIONS_MAX: Final = 64  # of askers we let in, who open some twenty
IDLE_S: Final = 60.0  # an asker that is silent for so long is gone, or holds a place for nothing
HANG_UP_S: Final = 1.0  # a loop that ends sooner would tear its own tasks apart, and say so at length
ASK_WAIT_S: Final = 5.0  # an answer that takes longer is no answer: the guest has seen "try again" by then
ASKING_MAX: Final = 16  # of one asker at once; more wait here, where it costs nothing

_CREDENTIALS = struct.Struct("3i")  # Linux, unix(7), struct ucred: pid, uid, gid
_XUCRED = struct.Struct("2I")  # macOS, sys/ucred.h, struct xucred: version, uid
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1  # macOS, sys/un.h

Answer = dict[str, Any]
Handle = Callable[[Answer], Awaitable[Answer]]
Count = Callable[[str], None]


class Away(Exception):
    """Nobody answers there, or not in time, or not in our language; what was asked may have happened."""


def uid_of(user: str) -> int:
    """The id of a user by name; KeyError where this machine has none of that name."""
    return pwd.getpwnam(user).pw_uid


def refusal(error: str, **more: Any) -> Answer:
    """The answer of somebody who did not do it."""
    return {"ok": False, "error": error, **more}


async def serve(path: Path, uids: Collection[int], handle: Handle, count: Count, mode: int = 0o660) -> "Door":
    """Listen at path, where a dead server's socket may lie, for these users; `handle` gets what was asked.

    `count` is told "refused_peer", "refused_full", "bad_line" and "failed". Raises OSError.
    """
    door = Door(frozenset(uids), handle, count)
    listening = _listen(path, mode)
    door.server = await asyncio.start_unix_server(door.meet, sock=listening, limit=ASK_BYTES_MAX)
    return door


def _listen(path: Path, mode: int) -> socket.socket:
    """A bound socket that no user but those of its mode can even connect to."""
    with suppress(FileNotFoundError):
        path.unlink()
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~mode)
    try:
        opened.bind(str(path))
    except OSError:
        opened.close()
        raise
    finally:
        os.umask(before)
    return opened


class Door:
    """A listening socket and who is connected to it."""

    server: asyncio.Server

    def __init__(self, uids: frozenset[int], handle: Handle, count: Count) -> None:
        self._uids = uids
        self._handle = handle
        self._count = count
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One asker from its first line to its last."""
        if peer_uid(writer) not in self._uids:
            self._count("refused_peer")
        elif len(self._open) >= CONNECTIONS_MAX:
            self._count("refused_full")
        else:
            await self._meet(reader, writer)
        writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            with suppress(ConnectionError, TimeoutError):
                await self._converse(reader, writer)
        except Exception:  # ours: the loop's handler is told of it, and the place is free again
            self._count("failed")
            writer.close()
            raise
        finally:
            del self._open[writer]

    async def close(self) -> None:
        """Hang up on everybody; what was being answered has HANG_UP_S to end."""
        self.server.close()
        met = [
            task for task in self._open.values() if task is not None and task is not asyncio.current_task()
        ]
        for writer in tuple(self._open):
            writer.close()
        if met:
            await asyncio.wait(met, timeout=HANG_UP_S)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await asyncio.wait_for(reader.readuntil(b"\n"), IDLE_S)
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                self._count("bad_line")
                writer.write(encode(refusal("too_long")))
                return
            writer.write(encode(await self._answer(line)))
            await writer.drain()

    async def _answer(self, line: bytes) -> Answer:
        asked = decode(line)
        if asked is None:
            self._count("bad_line")
            return refusal("bad_request")
        return await self._handle(asked)


class Asker:
    """Asks at one socket, with as many connections as questions are open; connects when it must."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._room = asyncio.Semaphore(ASKING_MAX)

    async def ask(self, do: str, **more: Any) -> Answer:
        """The answer, "ok" or not; raises Away. Put again, a question with a key gets the same answer."""
        async with self._room:
            try:
                return await asyncio.wait_for(self._ask(encode({"do": do, **more})), ASK_WAIT_S)
            except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as problem:
                raise Away(f"{self._path}: {type(problem).__name__}") from problem

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _ask(self, line: bytes) -> Answer:
        while self._idle:  # one that the server left meanwhile says so at once: nothing was asked by it
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return await self._converse(reader, writer, line)
            writer.close()
        opened = await asyncio.open_unix_connection(self._path, limit=ANSWER_BYTES_MAX)
        return await self._converse(*opened, line)

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes
    ) -> Answer:
        kept = False
        try:
            writer.write(line)
            await writer.drain()
            answer = decode(await reader.readuntil(b"\n"))
            if answer is None or not isinstance(answer.get("ok"), bool):
                raise Away(f"{self._path}: not an answer")
            self._idle.append((reader, writer))
            kept = True
            return answer
        finally:
            if not kept:
                writer.close()


def encode(message: Answer) -> bytes:
    """One line of it."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Answer | None:
    """What a line says; None where that is no JSON object."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def peer_uid(writer: asyncio.StreamWriter) -> int:
    """Who is at the other end, as the kernel says."""
    connected: socket.socket = writer.get_extra_info("socket")
    if not hasattr(socket, "SO_PEERCRED"):
        return int(_XUCRED.unpack(connected.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED.size))[1])
    found = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(found)[1])


def own_uid() -> int:
    """Of this process."""
    return os.getuid()
