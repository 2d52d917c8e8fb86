"""The internet plug: carries, cuts with a reset, refuses while out, and carries again on the same port."""

import asyncio

import pytest

from shopbell.run import plug as plug_module
from shopbell.run.plug import Plug
from tests.ports import free_port


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A target that answers what it hears, and ends when the other side does."""
    while piece := await reader.read(1024):
        writer.write(piece)
        await writer.drain()
    writer.close()


async def rig() -> tuple[Plug, int, asyncio.Server]:
    target = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = free_port()
    plug = Plug("127.0.0.1", port, "127.0.0.1", target.sockets[0].getsockname()[1])
    await plug.put_in()
    return plug, port, target


async def ask(port: int, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def test_it_carries_both_ways_and_passes_the_end_on() -> None:
    async def scenario() -> None:
        plug, port, target = await rig()
        assert await ask(port, b"x" * 300_000) == b"x" * 300_000
        await plug.pull()
        target.close()

    asyncio.run(scenario())


def test_pulled_it_resets_what_is_open_and_refuses_what_comes() -> None:
    async def scenario() -> None:
        plug, port, target = await rig()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"a")
        assert await reader.read(1) == b"a"
        await plug.pull()
        assert not plug.on
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        writer.transport.abort()
        target.close()

    asyncio.run(scenario())


def test_put_in_again_it_is_on_the_same_port() -> None:
    async def scenario() -> None:
        plug, port, target = await rig()
        for _ in range(3):
            await plug.pull()
            await plug.pull()
            await plug.put_in()
            await plug.put_in()
            assert await ask(port, b"again") == b"again"
        await plug.pull()
        target.close()

    asyncio.run(scenario())


def test_a_target_that_is_down_ends_the_connection() -> None:
    async def scenario() -> None:
        port = free_port()
        plug = Plug("127.0.0.1", port, "127.0.0.1", free_port())
        await plug.put_in()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(ConnectionResetError):
            assert await reader.read(1) == b"never"
        writer.transport.abort()
        await plug.pull()

    asyncio.run(scenario())


def test_more_connections_than_the_bound_are_refused_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        monkeypatch.setattr(plug_module, "CONNECTIONS_MAX", 1)
        plug, port, target = await rig()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"a")
        assert await reader.read(1) == b"a"
        with pytest.raises(ConnectionResetError):
            await ask(port, b"one too many")
        assert plug.refused == 1
        writer.transport.abort()
        await plug.pull()
        target.close()

    asyncio.run(scenario())
