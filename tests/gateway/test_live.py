"""The live view: bounded, and never waiting for a reader."""

import asyncio

import pytest

from gateway import live as lives
from gateway.counters import Counters
from gateway.live import NOTES_WAITING_MAX, TAPS_KEPT_MAX, Live, Note, Subscription


def make() -> Live:
    return Live("g1", Counters())


def opened(live: Live) -> Subscription:
    subscription = live.subscribe()
    assert subscription is not None
    return subscription


def test_taps_are_bounded_and_newest_first() -> None:
    live = make()
    live.add_taps([{"seq": seq} for seq in range(TAPS_KEPT_MAX + 10)])
    assert len(live.taps()) == TAPS_KEPT_MAX
    assert [tap["seq"] for tap in live.taps(2)] == [TAPS_KEPT_MAX + 9, TAPS_KEPT_MAX + 8]
    assert live.taps(0) == live.taps(-1) == []


def test_a_subscriber_reads_what_happens_in_order() -> None:
    async def read() -> list[Note]:
        live = make()
        with opened(live) as notes:
            live.add_taps([{"seq": 1}, {"seq": 2}])
            live.set_device("d", {"device": "d"})
            live.tell_counters()
            live.set_sync(seq=2)
            live.set_sync(seq=2)
            return [await anext(notes) for _ in range(5)]

    names = [name for name, _ in asyncio.run(read())]
    assert names == ["tap", "tap", "device", "counters", "sync"]


def test_a_waiting_reader_is_woken() -> None:
    async def read() -> Note:
        live = make()
        notes = opened(live)
        reading = asyncio.ensure_future(anext(notes))
        await asyncio.sleep(0)
        live.add_taps([{"seq": 1}])
        return await reading

    assert asyncio.run(read()) == ("tap", {"seq": 1})


def test_a_slow_reader_is_dropped_and_counted_and_gets_what_was_queued() -> None:
    async def read() -> int:
        live = make()
        notes = opened(live)
        live.add_taps([{"seq": seq} for seq in range(NOTES_WAITING_MAX + 1)])
        assert live.counters.get("live.subscribers_dropped") == 1
        live.add_taps([{"seq": 0}])
        return len([note async for note in notes])

    assert asyncio.run(read()) == NOTES_WAITING_MAX


def test_closing_ends_every_reader() -> None:
    async def read() -> list[Note]:
        live = make()
        notes = opened(live)
        asyncio.get_running_loop().call_soon(live.close)
        return [note async for note in notes]

    assert asyncio.run(read()) == []


def test_subscribers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "SUBSCRIBERS_MAX", 1)
    live = make()
    with opened(live):
        assert live.subscribe() is None
        assert live.counters.get("live.subscribers_refused") == 1
    assert live.subscribe() is not None


def test_devices_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "DEVICES_MAX", 1)
    live = make()
    live.set_device("a", {"state": "online"})
    live.set_device("b", {"state": "online"})
    live.set_device("a", {"state": "offline"})
    assert live.devices == {"a": {"state": "offline"}}


def test_what_waits_for_hq_is_never_negative() -> None:
    live = make()
    live.set_sync(seq=5, as_of=3)
    assert live.sync["waiting"] == 2
    live.set_sync(as_of=9)
    assert live.sync["waiting"] == 0


def test_a_bridge_whose_clock_alone_moved_is_kept_and_not_told() -> None:
    live = make()
    notes = opened(live)
    calm = {**live.bridge, "state": "running"}
    changes: list[dict[str, object]] = [
        {"heard_ms": 1_000},
        {"heard_ms": 2_000, "last_contact_ms": 1_500},
        {"heard_ms": 3_000, "last_contact_ms": 2_500},
        {"heard_ms": 4_000, "last_contact_ms": 2_500, "backlog": 1},
    ]
    for change in changes:
        live.set_bridge({**calm, **change})
    live.close()

    async def read() -> list[Note]:
        return [note async for note in notes]

    assert live.bridge["heard_ms"] == 4_000
    told = [(name, data["heard_ms"]) for name, data in asyncio.run(read())]
    assert told == [("bridge", 1_000), ("bridge", 2_000), ("bridge", 4_000)]


def test_an_alarm_is_shown_once_and_taken_back() -> None:
    live = make()
    live.raise_alarm("ledger_refuses")
    live.raise_alarm("ledger_refuses")
    assert live.sync["alarms"] == ["ledger_refuses"]
    live.clear_alarm("ledger_refuses")
    live.clear_alarm("other")
    assert live.sync["alarms"] == []


def test_promises_are_told_when_they_change_and_not_for_a_new_reckoning_alone() -> None:
    def exposure(at_ms: int, worst: int) -> dict[str, int]:
        return {"at_ms": at_ms, "at_risk_now": 0, "still_possible": 0, "in_box": worst, "worst": worst}

    async def read() -> list[Note]:
        live = make()
        with opened(live) as notes:
            live.set_promises(exposure=exposure(1, 500))
            live.set_promises(exposure=exposure(2, 500))
            live.set_promises(exposure=exposure(3, 700))
            live.count_refused("used_up")
            live.count_refused("used_up")
            live.set_promises(frozen=True)
            return [await anext(notes) for _ in range(5)]

    notes = asyncio.run(read())
    assert {name for name, _ in notes} == {"promises"}
    assert [told["exposure"]["at_ms"] for _, told in notes] == [1, 3, 3, 3, 3]
    assert [told["refused"] for _, told in notes][2:] == [{"used_up": 1}, {"used_up": 2}, {"used_up": 2}]
    assert [told["frozen"] for _, told in notes][3:] == [False, True]


def test_presence_is_told_when_it_changes_and_off_at_first() -> None:
    async def read() -> list[Note]:
        live = make()
        assert live.presence["on"] is False
        with opened(live) as notes:
            for heard_ms in (1, 1, 2):
                live.set_presence({**live.presence, "on": True, "beacons": [{"heard_ms": heard_ms}]})
            live.tell_counters()
            return [await anext(notes) for _ in range(3)]

    found = asyncio.run(read())
    assert [name for name, _ in found] == ["presence", "presence", "counters"]
    assert found[1][1]["beacons"] == [{"heard_ms": 2}]
