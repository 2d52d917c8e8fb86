"""SIGKILL anywhere while a ticket is used: one visit and one check-in in the end, and the asker is answered.

As tests/gateway/test_till_kill.py: a child works and dies at a line, the next gateway is asked again.
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
from msgspec.structs import replace

from gateway.core.event import open_event
from gateway.storage.rebuild import compare
from tests.gateway.conftest import judge
from tests.gateway.guests.hall import HALL, SHAKEN, Hall, Pins, gifts, types
from tests.gateway.rig import House

pytestmark = pytest.mark.timeout(300)

BUNDLE = replace(HALL, programs=(*HALL.programs, SHAKEN))  # type: ignore[misc]
TRACED = (
    "gateway/acting.py",
    "gateway/desk.py",
    "gateway/guests/asking.py",
    "gateway/presence/checkins.py",
    "gateway/storage/ledger.py",
    "gateway/storage/projections.py",
    "gateway/teller.py",
)
STRIDE = 11
LINES_MAX = 6_000
DONE = ["presence.seen", "presence.checked_in", "presence.seen"]


class Again(Hall):
    """The hall of a folder that is there already."""

    def __init__(self, house: House) -> None:
        self.house, self.pins, self.presence, self.phones = house.open(), Pins(), None, None
        self.begin()


def claim(hall: Hall, ticket: str, key: str = "c1") -> dict[str, Any]:
    return hall.ask("claim", key=key, ticket=ticket, member="m-1")


def claim_and_die(folder: Path, ticket: str, deadly: int) -> bool:
    """Claim in a child that dies at its `deadly`-th line; whether it lived."""
    child = os.fork()
    if child == 0:
        try:
            hall, seen = Again(House(folder, ExitStack())), 0

            def trace(frame: FrameType, event: str, _argument: Any) -> Any:
                nonlocal seen
                if not frame.f_code.co_filename.endswith(TRACED):
                    return None
                if event == "line":
                    seen += 1
                    if seen == deadly:
                        os.kill(os.getpid(), signal.SIGKILL)
                return trace

            sys.settrace(trace)
            claim(hall, ticket)
            sys.settrace(None)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return not os.WIFSIGNALED(status)


def ask_again(folder: Path, ticket: str) -> int:
    """What the next gateway answers, twice the same; how many events it had found."""
    with ExitStack() as closing:
        hall = Again(House(folder, closing))
        found = len(hall.house.bodies())
        assert [open_event(body).type for body in hall.house.bodies()] == DONE[:found]
        answer = claim(hall, ticket)
        assert answer == claim(hall, ticket) and answer["first_today"]
        assert gifts(answer) == [("credit", "PTS", 5), ("credit", "PTS", 2)]
        assert claim(hall, ticket, "c2") == {"ok": False, "error": "ticket_used"}
        assert types(hall) == DONE
        judge(hall.house, BUNDLE)
        assert compare(hall.house.ledger_path, lambda done, total: None).differences == ()
        return found


def test_killed_anywhere_a_ticket_is_used_once_and_answered(tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.mkdir()
    with ExitStack() as closing:
        house = House(template, closing)
        house.seed()
        ticket = Hall(house, bundle=BUNDLE).ask("shake", key="s", member="m-1")["ticket"]
    found, kills = set(), 0
    for deadly in range(1, LINES_MAX, STRIDE):
        folder = tmp_path / str(deadly)
        shutil.copytree(template, folder)
        lived = claim_and_die(folder, ticket, deadly)
        found.add(ask_again(folder, ticket))
        shutil.rmtree(folder)
        if lived:
            break
        kills += 1
    print(f"\n{kills} kills, found {sorted(found)} events")
    assert lived and kills > 20 and found == {0, len(DONE)}
