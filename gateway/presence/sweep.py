"""Finds the clock of a beacon that lost it: identities that nobody knows, looked for a day back and ahead.

A day either way is 5,400 identities of each beacon that turns every 32 s: a table of them would take 760 MB
for 1,000 beacons. So it is the unknown that is kept, at most UNKNOWN_MAX identities, and the candidates are
walked past it in small steps, those nearest to the expected time first. Nothing is walked while nothing
unknown was heard, and a flood of made-up identities costs no more than a step in each turn of the loop.

A tag that was never heard may have been switched on at any time since it was registered: its first day is
walked as well.

Invariants: every identity that was noted meets every candidate at least once, unless others crowd it out;
what a whole round did not find is a stranger, and is not looked for again while it is remembered.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from firmware.protocol.eid import TAG_START_S
from gateway.presence.registry import TAG
from gateway.presence.resolver import Track

DAY_S: Final = 86_400
BLOCK: Final = 64  # quanta of one beacon before the next one's turn
STEP: Final = 1_500  # candidates of one step: some 5 ms
UNKNOWN_MAX: Final = 4_096  # a passer-by's made-up identities, while a lost tag speaks once a second
STRANGERS_MAX: Final = 4_096
ROUND_EVERY_S: Final = 15  # with strangers about, a small store's round of half a second must not be endless
MARGIN: Final = 4  # quanta beyond a day, for a round's own time and a heard identity's age


class Found(NamedTuple):
    """An unknown identity is this beacon's, of this quantum; when it was first heard, and how often."""

    track: Track
    quantum: int
    identity: bytes
    heard_s: int
    times: int


class _Noted:
    """When an identity was first heard, how often, and in which round it is looked for."""

    __slots__ = ("heard_s", "round", "times")

    def __init__(self, heard_s: int, round_: int) -> None:
        self.heard_s, self.round, self.times = heard_s, round_, 1


class Sweep:
    """Walks the candidates of these main tracks; times are unix seconds."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._tracks = tracks
        self._unknown: OrderedDict[bytes, _Noted] = OrderedDict()
        self._strangers: OrderedDict[bytes, None] = OrderedDict()
        self._round: Iterator[tuple[Track, int]] | None = None
        self._rounds = 0
        self._begun_s = -ROUND_EVERY_S
        self.met: set[int] = set()  # numbers of beacons that were ever heard
        self.crowded_out = 0

    @property
    def busy(self) -> bool:
        """Whether there is anything to walk for."""
        return bool(self._unknown)

    def note(self, identity: bytes, at_s: int) -> None:
        """An identity was heard that nobody knows."""
        noted = self._unknown.get(identity)
        if noted is not None:
            noted.times += 1
        if noted is not None or identity in self._strangers:
            return
        if len(self._unknown) >= UNKNOWN_MAX:
            self._unknown.popitem(last=False)
            self.crowded_out += 1
        self._unknown[identity] = _Noted(at_s, self._rounds + (self._round is not None))

    def step(self, now_s: int) -> list[Found]:
        """Walk some candidates on; what was found among them."""
        if self._round is None and not self._begin(now_s):
            return []
        assert self._round is not None
        found = []
        for _ in range(STEP):
            candidate = next(self._round, None)
            if candidate is None:
                self._end()
                break
            track, quantum = candidate
            identity = track.at(quantum)
            if identity in self._unknown:
                noted = self._unknown.pop(identity)
                found.append(Found(track, quantum, identity, noted.heard_s, noted.times))
        return found

    def _begin(self, now_s: int) -> bool:
        if not self._unknown or 0 <= now_s - self._begun_s < ROUND_EVERY_S:
            return False
        self._begun_s = now_s
        self._round = self._walk(now_s)
        return True

    def _end(self) -> None:
        """What was there for all of the round is nobody's."""
        for identity in [each for each, noted in self._unknown.items() if noted.round <= self._rounds]:
            del self._unknown[identity]
            self._strangers[identity] = None
        while len(self._strangers) > STRANGERS_MAX:
            self._strangers.popitem(last=False)
        self._round = None
        self._rounds += 1

    def _walk(self, now_s: int) -> Iterator[tuple[Track, int]]:
        """Every candidate, block after block away from where each beacon should be."""
        far = max(((DAY_S >> track.rotation) + MARGIN for track in self._tracks), default=0)
        for near in range(0, far, BLOCK):
            for track in self._tracks:
                yield from _block(track, track.quantum(now_s), near)
        for track in self._tracks:
            if track.beacon.kind == TAG and track.number not in self.met:
                first = TAG_START_S >> track.rotation
                for quantum in range(first, first + (DAY_S >> track.rotation)):
                    yield track, quantum


def _block(track: Track, centre: int, near: int) -> Iterator[tuple[Track, int]]:
    """The quanta of a block's distance from the centre, ahead and behind, as far as a day."""
    away = range(near, min(near + BLOCK, (DAY_S >> track.rotation) + MARGIN))
    for distance in away:
        yield track, centre + distance
    for distance in away:
        if centre >= distance > 0:
            yield track, centre - distance
