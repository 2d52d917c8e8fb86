"""`python -m tests.simulation --seed N --operations K`: plays one seed, and shortens it if it fails.

`--only 3,17,20` plays those operations of it alone, as a shortened story names them.
"""

import argparse
import sys

from tests.simulation.play import Report, play
from tests.simulation.shrink import shrink
from tests.simulation.story import Story, keep, write_story


def main() -> int:
    """Play what the command line names; 1 where an invariant does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--operations", type=int, default=120)
    parser.add_argument("--only", default="", help="numbers of operations, with commas")
    parser.add_argument("--no-shrink", action="store_true")
    given = parser.parse_args()
    story = write_story(given.seed, given.operations)
    if given.only:
        story = keep(story, map(int, given.only.split(",")))
    report = play(given.seed, story)
    if report.failure is None:
        print(f"seed {given.seed}: {report.operations} operations, {report.events} events, nothing violated")
        return 0
    print(f"seed {given.seed}, at {report.at}: {report.failure}")
    if not given.no_shrink:
        print(describe(given.seed, given.operations, shortened(report, story)))
    return 1


def shortened(report: Report, story: Story) -> Story:
    """The shortest part of a story found that still violates the same invariant."""
    assert report.failure is not None
    number = report.failure.number
    return shrink(story, lambda part: fails(report.seed, part, number))


def fails(seed: int, story: Story, number: int) -> bool:
    """Whether a story still violates this invariant."""
    failure = play(seed, story).failure
    return failure is not None and failure.number == number


def describe(seed: int, operations: int, story: Story) -> str:
    """A story for people, and the command that plays it again."""
    only = ",".join(str(operation.number) for operation in story)
    names = "\n".join(f"  {operation.number} {operation.name}" for operation in story)
    command = f"python -m tests.simulation --seed {seed} --operations {operations} --only {only or '-'}"
    return f"shortened to {len(story)} operations:\n{names}\n{play(seed, story).failure}\n{command}"


if __name__ == "__main__":
    sys.exit(main())
