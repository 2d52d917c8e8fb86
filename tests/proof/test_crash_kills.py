"""The gateway is killed at every line of its way from a message to its answer, and of its way up."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.crash.kill_plan import Plan, Task, befores, plans
from tests.proof.crash.killing import kill, live
from tests.proof.crash.planted import KILL_BUGS
from tests.proof.crash.pool import on_all_cores
from tests.proof.crash.ram import ram_folder
from tests.proof.crash.scripts import short_script

SAMPLED = 4  # a planted bug is looked for at one point in so many

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def ram() -> Iterator[Path]:
    with ram_folder() as folder:
        yield folder


def every_plan(ram: Path) -> list[Plan]:
    """Every kind of transaction; and the start from the files of the last one."""
    steps = befores(ram / "script", short_script)
    tasks = [Task(ram / before.name, before) for before in steps]
    tasks.append(Task(ram / "open", steps[-1], opening=True))
    return plans(tasks, on_all_cores(live, tasks))


def test_no_kill_loses_or_doubles_anything(ram: Path) -> None:
    begun = time.monotonic()
    planned = every_plan(ram)
    found = on_all_cores(kill, planned)
    wrong = [fault for each in found for fault in each.wrong]
    lines = {line for plan in planned for line in plan.alive.lines}
    print(
        f"\nkills: {len(planned)} steps, {len(lines)} lines,"
        f" {sum(each.kills for each in found)} kills ({sum(each.readers for each in found)} with a reader),"
        f" {sum(each.ghosts for each in found)} ghost commits answered by their key,"
        f" {len(wrong)} violations, {time.monotonic() - begun:.1f} s"
    )
    assert not wrong, "\n".join(wrong[:20])
    killed = {plan.alive.lines[point - 1] for plan in planned for point in plan.points}
    assert killed == lines
    assert all(each.ghosts for each, plan in zip(found, planned, strict=True) if not plan.task.opening)


@pytest.mark.parametrize("bug", KILL_BUGS)
def test_a_planted_bug_shows_by_a_kill(bug: str, ram: Path) -> None:
    task = Task(ram / "run", befores(ram / "script", short_script)[0])
    with KILL_BUGS[bug]():
        (plan,) = plans([task], [live(task)])
        found = kill(plan._replace(points=plan.points[::SAMPLED]))
    assert found.wrong, f"{found.kills} kills did not show: {bug}"
    print(f"\nplanted: {bug}: {len(found.wrong)} of {found.kills} kills show it: {found.wrong[0][:160]}")
