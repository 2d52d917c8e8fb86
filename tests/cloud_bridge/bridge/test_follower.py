"""Events reach HQ exactly once and in order, whatever the line, HQ or a restored image does meanwhile."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cloud_bridge.bridge import ledger
from cloud_bridge.bridge.app import Bridge
from cloud_bridge.bridge.errors import ChainBroken, HqRefuses, LedgerAbsent, LedgerUnreadable
from cloud_bridge.wire import Accepted, CloudEvent
from tests.cloud_bridge.rig import FakeGateway, Lossy, RunningHq, drain, make_event, open_bridge, running_hq


def with_bridge(gateway: FakeGateway, hq: RunningHq, act: Callable[[Bridge], Awaitable[None]]) -> Bridge:
    async def run() -> Bridge:
        async with open_bridge(gateway, hq.url) as bridge:
            await act(bridge)
            return bridge

    return asyncio.run(run())


def check_once(gateway: FakeGateway, hq: RunningHq) -> None:
    """HQ has the gateway's log, each event once, bytes unchanged."""
    assert [hash_ for _, hash_ in hq.stored()] == gateway.hashes()
    assert [row[0] for row in hq.query("SELECT body FROM events ORDER BY seq")] == [
        row[0] for row in gateway.connection.execute("SELECT body FROM events ORDER BY seq")
    ]


def test_a_backlog_goes_up_whole(gateway: FakeGateway, hq: RunningHq) -> None:
    gateway.append(1_201)
    bridge = with_bridge(gateway, hq, drain)
    check_once(gateway, hq)
    view = bridge.status.view()
    assert (view["position"], view["head"], view["backlog"]) == (1_201, 1_201, 0)
    assert view["counters"] == {"known": 0, "sent": 1_201}
    assert hq.staff("GET", "/v1/gateways").json()[0]["lag"] == 0
    assert hq.query("SELECT * FROM exceptions") == []


def test_only_up_to_the_announced_head(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        gateway.append(5, announce=False)
        await drain(bridge)
        assert hq.stored() == []
        gateway.announce(3)
        await drain(bridge)
        assert len(hq.stored()) == 3
        gateway.announce()
        await drain(bridge)

    with_bridge(gateway, hq, act)
    check_once(gateway, hq)


@pytest.mark.parametrize("seed", range(4))
def test_lost_answers_and_repeated_requests(tmp_path: Path, gateway: FakeGateway, seed: int) -> None:
    chance = random.Random(seed)
    words = ["ok", "lost", "deaf", "twice", "failing"]

    def plan(method: str, path: str) -> str:
        return chance.choice(words) if "/gateways/" in path else "ok"

    async def act(bridge: Bridge) -> None:
        for _ in range(12):
            gateway.append(chance.randrange(1, 40))
            await drain(bridge)

    with running_hq(tmp_path, lambda site: Lossy(site, plan)) as hq:
        bridge = with_bridge(gateway, hq, act)
        check_once(gateway, hq)
        counters = bridge.status.view()["counters"]
    assert counters["hq_unreachable"] > 3 and counters["hq_failing"] > 0, "the plan was too kind"


def test_after_any_error_hq_is_asked_where_it_stands(tmp_path: Path, gateway: FakeGateway) -> None:
    asked: list[str] = []
    words = iter(["ok", "ok", "ok", "lost", "ok", "ok", "failing", "ok", "ok", "ok"])

    def plan(method: str, path: str) -> str:
        asked.append(path.rpartition("/")[2])
        return next(words, "ok")

    async def act(bridge: Bridge) -> None:
        for _ in range(5):
            gateway.append(2)
            await drain(bridge)

    with running_hq(tmp_path, lambda site: Lossy(site, plan)) as hq:
        with_bridge(gateway, hq, act)
        check_once(gateway, hq)
    assert asked == [
        *("position", "events", "events"),
        *("events", "position"),  # the answer was lost: HQ has these two, which only asking tells
        "events",
        *("events", "position", "events"),  # HQ failed: it has them not
    ]


def test_hq_restarted_in_the_middle(tmp_path: Path, gateway: FakeGateway) -> None:
    async def act(bridge: Bridge) -> None:
        for _ in range(3):
            gateway.append(700)
            await bridge.follower.step()
            await asyncio.to_thread(hq.stop)
            with pytest.raises(Exception, match="hq_unreachable"):
                await bridge.follower.step()
            await asyncio.to_thread(hq.start)
            await drain(bridge)

    with running_hq(tmp_path) as hq:
        with_bridge(gateway, hq, act)
        check_once(gateway, hq)


def test_hq_restored_from_a_backup_gets_what_it_lost_again(tmp_path: Path, gateway: FakeGateway) -> None:
    async def act(bridge: Bridge) -> None:
        gateway.append(30)
        await drain(bridge)
        with hq.hq.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM events WHERE seq > 10")
            event = gateway.hashes()[9]
            for table in ("gateways", "branches"):
                connection.exec_driver_sql(f"UPDATE {table} SET tip_seq = 10, tip_hash = x'{event}'")
        gateway.append(5)
        await drain(bridge)

    with running_hq(tmp_path) as hq:
        bridge = with_bridge(gateway, hq, act)
        check_once(gateway, hq)
        assert bridge.status.view()["counters"]["gap"] == 1


def test_a_restored_image_becomes_a_branch_and_goes_on(
    tmp_path: Path, gateway: FakeGateway, hq: RunningHq
) -> None:
    async def act(bridge: Bridge) -> None:
        gateway.append(60)
        gateway.image(tmp_path / "image")
        gateway.append(40)
        await drain(bridge)
        lost = gateway.hashes()
        gateway.restore(tmp_path / "image")
        await drain(bridge)
        assert len(hq.stored()) == 100, "nothing new yet"
        gateway.append(50, note=7)
        await drain(bridge)
        hashes = {hash_ for _, hash_ in hq.stored()}
        assert hashes == set(lost) | set(gateway.hashes())
        assert len(hq.stored()) == 150

    bridge = with_bridge(gateway, hq, act)
    assert [row["kind"] for row in hq.staff("GET", "/v1/exceptions").json()] == ["ledger_branch"]
    assert bridge.status.view()["counters"]["sent"] == 150
    restarted = with_bridge(gateway, hq, drain)
    assert restarted.status.view()["counters"] == {}, "HQ's tip is the branch that goes on"


def test_two_cards_that_take_turns(tmp_path: Path, gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        gateway.append(20)
        gateway.image(tmp_path / "a")
        gateway.append(5)
        await drain(bridge)
        gateway.image(tmp_path / "b")
        gateway.restore(tmp_path / "a")
        gateway.append(9, note=1)
        await drain(bridge)
        gateway.restore(tmp_path / "b")
        gateway.append(2)
        await drain(bridge)
        assert set(gateway.hashes()) <= {hash_ for _, hash_ in hq.stored()}

    bridge = with_bridge(gateway, hq, act)
    assert "chain_broken" not in bridge.status.view()["counters"], "another card is no damage"
    assert len(hq.stored()) == 20 + 5 + 9 + 2
    assert len(hq.staff("GET", "/v1/exceptions").json()) == 1


def test_a_damaged_event_is_never_sent_and_what_is_before_it_is(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        gateway.append(10)
        gateway.connection.execute(
            "UPDATE events SET body = replace(body, '\"late\":false', '\"late\":true ') WHERE seq = 7"
        )
        gateway.connection.execute("UPDATE events SET body = CAST(body AS BLOB)")
        assert await bridge.follower.step()
        assert len(hq.stored()) == 6
        with pytest.raises(ChainBroken, match="event 7"):
            await bridge.follower.step()
        with pytest.raises(ChainBroken, match="event 7"):
            await bridge.follower.step()
        assert len(hq.stored()) == 6

    with_bridge(gateway, hq, act)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM events WHERE seq = 3",
        "UPDATE events SET hash = x'00' WHERE seq = 3",
        "UPDATE events SET body = 'text' WHERE seq = 3",
        "UPDATE events SET hash = (SELECT hash FROM events WHERE seq = 4) WHERE seq = 3",
        "UPDATE events SET (hash, body) = (SELECT hash, body FROM events WHERE seq = 4) WHERE seq = 3",
    ],
)
def test_every_damage_of_the_ledger_stops_there(gateway: FakeGateway, hq: RunningHq, damage: str) -> None:
    async def act(bridge: Bridge) -> None:
        gateway.append(5)
        gateway.connection.execute(damage)
        await bridge.follower.step()
        with pytest.raises(ChainBroken):
            await bridge.follower.step()
        assert [seq for seq, _ in hq.stored()] == [1, 2]

    with_bridge(gateway, hq, act)


def test_an_event_of_another_past_stops_there(gateway: FakeGateway, hq: RunningHq) -> None:
    """Sound in itself, with the right number, but not behind the one before."""
    gateway.append(2)
    foreign = make_event(3, "22" * 32)
    gateway.connection.execute("INSERT INTO events VALUES(?,?,?)", foreign)
    gateway.announce(3)

    async def act(bridge: Bridge) -> None:
        await bridge.follower.step()
        with pytest.raises(ChainBroken, match="does not follow"):
            await bridge.follower.step()
        assert [seq for seq, _ in hq.stored()] == [1, 2]

    with_bridge(gateway, hq, act)


def test_another_gateways_ledger_is_not_sent(tmp_path: Path, hq: RunningHq) -> None:
    foreign = FakeGateway(tmp_path / "other", "gw-2")
    foreign.append(2)
    foreign.gateway = "gw-1"

    async def act(bridge: Bridge) -> None:
        with pytest.raises(ChainBroken, match="gw-2"):
            await bridge.follower.step()

    with_bridge(foreign, hq, act)
    foreign.close()


def test_a_ledger_that_is_not_there_yet(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        assert not await bridge.follower.step(), "no head: nothing is announced"
        gateway.close()
        gateway.path.unlink()
        gateway.announce(1)
        with pytest.raises(LedgerAbsent):
            await bridge.follower.step()
        gateway.path.write_bytes(b"this is no database, whatever its name says" * 100)
        with pytest.raises(LedgerUnreadable):
            await bridge.follower.step()

    with_bridge(gateway, hq, act)


def test_a_head_that_outlived_its_ledger_sends_nothing(gateway: FakeGateway, hq: RunningHq) -> None:
    async def act(bridge: Bridge) -> None:
        gateway.announce(50)
        assert not await bridge.follower.step()
        for torn in (b"", b"\x00" * 15, b"\xff" * 17):
            (gateway.run_dir / "head").write_bytes(torn)
            assert not await bridge.follower.step()

    with_bridge(gateway, hq, act)


def test_long_events_make_short_batches(
    gateway: FakeGateway, hq: RunningHq, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "BATCH_BYTES_MAX", 5_000)

    async def act(bridge: Bridge) -> None:
        gateway.append(20)
        assert 1 <= len(bridge.ledger.links(0, bytes(32), 20, 500)) < 6
        await drain(bridge)

    with_bridge(gateway, hq, act)
    check_once(gateway, hq)


def test_a_slow_line_gets_smaller_batches(tmp_path: Path, gateway: FakeGateway) -> None:
    sizes: list[int] = []

    def plan(method: str, path: str) -> str:
        return "deaf" if method == "POST" and len(sizes) < 3 else "ok"

    async def act(bridge: Bridge) -> None:
        gateway.append(500)
        send = bridge.follower._door.send

        async def noting(events: list[CloudEvent]) -> Accepted:
            sizes.append(len(events))
            return await send(events)

        bridge.follower._door.send = noting  # type: ignore[method-assign, assignment]
        await drain(bridge)

    with running_hq(tmp_path, lambda site: Lossy(site, plan)) as hq:
        with_bridge(gateway, hq, act)
        check_once(gateway, hq)
    assert sizes == [500, 250, 125, 250, 125]


def test_a_wrong_token_is_told_as_such(gateway: FakeGateway, hq: RunningHq) -> None:
    gateway.append(1)

    async def run(token: str) -> None:
        async with open_bridge(gateway, hq.url, token) as bridge:
            with pytest.raises(HqRefuses):
                await bridge.follower.step()

    asyncio.run(run("nobody's-token-0123456789"))
    asyncio.run(run("gateway-two-token-0123456789"))
    assert hq.stored() == []
