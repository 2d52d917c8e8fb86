"""A gateway on a disk that fails: a run in which one call, or every call from one on, does not succeed.

The sender is patient: what is not answered it sends again. A gateway that ends itself is started again. Where
that does not help, the disk is repaired, and then everything must go on. In the end whoever was answered must
find his answer in the file, and nothing may be there twice.
"""

import sqlite3
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from gateway.errors import GatewayError, LedgerRefused
from gateway.storage import layout
from tests.gateway.rig import House
from tests.proof.crash import agreement
from tests.proof.crash.disk import Image
from tests.proof.crash.faults import Fault, Injector
from tests.proof.crash.file_layer import Watched
from tests.proof.crash.recording import Answers, Script, Step
from tests.proof.crash.shop import new_house, start

SETTINGS = {"journal_mode": "wal", "synchronous": 2}
STARTS_MAX = 2  # of a gateway whose disk is not repaired; more change nothing
TRIES_MAX = 3
CUTS_MAX = 3  # power cuts looked at: behind each of so many answers after the fault


class Report(NamedTuple):
    """What one failing run came to; `unclear` are ends of the gateway that its main() does not expect."""

    hits: int
    restarts: int
    refusals: int
    repairs: int
    ghosts: int
    unclear: list[str]
    wrong: list[str]


class Cut(NamedTuple):
    """What a power cut left, and the log's length and tip that somebody had been told of."""

    image: Image
    told: int
    tip: str


class Stuck(Exception):
    """The run cannot go on: the gateway does not work on a disk that does."""


class Run:
    """One script on one failing disk."""

    def __init__(self, folder: Path, fault: Fault) -> None:
        self._closing = ExitStack()
        self._house = new_house(folder, self._closing)
        self._fault = fault
        self.injector = Injector(fault)
        self._counts: Counter[str] = Counter()
        self._running = False
        self._told = 0  # the log's length that somebody was told of
        self._sent: list[tuple[Step, Answers]] = []
        self.after_cut: list[Cut] = []
        self._unclear: list[str] = []
        self._wrong: list[str] = []

    def play(self, script: Callable[[House], Script]) -> Report:
        """The whole script, then the judgement."""
        with Watched(self._house.data, self.injector):
            try:
                self._follow(script(self._house))
                self.injector.repaired = True
                self._judge()
            except Stuck as stuck:
                self._wrong.append(str(stuck))
            finally:
                self._close()
        counts = self._counts
        return Report(
            self.injector.hits,
            counts["restarts"],
            counts["refusals"],
            counts["repairs"],
            counts["ghosts"],
            self._unclear,
            self._wrong,
        )

    def _follow(self, script: Script) -> None:
        try:
            self._start()
            step = next(script)
            while True:
                answers = self._insist(step)
                self._sent.append((step, answers))
                step = script.send(answers)
        except StopIteration:
            return

    def _insist(self, step: Step) -> Answers:
        """Send until it is answered; repair the disk where that does not help."""
        for attempt in range(TRIES_MAX + 1):
            if attempt == TRIES_MAX:
                self._repair()
            answers = self._try(step if not attempt else step.again())
            if answers is not None and step.complete(answers):
                self._told = max(self._told, self._house.ledger.seq)
                if self.injector.hits and len(self.after_cut) < CUTS_MAX:
                    tip = self._house.ledger.tip
                    self.after_cut.append(Cut(self.injector.disk.lost(), self._told, tip))
                return answers
            self._look_inside()
        raise Stuck("not answered on a repaired disk")

    def _try(self, step: Step) -> Answers | None:
        """Its answers; None where the gateway could not say."""
        try:
            return step.send(self._house)
        except LedgerRefused:
            self._counts["checkpoints_refused"] += 1
        except (GatewayError, sqlite3.Error, OSError) as problem:
            self._end(problem)
            self._start()
        return None

    def _start(self) -> None:
        """Start until it runs; repair the disk where that does not help."""
        for attempt in range(STARTS_MAX + 1):
            if attempt == STARTS_MAX:
                self._repair()
            try:
                start(self._house)
            except (GatewayError, sqlite3.Error, OSError) as problem:
                self._end(problem)
                continue
            self._running = True
            self._look_at_settings()
            self._counts["ghosts"] += self._house.ledger.seq > self._told
            if self._house.ledger.seq < self._told:
                self._wrong.append(f"{self._told} were told of, {self._house.ledger.seq} are there")
            return
        raise Stuck("does not start on a repaired disk")

    def _end(self, problem: Exception) -> None:
        """The gateway ends itself; its files are closed as its main() closes them."""
        self._counts["restarts"] += 1
        if not isinstance(problem, GatewayError):
            self._unclear.append(f"{type(problem).__name__} in {_place(problem)}: {problem}")
        left = {path: path.read_bytes() for path in self._files() if not path.name.endswith("-shm")}
        if not self._fault.killed:
            self._close()
            return
        self.injector.dead = True  # what closing does now, no killed process does
        self._close()
        for path in self._files():
            path.unlink()
        for path, content in left.items():
            path.write_bytes(content)
        self.injector.dead = False

    def _files(self) -> list[Path]:
        return list(self._house.data.glob(layout.LEDGER_FILE + "*"))

    def _close(self) -> None:
        if self._running:
            self._counts["refusals"] += self._house.counters.get("ledger.batches_refused")
        self._running = False
        self._closing.close()

    def _repair(self) -> None:
        self._counts["repairs"] += 1
        self.injector.repaired = True

    def _look_inside(self) -> None:
        """What the bridge may read is what the gateway knows of."""
        seen = _tip(self._house.ledger_path)
        if seen != self._house.ledger.seq:
            self._wrong.append(f"{self._house.ledger.seq} are known of, a reader sees {seen}")

    def _look_at_settings(self) -> None:
        """What promises durability must be in force whatever failed: SQLite says so only if asked."""
        found = [self._house.ledger._db.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS]
        if found != list(SETTINGS.values()):
            self._wrong.append(f"written with {found} instead of {list(SETTINGS.values())}")

    def _judge(self) -> None:
        seq = self._house.ledger.seq
        for step, answers in self._sent:
            if step.transaction and step.again().send(self._house) != answers:
                self._wrong.append("another answer")
        if self._house.ledger.seq != seq:
            self._wrong.append(f"{self._house.ledger.seq - seq} booked again")
        self._close()
        self._start()
        if self._house.ledger.seq != seq:
            self._wrong.append(f"{seq} before the last start, {self._house.ledger.seq} after it")
        self._wrong += agreement.faults(self._house.ledger_path)


def _tip(ledger: Path) -> int:
    """The last event that another process sees; on the real disk."""
    db = sqlite3.connect(layout.read_only_uri(ledger) + "&vfs=unix", uri=True)
    try:
        return int(db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])
    finally:
        db.close()


def _place(problem: BaseException) -> str:
    """The innermost function of the gateway's that it came through."""
    frames = [frame.f_code for frame, _ in traceback.walk_tb(problem.__traceback__)]
    ours = [code for code in frames if "/gateway/" in code.co_filename and "/tests/" not in code.co_filename]
    return f"{Path(ours[-1].co_filename).name} {ours[-1].co_name}" if ours else "nothing of ours"
