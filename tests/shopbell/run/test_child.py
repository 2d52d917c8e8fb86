"""A supervised child: kept running, given up on, stopped, its log bounded."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shopbell.run import child as child_module
from shopbell.run import logs
from shopbell.run.child import Child

DEADLINE_S = 10.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits of real life, a hundred times shorter."""
    monkeypatch.setattr(child_module, "RETRY_WAIT_S_MIN", 0.01)
    monkeypatch.setattr(child_module, "RETRY_WAIT_S_MAX", 0.02)


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - the condition is about other processes
            await asyncio.sleep(0.005)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scenario())  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_is_started_again_after_a_kill_and_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        said: list[str] = []
        child = Child("sleeper", python("import time; time.sleep(60)"), tmp_path / "log", said.append)
        await child.start()
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.pid not in (None, first) and child.state == "running")
        assert child.deaths == 1
        assert "SIGKILL" in said[0]
        await child.stop()
        assert not alive(first)

    run(scenario)


def test_one_that_always_dies_is_given_up_aloud_with_its_last_words(tmp_path: Path) -> None:
    async def scenario() -> None:
        said: list[str] = []
        child = Child(
            "broken", python("print('no such table'); raise SystemExit(3)"), tmp_path / "log", said.append
        )
        await child.start()
        await until(lambda: child.state == "failed")
        assert child.deaths == child_module.DEATHS_MAX
        assert "stays down" in said[-1]
        assert "no such table" in said[-1]
        assert len(said) == child_module.DEATHS_MAX
        await child.stop()

    run(scenario)


def test_stopped_it_stays_stopped_and_can_be_started_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        child = Child("sleeper", python("import time; time.sleep(60)"), tmp_path / "log", lambda line: None)
        await child.start()
        await child.start()
        pid = child.pid
        assert pid is not None
        await child.stop()
        assert (child.state, child.pid, alive(pid)) == ("off", None, False)
        await child.stop()
        await child.start()
        assert child.state == "running"
        await child.stop()

    run(scenario)


def test_one_that_will_not_go_is_killed_with_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        monkeypatch.setattr(child_module, "STOP_WAIT_S", 0.2)
        stubborn = (
            "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True);"
            "time.sleep(60)"
        )
        log = tmp_path / "log"
        child = Child("stubborn", python(stubborn), log, lambda line: None)
        await child.start()
        await until(lambda: logs.last_line(log))
        grandchild = int(logs.last_line(log))
        await child.stop()
        await until(lambda: not alive(grandchild) or zombie(grandchild))

    run(scenario)


def zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_program_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        child = Child("nobody", [str(tmp_path / "nobody")], tmp_path / "log", lambda line: None)
        with pytest.raises(OSError, match="nobody"):
            await child.start()

    run(scenario)


def test_a_log_is_cut_at_its_bound_while_the_child_writes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOG_BYTES_MAX", 100)
    path = tmp_path / "log"
    descriptor = logs.open_log(path)
    os.write(descriptor, b"x" * 90)
    assert not logs.bound(path)
    os.write(descriptor, b"y" * 90)
    assert logs.bound(path)
    os.write(descriptor, b"after\n")
    os.close(descriptor)
    assert path.read_bytes() == b"after\n"
    assert path.with_name("log.1").stat().st_size == 180


def test_the_last_line_is_the_last_that_says_something(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert logs.last_line(path) == ""
    path.write_text("first\nlast\n\n")
    assert logs.last_line(path) == "last"
