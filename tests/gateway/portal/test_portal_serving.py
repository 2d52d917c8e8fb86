"""The portal's server: an answer goes to the kernel by one call, whole, in order; closing loses none."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import SettingsError
from gateway.portal.serving import Gathering, build_server, open_socket
from gateway.portal.settings import PortalSettings
from tests.ports import free_port


class Wire:
    """A transport that writes down each call."""

    def __init__(self) -> None:
        self.calls: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def close(self) -> None:
        self.calls.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.calls


def played(*turns: str) -> list[bytes | str]:
    """What reaches the wire of turns of the loop: each letter is written, "!" closes."""
    wire = Wire()

    async def story() -> None:
        gathering: Any = Gathering(wire)  # type: ignore[arg-type]
        for turn in turns:
            for letter in turn:
                gathering.close() if letter == "!" else gathering.write(letter.encode())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert gathering.is_closing() == wire.is_closing()

    asyncio.run(story())
    return wire.calls


def test_what_is_written_in_one_turn_is_one_call() -> None:
    assert played("ab") == [b"ab"]
    assert played("ab", "c", "de") == [b"ab", b"c", b"de"]
    assert played("", "a") == [b"a"]


def test_closing_writes_what_is_held_first_and_nothing_twice() -> None:
    assert played("ab!") == [b"ab", "closed"]
    assert played("a", "!") == [b"a", "closed"]
    assert played("!") == ["closed"]


def test_answers_of_every_size_arrive_whole_over_one_connection_and_over_closed_ones() -> None:
    async def sized(request: Request) -> Response:
        headers = {"connection": "close"} if "close" in request.query_params else {}
        return Response(b"x" * int(request.path_params["size"]), headers=headers)

    async def story() -> None:
        port = free_port()
        server = build_server(Starlette(routes=[Route("/{size}", sized)]))
        listening = open_socket(PortalSettings(store="s1", http_port=port))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for size in (0, 1, 3_000, 500_000):
                for query in ("", "?close"):
                    assert len((await client.get(f"/{size}{query}")).content) == size
            assert (await client.head("/3000")).headers["content-length"] == "3000"
        server.should_exit = True
        await serving

    asyncio.run(asyncio.wait_for(story(), 30))


def test_a_host_that_is_not_ours_is_said_with_the_setting() -> None:
    with pytest.raises(SettingsError, match=r"\[portal\] cannot listen on 203\.0\.113\.7"):
        open_socket(PortalSettings(store="s1", http_host="203.0.113.7"))
