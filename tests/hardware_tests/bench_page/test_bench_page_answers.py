"""How the wait for an answer is measured, and what the stage knows."""

import asyncio
import base64
import contextlib
from typing import Any

import pytest

from hardware_tests.virtual.bench import buttons
from hardware_tests.virtual.bench.feed import Feed
from hardware_tests.virtual.bench.people import fill_drawer
from hardware_tests.virtual.bench.ports import DISPLAY_BYTES
from hardware_tests.virtual.bench.stage import LINES_KEPT_MAX, Stage
from hardware_tests.virtual.bench.stopwatch import GIVE_UP_MS, LOOKBACK_MS, QUIET_MS, Stopwatch


def test_the_wait_ends_with_the_last_change_of_the_answer() -> None:
    watch = Stopwatch()
    watch.entered(1_000)
    watch.answered(1_040)
    for at in (1_060, 1_070, 1_084):
        watch.changed(at)
    assert watch.take(1_084 + QUIET_MS - 1) is None
    assert watch.take(1_084 + QUIET_MS) == 84
    assert watch.take(5_000) is None, "once"


def test_please_wait_is_not_the_answer() -> None:
    watch = Stopwatch()
    watch.entered(0)
    watch.changed(300)
    assert watch.take(2_000) is None
    watch.answered(2_000)
    assert watch.take(2_100) is None
    watch.changed(2_030)
    assert watch.take(2_200) == 2_030


def test_an_answer_on_the_display_before_the_gateways_word_counts() -> None:
    watch = Stopwatch()
    watch.entered(0)
    watch.changed(80)
    watch.answered(80 + LOOKBACK_MS)
    assert watch.take(80 + LOOKBACK_MS + QUIET_MS) == 80


def test_changes_without_a_card_or_long_after_it_are_no_answer() -> None:
    watch = Stopwatch()
    watch.changed(10)
    watch.answered(20)
    assert watch.take(1_000) is None
    watch.entered(0)
    watch.answered(10)
    watch.changed(GIVE_UP_MS)
    assert watch.take(GIVE_UP_MS + QUIET_MS) is None


def _tap(seq: int, **changes: Any) -> dict[str, Any]:
    tap = {
        "seq": seq,
        "at": 1_767_232_800_000,
        "type": "tap.seen",
        "device": "counter-1",
        "outcome": "greeted",
    }
    more = {"member": "m-1", "name": "林**", "tier": "silver", "evidence_kind": "nfc.uid"}
    return tap | more | {"late": False, "duplicate": False, "decide_us": 640} | changes


def _sync(seq: int) -> dict[str, Any]:
    return {"sync": {"gateway": "river-1", "seq": seq}, "cache": {}}


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def stage(terminal: Any, plugs: Any, paper: Any, phone: Any, floor: Any, now: list[float]) -> Stage:
    return Stage([terminal], plugs, paper, phone, floor, Feed(), lambda: now[0])


def test_a_tap_is_measured_from_card_to_answer(stage: Stage, terminal: Any, now: list[float]) -> None:
    async def play() -> None:
        unit = stage.units["counter-1"]
        stage.store_opened(_sync(6), [])
        stage.entered(unit)
        now[0] = 40
        stage.store_heard("tap", _tap(7))
        now[0] = 84
        terminal.show(b"\x01" * DISPLAY_BYTES)
        now[0] = 84 + QUIET_MS
        stage._measure(unit)
        assert unit.view() | {"screen_ms": 84, "decide_us": 640, "busy": True} == unit.view()
        assert base64.b64decode(unit.frame()["pixels"]) == b"\x01" * DISPLAY_BYTES
        assert stage.position() == {"head": 7, "hq": None}

    asyncio.run(play())


def test_a_tap_of_a_terminal_that_does_not_stand_here_is_a_line_and_no_answer(stage: Stage) -> None:
    stage.store_opened(_sync(1), [])
    stage.store_heard("tap", _tap(2, device="elsewhere"))
    assert [line["seq"] for line in stage.store_lines] == [2]


def test_what_comes_by_stream_and_by_question_is_one_line(stage: Stage) -> None:
    async def play() -> None:
        stage.store_opened(_sync(2), [_tap(2), _tap(1)])
        stage.store_heard("tap", _tap(2))
        stage.store_heard("tap", _tap(2, duplicate=True))
        assert [(line["seq"], line["duplicate"]) for line in stage.store_lines] == [
            (1, False),
            (2, False),
            (2, True),
        ]

    asyncio.run(play())


def test_hq_lags_and_catches_up_and_other_stores_do_not_count(stage: Stage) -> None:
    stage.store_opened(_sync(9), [])
    stage.hq_opened([{"id": "other", "seq": 99}, {"id": "river-1", "seq": 4}], [])
    assert stage.position() == {"head": 9, "hq": 4}
    stage.hq_heard("events", {"gateway": "other", "seq": 100, "events": [{"seq": 100}]})
    stage.hq_heard("events", {"gateway": "river-1", "seq": 9, "events": [{"seq": n} for n in range(5, 10)]})
    assert stage.position() == {"head": 9, "hq": 9}
    assert [line["seq"] for line in stage.hq_lines] == [5, 6, 7, 8, 9]


def test_the_logs_are_bounded_and_what_was_known_stays_when_a_link_is_lost(stage: Stage) -> None:
    stage.store_opened(_sync(1), [_tap(1)])
    for seq in range(2, 500):
        stage.store_heard("tap", _tap(seq, device="elsewhere"))
    stage.lost("gateway")
    assert len(stage.store_lines) == LINES_KEPT_MAX and stage.links["gateway"] is False
    assert stage.head == 499


def test_a_hand_that_fails_leaves_the_terminal_free(stage: Stage) -> None:
    async def play() -> None:
        hands = buttons.Buttons(stage, fill_drawer([]))
        unit = stage.units["counter-1"]
        stage.entered(unit)

        async def slip() -> None:
            raise RuntimeError("the hand slipped")

        with contextlib.suppress(RuntimeError):
            await hands._until_left(unit, slip())
        assert unit.busy is False

    asyncio.run(play())


def test_what_a_till_did_stands_among_the_taps(stage: Stage) -> None:
    async def play() -> None:
        stage.store_opened(_sync(6), [])
        act = {"seq": 7, "at": 1_767_232_800_000, "type": "order.committed", "actor": "staff:S03"}
        stage.store_heard("act", act | {"till": "till-1", "outcome": "done", "reason": None, "member": None})
        stage.store_heard("tap", _tap(8))
        assert [(row["type"], row["device"]) for row in stage.store_lines] == [
            ("order.committed", "till-1"),
            ("tap.seen", "counter-1"),
        ]

    asyncio.run(play())
