"""SIGKILL at every line between a message and its answer: the device asks again and gets one and the same.

A forked child serves a batch under a trace that kills it at line k; the parent reopens the files as the next
gateway would and lets the terminal send again, for every k until the child survives.
"""

import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gateway.storage.verify import verify_chain
from tests.gateway.rig import LIN, House, booked_of

TRACED = ("gateway/desk.py", "gateway/booking.py", "gateway/storage/ledger.py")
LINES_MAX = 600


def serve_and_die(folder: Path, line: int) -> bool:
    """Serve the batch in a child that dies at its `line`-th line; whether it lived to the end."""
    child = os.fork()
    if child == 0:
        try:
            house = House(folder, ExitStack()).open()
            seen = 0

            def trace(frame: FrameType, event: str, _argument: Any) -> Any:
                nonlocal seen
                if not frame.f_code.co_filename.endswith(TRACED):
                    return None
                if event == "line":
                    seen += 1
                    if seen == line:
                        os.kill(os.getpid(), signal.SIGKILL)
                return trace

            sys.settrace(trace)
            house.desk.serve(batch(house))
            sys.settrace(None)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return not os.WIFSIGNALED(status)


def prepare(folder: Path) -> None:
    """A seeded house with an empty ledger, closed."""
    folder.mkdir()
    with ExitStack() as closing:
        house = House(folder, closing)
        house.seed()
        house.open().desk.serve([])


def batch(house: House) -> list[Any]:
    return [house.tap(LIN, 1), house.status(1), house.tap(LIN, 1)]


def test_killed_at_any_line_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    killed, outcomes_seen = 0, set()
    template = tmp_path / "template"
    prepare(template)
    for line in range(1, LINES_MAX):
        folder = tmp_path / str(line)
        shutil.copytree(template, folder)
        survived = serve_and_die(folder, line)
        with ExitStack() as closing:
            house = House(folder, closing).open()
            outcomes_seen.add(house.ledger.seq)
            answers = booked_of(house.desk.serve(batch(house)))
            assert len(answers) == 2
            assert answers[0] == answers[1]
            assert house.rows("SELECT number, seq FROM records") == [(1, 1)]
            assert house.ledger.seq == 2, "one record and one change of state"
            assert verify_chain(house.ledger._db).bad_seq is None
        if survived:
            break
        killed += 1
    assert survived, "LINES_MAX is too small"
    assert killed > 100
    assert outcomes_seen == {0, 2}, "a batch is whole or not there"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_commit_the_answer_comes_from_the_store(tmp_path: Path, moment: str) -> None:
    House(tmp_path, ExitStack()).seed()
    child = os.fork()
    if child == 0:
        try:
            house = House(tmp_path, ExitStack()).open()
            house.ledger._db = Deadly(house.ledger._db, moment)  # type: ignore[assignment]
            house.desk.serve([house.tap(LIN, 1)])
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with ExitStack() as closing:
        house = House(tmp_path, closing).open()
        assert house.ledger.seq == (1 if moment == "after" else 0)
        (booked,) = booked_of(house.desk.serve([house.tap(LIN, 1)]))
        assert booked.seq == 1
        assert house.counters.get("booked.duplicates") == (1 if moment == "after" else 0)


class Deadly:
    """A connection that kills its process around COMMIT."""

    def __init__(self, db: Any, moment: str) -> None:
        self._db, self._moment = db, moment

    def execute(self, statement: str, *values: Any) -> Any:
        if statement == "COMMIT":
            if self._moment == "after":
                self._db.execute(statement)
            os.kill(os.getpid(), signal.SIGKILL)
        return self._db.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)
