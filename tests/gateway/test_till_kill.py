"""SIGKILL while a till opens, sells, parks and sets a PIN: all of it is there or none, in every table.

As test_desk_kill.py, with a till's acts in one batch; the parent asks again as the till would.
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
from gateway.core.orders.model import OpenShift, Park, Sell, SetPin, Tender
from gateway.core.promises import Terms
from gateway.storage.rebuild import compare
from tests.gateway.day import LIN, PROGRAMS, basket, stock
from tests.gateway.rig import House

COMMIT = ("gateway/storage/ledger.py", "gateway/storage/pins.py", "gateway/storage/till_book.py")
TRACED = (*COMMIT, "gateway/desk.py", "gateway/acting.py", "gateway/till_facts.py")
STRIDE, STRIDE_IN_COMMIT = 31, 7
LINES_MAX = 4_000
TABLES = ("orders", "parked", "shifts", "codes", "pins", "keys")


def acts() -> list[Request]:
    sold = basket("cake", "cake", coupons=("hq.1",))
    return [
        Request("k1", "pos", model.SHIFT_OPENED, OpenShift(20_000, "till-1")),
        Request("k2", "pos", model.ORDER_COMMITTED, Sell(sold, (Tender("cash", 6_200),), "till-1")),
        Request("k3", "pos", model.ORDER_PARKED, Park("p-1", "till-1", basket("loaf"))),
        Request("k4", "pos", model.PIN_SET, SetPin(LIN), pin_hash="hash"),
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
        verdicts = [one for one in house.desk.act(acts()) if isinstance(one, Verdict)]
        assert [verdict.event.outcome.name for verdict in verdicts] == ["done"] * 4
        assert house.desk.act(acts()) == [verdict._replace(duplicate=True) for verdict in verdicts]
        assert house.ledger.seq == 5, "opened, granted, sold, parked, a PIN set"
        counted = [house.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]
        assert counted == [1, 1, 1, 1, 1, 4]
        shift = house.counter.shift("till-1")
        assert shift is not None and (shift.sums.orders, shift.sums.net) == (1, 6_200)
        return sum(verdict.duplicate for verdict in verdicts)


def test_killed_anywhere_a_till_finds_all_of_it_or_nothing(tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.mkdir()
    with ExitStack() as closing:
        house = House(template, closing)
        house.seed("g1", PROGRAMS)
        house.open()
        stock(house)
        house.say_lot(LIN, "CPN:off50", "hq.1", 1, Terms(code="C-1", face=5_000), granted=1)
    found, line, survived, killed = set(), 1, False, 0
    while not survived and line < LINES_MAX:
        folder = tmp_path / str(line)
        shutil.copytree(template, folder)
        survived, in_commit = act_and_die(folder, line)
        found.add(ask_again(folder))
        ledger = folder / "data" / "ledger.db"
        assert compare(ledger, lambda done, total: None).differences == ()
        shutil.rmtree(folder)
        killed += not survived
        line += STRIDE_IN_COMMIT if in_commit else STRIDE
    assert survived
    assert killed > 30
    assert found == {0, 4}, "all of the batch, or none of it; and both were seen"
