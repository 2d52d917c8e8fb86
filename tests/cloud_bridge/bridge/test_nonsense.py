"""Whatever answers at HQ's address: each nonsense is one clear, counted trouble, and nothing changes."""

import asyncio
import gzip
import json
import sqlite3
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from cloud_bridge.bridge import door
from cloud_bridge.bridge.app import Bridge
from cloud_bridge.bridge.errors import HqFailing, HqNonsense, HqRefuses, HqRejects, HqUnreachable, Trouble
from gateway.core.event import GENESIS
from gateway.storage import layout
from tests.cloud_bridge.rig import FakeGateway, RunningHq, drain, fill, open_bridge

Handler = Callable[[httpx.Request], httpx.Response]
HASH = "ab" * 32


def mock(handler: Handler) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://hq")


def answer(data: object, status: int = 200, **headers: str) -> httpx.Response:
    """An answer still to be read, as one from a line is."""
    content = (
        data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    )
    return httpx.Response(status, stream=httpx.ByteStream(content), headers=headers)


def always(data: object, **headers: str) -> Handler:
    return lambda request: answer(data, **headers)


def step_up(gateway: FakeGateway, handler: Handler) -> None:
    async def run() -> None:
        async with open_bridge(gateway, "http://localhost", client=mock(handler)) as bridge:
            await bridge.follower.step()

    asyncio.run(run())


NONSENSE = {
    "empty": b"",
    "html": b"<!doctype html><title>Sign in to the Wi-Fi</title>",
    "not json": b"position 7",
    "half": b'{"seq":7,',
    "null": b"null",
    "list": b"[]",
    "text seq": json.dumps({"seq": "7", "hash": HASH}),
    "negative": json.dumps({"seq": -1, "hash": HASH}),
    "absurd": json.dumps({"seq": 2**64, "hash": HASH}),
    "float": json.dumps({"seq": 1.5, "hash": HASH}),
    "short hash": json.dumps({"seq": 1, "hash": "ab"}),
    "upper hash": json.dumps({"seq": 1, "hash": HASH.upper()}),
    "more": json.dumps({"seq": 1, "hash": HASH, "extra": 1}),
    "zero with hash": json.dumps({"seq": 0, "hash": HASH}),
    "seq without hash": json.dumps({"seq": 3, "hash": GENESIS}),
    "deep": b"[" * 100_000,
    "not utf-8": b'{"seq":1,"hash":"\xff\xfe"}',
    "too long": b" " * (door.ANSWER_BYTES_MAX + 1),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_for_a_position(gateway: FakeGateway, name: str) -> None:
    gateway.append(3)
    with pytest.raises(HqNonsense):
        step_up(gateway, always(NONSENSE[name]))


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (204, HqNonsense),
        (301, HqNonsense),
        (302, HqNonsense),
        (307, HqNonsense),
        (401, HqRefuses),
        (403, HqRefuses),
        (404, HqRejects),
        (409, HqRejects),
        (422, HqRejects),
        (429, HqFailing),
        (500, HqFailing),
        (503, HqFailing),
    ],
)
def test_every_other_status(gateway: FakeGateway, status: int, trouble: type[Trouble]) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer(b"<html>", status, location="http://elsewhere/")

    gateway.append(1)
    with pytest.raises(trouble, match=str(status)):
        step_up(gateway, handler)
    assert asked == ["http://hq/v1/gateways/gw-1/position"], "a redirect is never followed"


def test_an_endless_answer_is_cut(gateway: FakeGateway) -> None:
    class Endless(httpx.AsyncByteStream):
        given = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                Endless.given += 1
                yield b"x" * 65_536

    gateway.append(1)
    with pytest.raises(HqNonsense, match="more than"):
        step_up(gateway, lambda request: httpx.Response(200, stream=Endless()))
    assert Endless.given < 10


def test_an_answer_that_never_ends_to_come_is_cut(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.005)
                yield b" "

    monkeypatch.setattr(door, "ANSWER_WAIT_S", 0.1)
    gateway.append(1)
    with pytest.raises(HqUnreachable, match="no whole answer"):
        step_up(gateway, lambda request: httpx.Response(200, stream=Dripping()))


def test_a_compressed_bomb_is_not_opened(gateway: FakeGateway) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < door.ANSWER_BYTES_MAX
    gateway.append(1)
    with pytest.raises(HqNonsense):
        step_up(gateway, always(bomb, **{"content-encoding": "gzip"}))


def test_nonsense_as_the_answer_to_a_batch(gateway: FakeGateway) -> None:
    gateway.append(3)
    tip = gateway.hashes()[-1]
    answers = [
        {"seq": 3, "hash": tip, "accepted": 2, "known": 0},
        {"seq": 3, "hash": tip, "accepted": 501, "known": 0},
        {"seq": 3, "hash": tip},
        [],
    ]
    start = {"seq": 0, "hash": GENESIS}
    for wrong in answers:

        def handler(request: httpx.Request, wrong: object = wrong) -> httpx.Response:
            return answer(start if request.method == "GET" else wrong)

        with pytest.raises(HqNonsense):
            step_up(gateway, handler)


@pytest.mark.parametrize("seq", [4, 10, 10**6, 2**62])
def test_an_absurd_position_leads_back_to_what_both_have(gateway: FakeGateway, seq: int) -> None:
    """HQ knows our first three events and claims a tip we never had: we go on from the third."""
    gateway.append(8)
    hashes, sent = gateway.hashes(), []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.extend(int(event["id"].split(":")[1]) for event in json.loads(request.content))
            return answer({"seq": 8, "hash": hashes[7], "accepted": len(sent), "known": 0})
        at = request.url.params.get("at")
        if at is None:
            return answer({"seq": seq, "hash": HASH})
        known = [hashes[int(at) - 1]] if int(at) <= 3 else []
        return answer({"seq": int(at), "hashes": known})

    async def run() -> Bridge:
        async with open_bridge(gateway, "http://localhost", client=mock(handler)) as bridge:
            await drain(bridge)
            return bridge

    bridge = asyncio.run(run())
    assert sent == [4, 5, 6, 7, 8]
    assert bridge.status.view()["counters"]["other_tip"] == 1


def test_an_answer_about_another_seq_is_nonsense(gateway: FakeGateway) -> None:
    gateway.append(4)

    def handler(request: httpx.Request) -> httpx.Response:
        if "at" in request.url.params:
            return answer({"seq": 99, "hashes": []})
        return answer({"seq": 4, "hash": HASH})

    with pytest.raises(HqNonsense, match="99"):
        step_up(gateway, handler)


MEMBER = {"id": "m1", "status": "active", "tier": "gold", "qualifying": 5, "language": "en"}
BAD_CHANGES = {
    "unknown table": {"table": "ledger", "op": "put", "row": MEMBER},
    "unknown op": {"table": "members", "op": "drop", "row": MEMBER},
    "bundle deleted": {"table": "bundles", "op": "del", "row": {"hash": HASH}},
    "wrong status": {"table": "members", "op": "put", "row": {**MEMBER, "status": "king"}},
    "negative": {"table": "members", "op": "put", "row": {**MEMBER, "qualifying": -1}},
    "text number": {"table": "members", "op": "put", "row": {**MEMBER, "qualifying": "5"}},
    "missing column": {"table": "members", "op": "put", "row": {"id": "m1"}},
    "more columns": {"table": "members", "op": "put", "row": {**MEMBER, "pin": 1}},
    "long id": {"table": "members", "op": "put", "row": {**MEMBER, "id": "m" * 41}},
    "path id": {"table": "members", "op": "put", "row": {**MEMBER, "id": "../x"}},
    "long name": {"table": "people", "op": "put", "row": {"member": "m1", "name": "x" * 65}},
    "short key": {"table": "instruments", "op": "del", "row": {"key": "ab"}},
    "alias of itself": {"table": "aliases", "op": "put", "row": {"id": "m1", "into": "m1"}},
    "lot without terms": {"table": "lots", "op": "put", "row": {"lot": "a.0", "owner": "member:m1"}},
    "list row": {"table": "members", "op": "put", "row": []},
    "bundle of another hash": {"table": "bundles", "op": "put", "row": {"hash": HASH, "body": "{}"}},
}


@pytest.mark.parametrize("name", BAD_CHANGES)
def test_a_page_with_one_wrong_row_is_refused_whole(gateway: FakeGateway, hq: RunningHq, name: str) -> None:
    gateway.append(1)

    async def run() -> None:
        async with open_bridge(gateway, hq.url) as bridge:
            await fill(bridge)
            before = cache_of(gateway)
            generation = bridge.status.view()["cache"]["generation"]
            page = {
                "generation": generation,
                "cursor": 999,
                "as_of": 0,
                "rights_epoch": 1,
                "rows": [{"table": "members", "op": "put", "row": MEMBER}, BAD_CHANGES[name]],
                "more": False,
            }
            bridge.feed._door._client = mock(always(json.dumps(page)))
            with pytest.raises(HqNonsense):
                await bridge.feed.step(10)
            assert cache_of(gateway) == before

    asyncio.run(run())


@pytest.mark.parametrize(
    "change",
    [
        {"generation": "other"},
        {"cursor": 0},
        {"cursor": -1},
        {"cursor": 2**63},
        {"rows": [], "cursor": 1, "more": True},
        {"rows": [{"table": "members", "op": "put", "row": MEMBER}] * 501},
        {"more": "no"},
        {"as_of": None},
        {"rights_epoch": 0},
    ],
)
def test_a_page_that_leads_nowhere_is_refused(gateway: FakeGateway, hq: RunningHq, change: dict) -> None:
    async def run() -> None:
        async with open_bridge(gateway, hq.url) as bridge:
            await fill(bridge)
            before = cache_of(gateway)
            generation = bridge.status.view()["cache"]["generation"]
            row = {"table": "members", "op": "put", "row": MEMBER}
            page = {
                "generation": generation,
                "cursor": 999,
                "as_of": 0,
                "rights_epoch": 1,
                "rows": [row],
                "more": False,
                **change,
            }
            bridge.feed._door._client = mock(always(json.dumps(page)))
            with pytest.raises(HqNonsense):
                await bridge.feed.step(10)
            assert cache_of(gateway) == before

    asyncio.run(run())


def cache_of(gateway: FakeGateway) -> dict[str, list]:
    """Every row of the cache in force."""
    folder = layout.cache_folder(str(gateway.data_dir))
    path = layout.generation_path(folder, (folder / layout.POINTER_FILE).read_text().strip())
    connection = sqlite3.connect(layout.read_only_uri(path), uri=True)
    tables = ("meta", "members", "people", "instruments", "bundles", "aliases", "lots")
    rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}
    connection.close()
    return rows
