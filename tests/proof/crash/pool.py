"""Work on several cores, by interpreters that start with an empty memory: this one may have threads."""

import os
import site
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
REPOSITORY = Path(__file__).parents[3]
CORES = os.cpu_count() or 1


def on_all_cores(work: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
    """work(task) of each task, in their order."""
    # The others must find the tests wherever pytest was started from.
    with ProcessPoolExecutor(CORES, get_context("spawn"), site.addsitedir, (str(REPOSITORY),)) as pool:
        return list(pool.map(work, tasks))
