"""Follows another program's event stream over HTTP: lines in, events out, again while it is away."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, NamedTuple

import httpx

RETRY_S_FIRST: Final = 0.2  # a restarted gateway is back in under 2 s, and the page should be too
RETRY_S_MAX: Final = 2.0
SILENCE_S_MAX: Final = 40.0  # both servers say ": here" every 15 s
LINE_BYTES_MAX: Final = 262_144

Event = tuple[str, dict[str, Any]]


class Source(NamedTuple):
    """A server of ours: url without a closing slash, and the token it wants."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"authorization": f"Bearer {self.token}"}


async def follow(
    client: httpx.AsyncClient,
    source: Source,
    opened: Callable[[], Awaitable[None]],
    heard: Callable[[str, dict[str, Any]], None],
    lost: Callable[[], None],
) -> None:
    """For ever: opened after each connection, heard for each event, lost when it ends. Cancel to stop."""
    wait_s = RETRY_S_FIRST
    while True:
        try:
            async with client.stream("GET", source.url + "/v1/stream", headers=source.headers) as answer:
                answer.raise_for_status()
                await opened()
                wait_s = RETRY_S_FIRST
                async for name, data in events(answer.aiter_lines()):
                    heard(name, data)
        except (httpx.HTTPError, StreamBroken):
            pass  # the world fails: said by lost(), tried again below
        lost()
        await asyncio.sleep(wait_s)
        wait_s = min(RETRY_S_MAX, 2 * wait_s)


class StreamBroken(Exception):
    """The other side sends what is no event stream of ours."""


async def events(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    """The events of a stream's lines; comments and unknown fields are left out. Raises StreamBroken."""
    name, data = "", ""
    async for line in lines:
        if len(line) > LINE_BYTES_MAX:
            raise StreamBroken(f"a line of {len(line)} characters")
        if line == "" and name:
            yield name, _parsed(data)
            name, data = "", ""
        elif line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data = line[6:]


def _parsed(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as fault:
        raise StreamBroken("data that is no JSON") from fault
    if not isinstance(value, dict):
        raise StreamBroken("data that is no object")
    return value


def new_client() -> httpx.AsyncClient:
    """A client for servers of ours on this machine: no proxy of the environment, bounded waits."""
    timeout = httpx.Timeout(5.0, read=SILENCE_S_MAX)
    return httpx.AsyncClient(timeout=timeout, trust_env=False)
