"""A gateway on a disk that fails: a run in which one call, or every call from one on, does not succeed.

The sender is patient: what is not answered it sends again. A gateway that ends itself is started again. Where
that does not help, the disk is repaired, and then everything must go on. In the end whoever was answered must
find his answer in the file, and nothing may be there twice.

    error   the call fails with the code of its kind (a write may have written nothing, half, or all of it)
    full    writes fail for want of space, likewise
    sync    a sync fails
"""

import shutil
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
from tests.proof.crash.disk import RECORDED, Disk, Image
from tests.proof.crash.file_layer import (
    CREATE,
    FOLDER_SYNC,
    OK,
    OPEN,
    READ,
    SHARE,
    SYNC,
    TRUNCATE,
    UNLINK,
    WRITE,
    Call,
    Proceed,
    Watched,
)
from tests.proof.crash.recording import Answers, Script, Step
from tests.proof.crash.shop import new_house, start

# SQLite's extended codes (sqlite3.h).
FULL, CANTOPEN = 13, 14
ERRORS = {
    OPEN: CANTOPEN,
    CREATE: CANTOPEN,
    READ: 10 | 1 << 8,
    WRITE: 10 | 3 << 8,
    SYNC: 10 | 4 << 8,
    TRUNCATE: 10 | 6 << 8,
    UNLINK: 10 | 10 << 8,
    SHARE: 10 | 21 << 8,
    FOLDER_SYNC: 10 | 5 << 8,
}
NO_SPACE = {WRITE: FULL, CREATE: CANTOPEN, SHARE: 10 | 19 << 8}
KINDS = {"error": ERRORS, "full": NO_SPACE, "sync": {SYNC: ERRORS[SYNC]}}
NEVER = 1 << 60
SETTINGS = {"journal_mode": "wal", "synchronous": 2}
STARTS_MAX = 2  # of a gateway whose disk is not repaired; more change nothing
TRIES_MAX = 3
CUTS_MAX = 3  # power cuts looked at: behind each of so many answers after the fault


class Fault(NamedTuple):
    """From the `at`-th call (from 0) on; `written`: of a failing write this share (0, 1 or 2 halves).

    `killed`: a gateway that ends is killed before it can close its files, else it closes them.
    """

    kind: str
    at: int
    for_ever: bool
    written: int = 0
    killed: bool = False


class Injector:
    """The watcher of a failing disk; `calls` of it were seen, `hits` of them failed.

    `disk` is what would be found after a power cut: what a failed sync was to write is lost for good.
    """

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._codes = KINDS[fault.kind]
        self.calls = self.hits = 0
        self.kinds: list[str] = []
        self.repaired = self.dead = False
        self.disk = Disk()

    def __call__(self, call: Call, proceed: Proceed) -> int:
        if self.dead:
            return proceed()
        code = self._carry_out(call, proceed)
        if code == OK and call.what in RECORDED:
            self.disk.apply(call)
        elif call.what == SYNC:
            self.disk.forget(call.name)
        return code

    def _carry_out(self, call: Call, proceed: Proceed) -> int:
        if not self.repaired:
            self.kinds.append(call.what)
        at, self.calls = self.calls, self.calls + 1
        due = at >= self._fault.at if self._fault.for_ever else at == self._fault.at
        code = self._codes.get(call.what)
        if self.repaired or not due or code is None:
            return proceed()
        self.hits += 1
        if call.what == WRITE and self._fault.written:
            proceed(len(call.data) * self._fault.written // 2)
        return code


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


class Batch(NamedTuple):
    """Faults for one core to play, each on a new folder."""

    folder: Path
    faults: tuple[Fault, ...]
    script: Callable[[House], Script]


def calls_of(folder: Path, script: Callable[[House], Script]) -> list[str]:
    """The kinds of all calls that the script makes where nothing fails."""
    run = Run(folder, Fault("error", NEVER, False))
    report = run.play(script)
    assert not report.wrong, report.wrong
    return run.injector.kinds


def play_all(batch: Batch) -> list[Report]:
    """The reports on one batch."""
    return [_play(batch.folder / str(number), fault, batch) for number, fault in enumerate(batch.faults)]


def cut_all(batch: Batch) -> list[list[str]]:
    """Of each fault: what was answered after it, and a power cut took away all the same."""
    found = []
    for number, fault in enumerate(batch.faults):
        folder = batch.folder / str(number)
        run = Run(folder / "run", fault)
        report = run.play(batch.script)
        wrong = [fault for cut in run.after_cut for fault in _after(folder / "cut", cut)]
        found.append([*report.wrong, *wrong])
        shutil.rmtree(folder)
    return found


def _after(folder: Path, cut: Cut) -> list[str]:
    """What is wrong when the machine has its power back."""
    with ExitStack() as closing:
        house = new_house(folder, closing)
        for name, content in cut.image.items():
            (house.data / name).write_bytes(content)
        try:
            start(house)
        except GatewayError as problem:
            return [f"does not open: {problem}"]
        tips = [row[0].hex() for row in house.ledger._db.execute("SELECT hash FROM events ORDER BY seq")]
        wrong = agreement.faults(house.ledger_path)
        if cut.told and cut.tip not in tips[cut.told - 1 : cut.told]:
            wrong.append(f"{cut.told} were told of, {len(tips)} are there")
    shutil.rmtree(folder)
    return wrong


def _play(folder: Path, fault: Fault, batch: Batch) -> Report:
    report = Run(folder, fault).play(batch.script)
    shutil.rmtree(folder)
    return report
