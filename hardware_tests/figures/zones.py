"""Figures of the zone engine beside the rules others use, on the same simulated walks.

`python -m hardware_tests.figures.zones` prints all scenes as docs/presence.md has them, in some minutes.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Final

from hardware_tests.figures.rows import Row, row
from hardware_tests.figures.walks import MOVED, SCENES, Scene
from hardware_tests.figures.zone_rules import LISTED, OURS, Engine, Rule
from hardware_tests.figures.zone_scores import SEEDS, Score, score

FALSE_MAX: Final = 1.0  # false changes in 20 minutes: more, and nobody believes the plan
CONDITIONS: Final = "simulated: 2 scanners 8 m apart, a tag 3 m from one, then from the other; 60 walks"

Say = Callable[[str], None]


def measure(say: Say) -> list[Row]:
    """All rows of this file."""
    say("walks through a simulated shop")
    scores = compare(MOVED)
    ours = scores.pop(OURS)
    calm = [one.delay_s for one in scores.values() if one.false <= FALSE_MAX]
    return [
        row("false changes of zone in 20 min", ours.false, "", CONDITIONS, FALSE_MAX),
        row(
            "zone named after a move",
            ours.delay_s,
            "s",
            f"{CONDITIONS}; limit: the quickest of the listed rules with at most 1 false change",
            min(calm, default=None),
        ),
    ]


def compare(scene: Scene, seeds: Iterable[int] = SEEDS) -> dict[str, Score]:
    """Every listed rule's score, and ours."""
    walks = list(seeds)
    return {name: score(scene, _maker(name), walks) for name in (*LISTED, OURS)}


def dominating(scores: dict[str, Score]) -> list[str]:
    """The rules that are at least as calm and as quick as ours, and better in one."""
    ours = (scores[OURS].false, scores[OURS].delay_s)
    others = {name: (one.false, one.delay_s) for name, one in scores.items() if name != OURS}
    return [
        name
        for name, other in others.items()
        if other != ours and all(a <= b for a, b in zip(other, ours, strict=True))
    ]


def lines(scene: Scene, scores: dict[str, Score]) -> list[str]:
    """A scene's table, in Markdown."""
    head = [
        f"| {scene.name} | false changes / 20 min | delay | within 2 min | wrong | unknown |",
        "|---|---|---|---|---|---|",
    ]
    return head + [_line(name, one, moves=len(scene.stops) > 1) for name, one in scores.items()]


def _line(name: str, one: Score, *, moves: bool) -> str:
    delay = f"{one.delay_s:.0f} s | {one.in_time:.0%}" if moves else "- | -"
    title = f"**{name}**" if name == OURS else name
    return f"| {title} | {one.false:.2f} | {delay} | {one.wrong:.1%} | {one.unknown:.1%} |"


def _maker(name: str) -> Callable[[Scene], Rule]:
    return Engine if name == OURS else lambda scene: LISTED[name]()


if __name__ == "__main__":
    for each in SCENES:
        sys.stdout.write("\n".join(lines(each, compare(each))) + "\n\n")
