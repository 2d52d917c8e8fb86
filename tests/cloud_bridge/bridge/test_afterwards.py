"""What follows when events have reached HQ: asks for rights at once, people behind their events, reports."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cloud_bridge.asks import PersonUp, RightsWanted, Want
from cloud_bridge.bridge import people as people_module
from cloud_bridge.bridge import reports as reports_module
from cloud_bridge.bridge import rights as rights_module
from cloud_bridge.bridge.app import Bridge
from cloud_bridge.bridge.errors import HqFailing, HqRejects, LedgerUnreadable
from cloud_bridge.wire import LotRow, PartRow
from gateway.core import model
from gateway.core.promises import Ask, Enrol, Fence, Terms
from gateway.storage import layout
from tests.cloud_bridge.bridge.fake_hq import FakeHq
from tests.cloud_bridge.bridge.test_lots import cached
from tests.cloud_bridge.rig import FakeGateway, drain, fill, open_bridge

ASK = Ask(3, "member:m1", "PTS")
WANT = Want("member:m1", "PTS", None, 3)
LOT = "5f" * 16 + ".0"


def with_bridge(gateway: FakeGateway, hq: FakeHq, act: Callable[[Bridge], Awaitable[Any]]) -> Bridge:
    async def run() -> Bridge:
        async with open_bridge(gateway, "http://localhost", client=hq.client) as bridge:
            await act(bridge)
            return bridge

    return asyncio.run(run())


async def ask_all(bridge: Bridge) -> None:
    while await bridge.afterwards.rights.step():
        pass


async def follow(bridge: Bridge) -> None:
    """Everything up, then what follows."""
    await drain(bridge)
    while await bridge.afterwards.step():
        pass


def counters(bridge: Bridge) -> dict[str, int]:
    found: dict[str, int] = bridge.status.view()["counters"]
    return found


def grant(wanted: RightsWanted) -> list[LotRow]:
    part = PartRow(wanted.epoch, wanted.wants[0].amount, 0, 0, 0, 0)
    return [LotRow(LOT, "member:m1", "PTS", Terms(), 90, {"gw-1": part})]


def test_an_ask_is_in_the_cache_before_the_feed_has_come_to_it(gateway: FakeGateway) -> None:
    hq = FakeHq()
    hq.grant = grant

    async def act(bridge: Bridge) -> None:
        await fill(bridge)
        asked = gateway.act(model.RIGHT_REQUESTED, ASK)
        assert not await bridge.afterwards.rights.step(), "not before HQ has the event"
        await drain(bridge)
        await asyncio.wait_for(bridge.afterwards.rights.asked.wait(60_000), 1)
        await ask_all(bridge)
        assert hq.asked == [RightsWanted(1, f"gw-1.{asked.seq}", [WANT])]
        await asyncio.wait_for(bridge.feed.offered.wait(60_000), 1)
        await bridge.feed.step(1)
        assert [row[6] for row in cached(gateway)] == [3]

    assert counters(with_bridge(gateway, hq, act))["rights_asked"] == 1


def test_asks_go_one_at_a_time_in_the_order_of_the_log(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        gateway.append(2)
        for amount in (1, 2, 3):
            gateway.act(model.RIGHT_REQUESTED, Ask(amount, "member:m1", "CPN:x", LOT))
        await drain(bridge)
        await ask_all(bridge)

    with_bridge(gateway, hq, act)
    assert [(wanted.key, wanted.wants[0].amount) for wanted in hq.asked] == [
        ("gw-1.3", 1),
        ("gw-1.4", 2),
        ("gw-1.5", 3),
    ]


def test_an_ask_is_tried_again_a_few_times_with_the_same_key(gateway: FakeGateway) -> None:
    hq = FakeHq()
    hq.grant = grant

    async def act(bridge: Bridge) -> None:
        gateway.act(model.RIGHT_REQUESTED, ASK)
        await drain(bridge)
        hq.fail("rights", 503, 500)
        for _ in range(2):
            with pytest.raises(HqFailing):
                await bridge.afterwards.rights.step()
        await ask_all(bridge)
        assert [wanted.key for wanted in hq.asked] == ["gw-1.1"]
        gateway.act(model.RIGHT_REQUESTED, ASK)
        await drain(bridge)
        hq.fail("rights", *[503] * rights_module.TRIES_MAX)
        for _ in range(rights_module.TRIES_MAX):
            with pytest.raises(HqFailing):
                await bridge.afterwards.rights.step()
        await ask_all(bridge)
        assert len(hq.asked) == 1

    assert counters(with_bridge(gateway, hq, act))["rights_dropped"] == 1


def test_an_ask_that_hq_rejects_blocks_no_other(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        gateway.act(model.RIGHT_REQUESTED, ASK)
        gateway.act(model.RIGHT_REQUESTED, ASK)
        await drain(bridge)
        hq.fail("rights", 422)
        with pytest.raises(HqRejects):
            await bridge.afterwards.rights.step()
        await ask_all(bridge)
        assert [wanted.key for wanted in hq.asked] == ["gw-1.2"]

    assert counters(with_bridge(gateway, hq, act))["rights_dropped"] == 1


def test_an_ask_nobody_waits_for_is_dropped(gateway: FakeGateway) -> None:
    hq = FakeHq()
    now = [100.0]

    async def act(bridge: Bridge) -> None:
        bridge.afterwards.rights._steady_s = lambda: now[0]
        gateway.act(model.RIGHT_REQUESTED, ASK)
        await drain(bridge)
        now[0] += rights_module.AGE_S_MAX + 0.1
        await ask_all(bridge)
        for _ in range(rights_module.WAITING_MAX + 2):
            gateway.act(model.RIGHT_REQUESTED, ASK)
        await drain(bridge)
        await ask_all(bridge)
        assert [wanted.key for wanted in hq.asked] == [
            f"gw-1.{seq}" for seq in range(4, rights_module.WAITING_MAX + 4)
        ], "the newest ones"

    assert counters(with_bridge(gateway, hq, act))["rights_dropped"] == 3


def test_what_a_gateway_asks_by_itself_waits_for_those_that_people_wait_for(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        for actor in ("gateway", "gateway", "staff:till", "gateway", "staff:till"):
            gateway.act(model.RIGHT_REQUESTED, ASK, actor=actor)
        await drain(bridge)
        await ask_all(bridge)
        assert [wanted.key for wanted in hq.asked] == [f"gw-1.{seq}" for seq in (3, 5, 1, 2, 4)]
        del hq.asked[:]
        for number in range(rights_module.WAITING_MAX + 2):
            gateway.act(model.RIGHT_REQUESTED, ASK, actor="staff:till" if number else "gateway")
        await drain(bridge)
        await ask_all(bridge)
        assert [wanted.key for wanted in hq.asked] == [
            f"gw-1.{seq}" for seq in range(8, rights_module.WAITING_MAX + 8)
        ], "the one that nobody waits for was dropped first"

    assert counters(with_bridge(gateway, hq, act))["rights_dropped"] == 2


def test_an_ask_that_cannot_travel_is_counted(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        for wrong in (Ask(0, "member:m1", "PTS"), Ask(1, "no such", "PTS"), Fence(2)):
            gateway.act(model.RIGHT_REQUESTED, wrong)
        await drain(bridge)
        await ask_all(bridge)
        assert hq.asked == []

    assert counters(with_bridge(gateway, hq, act))["rights_unsound"] == 3


def enrol(gateway: FakeGateway, member: str, name: str, phone: tuple[bytes, bytes] | None = None) -> PersonUp:
    """As the desk does: the row and the event in one commit, here one after the other."""
    seq, salt = gateway.seq + 1, bytes(range(16))
    row = (seq, member, name, salt, *(phone or (None, None)))
    insert = "INSERT INTO people(seq, member, name, salt, phone_key, phone_box) VALUES(?, ?, ?, ?, ?, ?)"
    gateway.connection.execute(insert, row)
    gateway.act(model.MEMBER_ENROLLED, Enrol("00" * 32, "zh-CN", member))
    said = [None, None] if phone is None else [part.hex() for part in phone]
    return PersonUp(member, name, salt.hex(), seq, *said)


def test_people_go_up_behind_their_events(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_module, "PEOPLE_ROWS_MAX", 2)
    hq = FakeHq()
    people: list[PersonUp] = []

    async def act(bridge: Bridge) -> None:
        people.extend(enrol(gateway, f"p-{n}", f"林{n}") for n in range(5))
        assert not await bridge.afterwards.step(), "not before HQ has the events"
        await follow(bridge)
        gateway.append(3)
        await follow(bridge)
        asked = len(hq.people)
        await follow(bridge)
        assert len(hq.people) == asked, "nobody new: nothing is asked"
        people.append(enrol(gateway, "p-9", "王芳"))
        await follow(bridge)

    bridge = with_bridge(gateway, hq, act)
    assert [row for sent in hq.people for row in sent.rows] == people
    assert counters(bridge)["people_sent"] == 6
    with_bridge(gateway, hq, follow)
    assert [len(sent.rows) for sent in hq.people] == [0, 2, 2, 1, 1, 0], "a new bridge only asks"


def test_a_phone_number_goes_up_as_it_lies_there_closed(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        mute = enrol(gateway, "p-1", "林晓雯")
        known = enrol(gateway, "p-2", "王芳", (b"k" * 16, b"b" * 64))
        await follow(bridge)
        assert [row for sent in hq.people for row in sent.rows] == [mute, known]
        assert known.phone_box == (b"b" * 64).hex() and mute.phone_box is None

    with_bridge(gateway, hq, act)


def test_people_go_up_again_until_hq_has_them(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        person = enrol(gateway, "p-1", "林晓雯")
        hq.fail("people", 503)
        with pytest.raises(HqFailing):
            await follow(bridge)
        await follow(bridge)
        assert [row for sent in hq.people for row in sent.rows] == [person]
        other = enrol(gateway, "p-2", "王芳")
        await drain(bridge)
        hq.fail("people", 503)
        with pytest.raises(HqFailing):
            await bridge.afterwards.step()
        await follow(bridge)
        assert [row for sent in hq.people for row in sent.rows] == [person, other]

    with_bridge(gateway, hq, act)


def test_an_erased_person_is_not_sent(gateway: FakeGateway) -> None:
    hq = FakeHq()

    async def act(bridge: Bridge) -> None:
        enrol(gateway, "p-1", "独一无二的名字")
        gateway.connection.execute("DELETE FROM people")
        await follow(bridge)

    with_bridge(gateway, hq, act)
    assert [sent.rows for sent in hq.people] == [[]]


def test_people_of_an_older_image_go_up_although_hq_knows_later_ones(
    gateway: FakeGateway, tmp_path: Path
) -> None:
    hq = FakeHq()
    gateway.append(3)
    enrol(gateway, "p-1", "甲")
    gateway.image(tmp_path / "image.db")
    enrol(gateway, "p-2", "乙")
    gateway.append(4)
    with_bridge(gateway, hq, follow)
    gateway.restore(tmp_path / "image.db")
    again = enrol(gateway, "p-3", "丙")
    with_bridge(gateway, hq, follow)
    assert again.seq == 5
    assert {row.member for sent in hq.people for row in sent.rows} == {"p-1", "p-2", "p-3"}


def put_part(gateway: FakeGateway, number: int, owner: str, epoch: int, spent: int) -> None:
    given = {"owner": owner, "unit": "PTS", "lot": f"{number:032x}.0", "epoch": epoch}
    numbers = dict.fromkeys(("granted", "returned", "held", "first", "last"), 0)
    values = {**given, **numbers, "minted": 7, "spent": spent, "terms": b"{}"}
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    gateway.connection.execute(f"INSERT INTO lots({names}) VALUES({marks})", tuple(values.values()))


def test_a_fence_brings_the_final_report_of_every_epoch(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports_module, "REPORT_PARTS_MAX", 4)
    hq = FakeHq()
    for number in range(5):
        put_part(gateway, number, f"member:m{number}", 1, number)
        put_part(gateway, number, f"member:m{number}", 2, 0)
    put_part(gateway, 99, "order:" + "ab" * 16, 1, 1)

    async def act(bridge: Bridge) -> None:
        gateway.append(2)
        await follow(bridge)
        assert hq.reports == [], "day by day the events say it all"
        gateway.act(model.RIGHT_FENCED, Fence(2))
        hq.fail("reports", 503)
        await drain(bridge)
        with pytest.raises(HqFailing):
            while await bridge.afterwards.step():
                pass
        await follow(bridge)

    bridge = with_bridge(gateway, hq, act)
    told = [(sent.epoch, part.lot[31], part.minted, part.spent) for sent in hq.reports for part in sent.parts]
    assert sorted(told) == sorted(
        [(1, str(n), 7, n) for n in range(5)] + [(2, str(n), 7, 0) for n in range(5)]
    )
    assert all(len(sent.parts) <= 4 for sent in hq.reports)
    assert counters(bridge)["lots_reported"] == 10


def test_an_old_image_is_reported_before_it_books_anything(gateway: FakeGateway, tmp_path: Path) -> None:
    hq = FakeHq()
    put_part(gateway, 1, "member:m1", 1, 2)
    gateway.append(3)
    gateway.image(tmp_path / "image.db")
    gateway.append(2)
    with_bridge(gateway, hq, follow)
    assert hq.reports == []
    gateway.restore(tmp_path / "image.db")
    with_bridge(gateway, hq, follow)
    assert [(sent.epoch, sent.parts[0].spent) for sent in hq.reports] == [(1, 2)]


def test_a_ledger_of_before_the_promises_is_one_trouble(gateway: FakeGateway) -> None:
    hq = FakeHq()
    gateway.connection.execute("DROP TABLE people")
    gateway.append(1)

    async def act(bridge: Bridge) -> None:
        await drain(bridge)
        with pytest.raises(LedgerUnreadable, match="people"):
            await bridge.afterwards.step()
        gateway.connection.execute("DELETE FROM meta WHERE key = ?", (layout.META_EPOCH,))
        with pytest.raises(LedgerUnreadable, match="epoch"):
            bridge.ledger.epoch()

    with_bridge(gateway, hq, act)
    assert len(hq.hashes) == 2, "events go up all the same"
