"""HCI over TCP, H4 framing: one port, every connection its own radio.

A connection may begin with a line `radio <name>`; the radio then stands where the air has that name. One that
begins with an H4 packet (any other host, bumble's tcp-client for instance) is called radio-1, radio-2 and so
on. A host that does not read loses reports, as behind a real chip: beyond UNREAD_BYTES_MAX they are dropped.
One that sends what is no command is hung up on.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import cast

from bumble.core import InvalidPacketError
from bumble.hci import HCI_COMMAND_PACKET, HCI_LE_META_EVENT
from bumble.transport.common import PacketParser

from hardware_tests.virtual.radio.controller import AirController
from hardware_tests.virtual.radio.link import AirLink

HOST = "127.0.0.1"
HELLO = b"radio "
NAME_BYTES_MAX = 64
UNREAD_BYTES_MAX = 64 * 1024  # some 1,400 reports: more than a second of 200 beacons is no news


class _Commands:
    """From the parser to the controller: bumble's parser would log what that cannot read, and go on."""

    def __init__(self, radio: AirController, refuse: Callable[[str], None]) -> None:
        self._radio = radio
        self._refuse = refuse

    def on_packet(self, packet: bytes) -> None:
        """bumble's name for it."""
        try:
            if packet[0] != HCI_COMMAND_PACKET:
                raise InvalidPacketError(f"packet type {packet[0]}")
            self._radio.on_packet(packet)
        except (ValueError, IndexError, struct.error) as error:
            self._refuse(f"{packet[:4].hex()}: {error}")


class _Connection(asyncio.Protocol):
    """One host and its controller."""

    def __init__(self, server: "HciServer") -> None:
        self._server = server
        self._hello: bytes | None = b""
        self._parser = PacketParser()
        self._transport: asyncio.Transport | None = None
        self._radio: AirController | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self._hello is not None:
            data = self._begin(self._hello + data)
        if data and self._radio is not None:
            try:
                self._parser.feed_data(data)
            except InvalidPacketError as error:
                self._refuse(str(error))

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections.discard(self)
        if self._radio is not None:
            self._radio.leave()

    def on_packet(self, packet: bytes) -> None:
        """To the host; bumble's name for it."""
        if self._transport is None or self._transport.is_closing():
            return
        is_report = packet[1] == HCI_LE_META_EVENT  # the answer to a command always comes
        if is_report and self._transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            self._server.dropped += 1
        else:
            self._transport.write(packet)

    def abort(self) -> None:
        """Pull the cable."""
        if self._transport is not None:
            self._transport.abort()

    def _begin(self, data: bytes) -> bytes:
        """Take the name, if there is one; what is left is H4."""
        if data[:1] != HELLO[:1]:
            self._attach(self._server.next_name())
            return data
        line, newline, rest = data.partition(b"\n")
        self._hello = data
        if not newline and len(data) <= NAME_BYTES_MAX:
            return b""
        name = line[len(HELLO) :].decode("utf-8", "replace")
        if not newline or not line.startswith(HELLO) or not name or len(line) > NAME_BYTES_MAX:
            self._refuse(f"first line {line[:NAME_BYTES_MAX]!r}")
            return b""
        self._attach(name)
        return rest

    def _attach(self, name: str) -> None:
        self._hello = None
        self._radio = AirController(name, self._server.link)
        self._radio.host = self
        self._parser.set_packet_sink(_Commands(self._radio, self._refuse))

    def _refuse(self, why: str) -> None:
        self._server.refused = [*self._server.refused[-9:], why]
        self.abort()


class HciServer:
    """`refused` keeps the last few complaints, `dropped` counts reports that a host did not fetch in time."""

    def __init__(self, link: AirLink) -> None:
        self.link = link
        self.port = 0
        self.refused: list[str] = []
        self.dropped = 0
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._nameless = 0

    @property
    def address(self) -> str:
        """host:port, as SHOPBELL_AIR and --air want it."""
        return f"{HOST}:{self.port}"

    async def open(self, port: int = 0) -> None:
        """Begin to listen; 0: the system chooses."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), HOST, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and switch every radio off."""
        if self._server is not None:
            self._server.close()
            for connection in list(self.connections):
                connection.abort()
            with contextlib.suppress(TimeoutError):  # 3.12 waits for connections as well
                await asyncio.wait_for(self._server.wait_closed(), 1)

    def next_name(self) -> str:
        """For a host that gave none."""
        self._nameless += 1
        return f"radio-{self._nameless}"
