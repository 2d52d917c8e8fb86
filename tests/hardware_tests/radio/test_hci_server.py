"""HCI over TCP: names, framing in any pieces, strangers, hosts that do not read, cables that are pulled.

The judge is bumble's own tcp-client and Device, which know nothing of ours.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from bumble import hci
from bumble.device import Advertisement, Device
from bumble.transport import open_transport

from hardware_tests.virtual.radio import hci_server
from hardware_tests.virtual.radio.air import SILENT, Air
from hardware_tests.virtual.radio.controller import public_address
from hardware_tests.virtual.radio.hci_server import HciServer
from hardware_tests.virtual.radio.link import AirLink
from tests.hardware_tests.conftest import until

RESET = bytes.fromhex("01030c00")
RESET_DONE = bytes.fromhex("040e0401030c00")
READ_ADDRESS = bytes.fromhex("01091000")


def serving(play: Callable[[HciServer], Awaitable[None]]) -> None:
    async def run() -> None:
        server = HciServer(AirLink(Air(1, SILENT)))
        await server.open()
        try:
            await asyncio.wait_for(play(server), 20)
        finally:
            await server.close()

    asyncio.run(run())


async def connected(server: HciServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.port)


async def address_of(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(READ_ADDRESS)
    return (await reader.readexactly(13))[-6:]


def test_every_connection_is_a_radio_of_its_own_in_any_pieces() -> None:
    async def play(server: HciServer) -> None:
        said = b"radio door\n" + RESET
        for at in range(len(said)):
            reader, writer = await connected(server)
            writer.write(said[:at])
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(said[at:])
            assert await reader.readexactly(len(RESET_DONE)) == RESET_DONE
            assert await address_of(reader, writer) == public_address("door").address_bytes
            writer.close()
        await until(lambda: not server.link.controllers)

    serving(play)


def test_a_host_without_a_name_is_given_one() -> None:
    async def play(server: HciServer) -> None:
        for name in ("radio-1", "radio-2"):
            reader, writer = await connected(server)
            assert await address_of(reader, writer) == public_address(name).address_bytes
        assert server.refused == []

    serving(play)


@pytest.mark.parametrize(
    "said", [b"radio \n", b"red\n", b"r" * 100, b"radio " + b"x" * 100 + b"\n", b"\x07\0\0\0"]
)
def test_strangers_are_refused(said: bytes) -> None:
    async def play(server: HciServer) -> None:
        reader, writer = await connected(server)
        writer.write(said)
        with pytest.raises(ConnectionError):
            assert await reader.read() == b""
            raise ConnectionResetError  # closed in order, where the system says so
        assert len(server.refused) == 1
        assert not server.link.controllers

    serving(play)


async def hold(address: str) -> tuple[Device, object]:
    """A bumble Device as its own documentation builds one, on its own transport."""
    transport = await open_transport(f"tcp-client:{address}")
    device = Device.with_hci("judge", hci.Address("F0:F1:F2:F3:F4:F5"), transport.source, transport.sink)
    await device.power_on()
    return device, transport


def test_bumbles_devices_hear_each_other() -> None:
    async def play(server: HciServer) -> None:
        server.link.air.place("radio-2", 200, 0)
        speaker, one = await hold(server.address)
        listener, two = await hold(server.address)
        assert not speaker.supports_le_extended_advertising
        heard: list[Advertisement] = []
        listener.on("advertisement", heard.append)
        speaker.advertising_data = b"\x02\x01\x06\x05\x09bell"
        await speaker.start_advertising(advertising_interval_min=100, advertising_interval_max=100)
        await listener.start_scanning(active=False, filter_duplicates=False)
        await until(lambda: len(heard) >= 3)
        assert {(each.address.to_string(False), each.rssi) for each in heard} == {("F0:F1:F2:F3:F4:F5", -67)}
        assert {bytes(each.data_bytes) for each in heard} == {b"\x02\x01\x06\x05\x09bell"}
        assert not any(each.is_scan_response for each in heard)
        await listener.stop_scanning()
        for transport in (one, two):
            await transport.close()  # type: ignore[attr-defined]
        await until(lambda: not server.link.controllers)

    serving(play)


def test_a_host_that_does_not_read_loses_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hci_server, "UNREAD_BYTES_MAX", 1000)

    async def play(server: HciServer) -> None:
        reader, _writer = await connected(server)
        _writer.write(b"radio deaf\n" + RESET)
        await reader.readexactly(len(RESET_DONE))
        (connection,) = server.connections
        connection._transport.pause_reading()  # type: ignore[union-attr]
        for _ in range(400_000):  # until the system's own buffers are full
            connection.on_packet(b"\x04\x3e" + bytes(62))
            if server.dropped:
                break
        assert server.dropped == 1
        kept = connection._transport.get_write_buffer_size()  # type: ignore[union-attr]
        assert kept < 1000 + 65
        connection.on_packet(RESET_DONE)  # an answer is never dropped
        assert connection._transport.get_write_buffer_size() == kept + len(RESET_DONE)  # type: ignore[union-attr]

    serving(play)


def test_a_pulled_cable_silences_the_radio() -> None:
    async def play(server: HciServer) -> None:
        device, _transport = await hold(server.address)
        await device.start_advertising(advertising_interval_min=100, advertising_interval_max=100)
        await until(lambda: server.link.sent >= 1)
        (connection,) = server.connections
        connection.abort()
        await until(lambda: not server.link.controllers)
        sent = server.link.sent
        await asyncio.sleep(0.25)
        assert server.link.sent == sent

    serving(play)
