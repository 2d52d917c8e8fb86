"""How rules do on simulated walks: false changes, the delay after a move, and time in a wrong zone.

A **false change** is a change of the named zone while the tag stands still, but for the first arrival in its
zone and what is named on the way there. Not knowing, and knowing the same again, is no change. The **delay**
runs from the end of a move to the first second in which the right zone is named; where that is not within
LATE_S, it counts as LATE_S. **Wrong** is the share of standing seconds, from LATE_S after a move on, in which
another zone is named; **unknown** the share in which none is.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from hardware_tests.figures.walks import Scene, Second, walk, way
from hardware_tests.figures.zone_rules import Rule

SEEDS: Final = range(60)
LATE_S: Final = 120
SPAN_S: Final = 1_200  # false changes are told for so long


class Tally(NamedTuple):
    """What a rule did on one walk; a delay of None is one that was too late."""

    still_s: int
    false: int
    delays: list[int | None]
    settled_s: int
    wrong_s: int
    unknown_s: int


class Score(NamedTuple):
    """What a rule did on all walks of a scene."""

    false: float  # a SPAN_S
    delay_s: float  # the mean; what was too late counts as LATE_S
    in_time: float  # 0..1, of the moves
    wrong: float  # 0..1
    unknown: float  # 0..1


Maker = Callable[[Scene], Rule]


def score(scene: Scene, make: Maker, seeds: Iterable[int] = SEEDS) -> Score:
    """A rule on one scene's walks."""
    places = list(way(scene))
    tallies = [tally(scene, places, named(make(scene), scene, seed)) for seed in seeds]
    delays = [delay for one in tallies for delay in one.delays]
    settled_s = sum(one.settled_s for one in tallies)
    return Score(
        false=SPAN_S * sum(one.false for one in tallies) / sum(one.still_s for one in tallies),
        delay_s=_mean([LATE_S if delay is None else delay for delay in delays]),
        in_time=_mean([delay is not None for delay in delays]),
        wrong=sum(one.wrong_s for one in tallies) / settled_s,
        unknown=sum(one.unknown_s for one in tallies) / settled_s,
    )


def named(rule: Rule, scene: Scene, seed: int) -> list[str | None]:
    """What the rule says at the end of every second."""
    said = []
    for second, heard in enumerate(walk(scene, seed)):
        for hearing in heard:
            rule.heard(hearing)
        said.append(rule.zone(second * 1000))
    return said


def tally(scene: Scene, places: list[Second], said: list[str | None]) -> Tally:
    """One walk's count."""
    stands = [_Stand(scene.stops[number].zone, part) for number, part in _stands(places, said)]
    before: str | None = None
    false = 0
    for stand in stands:
        false += stand.false_changes(before)
        before = next((zone for zone in reversed(stand.said) if zone is not None), before)
    settled = [(stand.zone, zone) for stand in stands for zone in stand.said[LATE_S:]]
    return Tally(
        still_s=sum(len(stand.said) for stand in stands),
        false=false,
        delays=[stand.delay_s for stand in stands[1:]],
        settled_s=len(settled),
        wrong_s=sum(zone not in (None, right) for right, zone in settled),
        unknown_s=sum(zone is None for _, zone in settled),
    )


class _Stand:
    """What was said while the tag stood at one stop."""

    def __init__(self, zone: str, said: list[str | None]) -> None:
        self.zone, self.said = zone, said

    @property
    def delay_s(self) -> int | None:
        arrived = self._arrived()
        return arrived if arrived < LATE_S else None

    def false_changes(self, before: str | None) -> int:
        """Changes after the arrival, or, where it is late, after LATE_S."""
        arrived = min(self._arrived(), LATE_S)
        for zone in self.said[: arrived + 1]:
            before = zone or before
        false = 0
        for zone in self.said[arrived + 1 :]:
            false += zone is not None and before is not None and zone != before
            before = zone or before
        return false

    def _arrived(self) -> int:
        return self.said.index(self.zone) if self.zone in self.said else len(self.said)


def _stands(places: list[Second], said: list[str | None]) -> Iterator[tuple[int, list[str | None]]]:
    """For each stop, what was said while the tag stood there."""
    for number in sorted({place.stop for place in places}):
        pairs = zip(places, said, strict=True)
        yield number, [zone for place, zone in pairs if place.still and place.stop == number]


def _mean(values: list[int] | list[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
