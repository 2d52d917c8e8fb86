"""The cache is what HQ says: changes, deletions, snapshots, whatever is damaged or cut meanwhile."""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from cloud_bridge.bridge import cache as cache_module
from cloud_bridge.bridge.app import Bridge
from cloud_bridge.bridge.cache import Mark
from cloud_bridge.bridge.errors import CacheDamaged, DiskFails, HqNonsense, HqUnreachable, Trouble
from cloud_bridge.bridge.feed import mark_after
from cloud_bridge.bridge.generations import FILES_MAX, Generations
from cloud_bridge.hq import feed as hq_feed
from cloud_bridge.wire import Changes
from gateway.core.event import bundle_hash, open_bundle
from gateway.core.evidence import evidence_key
from gateway.storage import layout
from tests.cloud_bridge.rig import (
    HEADER,
    FakeGateway,
    Lossy,
    RunningHq,
    drain,
    fill,
    open_bridge,
    running_hq,
)

CARD = bytes.fromhex("04A1B2C3D4E580")


def row(number: str, points: int = 10, card: str = "", name: str = "林晓雯", status: str = "active") -> str:
    return f"{number},{name},,zh-CN,{status},,{points},river,{card},,active\n"


def with_bridge(gateway: FakeGateway, hq: RunningHq, act: Callable[[Bridge], Awaitable[None]]) -> Bridge:
    async def run() -> Bridge:
        async with open_bridge(gateway, hq.url) as bridge:
            await act(bridge)
            return bridge

    return asyncio.run(run())


def folder_of(gateway: FakeGateway) -> Path:
    return layout.cache_folder(str(gateway.data_dir))


def generation_of(gateway: FakeGateway) -> str:
    return (folder_of(gateway) / layout.POINTER_FILE).read_text().strip()


def read(gateway: FakeGateway, sql: str, *values: object) -> list:
    """As the gateway reads: the generation pointed to, read only."""
    path = layout.generation_path(folder_of(gateway), generation_of(gateway))
    connection = sqlite3.connect(layout.read_only_uri(path), uri=True)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def meta(gateway: FakeGateway) -> dict:
    return dict(read(gateway, "SELECT key, value FROM meta"))


def same_as_hq(gateway: FakeGateway, hq: RunningHq) -> None:
    """The cache's rows are HQ's, but for what HQ keeps to itself."""
    assert read(gateway, "SELECT * FROM members ORDER BY id") == hq.query(
        "SELECT id, status, tier, qualifying, language, home_store FROM members ORDER BY id"
    )
    assert read(gateway, "SELECT * FROM people ORDER BY member") == hq.query(
        "SELECT member, name, nullif(birthday, '') FROM people ORDER BY member"
    )
    assert read(gateway, "SELECT key, id, kind, member, status FROM instruments ORDER BY key") == hq.query(
        "SELECT key, id, kind, member, status FROM instruments ORDER BY key"
    )


def test_the_first_snapshot(gateway: FakeGateway, hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1", card=CARD.hex()) + row("A2", points=1_200))
    with_bridge(gateway, hq, fill)
    same_as_hq(gateway, hq)
    found = meta(gateway)
    assert found["layout"] == layout.CACHE_LAYOUT
    assert found["generation"] == generation_of(gateway)
    assert found["cursor"] == hq.query("SELECT max(cursor) FROM feed")[0][0]
    key = evidence_key(found["brand_key"], "nfc.uid", CARD)
    assert read(gateway, "SELECT kind, status FROM instruments WHERE key = ?", key) == [("nfc.uid", "active")]
    (body,) = read(gateway, "SELECT body FROM bundles WHERE hash = ?", found["bundle_hash"])[0]
    assert bundle_hash(body) == found["bundle_hash"]
    assert [tier.code for tier in open_bundle(body).tiers] == ["member", "silver", "gold", "black"]
    assert not list(folder_of(gateway).glob("*.part*"))


def test_changes_follow_without_a_new_snapshot(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        hq.import_text(HEADER + row("A1", card=CARD.hex()))
        await fill(bridge)
        generation = generation_of(gateway)
        lines = "".join(row(f"B{n}", card=f"{n:014X}") for n in range(700))
        hq.import_text(HEADER + row("A1", points=5_000, status="suspended") + lines)
        await fill(bridge)
        assert generation_of(gateway) == generation
        same_as_hq(gateway, hq)
        assert len(read(gateway, "SELECT * FROM members")) == 701
        (found,) = hq.staff("GET", "/v1/members?query=A1").json()["found"]
        assert read(gateway, "SELECT status, tier FROM members WHERE id = ?", found["id"]) == [
            ("suspended", "black")
        ]

    bridge = with_bridge(gateway, hq, act)
    assert bridge.status.view()["counters"]["snapshots"] == 1


def test_deletions_reach_the_cache(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        hq.import_text(
            HEADER + row("A1", name="独一无二的名字", card=CARD.hex()) + row("A2", card="9B3E07C4")
        )
        await fill(bridge)
        assert len(read(gateway, "SELECT * FROM instruments")) == 2
        (found,) = hq.staff("GET", "/v1/members?query=A1").json()["found"]
        hq.staff("POST", f"/v1/members/{found['id']}/erase")
        hq.import_text(HEADER + row("A2"))
        await fill(bridge)
        same_as_hq(gateway, hq)
        assert read(gateway, "SELECT * FROM instruments") == []
        assert read(gateway, "SELECT status FROM members WHERE id = ?", found["id"]) == [("erased",)]
        assert len(read(gateway, "SELECT * FROM people")) == 1

    with_bridge(gateway, hq, act)
    left = b"".join(path.read_bytes() for path in folder_of(gateway).iterdir())
    assert "独一无二的名字".encode() not in left, "an erased name must not stay in the file"


def test_every_prefix_of_the_feed_has_members_before_their_cards(gateway: FakeGateway, hq: RunningHq) -> None:
    """A gateway may read between two pages: no card may ever name a member that is not there."""
    hq.import_text(HEADER + "".join(row(f"A{n}", card=f"{n:014X}") for n in range(30)))
    hq.import_text(HEADER + "".join(row(f"A{n}", points=n, card=f"{n:014X}") for n in range(0, 30, 3)))
    known: set[str] = set()
    for table, key, payload in hq.query("SELECT table_name, key, payload FROM feed ORDER BY cursor"):
        if table == "members":
            known.add(key)
        elif table == "instruments":
            assert payload.split('"member":"')[1][:21] in known


def test_as_of_waits_for_the_last_page() -> None:
    """Until then the cache may lack rows that HQ's seq of our events speaks of."""
    old = Mark(10, 5, 1, 1_000)
    page = Changes(generation="1", cursor=20, as_of=9, rights_epoch=2, rows=[], more=True)
    assert mark_after(page, old, 2_000) == Mark(20, 5, 2, 2_000)
    assert mark_after(replace(page, more=False), old, 2_000) == Mark(20, 9, 2, 2_000)


def test_as_of_follows_what_hq_took(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        await fill(bridge)
        gateway.append(7)
        await drain(bridge)
        await fill(bridge)
        assert meta(gateway)["as_of"] == 7

    with_bridge(gateway, hq, act)


def test_nothing_is_written_when_nothing_changed(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        await fill(bridge)
        await fill(bridge)
        wal = layout.generation_path(folder_of(gateway), generation_of(gateway) + ".db-wal").with_suffix("")
        before = wal.stat().st_mtime_ns if wal.exists() else 0
        for _ in range(5):
            await fill(bridge)
        assert (wal.stat().st_mtime_ns if wal.exists() else 0) == before
        synced = meta(gateway)["synced_at_ms"]
        await bridge.feed.step(synced + 61_000)
        assert meta(gateway)["synced_at_ms"] == synced + 61_000

    with_bridge(gateway, hq, act)


def test_gone_means_a_new_generation_and_the_old_stays_until_it_is_left(
    gateway: FakeGateway, hq: RunningHq
) -> None:
    async def act(bridge: Bridge) -> None:
        hq.import_text(HEADER + row("A1"))
        await fill(bridge)
        old = generation_of(gateway)
        gateway.confirm_cache(old)
        with hq.hq.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM generations")
        await fill(bridge)
        new = generation_of(gateway)
        assert new != old
        assert layout.generation_path(folder_of(gateway), old).exists(), "the gateway still reads it"
        gateway.confirm_cache(new)
        await fill(bridge)
        assert not list(folder_of(gateway).glob(f"{old}*"))
        same_as_hq(gateway, hq)
        assert bridge.status.view()["counters"]["gone"] == 1

    with_bridge(gateway, hq, act)


def test_a_restored_hq_or_forgotten_deletions_are_gone(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        hq.import_text(HEADER + row("A1", card=CARD.hex()) + row("A2"))
        await fill(bridge)
        first = generation_of(gateway)
        hq.import_text(HEADER + row("A1") + row("A2"))
        with hq.hq.database.writing() as connection:
            hq_feed.forget_deletions(connection, before_ms=2**62)
        await fill(bridge)
        second = generation_of(gateway)
        assert second != first
        same_as_hq(gateway, hq)
        with hq.hq.database.writing() as connection:
            connection.exec_driver_sql("UPDATE counters SET value = 1 WHERE name LIKE 'feed_%'")
        await fill(bridge)
        assert generation_of(gateway) != second

    with_bridge(gateway, hq, act)


def test_an_hq_that_disowns_its_snapshots_is_asked_slowly(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        with hq.hq.database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO counters VALUES('feed_floor', 1000000)")
        assert await bridge.feed.step(1), "the snapshot"
        with pytest.raises(HqNonsense, match="just gave"):
            await bridge.feed.step(1)
        assert await bridge.feed.step(1), "another one, after the wait of a trouble"

    with_bridge(gateway, hq, act)


def test_generations_do_not_fill_the_disk_while_the_gateway_is_away(
    gateway: FakeGateway, hq: RunningHq
) -> None:
    async def act(bridge: Bridge) -> None:
        await fill(bridge)
        kept = generation_of(gateway)
        gateway.confirm_cache(kept)
        for _ in range(FILES_MAX + 3):
            with hq.hq.database.writing() as connection:
                connection.exec_driver_sql("DELETE FROM generations")
                connection.exec_driver_sql(
                    "INSERT INTO generations VALUES('gw-1', ?, 0, 0)", (int(generation_of(gateway)) + 10,)
                )
            await fill(bridge)
        files = {path.stem for path in folder_of(gateway).glob("*.db")}
        assert len(files) <= FILES_MAX + 1
        assert {kept, generation_of(gateway)} <= files

    with_bridge(gateway, hq, act)


POINTERS = [
    b"",
    b"\n",
    b"../../etc/passwd\n",
    b"nowhere\n",
    b"\xff\xfe\n",
    b"no-line-end",
    b"a" * 5_000 + b"\n",
]


@pytest.mark.parametrize("pointer", POINTERS)
def test_a_pointer_to_nowhere_is_replaced(gateway: FakeGateway, hq: RunningHq, pointer: bytes) -> None:
    hq.import_text(HEADER + row("A1"))
    with_bridge(gateway, hq, fill)
    (folder_of(gateway) / layout.POINTER_FILE).write_bytes(pointer)
    with_bridge(gateway, hq, fill)
    same_as_hq(gateway, hq)


def damage_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4_096 : 4_096 * 3] = os.urandom(8_192)
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "removed": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"not a database at all" * 1_000),
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "middle": damage_middle,
    "another layout": lambda path: change(path, "UPDATE meta SET value = 1 WHERE key = 'layout'"),
    "another generation": lambda path: change(path, "UPDATE meta SET value = 'x' WHERE key = 'generation'"),
    "no cursor": lambda path: change(path, "DELETE FROM meta WHERE key = 'cursor'"),
    "text cursor": lambda path: change(path, "UPDATE meta SET value = 'many' WHERE key = 'cursor'"),
    "no table": lambda path: change(path, "DROP TABLE people"),
    "no rights": lambda path: change(path, "DROP TABLE lots"),
    "no epoch of rights": lambda path: change(path, "DELETE FROM meta WHERE key = 'rights_epoch'"),
    "no brand key": lambda path: change(path, "DELETE FROM meta WHERE key = 'brand_key'"),
}


def change(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(sql)
    connection.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_replaced_by_a_snapshot(gateway: FakeGateway, hq: RunningHq, damage: str) -> None:
    hq.import_text(HEADER + "".join(row(f"A{n}", card=f"{n:014X}") for n in range(200)))
    with_bridge(gateway, hq, fill)
    old = generation_of(gateway)
    DAMAGES[damage](layout.generation_path(folder_of(gateway), old))
    bridge = with_bridge(gateway, hq, fill)
    assert generation_of(gateway) != old
    same_as_hq(gateway, hq)
    assert bridge.status.view()["counters"]["cache_damaged"] == 1


def test_a_cache_that_vanishes_under_a_running_bridge_is_replaced(
    gateway: FakeGateway, hq: RunningHq
) -> None:
    async def act(bridge: Bridge) -> None:
        hq.import_text(HEADER + row("A1"))
        await fill(bridge)
        old = generation_of(gateway)
        for path in folder_of(gateway).glob(f"{old}*"):
            path.unlink()
        await fill(bridge)
        assert generation_of(gateway) != old
        same_as_hq(gateway, hq)

    with_bridge(gateway, hq, act)


def test_a_damaged_cache_stays_as_it_is_while_hq_is_away(gateway: FakeGateway, hq: RunningHq) -> None:
    with_bridge(gateway, hq, fill)
    old = generation_of(gateway)
    path = layout.generation_path(folder_of(gateway), old)
    path.write_bytes(b"damaged")
    hq.stop()

    async def act(bridge: Bridge) -> None:
        with pytest.raises(HqUnreachable):
            await bridge.feed.step(1)

    with_bridge(gateway, hq, act)
    assert (generation_of(gateway), path.read_bytes()) == (old, b"damaged")
    hq.start()


def test_a_snapshot_cut_at_any_byte_changes_nothing(gateway: FakeGateway, tmp_path: Path) -> None:
    """The stream ends after n bytes, for many n: no generation, no half file; then whole: one generation."""
    with running_hq(tmp_path) as hq:
        hq.import_text(HEADER + "".join(row(f"A{n}", card=f"{n:014X}") for n in range(3)))
        whole = hq.as_gateway("GET", "/snapshot").content

        async def act(bridge: Bridge) -> None:
            for length in [*range(0, len(whole) - 1, 37), len(whole) - 2, len(whole) - 1]:
                part = whole[:length]
                transport = httpx.MockTransport(
                    lambda request, part=part: httpx.Response(200, stream=httpx.ByteStream(part))
                )
                bridge.feed._door._client = httpx.AsyncClient(transport=transport, base_url="http://hq")
                with pytest.raises(Trouble):
                    await bridge.feed.step(1)
                assert list(folder_of(gateway).iterdir()) == [], length
            transport = httpx.MockTransport(
                lambda request: httpx.Response(200, stream=httpx.ByteStream(whole))
            )
            bridge.feed._door._client = httpx.AsyncClient(transport=transport, base_url="http://hq")
            assert await bridge.feed.step(1)
            same_as_hq(gateway, hq)

        with_bridge(gateway, hq, act)


def test_a_snapshot_that_lacks_a_row_is_refused(gateway: FakeGateway, hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1") + row("A2"))
    lines = hq.as_gateway("GET", "/snapshot").content.splitlines(keepends=True)
    streams = [
        b"".join(lines[:2] + lines[3:]),
        b"".join([*lines, lines[1]]),
        b"".join([*lines[:-1], lines[1], lines[-1]]),
    ]

    async def act(bridge: Bridge) -> None:
        for stream in streams:
            transport = httpx.MockTransport(
                lambda request, stream=stream: httpx.Response(200, stream=httpx.ByteStream(stream))
            )
            bridge.feed._door._client = httpx.AsyncClient(transport=transport, base_url="http://hq")
            with pytest.raises(Trouble):
                await bridge.feed.step(1)
            assert list(folder_of(gateway).iterdir()) == []

    with_bridge(gateway, hq, act)


def test_snapshots_and_pages_that_break_off_are_taken_again(tmp_path: Path, gateway: FakeGateway) -> None:
    asked = iter(["deaf", "ok", "ok", "lost", "failing", "ok"] + ["ok"] * 50)

    def plan(method: str, path: str) -> str:
        return next(asked) if path.endswith(("/snapshot", "/changes")) else "ok"

    async def act(bridge: Bridge) -> None:
        hq.import_text(HEADER + row("A1"))
        await fill(bridge)
        hq.import_text(HEADER + row("A1", points=99) + row("A2"))
        await fill(bridge)
        same_as_hq(gateway, hq)

    with running_hq(tmp_path, lambda site: Lossy(site, plan)) as hq:
        bridge = with_bridge(gateway, hq, act)
    assert bridge.status.view()["counters"]["hq_unreachable"] == 2


@pytest.mark.parametrize("pages", [8, 20])
def test_a_full_disk_is_told_and_the_old_cache_stays(
    gateway: FakeGateway, hq: RunningHq, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    async def act(bridge: Bridge) -> None:
        hq.import_text(HEADER + row("A1"))
        await fill(bridge)
        old = generation_of(gateway)
        hq.import_text(HEADER + "".join(row(f"B{n}", card=f"{n:014X}") for n in range(400)))
        real = cache_module._connect

        def tiny(uri: str) -> sqlite3.Connection:
            connection = real(uri)
            connection.execute(f"PRAGMA max_page_count = {pages}")
            return connection

        monkeypatch.setattr(cache_module, "_connect", tiny)
        bridge.feed.close()
        with pytest.raises(DiskFails):
            await fill_strictly(bridge)
        with hq.hq.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM generations")
        with pytest.raises(DiskFails):
            await fill_strictly(bridge)
        assert generation_of(gateway) == old
        assert len(read(gateway, "SELECT * FROM members")) == 1
        assert not list(folder_of(gateway).glob("*.part*"))
        monkeypatch.setattr(cache_module, "_connect", real)
        bridge.feed.close()
        await fill(bridge)
        same_as_hq(gateway, hq)

    with_bridge(gateway, hq, act)


async def fill_strictly(bridge: Bridge) -> None:
    while await bridge.feed.step(1):
        pass


def test_a_generation_the_gateway_may_be_opening_stays(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    for name in ("1", "2", "3"):
        generations.path(name).write_bytes(b"x")
    (tmp_path / layout.POINTER_FILE).write_text("3\n")
    assert generations.sweep("1") == [], "it reads 1, and may be opening 2, which was in force a moment ago"
    assert generations.sweep(None) == []
    assert sorted(generations.sweep("3")) == ["1", "2"]
    assert [path.name for path in tmp_path.glob("*.db")] == ["3.db"]


def test_a_killed_bridge_leaves_no_half_file_behind(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    for name in ("1.part", "1.part-wal", "current.part", "2.db"):
        (folder / name).write_bytes(b"x")
    generations = Generations(folder)
    generations.prepare()
    assert sorted(path.name for path in folder.iterdir()) == ["2.db"]
    assert generations.current() is None
    with pytest.raises(CacheDamaged):
        cache_module.Cache(generations.path("1"), "1", "gw-1")
