"""Whose an identity is: every beacon's identities of now, computed before they are heard, in one table.

A beacon's own time is t = unix seconds - its epoch, and its quantum t >> K. The table holds the identities
of the quanta from BEHIND before to AHEAD after the present one, whole (8 bytes) and short (4 bytes, as major
and minor of an iBeacon). What is heard costs one look into it; what is unknown costs no more. Two beacons
with the same short identity are ambiguous: neither is meant.

A heap says whose table moves on next. Beacons share the gateway's clock, hence their boundaries; each moves
on a part of a quantum after its own, so that ten thousand never do at once. Whether an identity is of now is
judged by the clock and its quantum, never by whether the table still has it.

A track is one clock of one beacon. A beacon has its main track, and some tentative ones while its clock is
in doubt (gateway/presence/hearing.py). Beacons' identities that left the table not long ago are remembered,
so that they can be called too old.
"""

import heapq
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

from firmware.protocol.eid import Identity, short
from gateway.presence.registry import BEACON, Beacon

BEHIND: Final = 2  # quanta kept before the present one: a beacon whose clock is not sure may be two late
AHEAD: Final = 3  # and after: two for the same reason, one to move on at leisure
PAST_MAX: Final = 20_000  # identities of 50 beacons in the last 100 minutes, whole and short
ADVANCES_MAX: Final = 2_000  # tables moved on in one step: some 10 ms
SPREAD: Final = 61  # steps within half a quantum among which beacons are spread; a prime

AMBIGUOUS: Final = b""  # stands for two beacons' identities at once


class Track:
    """One clock of one beacon: `epoch_s` is the unix second at which its own time was 0."""

    __slots__ = ("beacon", "epoch_s", "identities", "identity", "live", "main", "number", "rotation")

    def __init__(self, beacon: Beacon, number: int, epoch_s: int, main: bool) -> None:
        self.beacon = beacon
        self.number = number
        self.identity = Identity(beacon.identity_key, beacon.rotation)
        self.rotation = beacon.rotation
        self.epoch_s = epoch_s
        self.identities: dict[int, bytes] = {}  # in the table, by quantum
        self.main = main
        self.live = True

    def quantum(self, unix_s: int) -> int:
        """Its quantum at this time; negative before its own time began."""
        return (unix_s - self.epoch_s) >> self.rotation

    def at(self, quantum: int) -> bytes:
        """The identity of a quantum."""
        return self.identity.at(quantum << self.rotation)


class Known(NamedTuple):
    """Whose an identity is: a track's, of this quantum."""

    track: Track
    quantum: int


class Resolver:
    """The table of one store's beacons and tags. All times are unix seconds."""

    def __init__(self, beacons: Iterable[Beacon], now_s: int) -> None:
        self._whole: dict[bytes, Known] = {}
        self._short: dict[bytes, bytes] = {}
        self._same: dict[bytes, list[bytes]] = {}  # identities that share a short one, two or more
        self._past: OrderedDict[bytes, Known] = OrderedDict()
        self._heap: list[tuple[int, int, Track]] = []
        self._pushed = 0
        self._now_s = now_s
        self.tracks = [Track(beacon, number, beacon.epoch_s, True) for number, beacon in enumerate(beacons)]
        for track in self.tracks:
            self._fill(track, now_s)

    def __len__(self) -> int:
        return len(self._whole)

    def whole(self, identity: bytes) -> Known | None:
        """Whose these 8 bytes are, within the table."""
        return self._whole.get(identity)

    def shortened(self, identity: bytes) -> bytes | None:
        """The whole identity that these 4 bytes stand for; AMBIGUOUS where it may be two beacons', None where
        it is nobody's."""
        return self._short.get(identity)

    def past(self, identity: bytes) -> Known | None:
        """Whose identity of 8 or 4 bytes this was not long ago."""
        return self._past.get(identity)

    def advance(self, now_s: int) -> bool:
        """Move on what is due, at most ADVANCES_MAX tables; whether all that was due is done."""
        if now_s < self._now_s:  # the clock went back: what is due is known no more
            self._heap = [(now_s, count, track) for count, (_, _, track) in enumerate(self._heap)]
            self._pushed = len(self._heap)
        self._now_s = now_s
        for _ in range(ADVANCES_MAX):
            if not self._heap or self._heap[0][0] > now_s:
                return True
            track = heapq.heappop(self._heap)[2]
            if track.live:
                self._fill(track, now_s)
        return False

    def add(self, beacon: Beacon, number: int, epoch_s: int, now_s: int) -> Track:
        """A tentative track of a beacon, in the table from now on."""
        track = Track(beacon, number, epoch_s, False)
        self._fill(track, now_s)
        return track

    def drop(self, track: Track) -> None:
        """Take a tentative track out of the table."""
        assert not track.main
        for quantum in tuple(track.identities):
            self._take(track, quantum)
        track.live = False

    def set_epoch(self, track: Track, epoch_s: int, now_s: int) -> None:
        """A track's clock was found to run otherwise."""
        if epoch_s != track.epoch_s:
            track.epoch_s = epoch_s
            self._move(track, track.quantum(now_s))

    # -- the table

    def _fill(self, track: Track, now_s: int) -> None:
        """Bring a track's part of the table to the present, and note when it is due again."""
        quantum = track.quantum(now_s)
        self._move(track, quantum)
        length_s = 1 << track.rotation
        begins_s = ((quantum + 1) << track.rotation) + track.epoch_s
        late_s = track.number % SPREAD * length_s // (2 * SPREAD)
        self._pushed += 1
        heapq.heappush(self._heap, (begins_s + late_s, self._pushed, track))

    def _move(self, track: Track, quantum: int) -> None:
        wanted = range(max(0, quantum - BEHIND), quantum + AHEAD + 1)
        for each in [each for each in track.identities if each not in wanted]:
            self._take(track, each)
        for each in wanted:
            if each not in track.identities:
                self._put(track, each)

    def _put(self, track: Track, quantum: int) -> None:
        identity = track.identities[quantum] = track.at(quantum)
        other = self._whole.get(identity)
        if other is not None and other.track.main:
            return  # of the same beacon: its main clock counts first
        self._whole[identity] = Known(track, quantum)
        brief = short(identity)
        first = self._short.setdefault(brief, identity)
        if first != identity:
            shared = self._same.setdefault(brief, [first])
            if identity not in shared:
                shared.append(identity)
            self._short[brief] = AMBIGUOUS

    def _take(self, track: Track, quantum: int) -> None:
        identity = track.identities.pop(quantum)
        known = self._whole.get(identity)
        if known is None or known.track is not track:
            return
        del self._whole[identity]
        brief = short(identity)
        shared = self._same.get(brief)
        if shared is None:
            del self._short[brief]
        else:
            shared.remove(identity)
            if len(shared) == 1:
                self._short[brief] = shared[0]
                del self._same[brief]
        if track.main and track.beacon.kind == BEACON:
            self._remember(known, identity, brief)

    def _remember(self, known: Known, *identities: bytes) -> None:
        for identity in identities:
            self._past[identity] = known
        while len(self._past) > PAST_MAX:
            self._past.popitem(last=False)
