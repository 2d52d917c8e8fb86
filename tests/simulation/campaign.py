"""Many stories side by side: their figures summed, the first failure kept with the story that shows it.

Each play is a pure function of its seed and story: processes share nothing, and their order does not matter.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

from tests.simulation import bridge, deeds_world, network, wounds
from tests.simulation.__main__ import describe, shortened
from tests.simulation.planted import PLANTED
from tests.simulation.play import Report, play, processors
from tests.simulation.story import write_story
from tests.simulation.verdict import NAMES, NOT_YET, Violation

FAULTS = (*network.FAULTS, *bridge.FAULTS, *wounds.FAULTS, *deeds_world.FAULTS)
OPERATIONS_A_STORY = 150  # long enough for a day's limits, short enough to be shortened in a minute
RUNS_TO_FIND_MAX = 1_000


Item = TypeVar("Item")
Result = TypeVar("Result")


class Figures(NamedTuple):
    """What a campaign came to; `failed` is the report of the lowest seed that failed."""

    stories: int
    operations: int
    events: int
    faults: Counter[str]
    outcomes: Counter[str]
    checks: Counter[int]
    seconds: float
    failed: Report | None


def campaign(seeds: Iterable[int], operations: int = OPERATIONS_A_STORY) -> Figures:
    """Play these seeds on every processor; all of them, also behind a failure."""
    begun = time.monotonic()
    reports = list(_side_by_side(partial(_play_seed, operations), seeds))
    failures = [report for report in reports if report.failure is not None]
    return Figures(
        len(reports),
        sum(report.operations for report in reports),
        sum(report.events for report in reports),
        sum((report.faults for report in reports), Counter()),
        sum((report.outcomes for report in reports), Counter()),
        sum((report.checks for report in reports), Counter()),
        time.monotonic() - begun,
        min(failures, key=lambda report: report.seed, default=None),
    )


class Found(NamedTuple):
    """In how many runs a planted bug was found (None: in none), and by which violation."""

    bug: str
    runs: int | None
    violation: Violation | None


def find_planted(bugs: Iterable[str], runs: int = RUNS_TO_FIND_MAX) -> list[Found]:
    """Each planted bug, looked for in at most so many runs."""
    return list(_side_by_side(partial(_find, runs), bugs))


def explain(report: Report, operations: int = OPERATIONS_A_STORY) -> str:
    """A failure for people: what was violated, the shortest story that shows it, and how to play it again."""
    story = write_story(report.seed, operations)
    short = shortened(report, story)
    return f"seed {report.seed}, at {report.at}: {report.failure}\n{describe(report.seed, operations, short)}"


def table(figures: Figures) -> str:
    """The figures of a campaign, a line each."""
    lines = [
        f"{figures.operations} operations in {figures.stories} stories, {figures.events} events,"
        f" {figures.seconds:.0f} s on {processors()} processors",
        "faults: " + ", ".join(f"{name} {figures.faults[name]}" for name in FAULTS),
        "came to: " + ", ".join(f"{name} {count}" for name, count in sorted(figures.outcomes.items())),
    ]
    lines += [f"  {number:2} {name}: {figures.checks[number]} checks" for number, name in NAMES.items()]
    lines += [f"  {number:2} not applicable yet: {why}" for number, why in NOT_YET.items()]
    return "\n".join(lines)


def _side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterable[Result]:
    with ProcessPoolExecutor(processors(), mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, items, chunksize=1)


def _play_seed(operations: int, seed: int) -> Report:
    return play(seed, write_story(seed, operations))


def _find(runs: int, bug: str) -> Found:
    for run in range(1, runs + 1):
        seed = 1_000_000 + run
        story = write_story(seed, OPERATIONS_A_STORY)
        failure = play(seed, story, PLANTED[bug]).failure
        if failure is not None and play(seed, story).failure is None:  # it was the bug, and nothing else
            return Found(bug, run, failure)
    return Found(bug, None, None)
