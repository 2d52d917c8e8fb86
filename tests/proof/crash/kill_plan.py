"""Which steps are killed, and at which lines: the first and the last time that each is reached.

Lines of gateway/storage are killed in every step, the others in the first step that comes to them.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from gateway.storage import layout
from tests.gateway.rig import House
from tests.proof.crash.recording import Answers, Script, Step
from tests.proof.crash.shop import new_house, start

STORAGE = f"{os.sep}gateway{os.sep}storage{os.sep}"
Line = tuple[str, int]


class Before(NamedTuple):
    """A step and the gateway's files before it; `told` is how long the log was by then."""

    name: str
    step: Step
    files: dict[str, bytes]
    told: int
    now_ms: int


class Alive(NamedTuple):
    """What the step comes to if nobody dies: the lines it runs in order, its answers, the log's length."""

    lines: list[Line]
    answers: Answers
    seq: int


class Task(NamedTuple):
    """One step for one core: to kill it, or (`opening`) the start of the gateway before it."""

    folder: Path
    before: Before
    opening: bool = False


class Plan(NamedTuple):
    """What to kill, and where."""

    task: Task
    alive: Alive
    points: list[int]


def plans(tasks: list[Task], alive: list[Alive]) -> list[Plan]:
    """Every line at the first and last time it is reached, of storage in each step, of the rest in one."""
    known: set[Line] = set()
    found = []
    for task, lives in zip(tasks, alive, strict=True):
        points = [
            point
            for point in first_and_last(lives.lines)
            if STORAGE in lives.lines[point - 1][0] or lives.lines[point - 1] not in known
        ]
        known.update(lives.lines)
        found.append(Plan(task, lives, points))
    return found


def befores(folder: Path, script: Callable[[House], Script]) -> list[Before]:
    """The first transaction of each kind, with the files it begins from, as a killed gateway leaves them."""
    found: list[Before] = []
    with ExitStack() as closing:
        house = new_house(folder, closing)
        start(house)
        steps = script(house)
        step = next(steps, None)
        while step is not None:
            name = step.name
            if step.transaction and name not in {before.name for before in found}:
                found.append(Before(name, step, files_of(house), house.ledger.seq, house.now_ms))
            try:
                step = steps.send(step.send(house))
            except StopIteration:
                step = None
    return found


def files_of(house: House) -> dict[str, bytes]:
    """The ledger's files as they are, but for the shared index."""
    paths = house.data.glob(layout.LEDGER_FILE + "*")
    return {path.name: path.read_bytes() for path in paths if not path.name.endswith("-shm")}


def first_and_last(lines: list[Line]) -> list[int]:
    """The numbers (from 1) at which a line is reached for the first or for the last time."""
    first = {line: number for number, line in reversed(list(enumerate(lines, start=1)))}
    last = {line: number for number, line in enumerate(lines, start=1)}
    return sorted({*first.values(), *last.values()})
