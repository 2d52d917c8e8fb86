"""What scanners usually hear of beacons: the level and the interval of every pair, learned slowly.

Levels are noise: a pair's is the median of a span of SPAN_MS, and its usual level the mean of such medians,
moved by MEMORY a span. A span that is SHIFTED_DB or more beside the usual level teaches nothing; two such
spans in a row, and the pair is shifted, until one is not.

    learned row: [scanner, beacon, usual level in dBm, interval_ms, x, y of the scanner, x, y of the beacon]

Invariants: at most PAIRS_MAX pairs; a row counts only where both stand where the plan has them now.
"""

from collections.abc import Iterable, Set
from statistics import median
from typing import NamedTuple

import msgspec

from gateway.presence.pulse import Pulse
from gateway.presence.registry import BEACON, RADIO, Site

PAIRS_MAX = 2_048  # 45 beacons that all hear each other; of more, the first heard teach enough
SPAN_MS = 600_000  # shadows of people wander in half a minute: a median of ten minutes is good to a decibel
SAMPLE_MS = 5_000  # of 120 samples a span; the next within this says nearly the same
SAMPLES_MIN = 12  # below, a span says nothing: the pair was hardly heard
SPANS_LEARNED = 3  # before this many there is no usual level
MEMORY = 1 / 36  # of one span in the usual level: six hours, for shelves are filled and emptied
SHIFTED_DB = 6.0  # twice as far, or half as far, is 7.5 dB; shelves that are filled are three or four

Learned = tuple[str, str, int, int, int, int, int, int]


class Link(NamedTuple):
    """A pair as others see it: who hears whom, when last, and from when on silence means something."""

    scanner: str
    beacon: str
    heard_ms: int
    silence_ms: int


class Pairs:
    """All pairs of scanner and beacon that ever heard each other."""

    def __init__(self, site: Site, learned: Iterable[object] = ()) -> None:
        self._places = {b.beacon: (b.x_cm, b.y_cm) for b in site.beacons if b.kind == BEACON}
        if site.radio is not None:
            self._places[RADIO] = (site.radio.x_cm, site.radio.y_cm)
        self._pairs: dict[tuple[str, str], _Pair] = {}
        self.refused = 0  # hearings of pairs above PAIRS_MAX
        for row in learned:
            self._remember(row)

    def follow(self, before: "Pairs", same: Set[str]) -> None:
        """Go on for another plan with the pairs of which both are in `same` and stand where they stood."""
        self.refused = before.refused
        for (scanner, beacon), pair in before._pairs.items():
            if {scanner, beacon} <= same and all(
                self._places.get(name) == before._places[name] for name in (scanner, beacon)
            ):
                self._pairs[scanner, beacon] = pair

    def heard(self, scanner: str, beacon: str, rssi_dbm: int, at_ms: int) -> None:
        """A scanner heard a beacon; others than beacons with a place make no pair."""
        if scanner == beacon or scanner not in self._places or beacon not in self._places:
            return
        pair = self._pairs.get((scanner, beacon))
        if pair is None:
            if len(self._pairs) >= PAIRS_MAX:
                self.refused += 1
                return
            pair = self._pairs[scanner, beacon] = _Pair()
        pair.hear(rssi_dbm, at_ms)

    def usual(self) -> list[Link]:
        """The pairs whose interval is known."""
        return [
            Link(scanner, beacon, pair.heard_ms, pair.pulse.silence_ms)
            for (scanner, beacon), pair in self._pairs.items()
            if pair.pulse.known
        ]

    def neighbours(self) -> dict[str, set[str]]:
        """Who has a usual level with whom, in either direction."""
        return _graph([names for names, pair in self._pairs.items() if pair.usual_dbm is not None])

    def shifted(self) -> dict[str, set[str]]:
        """Whose level with whom is not the usual one, in either direction."""
        return _graph([names for names, pair in self._pairs.items() if pair.is_shifted])

    def settle(self, at_ms: int) -> None:
        """Close the spans that are over."""
        for pair in self._pairs.values():
            pair.settle(at_ms)

    def pause(self) -> None:
        """Nobody could be heard for a while: that is no interval, and no span."""
        for pair in self._pairs.values():
            pair.pulse.pause()
            pair.restart()

    def learned(self) -> list[Learned]:
        """What is known, to be kept."""
        return [
            (scanner, beacon, round(pair.usual_dbm), pair.pulse.interval_ms)
            + self._places[scanner]
            + self._places[beacon]
            for (scanner, beacon), pair in self._pairs.items()
            if pair.usual_dbm is not None
        ]

    def _remember(self, row: object) -> None:
        try:
            scanner, beacon, level, interval_ms, *places = msgspec.convert(row, Learned)
        except msgspec.ValidationError:
            return  # of another version: it is learned anew in half an hour
        stood = (*self._places.get(scanner, ()), *self._places.get(beacon, ()))
        if scanner != beacon and stood == tuple(places) and len(self._pairs) < PAIRS_MAX:
            self._pairs[scanner, beacon] = _Pair(level, interval_ms)


def _graph(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for one, other in pairs:
        graph.setdefault(one, set()).add(other)
        graph.setdefault(other, set()).add(one)
    return graph


class _Pair:
    """What one scanner hears of one beacon."""

    def __init__(self, usual_dbm: float | None = None, interval_ms: int | None = None) -> None:
        self.usual_dbm = usual_dbm
        self.pulse = Pulse(interval_ms)
        self.heard_ms = 0
        self._medians: list[float] = []  # of the first spans, until there is a usual level
        self._strange = 0  # spans in a row beside the usual level
        self._samples: list[int] = []
        self._sampled_ms = self._begun_ms = 0

    def hear(self, rssi_dbm: int, at_ms: int) -> None:
        self.pulse.beat(at_ms)
        self.heard_ms = max(at_ms, self.heard_ms)
        if not self._samples:
            self._begun_ms = at_ms
        elif at_ms - self._sampled_ms < SAMPLE_MS:
            return
        self._samples.append(rssi_dbm)
        self._sampled_ms = at_ms

    @property
    def is_shifted(self) -> bool:
        return self._strange >= 2

    def restart(self) -> None:
        self._samples = []

    def settle(self, at_ms: int) -> None:
        if not self._samples or at_ms - self._begun_ms < SPAN_MS:
            return
        samples, self._samples = self._samples, []
        if len(samples) >= SAMPLES_MIN:
            self._learn(median(samples))

    def _learn(self, level: float) -> None:
        if self.usual_dbm is None:
            self._medians.append(level)
            if len(self._medians) >= SPANS_LEARNED:
                self.usual_dbm = median(self._medians)
        elif abs(level - self.usual_dbm) >= SHIFTED_DB:
            self._strange += 1
        else:
            self._strange = 0
            self.usual_dbm += MEMORY * (level - self.usual_dbm)
