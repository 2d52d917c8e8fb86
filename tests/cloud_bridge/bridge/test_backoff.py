"""Waits grow, stay bounded, spread, and end when it goes well; every trouble has its words."""

import asyncio
import json
from pathlib import Path

import pytest

from cloud_bridge.bridge import errors
from cloud_bridge.bridge.backoff import Backoff
from cloud_bridge.bridge.errors import HqRefuses, HqUnreachable, Trouble
from cloud_bridge.bridge.loops import SILENT_S, Line, keep_doing
from cloud_bridge.bridge.status import Status
from cloud_bridge.bridge.words import WORDS
from gateway.storage.layout import BRIDGE_STATUS_BEAT_MS, BRIDGE_STATUS_FILE
from shopbell.look.words import faults, say
from tests.cloud_bridge.rig import silent_log


def test_waits_double_up_to_the_bound() -> None:
    backoff = Backoff(lambda: 0.0)
    waits = [backoff.next_wait_ms(HqUnreachable()) for _ in range(8)]
    assert waits == [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]
    backoff.reset()
    assert backoff.next_wait_ms(HqRefuses()) == 5_000


def test_jitter_takes_at_most_half() -> None:
    assert Backoff(lambda: 1.0).next_wait_ms(HqUnreachable()) == 125


def test_a_thousand_failures_wait_no_longer() -> None:
    backoff = Backoff(lambda: 0.0)
    assert max(backoff.next_wait_ms(HqUnreachable()) for _ in range(1_000)) == 5_000


def test_every_trouble_has_words_in_both_languages() -> None:
    assert faults(WORDS) == []
    for trouble in Trouble.__subclasses__():
        for language in ("zh-CN", "en"):
            assert say(f"trouble.{trouble.code}", language, WORDS)
            assert say(f"trouble.{trouble.code}.do", language, WORDS)
        assert trouble.wait in (errors.LINE, errors.SERVER, errors.REFUSAL, errors.LOCAL)


def test_an_error_of_ours_ends_the_loop(tmp_path: Path) -> None:
    async def step() -> bool:
        raise ZeroDivisionError

    async def pause() -> None:
        raise AssertionError

    status = Status(str(tmp_path), "gw-1", lambda: 0, silent_log())
    with pytest.raises(ZeroDivisionError):
        asyncio.run(keep_doing("up", step, pause, Backoff(lambda: 0.0), status, Line()))


def test_the_first_loop_that_hears_hq_again_wakes_the_others(tmp_path: Path) -> None:
    """Two loops wait out a cut line, for a minute as it were; the third hears HQ."""
    now = [0.0]
    line = Line(lambda: now[0])
    status = Status(str(tmp_path), "gw-1", lambda: 0, silent_log())
    done: list[str] = []

    async def loop(name: str) -> None:
        tries = iter([HqUnreachable(), None])

        async def step() -> bool:
            trouble = next(tries)
            if trouble:
                raise trouble
            done.append(name)
            raise ZeroDivisionError

        backoff = Backoff(lambda: 0.0)
        backoff.next_wait_ms = lambda trouble: 60_000  # type: ignore[method-assign]
        await keep_doing(name, step, lambda: asyncio.sleep(0), backoff, status, line)

    async def run() -> None:
        loops = [asyncio.create_task(loop(name)) for name in ("up", "down")]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        now[0] += SILENT_S
        line.heard()
        await asyncio.wait(loops, timeout=0.05)
        assert done == [], "HQ was not silent for long"
        now[0] += SILENT_S + 0.1
        line.heard()
        await asyncio.wait(loops, timeout=10)

    asyncio.run(run())
    assert sorted(done) == ["down", "up"]


def test_the_status_file_is_written_only_when_something_changed(tmp_path: Path) -> None:
    status = Status(str(tmp_path), "gw-1", lambda: 0, silent_log())
    path = tmp_path / "bridge.json"
    status.write()
    first = path.stat().st_ino
    status.write()
    assert path.stat().st_ino == first
    status.count("sent")
    status.write()
    assert path.stat().st_ino != first
    assert list(tmp_path.iterdir()) == [path]


def test_an_unchanged_status_is_written_again_when_it_is_due(tmp_path: Path) -> None:
    now_ms = [1_000]
    status = Status(str(tmp_path), "gw-1", lambda: now_ms[0], silent_log())
    status.write()
    written = {}
    for now_ms[0] in (1_000 + BRIDGE_STATUS_BEAT_MS - 1, 1_000 + BRIDGE_STATUS_BEAT_MS, 5):
        status.write()
        written[now_ms[0]] = json.loads((tmp_path / BRIDGE_STATUS_FILE).read_bytes())["at_ms"]
    assert list(written.values()) == [1_000, 1_000 + BRIDGE_STATUS_BEAT_MS, 5], "a clock set back is due too"


def test_a_status_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    status = Status(str(tmp_path / "gone"), "gw-1", lambda: 0, silent_log())
    status.write()
    assert status.view()["counters"] == {"status_unwritten": 1}
