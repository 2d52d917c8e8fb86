"""The cache has of each lot this gateway's own part, of the present epoch, and grants reach it at once."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cloud_bridge.asks import RightsGiven
from cloud_bridge.bridge import feed as feed_module
from cloud_bridge.bridge.app import Bridge
from cloud_bridge.wire import AliasRow, LotRow, PartRow
from gateway.core.promises import Terms
from gateway.storage import layout
from tests.cloud_bridge.bridge.fake_hq import FakeHq
from tests.cloud_bridge.rig import FakeGateway, fill, open_bridge

TERMS = Terms("SPRING10", "2026-12-31", 1_000, zone="Asia/Shanghai")
OURS = PartRow(1, 5, 1_760_000_900_000, 2, 3, 4)
OURS_STORED = (1, 5, 1_760_000_900_000, 2, 3, 4)
OTHERS = PartRow(1, 70, 0, 0, 0, 60)


def lot(number: int, **parts: PartRow) -> LotRow:
    named = {name.replace("_", "-"): part for name, part in parts.items()}
    return LotRow(f"{number:032x}.0", "member:m1", "PTS", TERMS, 90, named)


def with_bridge(gateway: FakeGateway, hq: FakeHq, act: Callable[[Bridge], Awaitable[Any]]) -> Bridge:
    async def run() -> Bridge:
        async with open_bridge(gateway, "http://localhost", client=hq.client) as bridge:
            await act(bridge)
            return bridge

    return asyncio.run(run())


def cached(gateway: FakeGateway, sql: str = "SELECT * FROM lots ORDER BY lot", *values: object) -> list[Any]:
    folder = layout.cache_folder(str(gateway.data_dir))
    path = layout.generation_path(folder, (folder / layout.POINTER_FILE).read_text().strip())
    connection = sqlite3.connect(layout.read_only_uri(path), uri=True)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def numbers(gateway: FakeGateway) -> list[tuple[int, ...]]:
    """(total, epoch, granted, lease_end, recall, minted, spent) of each lot."""
    return [row[4:] for row in cached(gateway)]


def epoch_of(gateway: FakeGateway) -> int:
    return int(cached(gateway, "SELECT value FROM meta WHERE key = ?", layout.META_RIGHTS_EPOCH)[0][0])


@pytest.mark.parametrize("by_feed", [False, True])
def test_a_lot_has_our_part_only(gateway: FakeGateway, by_feed: bool) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        if by_feed:
            await fill(bridge)
        hq.put_lot(lot(1, gw_1=OURS, gw_2=OTHERS))
        hq.put_lot(lot(2, gw_2=OTHERS))
        hq.put("aliases", "p-1", AliasRow("p-1", "m1"))
        await fill(bridge)

    with_bridge(gateway, hq, act)
    owner, unit, name, terms, *_ = cached(gateway)[0]
    assert (owner, unit, name) == ("member:m1", "PTS", lot(1).lot)
    assert json.loads(terms)["expires_on"] == "2026-12-31"
    assert numbers(gateway) == [(90, *OURS_STORED), (90, 1, 0, 0, 0, 0, 0)]
    assert cached(gateway, "SELECT * FROM aliases") == [("p-1", "m1")]
    assert (epoch_of(gateway), hq.requests.count("snapshot")) == (1, 1)


@pytest.mark.parametrize("by_feed", [False, True])
def test_a_part_of_another_epoch_is_nothing(gateway: FakeGateway, by_feed: bool) -> None:
    hq = FakeHq()
    hq.epoch = 3

    async def act(bridge: Bridge) -> None:
        if by_feed:
            await fill(bridge)
        for number, epoch in enumerate((2, 3, 4)):
            hq.put_lot(lot(number, gw_1=PartRow(epoch, 5, 0, 0, 0, 0)))
        await fill(bridge)

    with_bridge(gateway, hq, act)
    assert [row[1:3] for row in numbers(gateway)] == [(3, 0), (3, 5), (3, 0)]


def test_a_new_epoch_alone_is_written_at_once(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        hq.put_lot(lot(1, gw_1=OURS))
        await fill(bridge)
        hq.epoch = 2
        await fill(bridge)
        assert epoch_of(gateway) == 2
        assert numbers(gateway)[0][1] == 1, "a row says of which epoch it is"
        hq.put_lot(lot(1, gw_1=PartRow(2, 1, 0, 0, 0, 0)))
        await fill(bridge)
        assert numbers(gateway)[0][1:3] == (2, 1)

    with_bridge(gateway, hq, act)


def test_a_lot_that_is_over_goes(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        hq.put_lot(lot(1, gw_1=OURS))
        hq.put_lot(lot(2, gw_1=OURS))
        await fill(bridge)
        hq.forget_lot(lot(1))
        await fill(bridge)
        assert [row[2] for row in cached(gateway)] == [lot(2).lot]

    with_bridge(gateway, hq, act)


def given(hq: FakeHq, *rows: LotRow, cursor: int | None = None) -> RightsGiven:
    return RightsGiven(hq.epoch, hq.cursor if cursor is None else cursor, list(rows))


def test_a_grant_does_not_wait_for_its_turn_in_a_long_feed(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        await fill(bridge)
        for number in range(30):
            hq.put_lot(lot(number))
        granted = lot(29, gw_1=OURS)
        hq.put_lot(granted)
        bridge.feed.offer(given(hq, granted))
        assert await bridge.feed.step(1), "nine pages are still to come"
        assert [row[4:] for row in cached(gateway) if row[2] == granted.lot] == [(90, *OURS_STORED)]
        await fill(bridge)
        assert len(cached(gateway)) == 30
        assert [row[4:] for row in cached(gateway) if row[2] == granted.lot] == [(90, *OURS_STORED)]

    with_bridge(gateway, hq, act)


def test_an_old_answer_never_takes_a_newer_row_back(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        await fill(bridge)
        hq.put_lot(lot(1, gw_1=PartRow(1, 5, 0, 0, 0, 0)))
        late = given(hq, lot(1, gw_1=PartRow(1, 5, 0, 0, 0, 0)))
        hq.put_lot(lot(1, gw_1=PartRow(1, 9, 0, 0, 0, 0)))
        await fill(bridge)
        bridge.feed.offer(late)
        await fill(bridge)
        assert numbers(gateway)[0][2] == 9
        bridge.feed.offer(given(hq, lot(1, gw_1=PartRow(1, 1, 0, 0, 0, 0)), cursor=10**6))
        hq.generation += 1
        await fill(bridge)
        bridge.feed.offer(RightsGiven(hq.epoch + 1, 10**6, [lot(1)]))
        await fill(bridge)
        assert numbers(gateway)[0][2] == 9, "nor one of another epoch, nor over a snapshot"

    with_bridge(gateway, hq, act)


def test_answers_that_nobody_takes_are_left_to_the_feed(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        for number in range(feed_module.OFFERED_MAX + 3):
            bridge.feed.offer(RightsGiven(1, number, []))
        assert bridge.status.view()["counters"]["rights_left_to_feed"] == 3

    with_bridge(gateway, hq, act)


def test_it_looks_often_while_a_till_may_wait_for_what_others_give_back(gateway: FakeGateway) -> None:
    hq = FakeHq()
    now = [50.0]

    async def act(bridge: Bridge) -> None:
        feed = bridge.feed
        feed._steady_s = lambda: now[0]
        await fill(bridge)
        assert feed.wait_ms(1_000) == 1_000
        feed.offer(given(hq, lot(1, gw_2=OTHERS)))
        assert (feed.wait_ms(1_000), feed.wait_ms(60)) == (feed_module.HURRY_POLL_MS, 60)
        hq.put_lot(lot(1, gw_2=OTHERS))
        hq.put_lot(lot(2, gw_1=PartRow(1, 0, 0, 0, 7, 0)))
        await fill(bridge)
        assert feed.wait_ms(1_000) == feed_module.HURRY_POLL_MS, "nothing was granted yet"
        hq.put_lot(lot(1, gw_1=OURS))
        await fill(bridge)
        assert feed.wait_ms(1_000) == 1_000, "it is here"
        feed.offer(given(hq))
        now[0] += feed_module.HURRY_S
        assert feed.wait_ms(1_000) == 1_000, "nobody waits any more"

    with_bridge(gateway, hq, act)
