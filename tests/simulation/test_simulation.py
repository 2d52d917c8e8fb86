"""A short look at what `make proof` plays at length: nothing violated, always the same, shortened right."""

import subprocess
import sys

import pytest

from tests.simulation.planted import PLANTED
from tests.simulation.play import Report, play
from tests.simulation.shrink import shrink
from tests.simulation.story import Operation, Story, keep, write_story
from tests.simulation.verdict import Violation

SEEDS, OPERATIONS = range(1, 11), 100


@pytest.mark.parametrize("seed", SEEDS)
def test_a_story_violates_nothing(seed: int) -> None:
    report = play(seed, write_story(seed, OPERATIONS))
    assert report.failure is None, f"python -m tests.simulation --seed {seed} --operations {OPERATIONS}"
    assert report.operations == OPERATIONS
    assert sum(report.faults.values()) > 0


def test_a_story_is_the_same_whenever_it_is_played() -> None:
    """Also where Python orders sets in another way."""
    program = (
        "from tests.simulation.play import play; from tests.simulation.story import write_story;"
        "report = play(7, write_story(7, 60)); print(report.events, sorted(report.outcomes.items()),"
        " sorted(report.faults.items()), report.digest)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_longer_story_begins_like_a_shorter_one() -> None:
    assert write_story(3, 50) == write_story(3, 80)[:50]


def test_a_planted_bug_is_found_and_its_story_shortened() -> None:
    bug = PLANTED["reversal to a new lot"]
    report, story = first_failure("reversal to a new lot")
    assert report.failure is not None

    def fails(part: Story) -> bool:
        failure = play(report.seed, part, bug).failure
        return failure is not None and failure.number == 7

    assert report.failure.number == 7
    short = shrink(story, fails, tries=40)
    assert fails(short)
    assert len(short) < len(story) // 4


def first_failure(bug: str) -> tuple[Report, Story]:
    for seed in range(1, 20):
        story = write_story(seed, OPERATIONS)
        report = play(seed, story, PLANTED[bug])
        if report.failure is not None:
            return report, story
    pytest.fail(f"nothing found: {bug}")


def test_shrinking_leaves_nothing_that_could_go() -> None:
    story = write_story(1, 60)
    needed = {4, 17, 18, 41}

    def fails(part: Story) -> bool:
        return needed <= {operation.number for operation in part}

    assert {operation.number for operation in shrink(story, fails)} == needed


def test_a_part_of_a_story_keeps_what_its_operations_draw() -> None:
    story = write_story(1, 20)
    part = keep(story, (3, 9))
    assert part == (story[3], story[9])
    assert part[1].chance().random() == story[9].chance().random()
    assert isinstance(part[0], Operation)


def test_a_violation_says_which_invariant_it_is_of() -> None:
    assert "no overdraft" in str(Violation(2, "seen"))
