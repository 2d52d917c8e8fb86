"""The kernel's netfilter by its netlink socket: attributes, messages, batches. Knows no set and no table.

    message     length u32, type u16 = subsystem << 8 | kind, flags u16, number u32, port u32  (host order)
                family u8, version u8 = 0, resource u16                                        (network order)
    attribute   length u16 with these four bytes, kind u16 (NESTED for a group), value, zeros to four

A batch is one transaction: BEGIN, messages, END; one refused message undoes them all (linux/netfilter/
nfnetlink.h, nf_tables.h). Python's standard library reaches the socket, so a grant starts no process.
"""

import errno
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

NETLINK_NETFILTER: Final = 12
NETFILTER, TABLES, CONNTRACK = 0, 10, 1  # subsystems: none, nf_tables, ctnetlink
INET: Final = 1  # NFPROTO_INET: family of tables; of connections it is the socket's AF_INET

REQUEST, ACK, DUMP, CREATE, EXCLUSIVE = 0x1, 0x4, 0x300, 0x400, 0x200
INTERRUPTED: Final = 0x10  # NLM_F_DUMP_INTR: what was dumped changed meanwhile
ERROR, DONE = 0x2, 0x3
BATCH_BEGIN, BATCH_END = 0x10, 0x11
NESTED: Final = 0x8000
KIND_MASK: Final = 0x3FFF

RECEIVED_BYTES_MAX: Final = 1 << 16  # the kernel's largest piece of a dump is 32 KiB
RECEIVE_BUFFER_BYTES: Final = 1 << 20  # answers to a batch of 100 clients, and more
WAIT_S: Final = 5.0  # the kernel answers at once; without an answer for so long something is broken
DUMPS_MAX: Final = 5  # tries to read a set that changes while it is read

_HEADER: Final = struct.Struct("=IHHII")
_NETFILTER: Final = struct.Struct("!BBH")
_ATTRIBUTE: Final = struct.Struct("=HH")
_ERROR: Final = struct.Struct("=i")


class KernelRefused(Exception):
    """The kernel did not do it: `number` as in errno; 0 where it answered what nobody understands."""

    def __init__(self, number: int, doing: str) -> None:
        super().__init__(f"{doing}: {os.strerror(number) if number else 'no sense in the answer'}")
        self.number = number


class Message(NamedTuple):
    """One request: `payload` is attributes; `flags` without REQUEST."""

    kind: int
    flags: int
    payload: bytes
    family: int = INET
    subsystem: int = TABLES


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute."""
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + bytes(-len(value) % 4)


def nested(kind: int, *parts: bytes) -> bytes:
    """A group of attributes."""
    return attribute(kind | NESTED, b"".join(parts))


def text(kind: int, value: str) -> bytes:
    """A name, with its closing zero."""
    return attribute(kind, value.encode() + b"\0")


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, value) of each attribute. Raises KernelRefused for bytes that are none."""
    at = 0
    while at + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < 4 or at + length > len(data):
            raise KernelRefused(0, "read an attribute")
        yield kind & KIND_MASK, data[at + 4 : at + length]
        at += -(-length // 4) * 4


def packed(message: Message, flags: int, number: int) -> bytes:
    """The bytes of one message; `number` is told again in its answer."""
    body = _NETFILTER.pack(message.family, 0, 0) + message.payload
    kind = message.subsystem << 8 | message.kind
    return _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | flags, number, 0) + body


def packed_batch(messages: Sequence[Message], number: int) -> bytes:
    """All in one transaction, numbered from `number` + 1 on; the last one asks for an answer."""
    last = len(messages)
    ends = _HEADER.size + _NETFILTER.size
    body = _NETFILTER.pack(0, 0, TABLES)
    parts = [_HEADER.pack(ends, BATCH_BEGIN, REQUEST, number, 0) + body]
    for at, message in enumerate(messages, 1):
        parts.append(packed(message, message.flags | (ACK if at == last else 0), number + at))
    parts.append(_HEADER.pack(ends, BATCH_END, REQUEST, number + last + 1, 0) + body)
    return b"".join(parts)


class Answer(NamedTuple):
    """One message of the kernel's: `error` is an errno, 0 for done well, None where it is data."""

    kind: int
    flags: int
    number: int
    error: int | None
    payload: bytes


def answers(data: bytes) -> Iterator[Answer]:
    """The messages of what was received. Raises KernelRefused for bytes that are none."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, flags, number, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            raise KernelRefused(0, "read a message")
        body = data[at + _HEADER.size : at + length]
        if kind == ERROR:
            yield Answer(kind, flags, number, -_error(body), b"")
        elif kind == DONE:
            yield Answer(kind, flags, number, -_error(body) if len(body) >= _ERROR.size else 0, b"")
        else:
            yield Answer(kind, flags, number, None, body[_NETFILTER.size :])
        at += -(-length // 4) * 4


def _error(body: bytes) -> int:
    if len(body) < _ERROR.size:
        raise KernelRefused(0, "read an error")
    return int(_ERROR.unpack_from(body)[0])


class Netlink:
    """A socket to netfilter of the network this process is in. Calls block, for microseconds."""

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_NETFILTER
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.settimeout(WAIT_S)
        self._socket.bind((0, 0))
        self._number = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def transact(self, messages: Sequence[Message], doing: str) -> None:
        """All messages or none. Raises KernelRefused with the first complaint."""
        if not messages:
            return
        begun = self._numbers(len(messages) + 2)
        self._send(packed_batch(messages, begun), doing)
        problem = 0
        while True:
            for answer in answers(self._receive(doing)):
                if not begun <= answer.number <= begun + len(messages) or answer.error is None:
                    continue
                problem = problem or answer.error
                # What the batch as a whole is refused for is said of its first message, and nothing else.
                if answer.number == begun + len(messages) or (answer.number == begun and answer.error):
                    if problem:
                        raise KernelRefused(problem, doing)
                    return

    def ask(self, message: Message, doing: str) -> list[bytes]:
        """The attributes of each row of the answer, one or (with DUMP) many. Raises KernelRefused."""
        for _ in range(DUMPS_MAX):
            found = self._asked(message, doing)
            if found is not None:
                return found
        raise KernelRefused(errno.EINTR, doing)

    def _asked(self, message: Message, doing: str) -> list[bytes] | None:
        """None where what was read changed meanwhile."""
        dumping = bool(message.flags & DUMP)
        number = self._numbers(1)
        self._send(packed(message, message.flags | (0 if dumping else ACK), number), doing)
        rows: list[bytes] = []
        interrupted = False
        while True:
            for answer in answers(self._receive(doing)):
                if answer.number != number:
                    continue
                interrupted = interrupted or bool(answer.flags & INTERRUPTED)
                if answer.error is None:
                    rows.append(answer.payload)
                elif answer.error:
                    raise KernelRefused(answer.error, doing)
                else:
                    return None if interrupted else rows

    def _numbers(self, count: int) -> int:
        """The first of so many numbers that no open question has."""
        first = self._number + 1
        self._number = (self._number + count) & 0x7FFFFFFF
        return first

    def _send(self, data: bytes, doing: str) -> None:
        try:
            self._socket.send(data)
        except OSError as problem:
            raise KernelRefused(problem.errno or errno.EIO, doing) from problem

    def _receive(self, doing: str) -> bytes:
        try:
            return self._socket.recv(RECEIVED_BYTES_MAX)
        except TimeoutError as problem:
            raise KernelRefused(errno.ETIMEDOUT, doing) from problem
        except OSError as problem:
            raise KernelRefused(problem.errno or errno.EIO, doing) from problem
