"""The lines of the world: letters under way between devices, askers, gateways and HQ.

Nothing promises order. A letter may be lost, doubled, held up or overtaken; while a line is cut, nothing of
it arrives and what is under way stays where it is. Every such fault is counted by its kind.
"""

import random
from collections import Counter
from typing import Any, NamedTuple

LETTERS_MAX = 200  # under way at once; beyond it the oldest is lost, as a broker's bounded queue loses it

LOST, DOUBLED, OVERTAKEN, HELD_UP, CUT = "lost", "doubled", "overtaken", "held up", "cut"
FAULTS = (LOST, DOUBLED, OVERTAKEN, HELD_UP, CUT)


class Line(NamedTuple):
    """A way between two places, as "counter-1" to "river-1" or "river-1" to "hq"."""

    source: str
    target: str


class Letter(NamedTuple):
    """Something under way; what `content` is the two ends know."""

    line: Line
    content: Any


class Network:
    """All lines of one world."""

    def __init__(self, faults: Counter[str]) -> None:
        self._faults = faults
        self._under_way: list[Letter] = []
        self._cut: set[frozenset[str]] = set()

    def send(self, line: Line, content: Any) -> None:
        """Put a letter under way."""
        self._under_way.append(Letter(line, content))
        if len(self._under_way) > LETTERS_MAX:
            self._under_way.pop(0)
            self._faults[LOST] += 1

    def waiting(self, target: str) -> list[Letter]:
        """What could arrive at `target` now, oldest first."""
        return [
            letter for letter in self._under_way if letter.line.target == target and self.joins(*letter.line)
        ]

    def take(self, target: str, chance: random.Random, count: int) -> list[Letter]:
        """Up to `count` letters arrive at `target`, in any order."""
        waiting = self.waiting(target)
        taken = chance.sample(waiting, min(count, len(waiting)))
        if taken != waiting[: len(taken)]:
            self._faults[OVERTAKEN] += 1
        for letter in taken:
            self._under_way.remove(letter)
        return taken

    def lose(self, chance: random.Random, count: int) -> None:
        """Up to `count` letters are gone."""
        for _ in range(min(count, len(self._under_way))):
            self._under_way.pop(chance.randrange(len(self._under_way)))
            self._faults[LOST] += 1

    def double(self, chance: random.Random, count: int) -> None:
        """Up to `count` letters will arrive once more."""
        for letter in chance.sample(self._under_way, min(count, len(self._under_way))):
            self._under_way.append(letter)
            self._faults[DOUBLED] += 1

    def cut(self, one: str, other: str) -> None:
        """No letter passes between these two until mended."""
        self._cut.add(frozenset((one, other)))
        self._faults[CUT] += 1

    def mend(self, chance: random.Random | None = None) -> None:
        """One cut line stands again, or (without a chance) every line."""
        if chance is None:
            self._cut.clear()
        elif self._cut:
            self._cut.discard(chance.choice(sorted(self._cut, key=sorted)))

    def joins(self, one: str, other: str) -> bool:
        """Whether the line between these two stands."""
        return frozenset((one, other)) not in self._cut
