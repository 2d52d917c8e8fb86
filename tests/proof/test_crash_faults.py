"""Each call on the ledger's files fails, once or from there on for ever: nothing is lost or doubled."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.proof.crash.failing_runs import Batch, calls_of, cut_all, play_all
from tests.proof.crash.faults import KINDS, Fault
from tests.proof.crash.file_layer import SYNC
from tests.proof.crash.planted import FAULT_BUGS
from tests.proof.crash.pool import CORES, on_all_cores
from tests.proof.crash.ram import ram_folder
from tests.proof.crash.scripts import short_script

SEED = 11
Found = TypeVar("Found")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def ram() -> Iterator[Path]:
    with ram_folder() as folder:
        yield folder


def every_fault(calls: int) -> list[Fault]:
    """Each call fails by an error and for want of space, once and for ever, closed in order and killed."""
    chance = random.Random(SEED)
    return [
        Fault(kind, at, for_ever, chance.randrange(3), killed)
        for at in range(calls)
        for kind in ("error", "full")
        for for_ever in (False, True)
        for killed in (False, True)
    ]


def on_all(ram: Path, work: Callable[[Batch], list[Found]], faults: list[Fault]) -> list[tuple[Fault, Found]]:
    """Each fault with what `work` found of it."""
    shares = [tuple(faults[core::CORES]) for core in range(CORES)]
    batches = [Batch(ram / f"core-{core}", share, short_script) for core, share in enumerate(shares)]
    found = on_all_cores(work, batches)
    return [
        pair
        for share, reports in zip(shares, found, strict=True)
        for pair in zip(share, reports, strict=True)
    ]


def test_no_failing_call_loses_or_doubles_anything(ram: Path) -> None:
    begun = time.monotonic()
    calls = calls_of(ram / "dry", short_script)
    found = on_all(ram, play_all, every_fault(len(calls)))
    total: Counter[str] = Counter()
    for _, report in found:
        total.update({name: value for name, value in report._asdict().items() if isinstance(value, int)})
    wrong = [f"{fault}: {fault_found}" for fault, report in found for fault_found in report.wrong]
    unclear = Counter(problem for _, report in found for problem in report.unclear)
    print(
        f"\nfailing calls: {len(calls)} calls, {len(found)} faults, {dict(total)}, {len(wrong)} violations,"
        f" {time.monotonic() - begun:.1f} s"
    )
    assert not wrong, "\n".join(wrong[:20])
    assert not unclear, "\n".join(f"{count} times {problem}" for problem, count in unclear.items())
    assert min(total.values()) > 0  # each way out was taken
    assert set(KINDS["error"]) >= set(calls)


@pytest.mark.parametrize("bug", FAULT_BUGS)
def test_a_planted_bug_shows_by_a_failing_call(bug: str, ram: Path) -> None:
    faults = every_fault(len(calls_of(ram / "dry", short_script)))
    random.Random(SEED).shuffle(faults)
    with FAULT_BUGS[bug]():
        for number, fault in enumerate(faults, start=1):
            (report,) = play_all(Batch(ram / "run", (fault,), short_script))
            if report.wrong:
                print(f"\nplanted: {bug}: found by fault {number}: {report.wrong[0][:160]}")
                return
    pytest.fail(f"{len(faults)} faults did not show: {bug}")


def test_no_answer_after_a_failed_sync_is_lost_by_a_power_cut(ram: Path) -> None:
    """Linux reports a failed sync once and forgets the pages: they are read for ever, and written never."""
    begun = time.monotonic()
    syncs = [at for at, kind in enumerate(calls_of(ram / "dry", short_script)) if kind == SYNC]
    faults = [Fault("sync", at, False, killed=killed) for at in syncs for killed in (False, True)]
    found = on_all(ram, cut_all, faults)
    wrong = [f"{fault}: {each}" for fault, faulty in found for each in faulty]
    print(
        f"\nfailed syncs: {len(syncs)} syncs, {len(found)} runs, a power cut behind each of the next answers,"
        f" {len(wrong)} violations, {time.monotonic() - begun:.1f} s"
    )
    assert not wrong, "\n".join(wrong[:20])
