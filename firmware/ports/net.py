"""The way to the broker: resolve, TCP, TLS; every wait bounded, every short read an error. MicroPython only.

    address = resolve(host, port)
    sock = await dial(address, limit_ms)          TCP_NODELAY set: without it an answer takes 44 ms (measured)
    sock = trust.wrap(sock, host)                 nothing is sent yet: the first write drives the handshake
    line = Line(sock); await line.write(data, limit_ms); data = await line.read()

All failures are OSError. `denied(error)` tells a refusal by TLS, ours or the broker's, from the network's.
"""

import errno
import select
import socket
from asyncio import StreamReader, core  # pyright: ignore[reportAttributeAccessIssue]

import tls  # pyright: ignore[reportMissingImports]

from firmware.core.aio import TimedOut, wait_for_ms
from firmware.protocol.compat import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

READ_BYTES = 512  # a booked with a full screen takes three reads; one buffer for the life of a line

_IPPROTO_TCP = 6  # the socket module of the boards names neither
_TCP_NODELAY = 1
_CERT_VERIFY_FAILED = -0x2700  # Mbed TLS: we do not trust the broker
_FATAL_ALERT = -0x7780  # Mbed TLS: the broker does not trust us


class Trust:
    """Whom we trust and who we are, as DER: the only certificate `ca` counts, ours is shown on demand."""

    def __init__(self, ca: bytes, certificate: bytes, key: bytes) -> None:
        context: "Any" = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_REQUIRED  # the only mode that verifies
        context.load_verify_locations(ca)
        context.load_cert_chain(certificate, key)
        self._context = context

    def wrap(self, sock, host: str):
        """`sock` under TLS, not yet shaken hands; the certificate must carry `host`."""
        return self._context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)


def resolve(host: str, port: int):
    """The address, asked for anew each time. Blocks for as long as the board's resolver does (seconds)."""
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    if not found:
        raise OSError(errno.EHOSTUNREACH)
    return found[0][-1]


async def dial(address, limit_ms: int):
    """A connected, non-blocking socket. Raises OSError; ECONNREFUSED when the host answered no."""
    sock = socket.socket()
    try:
        sock.setblocking(False)
        sock.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)
        _begin(sock, address)
        await _bounded(_writable(sock), limit_ms)
        _check(sock)
    except BaseException:  # also when cancelled: a socket left open starves the board of its few
        sock.close()
        raise
    return sock


def _begin(sock, address) -> None:
    try:
        sock.connect(address)
    except OSError as error:
        if error.errno != errno.EINPROGRESS:
            raise


async def _writable(sock) -> None:
    await _queued(sock)


def _queued(sock) -> "Any":
    yield core._io_queue.queue_write(sock)  # what asyncio.open_connection does; there is no public name


def _check(sock) -> None:
    """Raise what connecting met: ERR or HUP beside writable; an empty send fetches the number, if it can."""
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    for _sock, events in poller.poll(0):
        if events & (select.POLLERR | select.POLLHUP):
            sock.send(b"")
            raise OSError(errno.ECONNABORTED)


async def _bounded(coroutine, limit_ms: int):
    """The coroutine's result; a wait that is too long becomes OSError(ETIMEDOUT)."""
    try:
        return await wait_for_ms(coroutine, limit_ms)
    except TimedOut:
        raise OSError(errno.ETIMEDOUT) from None


def denied(error: OSError) -> bool:
    """Whether TLS refused: a wrong authority, name or time on either side. Trying again soon cannot help."""
    return error.errno in (_CERT_VERIFY_FAILED, _FATAL_ALERT)


def refused(error: OSError) -> bool:
    """Whether the host answered that nobody listens: the network works."""
    return error.errno == errno.ECONNREFUSED


class Line:
    """A connected socket, plain or TLS. One task reads, one writes."""

    def __init__(self, sock) -> None:
        self._sock = sock
        self._stream: "Any" = StreamReader(sock)  # MicroPython's streams read and write
        self._buffer = bytearray(READ_BYTES)

    async def read(self) -> bytes:
        """At least one byte. Raises OSError, also at the end of the stream: brokers never end it."""
        while True:
            size = await self._stream.readinto(self._buffer)
            if size == 0:
                raise OSError(errno.ECONNRESET)
            if size is not None:  # None: TLS needs more before it has anything for us
                return bytes(memoryview(self._buffer)[:size])

    async def write(self, data: bytes, limit_ms: int) -> None:
        """All of `data` handed to the network. Raises OSError; the line is then of no more use."""
        try:
            self._stream.write(data)
            if self._stream.out_buf:
                await _bounded(self._stream.drain(), limit_ms)
        except ValueError as error:  # how MicroPython raises what verifying a certificate found
            raise OSError(_CERT_VERIFY_FAILED, str(error)) from None

    def close(self) -> None:
        """Give the socket back; the tasks that use the line must have ended."""
        self._sock.close()
