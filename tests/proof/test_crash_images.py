"""The ledger's files at every write of 200 transactions, in each state a crash may leave, judged."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.crash.planted import CRASH_BUGS
from tests.proof.crash.ram import ram_folder
from tests.proof.crash.recording import record
from tests.proof.crash.scripts import long_script
from tests.proof.crash.sweep import Share, judge_share, sweep

SEED, TRANSACTIONS = 3, 200
TRANSACTIONS_WITH_A_BUG = 30
IMAGES_MIN = 4_000

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def ram() -> Iterator[Path]:
    with ram_folder() as folder:
        yield folder


def test_no_image_of_a_crash_loses_halves_or_doubles_anything(ram: Path) -> None:
    begun = time.monotonic()
    recording = record(ram / "run", lambda house: long_script(house, SEED, TRANSACTIONS))
    found = sweep(ram, recording, SEED)
    print(
        f"\ncrash images: {TRANSACTIONS} transactions, {len(recording.hashes) - 1} events,"
        f" {found.points} points, {found.images} images ({found.opened} opened, the others equal to one of"
        f" them), {found.ghosts} with a ghost commit answered by its key, {found.resent} sent again,"
        f" {len(found.faults)} violations, {time.monotonic() - begun:.1f} s"
    )
    assert not found.faults, "\n".join(found.faults[:20])
    assert found.images >= IMAGES_MIN
    assert found.points == len(recording.calls) + 1
    assert found.ghosts


@pytest.mark.parametrize("bug", CRASH_BUGS)
def test_a_planted_bug_shows_in_an_image(bug: str, ram: Path) -> None:
    with CRASH_BUGS[bug]():
        recording = record(ram / "run", lambda house: long_script(house, SEED, TRANSACTIONS_WITH_A_BUG))
    found = judge_share(Share(ram / "bench", recording, SEED, faults_max=1))
    assert found.faults, f"{found.images} images did not show: {bug}"
    print(f"\nplanted: {bug}: found in image {found.images}: {found.faults[0][:160]}")
