"""Asking for a name's address as a phone does: one datagram, one answer (RFC 1035)."""

import socket
import struct
from typing import Final

A, AAAA, TXT = 1, 28, 16
PORT: Final = 53
NO_ERROR, REFUSED, NO_SUCH_NAME = 0, 5, 3
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_RECURSE: Final = 0x0100
_POINTER: Final = 0xC0


class NoName(OSError):
    """The name has no address here, or nobody answers."""


def question(name: str, kind: int = A, number: int = 1) -> bytes:
    """A query's bytes."""
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return _HEADER.pack(number, _RECURSE, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def addresses(answer: bytes) -> list[str]:
    """IPv4 addresses of an answer; raises NoName where it refuses."""
    _, flags, questions, answers, _, _ = _HEADER.unpack_from(answer)
    if flags & 0xF:
        raise NoName(f"the name server says {flags & 0xF}")
    at = _HEADER.size
    for _ in range(questions):
        at = _behind_name(answer, at) + 4
    found = []
    for _ in range(answers):
        at = _behind_name(answer, at)
        kind, _, _, length = _RECORD.unpack_from(answer, at)
        at += _RECORD.size
        if kind == A:
            found.append(socket.inet_ntoa(answer[at : at + length]))
        at += length
    return found


def _behind_name(answer: bytes, at: int) -> int:
    while answer[at]:
        if answer[at] >= _POINTER:
            return at + 2
        at += answer[at] + 1
    return at + 1


def resolve(name: str, server: str, wait_s: float = 2.0) -> str:
    """The first IPv4 address of a name; raises NoName. Called where the asker is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(wait_s)
        asking.connect((server, PORT))
        try:
            asking.send(question(name))
            found = addresses(asking.recv(4096))
        except OSError as problem:
            raise NoName(f"{name} by {server}: {problem}") from problem
    if not found:
        raise NoName(f"{name} has no address")
    return found[0]
