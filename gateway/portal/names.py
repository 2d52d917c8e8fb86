"""Asks one name server for the IPv4 address of one name, as a phone would: a question of RFC 1035 by UDP.

The machine's own resolver does not do: it asks another server than the guests' phones.
"""

import asyncio
import secrets
import struct
from ipaddress import IPv4Address
from typing import Final

PORT: Final = 53
WAIT_S: Final = 2.0
_HEADER: Final = struct.Struct("!HHHHHH")
_FIXED: Final = struct.Struct("!HHIH")  # type, class, time to live, length
_ADDRESS, _INTERNET = 1, 1


async def address_of(name: str, server: str, port: int = PORT) -> str:
    """The first IPv4 address of a name as a server says it; empty where it says none."""
    number = secrets.randbelow(1 << 16)
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answer(answered), remote_addr=(server, port)
        )
    except OSError:
        return ""
    try:
        transport.sendto(question(number, name))
        return parse(number, await asyncio.wait_for(answered, WAIT_S))
    except (OSError, TimeoutError):
        return ""
    finally:
        transport.close()


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, answered: asyncio.Future[bytes]) -> None:
        self._answered = answered

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._answered.done():
            self._answered.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(exc)


def question(number: int, name: str) -> bytes:
    """One question for an address, recursion desired."""
    labels = b"".join(bytes([len(part)]) + part.encode("ascii") for part in name.split("."))
    return _HEADER.pack(number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", _ADDRESS, _INTERNET)


def parse(number: int, data: bytes) -> str:
    """The first address in an answer to question `number`; empty for any other datagram."""
    try:
        found, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
        if found != number or not flags & 0x8000 or flags & 0x000F:
            return ""
        at = _HEADER.size
        for _ in range(questions):
            at = _past_name(data, at) + 4
        for _ in range(answers):
            at = _past_name(data, at)
            kind, family, _, length = _FIXED.unpack_from(data, at)
            at += _FIXED.size
            if (kind, family, length) == (_ADDRESS, _INTERNET, 4) and len(data) >= at + 4:
                return str(IPv4Address(data[at : at + 4]))
            at += length
    except (struct.error, IndexError):
        pass
    return ""


def _past_name(data: bytes, at: int) -> int:
    """Where a name ends: at its empty label, or at its pointer."""
    while data[at]:
        if data[at] >= 0xC0:
            return at + 2
        at += data[at] + 1
    return at + 1
