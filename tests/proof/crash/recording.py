"""What a gateway did to its files in a run of steps, call by call, and what it had answered by then.

A step is one transaction (a batch of messages, a batch of acts) or what happens between them (a checkpoint,
a restart). A transaction's answers count as sent when the desk has given them back: every image of a later
call must hold them.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Protocol

from gateway.core.event import GENESIS
from tests.gateway.rig import House
from tests.proof.crash.disk import RECORDED
from tests.proof.crash.file_layer import OK, Call, Proceed, Watched
from tests.proof.crash.shop import new_house, start

Answers = tuple[bytes, ...]


class Step(Protocol):
    """One thing the gateway is made to do; `transaction`: it is sent by somebody who may send it again."""

    transaction: bool

    @property
    def name(self) -> str:
        """The kind of step."""
        ...

    def send(self, house: House) -> Answers:
        """Do it; gives what may leave the house."""
        ...

    def again(self) -> "Step":
        """What its sender sends who did not hear the answer, though it may be booked."""
        ...

    def complete(self, answers: Answers) -> bool:
        """Whether everybody who waits was answered."""
        ...

    def promise(self, answers: Answers) -> object:
        """What answers say but for what is random or the clock's: equal where the same is decided anew."""
        ...


Script = Generator[Step, Answers, None]  # yields a step, is sent its answers


class Done(NamedTuple):
    """A step at some time, the calls [begin, end) it made, and the log's length before and after."""

    step: Step
    answers: Answers
    begin: int
    end: int
    seq_before: int
    seq: int
    now_ms: int


class Recording(NamedTuple):
    """`opened`: so many calls made the ledger; `hashes[seq]` is the chain as it became, GENESIS at 0."""

    gateway: str
    calls: list[Call]
    opened: int
    done: list[Done]
    hashes: list[str]


def record(folder: Path, script: Callable[[House], Script]) -> Recording:
    """Run the script on a new ledger in `folder`."""
    calls: list[Call] = []

    def recorder(call: Call, proceed: Proceed) -> int:
        if call.what in RECORDED:
            calls.append(call)  # before it is carried out: a sync of a file may sync its folder too
        code = proceed()
        assert code == OK or call.what not in RECORDED, f"{call[:3]} failed by itself: {code}"
        return code

    with ExitStack() as closing:
        house = new_house(folder, closing)
        with Watched(house.data, recorder):
            start(house)
            opened = len(calls)
            done = _run(house, script(house), calls)
            hashes = house.rows("SELECT lower(hex(hash)) FROM events ORDER BY seq")
            closing.close()
    return Recording(house.ledger.gateway, calls, opened, done, [GENESIS, *(str(row[0]) for row in hashes)])


def _run(house: House, script: Script, calls: list[Call]) -> list[Done]:
    done: list[Done] = []
    try:
        step = next(script)
        while True:
            begin, before = len(calls), house.ledger.seq
            answers = step.send(house)
            done.append(Done(step, answers, begin, len(calls), before, house.ledger.seq, house.now_ms))
            step = script.send(answers)
    except StopIteration:
        return done
