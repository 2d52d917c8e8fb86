"""The event stream: present state first, then changes; slow readers end, nobody's place leaks."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from gateway.adapters.http import stream
from gateway.adapters.http.stream import EventStream, events
from gateway.live import NOTES_WAITING_MAX, SUBSCRIBERS_MAX, Live, Subscription

Make = Callable[..., dict[str, Any]]


def _subscribe(live: Live) -> Subscription:
    subscription = live.subscribe()
    assert subscription is not None
    return subscription


def _read(chunk: bytes) -> tuple[str, Any]:
    lines = chunk.decode().splitlines()
    assert lines[0].startswith("event: ") and lines[1].startswith("data: ") and lines[2:] == [""]
    return lines[0][7:], msgspec.json.decode(lines[1][6:])


def test_a_reader_learns_the_present_then_every_change(live: Live, tap: Make, bridge: Make) -> None:
    async def play() -> list[tuple[str, Any]]:
        reader = events(live, _subscribe(live))
        assert (await anext(reader)).startswith(b"retry: ")
        told = [_read(await anext(reader)) for _ in range(6)]
        live.add_taps([tap(3), tap(4, name="a\nb")])
        live.set_sync(seq=4)
        live.set_bridge(bridge(backlog=3))
        live.set_promises(holds=2)
        return told + [_read(await anext(reader)) for _ in range(5)]

    told = asyncio.run(play())
    names = [name for name, _ in told]
    present = ["sync", "bridge", "promises", "presence", "counters", "device"]
    assert names == [*present, "tap", "tap", "sync", "bridge", "promises"]
    assert told[7][1]["name"] == "a\nb"
    assert told[8][1]["sync"]["seq"] == 4
    assert (told[1][1], told[9][1]) == (bridge(), bridge(backlog=3))
    assert (told[2][1]["holds"], told[10][1]["holds"]) == (0, 2)


def test_a_quiet_stream_shows_that_it_lives(live: Live, monkeypatch: Any) -> None:
    monkeypatch.setattr(stream, "KEEPALIVE_S", 0.0)

    async def play() -> bytes:
        reader = events(live, _subscribe(live))
        for _ in range(7):
            await anext(reader)
        return await anext(reader)

    assert asyncio.run(play()) == b": here\n\n"


def test_a_reader_who_does_not_read_ends_after_what_was_kept(live: Live, tap: Make) -> None:
    async def play() -> list[bytes]:
        reader = events(live, _subscribe(live))
        await anext(reader)
        live.add_taps([tap(seq) for seq in range(3, 3 + NOTES_WAITING_MAX + 10)])
        return [chunk async for chunk in reader]

    chunks = asyncio.run(play())
    assert len(chunks) == 6 + NOTES_WAITING_MAX
    assert live.counters.get("live.subscribers_dropped") == 1


def test_a_reader_who_leaves_before_the_first_byte_keeps_no_place(live: Live) -> None:
    async def leave() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            await asyncio.sleep(0)

        response = EventStream(live, _subscribe(live))
        await response({"type": "http", "method": "GET"}, receive, send)

    for _ in range(SUBSCRIBERS_MAX + 1):
        asyncio.run(leave())


def test_closing_the_live_view_ends_every_stream(live: Live) -> None:
    async def play() -> list[bytes]:
        reader = events(live, _subscribe(live))
        await anext(reader)
        live.close()
        return [chunk async for chunk in reader]

    assert len(asyncio.run(play())) == 6
