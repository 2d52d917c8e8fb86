"""SIGKILL between an act and its answer: whoever asks again under the same key gets one and the same verdict.

A forked child redeems a granted coupon, earns and enrols under a trace that kills it at a line; the parent
reopens the files as the next gateway would and asks again. Every STRIDE-th line, and lines of the ledger one
by one.
"""

import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from gateway.acting import Request, Verdict
from gateway.core import model
from gateway.core.promises import Credit, Enrol, Post, Spend
from tests.gateway.rig import PLAIN, STRANGER, House

COMMIT = ("gateway/storage/ledger.py",)
TRACED = (*COMMIT, "gateway/desk.py", "gateway/acting.py", "gateway/storage/projections.py")
STRIDE = 9
LINES_MAX = 2_000


def acts() -> list[Request]:
    redeemed = Post((Spend(1, "member:m-1", "CPN:tea", "L1.0"),))
    earned = Post((Credit(7, "member:m-1", PLAIN, "PTS"),))
    return [
        Request("k1", "till", model.COUPON_REDEEMED, redeemed),
        Request("k2", "till", model.TRANSFER_POSTED, earned),
        Request("k3", "till", model.MEMBER_ENROLLED, Enrol("", "en", ""), ("nfc.uid", STRANGER), "Mia"),
    ]


def act_and_die(folder: Path, deadly: int) -> tuple[bool, bool]:
    """Act in a child that dies at its `deadly`-th line; whether it lived, and whether that is in a commit."""
    reading, writing = os.pipe()
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
                    if seen == deadly:
                        os.write(writing, b"c" if frame.f_code.co_filename.endswith(COMMIT) else b"o")
                        os.kill(os.getpid(), signal.SIGKILL)
                return trace

            sys.settrace(trace)
            house.desk.act(acts())
            sys.settrace(None)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    where = os.read(reading, 1)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return not os.WIFSIGNALED(status), where == b"c"


def ask_again(folder: Path) -> int:
    """What the next gateway answers, twice the same; how many of the acts it had found booked."""
    with ExitStack() as closing:
        house = House(folder, closing).open()
        first = house.desk.act(acts())
        assert all(isinstance(verdict, Verdict) for verdict in first)
        verdicts = [verdict for verdict in first if isinstance(verdict, Verdict)]
        assert [verdict.event.outcome.name for verdict in verdicts] == ["done"] * 3
        assert house.desk.act(acts()) == [verdict._replace(duplicate=True) for verdict in verdicts]
        assert house.ledger.seq == 5, "granted, redeemed, earned, enrolled, linked"
        assert house.rows("SELECT spent FROM lots WHERE lot = 'L1.0'") == [(1,)]
        assert house.rows("SELECT sum(minted) FROM lots WHERE unit = 'PTS'") == [(7,)]
        assert house.rows("SELECT (SELECT count(*) FROM members), (SELECT count(*) FROM people)") == [(1, 1)]
        return sum(verdict.duplicate for verdict in verdicts)


def test_killed_anywhere_an_act_happens_once(tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.mkdir()
    with ExitStack() as closing:
        house = House(template, closing)
        house.seed()
        house.open().say_lot("member:m-1", "CPN:tea", "L1.0", 1, granted=1)
    found, line, survived, killed = set(), 1, False, 0
    while not survived and line < LINES_MAX:
        folder = tmp_path / str(line)
        shutil.copytree(template, folder)
        survived, in_commit = act_and_die(folder, line)
        found.add(ask_again(folder))
        shutil.rmtree(folder)
        killed += not survived
        line += 1 if in_commit else STRIDE
    assert survived
    assert killed > 50
    assert found == {0, 3}, "all of the batch, or none of it; and both were seen"
