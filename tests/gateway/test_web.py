"""The gateway's listening socket: quick answers, and a port or host that cannot be had is named."""

import asyncio
import socket

import pytest

from gateway.errors import SettingsError
from gateway.settings import GatewaySettings
from gateway.web import open_socket


def settings(host: str = "127.0.0.1", port: int = 0) -> GatewaySettings:
    return GatewaySettings(id="g1", store="Sunflower", http_host=host, http_port=port)


def test_an_accepted_connection_sends_without_delay() -> None:
    async def accepted_nodelay() -> int:
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            told.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = open_socket(settings())
        async with await asyncio.start_server(accept, sock=listening):
            _, asking = await asyncio.open_connection(*listening.getsockname())
            found = await asyncio.wait_for(told, 10)
            asking.close()
            return found

    assert asyncio.run(accepted_nodelay()) != 0


def test_a_taken_port_is_named_and_can_be_had_again_at_once() -> None:
    first = open_socket(settings())
    port = first.getsockname()[1]
    with pytest.raises(SettingsError, match=rf"127\.0\.0\.1:{port}") as caught:
        open_socket(settings(port=port))
    assert "http_port" in caught.value.hint
    first.close()
    open_socket(settings(port=port)).close()


def test_a_host_that_is_not_ours_is_named() -> None:
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1:0"):
        open_socket(settings("192.0.2.1"))
