"""Every point of a recorded run, as the four images a crash may leave, judged on as many cores as asked."""

import random
import shutil
from collections import Counter
from functools import reduce
from pathlib import Path
from typing import NamedTuple

from tests.proof.crash.disk import Disk
from tests.proof.crash.judge import Bench, Moment
from tests.proof.crash.pool import CORES, on_all_cores
from tests.proof.crash.recording import Recording

POINTS_TOGETHER = 64  # neighbours share images, so that a core gets so many at a time


class Sweep(NamedTuple):
    """`images` were looked at, `opened` of them differed; `ghosts` held a transaction nobody was told of."""

    points: int
    images: int
    opened: int
    resent: int
    ghosts: int
    faults: list[str]


class Share(NamedTuple):
    """One core's part of a sweep; the whole where `of` is 1."""

    folder: Path
    recording: Recording
    seed: int
    core: int = 0
    of: int = 1
    faults_max: int = 20


def sweep(folder: Path, recording: Recording, seed: int) -> Sweep:
    """Judge every point of the run, on all cores."""
    shares = [Share(folder / f"bench-{core}", recording, seed, core, CORES) for core in range(CORES)]
    return reduce(_together, on_all_cores(judge_share, shares))


def judge_share(share: Share) -> Sweep:
    """Judge the points of one core; stops after so many faults."""
    bench = Bench(share.folder, share.recording, share.seed + share.core)
    chance = random.Random(f"{share.seed} {share.core}")
    disk, moments = Disk(), Moments(share.recording)
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for point in range(len(share.recording.calls) + 1):
        if point:
            disk.apply(share.recording.calls[point - 1])
        if point // POINTS_TOGETHER % share.of != share.core:
            continue
        counts["points"] += 1
        for kind, image in (
            ("kill", disk.kill()),
            ("lost", disk.lost()),
            ("prefix", disk.prefix(chance)),
            ("torn", disk.torn(chance)),
        ):
            opened = bench.judge(image, moments.at(point))
            counts["images"] += 1
            counts["ghosts"] += opened.ghost
            faults += [f"call {point}, {kind}: {fault}" for fault in opened.faults]
        if len(faults) >= share.faults_max:
            break
    shutil.rmtree(share.folder)
    return Sweep(counts["points"], counts["images"], bench.distinct, bench.resent, counts["ghosts"], faults)


class Moments:
    """What had been answered by a call; asked for in order."""

    def __init__(self, recording: Recording) -> None:
        self._done = recording.done
        self._answered = 0

    def at(self, point: int) -> Moment:
        """After so many calls."""
        while self._answered < len(self._done) and self._done[self._answered].end <= point:
            self._answered += 1
        under_way = self._answered < len(self._done) and self._done[self._answered].begin < point
        return Moment(self._answered, under_way)


def _together(one: Sweep, other: Sweep) -> Sweep:
    return Sweep(
        one.points + other.points,
        one.images + other.images,
        one.opened + other.opened,
        one.resent + other.resent,
        one.ghosts + other.ghosts,
        [*one.faults, *other.faults],
    )
