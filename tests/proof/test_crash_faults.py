"""Each call on the ledger's files fails, once or from there on for ever: nothing is lost or doubled."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.crash.faults import KINDS, Batch, Fault, Report, calls_of, play_all
from tests.proof.crash.planted import FAULT_BUGS
from tests.proof.crash.pool import CORES, on_all_cores
from tests.proof.crash.ram import ram_folder
from tests.proof.crash.steps import short_script

SEED = 11

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


def play(ram: Path, faults: list[Fault]) -> list[tuple[Fault, Report]]:
    shares = [tuple(faults[core::CORES]) for core in range(CORES)]
    batches = [Batch(ram / f"core-{core}", share, short_script) for core, share in enumerate(shares)]
    found = on_all_cores(play_all, batches)
    return [
        pair
        for share, reports in zip(shares, found, strict=True)
        for pair in zip(share, reports, strict=True)
    ]


def test_no_failing_call_loses_or_doubles_anything(ram: Path) -> None:
    begun = time.monotonic()
    calls = calls_of(ram / "dry", short_script)
    found = play(ram, every_fault(len(calls)))
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
