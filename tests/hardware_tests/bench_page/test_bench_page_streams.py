"""The streams: what the page hears of the bench, and what the bench hears of the gateway and HQ."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from hardware_tests.virtual.bench.feed import READERS_MAX, Feed, FeedResponse, encode
from hardware_tests.virtual.bench.follow import LINE_BYTES_MAX, Source, StreamBroken, events, follow


def test_a_reader_gets_the_newest_of_each_key_and_its_place_back() -> None:
    async def play() -> list[Any]:
        feed = Feed()
        reader = feed.join()
        assert reader is not None
        for number in range(10_000):
            feed.tell("frame counter-1", "frame", {"n": number})
        feed.tell("plugs", "plugs", {})
        first = await reader.next()
        feed.close()
        return [first, await reader.next()]

    first, end = asyncio.run(play())
    assert first == {"frame counter-1": ("frame", {"n": 9_999}), "plugs": ("plugs", {})}
    assert end is None


def test_no_more_readers_than_there_are_places_and_leaving_frees_one() -> None:
    async def play() -> None:
        feed = Feed()
        readers = [feed.join() for _ in range(READERS_MAX)]
        assert all(readers) and feed.join() is None

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            await asyncio.sleep(0)

        assert readers[0] is not None
        await FeedResponse(feed, readers[0], {})({"type": "http", "method": "GET"}, receive, send)
        assert feed.join() is not None

    asyncio.run(play())


def test_notes_are_written_as_events() -> None:
    assert encode({"a": ("plugs", {"x": "字"})}) == 'event: plugs\ndata: {"x":"字"}\n\n'.encode()


def _collect(lines: list[str]) -> list[Any]:
    async def source() -> AsyncIterator[str]:
        for line in lines:
            yield line

    async def play() -> list[Any]:
        return [event async for event in events(source())]

    return asyncio.run(play())


def test_events_are_read_and_comments_left_out() -> None:
    lines = [
        "retry: 1000",
        "",
        ": here",
        "",
        "event: tap",
        'data: {"seq":1}',
        "",
        "id: 7",
        "event: sync",
        "data: {}",
        "",
    ]
    assert _collect(lines) == [("tap", {"seq": 1}), ("sync", {})]


@pytest.mark.parametrize("line", ["data: nonsense", "data: [1]", "data: ", "x" * (LINE_BYTES_MAX + 1)])
def test_a_stream_of_nonsense_is_broken_and_no_event(line: str) -> None:
    with pytest.raises(StreamBroken):
        _collect(["event: tap", line, ""])


def test_a_follower_comes_back_after_every_kind_of_failure() -> None:
    answers: Iterator[httpx.Response | Exception] = iter([
        httpx.Response(503),
        httpx.ConnectError("refused"),
        httpx.Response(200, text="event: tap\ndata: nonsense\n\n"),
        httpx.Response(200, text='event: tap\ndata: {"seq":5}\n\n'),
    ])  # fmt: skip
    happened: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer secret"
        found = next(answers, None)
        if found is None:
            raise asyncio.CancelledError
        if isinstance(found, Exception):
            raise found
        return found

    async def opened() -> None:
        happened.append("opened")

    async def play() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            source = Source("http://127.0.0.1:1", "secret")
            heard = lambda name, data: happened.append((name, data))  # noqa: E731
            await follow(client, source, opened, heard, lambda: happened.append("lost"))

    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(play())
    assert happened == ["lost", "lost", "opened", "lost", "opened", ("tap", {"seq": 5}), "lost"]
