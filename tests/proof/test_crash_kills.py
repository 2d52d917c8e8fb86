"""The gateway is killed at every line of its way from a message to its answer, and of its way up."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.crash.killing import Task, befores, kill_step
from tests.proof.crash.planted import KILL_BUGS
from tests.proof.crash.pool import on_all_cores
from tests.proof.crash.ram import ram_folder
from tests.proof.crash.scripts import short_script

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def ram() -> Iterator[Path]:
    with ram_folder() as folder:
        yield folder


def tasks(ram: Path) -> list[Task]:
    """Every transaction; and the start from the files of the last one."""
    steps = befores(ram / "script", short_script)
    found = [Task(ram / str(number), before, False) for number, before in enumerate(steps)]
    return [*found, Task(ram / "open", steps[-1], True)]


def test_no_kill_loses_or_doubles_anything(ram: Path) -> None:
    begun = time.monotonic()
    steps = tasks(ram)
    found = on_all_cores(kill_step, steps)
    wrong = [fault for each in found for fault in each.wrong]
    print(
        f"\nkills: {len(steps)} steps, {sum(each.lines for each in found)} lines,"
        f" {sum(each.kills for each in found)} kills ({sum(each.readers for each in found)} with a reader),"
        f" {sum(each.ghosts for each in found)} ghost commits answered by their key,"
        f" {len(wrong)} violations, {time.monotonic() - begun:.1f} s"
    )
    assert not wrong, "\n".join(wrong[:20])
    assert all(each.ghosts for each, step in zip(found, steps, strict=True) if not step.opening)
    assert all(each.kills > each.lines for each in found)


@pytest.mark.parametrize("bug", KILL_BUGS)
def test_a_planted_bug_shows_by_a_kill(bug: str, ram: Path) -> None:
    before = befores(ram / "script", short_script)[0]
    with KILL_BUGS[bug]():
        found = kill_step(Task(ram / "run", before, False))
    assert found.wrong, f"{found.kills} kills did not show: {bug}"
    print(f"\nplanted: {bug}: {len(found.wrong)} of {found.kills} kills show it: {found.wrong[0][:160]}")
