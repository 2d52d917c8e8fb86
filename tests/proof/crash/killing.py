"""SIGKILL at every line that the gateway runs between a message and its answer, and the next start after it.

A forked child lays the files out as they were before a step, opens the gateway, and dies by its own hand when
it comes to line k. The parent starts the gateway anew on what is left and lets the sender ask again. A line
is killed at the first and at the last time it is reached: those of gateway/storage in every step, the others
in the first step that comes to them. At every other point a reader, as the bridge is one, has the ledger open
all the while: then SQLite's shared index outlives the dead.
"""

import os
import pickle
import signal
import sqlite3
import struct
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from gateway.storage import layout
from tests.proof.crash import agreement
from tests.proof.crash.kill_plan import Alive, Before, Line, Plan, Task
from tests.proof.crash.shop import new_house, start

GATEWAY = f"{os.sep}gateway{os.sep}"
TESTS = f"{os.sep}tests{os.sep}"


class Kills(NamedTuple):
    """What was tried; `ghosts` were booked and never answered, `readers` had the ledger open."""

    kills: int
    ghosts: int
    readers: int
    wrong: list[str]


class Killer:
    """Kills one step, or the opening before it, at one line after the other."""

    def __init__(self, folder: Path, before: Before, opening: bool) -> None:
        self._before, self._opening = before, opening
        self._closing = ExitStack()
        self._house = new_house(folder, self._closing)

    def live(self) -> Alive:
        """Once without a death."""
        self._lay_out()
        told = self._child(None)
        assert told is not None, "the step fails by itself"
        return Alive(*told)

    def kill(self, alive: Alive, points: list[int]) -> Kills:
        """At each of these lines; then once not at all, but without an end in order."""
        ghosts, wrong = 0, []
        every = [*points, len(alive.lines) + 1]
        for number, point in enumerate(every):
            ghost, faults = self._kill(point, alive, number % 2 == 1)
            ghosts += ghost
            wrong += [f"{self._before.name}, killed at {_place(alive, point)}: {fault}" for fault in faults]
        return Kills(len(every), ghosts, len(every) // 2, wrong)

    def _lay_out(self) -> None:
        for path in (*self._house.data.glob(layout.LEDGER_FILE + "*"), *self._house.run.iterdir()):
            path.unlink()
        for name, content in self._before.files.items():
            (self._house.data / name).write_bytes(content)

    def _kill(self, point: int, alive: Alive, read: bool) -> tuple[bool, list[str]]:
        """Whether the dead had booked what it did not answer, and what is wrong with what it left."""
        self._lay_out()
        reader = self._reader() if read else None
        try:
            told = self._child(point)
            return self._look(alive, told)
        finally:
            if reader is not None:
                os.kill(reader, signal.SIGKILL)
                os.waitpid(reader, 0)

    def _child(self, point: int | None) -> Any:
        """What the child told before it died; None for nothing."""
        hears, tells = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(hears)
                self._live_and_die(point, tells)
            finally:
                os._exit(1)
        os.close(tells)
        with os.fdopen(hears, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
        return pickle.loads(told) if told else None

    def _live_and_die(self, point: int | None, tells: int) -> None:
        house = self._house
        house.now_ms = self._before.now_ms
        lines: list[Line] = []
        if self._opening:
            sys.settrace(_tracer(lines, point))
            start(house)
            sys.settrace(None)
        else:
            start(house)
        if not self._opening:
            sys.settrace(_tracer(lines, point))
        answers = self._before.step.send(house)
        sys.settrace(None)
        os.write(tells, pickle.dumps((lines if point is None else [], answers, house.ledger.seq)))
        os._exit(0)

    def _reader(self) -> int:
        """A process that has read the ledger and keeps it open; its id."""
        ready, tells = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                uri = layout.read_only_uri(self._house.ledger_path)
                db = sqlite3.connect(uri, uri=True)
                db.execute("SELECT count(*) FROM events").fetchone()
                os.write(tells, b".")
                signal.pause()
            finally:
                os._exit(1)
        os.close(tells)
        assert os.read(ready, 1) == b".", "the reader cannot read"
        os.close(ready)
        return child

    def _look(self, alive: Alive, told: Any) -> tuple[bool, list[str]]:
        """Start anew on what the dead left, ask again, and again."""
        head = _head(self._house.run / layout.HEAD_FILE)
        house = self._house
        house.now_ms = self._before.now_ms
        try:
            start(house)
            seq = house.ledger.seq
            booked = seq == alive.seq
            wrong = agreement.faults(house.ledger_path)
            if seq not in (self._before.told, alive.seq) or (told is not None and not booked):
                wrong.append(
                    f"the log ends at {seq}: {self._before.told} before the step, {alive.seq} after it"
                )
            if head > seq:
                wrong.append(f"event {head} was vouched for, {seq} are there")
            wrong += wrong or self._ask_again(alive, told, booked)
            return booked and told is None, wrong
        finally:
            self._closing.close()

    def _ask_again(self, alive: Alive, told: Any, booked: bool) -> list[str]:
        house, step = self._house, self._before.step
        first = (step.again() if booked else step).send(house)
        wrong = []
        if step.promise(first) != step.promise(alive.answers) or (told is not None and first != told[1]):
            wrong.append("another answer than before")
        if step.again().send(house) != first:
            wrong.append("another answer the third time")
        if house.ledger.seq != alive.seq:
            wrong.append(f"sent three times, booked up to {house.ledger.seq}, must be {alive.seq}")
        return wrong + agreement.faults(house.ledger_path)


def _tracer(lines: list[Line], point: int | None) -> Callable[[FrameType, str, Any], Any]:
    """Follows every line of the gateway's into `lines`; dies at number `point`."""
    reached = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal reached
        name = frame.f_code.co_filename
        if GATEWAY not in name or TESTS in name:
            return None
        if event == "line":
            reached += 1
            if point is None:
                lines.append((name, frame.f_lineno))
            elif reached == point:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def _place(alive: Alive, point: int) -> str:
    if point > len(alive.lines):
        return "the end"
    path, line = alive.lines[point - 1]
    return f"{Path(path).name}:{line}"


def _head(path: Path) -> int:
    """The seq that the dead gateway vouched for; 0 where it came to none."""
    content = path.read_bytes() if path.exists() else b""
    if len(content) != layout.HEAD_BYTES:
        return 0
    return int(struct.unpack(layout.HEAD_FORMAT, content)[1])


def live(task: Task) -> Alive:
    """The step without a death."""
    return Killer(task.folder / "alive", task.before, task.opening).live()


def kill(plan: Plan) -> Kills:
    """The step with all its deaths."""
    task = plan.task
    return Killer(task.folder / "killed", task.before, task.opening).kill(plan.alive, plan.points)
