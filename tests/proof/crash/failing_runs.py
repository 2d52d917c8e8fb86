"""Many failing runs for one core, and what a power cut leaves behind them."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from gateway.errors import GatewayError
from tests.gateway.rig import House
from tests.proof.crash import agreement
from tests.proof.crash.failing_run import Cut, Report, Run
from tests.proof.crash.faults import NEVER, Fault
from tests.proof.crash.recording import Script
from tests.proof.crash.shop import new_house, start


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
