"""A host on a virtual radio: bumble's Host, on HCI over TCP or on a controller in this process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from bumble import hci
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink, StreamPacketSource

from hardware_tests.virtual.radio.controller import AirController
from hardware_tests.virtual.radio.link import AirLink

CONNECT_S_MAX: Final = 5.0
ANSWER_S_MAX: Final = 5.0
UNITS_A_MS: Final = 1.6

Report = hci.HCI_LE_Advertising_Report_Event.Report


class RadioGone(Exception):
    """There is no radio, or it does not answer."""


class Radio(NamedTuple):
    """A host that has reset its controller; `close` switches the radio off."""

    host: Host
    close: Callable[[], None]


Opener = Callable[[], Awaitable[Radio]]


class _Stream(StreamPacketSource):
    """The TCP end of a host; the sink too."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def on_packet(self, packet: bytes) -> None:
        self.transport.write(packet)


def over_tcp(address: str, name: str) -> Opener:
    """The radio `name` behind an HCI server at host:port. The opener raises RadioGone."""

    async def open_radio() -> Radio:
        host, _, port = address.rpartition(":")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                transport, stream = await loop.create_connection(_Stream, host, int(port))
        except (OSError, TimeoutError) as error:
            raise RadioGone(f"no radio at {address}: {error}") from error
        transport.write(b"radio %s\n" % name.encode())
        return await _begin(Host(stream, stream), transport.close)

    return open_radio


def in_process(link: AirLink, name: str) -> Opener:
    """A controller of its own on this link."""

    async def open_radio() -> Radio:
        controller = AirController(name, link)
        return await _begin(Host(controller, AsyncPipeSink(controller)), controller.leave)

    return open_radio


async def _begin(host: Host, close: Callable[[], None]) -> Radio:
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            await host.reset(driver_factory=None)
    except TimeoutError as error:
        close()
        raise RadioGone("the radio does not answer") from error
    return Radio(host, close)


async def begin_scan(
    radio: Radio,
    report: Callable[[Report], None],
    *,
    active: bool = False,
    interval_ms: int = 30,
    window_ms: int = 30,
    filter_duplicates: bool = False,
) -> None:
    """Scan from now on; report() is called for each advert heard. Raises RadioGone."""
    radio.host.on("advertising_report", report)
    parameters = hci.HCI_LE_Set_Scan_Parameters_Command(
        le_scan_type=int(active),
        le_scan_interval=round(interval_ms * UNITS_A_MS),
        le_scan_window=round(window_ms * UNITS_A_MS),
        own_address_type=hci.OwnAddressType.PUBLIC,
        scanning_filter_policy=0,
    )
    enable = hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=1, filter_duplicates=int(filter_duplicates))
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            await radio.host.send_sync_command(parameters)
            await radio.host.send_sync_command(enable)
    except (TimeoutError, hci.HCI_Error) as error:
        raise RadioGone(f"the radio does not scan: {error}") from error


async def end_scan(radio: Radio) -> None:
    """Scan no more, and switch the radio off."""
    disable = hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=0, filter_duplicates=0)
    with contextlib.suppress(TimeoutError, hci.HCI_Error):  # it is gone already
        async with asyncio.timeout(ANSWER_S_MAX):
            await radio.host.send_sync_command(disable)
    radio.close()
