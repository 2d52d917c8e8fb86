"""What is heard, and what it is worth: an identity becomes a beacon's hearing, or is counted and dropped.

    resolve (resolver.py) -> of now? -> first of its kind, one sender (replay.py) -> possible (distance.py)

A tag's clock is followed at each hearing (clocks.py). An identity that is of no present quantum is looked
for a day back and ahead (sweep.py); what is found makes a tentative track, which proves nothing by itself:
only when the same clock shows a later quantum, as nobody can who repeats one, does the tag take it over.
A beacon of the store takes its time from the gateway: if it has another it is only said, never followed.

    heard  accepted: Heard          all else: None, counted, and maybe news
    news   (CLONED | CLOCK_LOST, beacon): conditions for people, to be fetched with take_news()

counters: presence.resolved, .unknown, .replayed, .cloned, .late, .tentative, .clocks_lost, .crowded_out
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gateway.counters import Counters
from gateway.presence.clocks import Anchor, Kept, fitted, followed, is_drift, is_of, key_mark
from gateway.presence.distance import Distances
from gateway.presence.heard import IDENTITY_CLONED, IDENTITY_OLD, IDENTITY_UNKNOWN, Relayed
from gateway.presence.registry import BEACON, TAG, Beacon, Site, same_keys
from gateway.presence.replay import ACCEPTED, CLONED, NEVER, REPLAYED, ReplayLedger
from gateway.presence.resolver import Known, Resolver, Track
from gateway.presence.sweep import Found, Sweep

CLOCK_LOST: Final = "clock_lost"

WINDOW: Final = 1  # quanta off that a synchronised clock may be
WINDOW_UNSURE: Final = 2
SURE_S: Final = 3_600  # a tag heard within this is synchronised
AHEAD_S: Final = 5  # a phone's word may be of the next quantum so long before it begins
TENTATIVE_S: Final = 900  # a tentative clock waits so long for its next quantum
TENTATIVE_MAX: Final = 4  # of one beacon: a repeated identity must not keep the true one out
DOUBT_S: Final = 86_400  # a clock that went back proves nothing to a ticket for a day
TWICE_S: Final = 3  # after a second clock began: who is heard in time then is not lost, but repeated
LOST_AGAIN_S: Final = 120  # a clock that stays lost is said again
OWN_WAIT_S: Final = 5  # a beacon that just began anew says its new address within this
CLONES_MAX: Final = 256  # waiting to be told; one a beacon and quantum

EID_BYTES: Final = 8


class Heard(NamedTuple):
    """An accepted hearing; times are unix milliseconds."""

    beacon: Beacon
    number: int
    quantum: int
    scanner: str
    rssi_dbm: int
    at_ms: int


class Tentative(NamedTuple):
    """A clock in doubt: the first quantum it showed, and when in unix seconds."""

    track: Track
    quantum: int
    begun_s: int


class Hearing:
    """All hearings of one site; `kept` is what an earlier run knew, `now_s` unix seconds."""

    def __init__(self, site: Site, counters: Counters, kept: Iterable[Kept], now_s: int) -> None:
        self._site = site
        self._uuid = site.uuid_bytes
        self._counters = counters
        self._anchors: dict[int, Anchor] = {}
        self._lost_s: dict[int, int] = {}
        self._told_s: dict[int, int] = {}
        self._heard_s: dict[int, int] = {}
        self._ledger = ReplayLedger()
        self._distances = Distances(site)
        self._tentative: dict[int, list[Tentative]] = {}
        self._clones: dict[tuple[int, int], int] = {}  # (number, quantum): since when
        self._news: set[tuple[str, str]] = set()
        self._changed: set[int] = set()
        self._shown: dict[int, int] = {}  # the last quantum that was worth keeping
        self._numbers = {beacon.beacon: number for number, beacon in enumerate(site.beacons)}
        self._resolver = Resolver(site.beacons, now_s)
        self._sweep = Sweep(self._resolver.tracks)
        for row in kept:
            self._restore(row, now_s)

    # -- scanners

    def heard(self, identity: bytes, address: bytes, scanner: str, rssi_dbm: int, at_ms: int) -> Heard | None:
        """What an EID of 8 bytes is worth that a scanner heard; `address` is empty where nobody tells."""
        at_s = at_ms // 1_000
        known = self._resolve(identity, at_s)
        if known is None:
            return None
        track, quantum = known
        self._counters.add("presence.resolved")
        number = track.number
        worth = self._ledger.hear(number, quantum, address, at_ms, track.beacon.kind == TAG)
        if worth == ACCEPTED and self._distances.is_impossible(number, scanner, rssi_dbm, at_ms):
            self._ledger.clone(number, quantum)
            worth = CLONED
        if worth != ACCEPTED:
            self._refuse(worth, number, quantum, at_s)
            return None
        if self._heard_s.get(number, 0) != at_s:
            self._heard_s[number] = at_s
            self._follow(track, quantum, at_s)
        return Heard(track.beacon, number, quantum, scanner, rssi_dbm, at_ms)

    def whole(self, uuid: bytes, short: bytes) -> bytes | None:
        """The EID behind a rotating iBeacon; None for other brands', nobody's, and two beacons' at once."""
        return (self._resolver.shortened(short) or None) if uuid == self._uuid else None

    def own(self, device: str, identity: bytes, address: bytes, at_ms: int) -> bool:
        """A beacon says what it advertises from now on; whether that is an identity of its own."""
        known = self._resolver.whole(identity)
        if known is None or known.track.beacon.beacon != device or not self._is_now(known, at_ms // 1_000):
            return False
        self._ledger.own(known.track.number, known.quantum, address)
        return True

    # -- phones

    def judge(self, heard: Sequence[Relayed], at_ms: int) -> Known | str:
        """The loudest of what a phone relays that is a beacon's of now; else why none of them is."""
        why = {self._relayed(each, at_ms): None for each in sorted(heard, key=_loudness)}
        known = next((each for each in why if isinstance(each, Known)), None)
        if known is not None:
            return known
        return next((word for word in (IDENTITY_CLONED, IDENTITY_OLD) if word in why), IDENTITY_UNKNOWN)

    def _relayed(self, relayed: Relayed, at_ms: int) -> Known | str:
        identity = relayed.identity
        if len(identity) != EID_BYTES:
            if relayed.uuid != self._uuid:
                return IDENTITY_UNKNOWN
            identity = self._resolver.shortened(identity) or identity
        known = self._resolver.whole(identity)
        if known is None:
            return IDENTITY_UNKNOWN if self._resolver.past(identity) is None else IDENTITY_OLD
        track, quantum = known
        if not track.main or track.beacon.kind != BEACON:
            return IDENTITY_UNKNOWN
        now_s = at_ms // 1_000
        soon = track.quantum(now_s + AHEAD_S)
        if not track.quantum(now_s) - WINDOW <= quantum <= soon:
            return IDENTITY_OLD
        if self._ledger.is_replayed(track.number, quantum):
            return IDENTITY_OLD
        return IDENTITY_CLONED if self._ledger.is_cloned(track.number, quantum, False) else known

    # -- time

    def advance(self, now_s: int) -> None:
        """Once a second: tables move on, what is over is forgotten."""
        self._resolver.advance(now_s)
        self._tell_clones(now_s)
        for number, tentative in tuple(self._tentative.items()):
            for each in tentative:
                if now_s - each.begun_s >= TENTATIVE_S:
                    self._resolver.drop(each.track)
            self._tentative[number] = [each for each in tentative if each.track.live]
            if not self._tentative[number]:
                del self._tentative[number]

    def search(self, now_s: int) -> bool:
        """Some steps in search of lost clocks; whether there is more to do soon."""
        for found in self._sweep.step(now_s):
            self._doubt(found)
        crowded, self._sweep.crowded_out = self._sweep.crowded_out, 0
        if crowded:
            self._counters.add("presence.crowded_out", crowded)
        return self._sweep.busy

    def take_news(self) -> list[tuple[str, str]]:
        """What happened that people should know, once each."""
        news, self._news = sorted(self._news), set()
        return news

    def take_changed(self) -> list[Kept]:
        """What of each beacon is worth keeping, since last asked."""
        changed, self._changed = self._changed, set()
        return [self._kept(number) for number in sorted(changed)]

    def is_doubtful(self, number: int, now_s: int) -> bool:
        """Whether a clock went back of late, so that it may be a recording's."""
        return now_s - self._lost_s.get(number, -DOUBT_S) < DOUBT_S

    # -- whose it is, and of when

    def _resolve(self, identity: bytes, at_s: int) -> Known | None:
        """A present quantum of a clock that counts."""
        known = self._resolver.whole(identity)
        if known is None:
            self._unknown(identity, at_s)
            return None
        if not self._is_now(known, at_s):
            self._doubt(Found(known.track, known.quantum, identity, at_s, 1))
            return None
        if known.track.main:
            return known
        return self._confirm(known, at_s)

    def _is_now(self, known: Known, at_s: int) -> bool:
        track, quantum = known
        window = WINDOW
        if track.main and track.beacon.kind != BEACON:
            window = WINDOW if at_s - self._heard_s.get(track.number, 0) <= SURE_S else WINDOW_UNSURE
        return abs(quantum - track.quantum(at_s)) <= window

    def _unknown(self, identity: bytes, at_s: int) -> None:
        if self._resolver.past(identity) is not None:
            self._counters.add("presence.replayed")
            return
        self._counters.add("presence.unknown")
        self._sweep.note(identity, at_s)

    def _doubt(self, found: Found) -> None:
        """A genuine identity at a wrong time: a repetition, or a clock that went astray."""
        track, quantum, _, heard_s, times = found
        number = track.number
        self._counters.add("presence.resolved", times)
        if quantum <= self._ledger.highest(number):
            self._counters.add("presence.replayed", times)
        else:
            self._counters.add("presence.tentative", times)
        tentative = self._tentative.setdefault(number, [])
        epoch_s = heard_s - (quantum << track.rotation) - (1 << track.rotation) // 2
        if any(abs(each.track.epoch_s - epoch_s) <= 2 << track.rotation for each in tentative):
            return
        if len(tentative) >= TENTATIVE_MAX:
            self._resolver.drop(tentative.pop(0).track)
        fresh = self._resolver.add(track.beacon, number, epoch_s, heard_s)
        tentative.append(Tentative(fresh, quantum, heard_s))

    def _confirm(self, known: Known, at_s: int) -> Known | None:
        """A tentative clock goes on: it is the tag's from now on, unless the tag is heard in its time too."""
        track, quantum = known
        number = track.number
        begun = next(each for each in self._tentative[number] if each.track is track)
        if quantum <= begun.quantum:
            self._counters.add("presence.resolved")
            self._counters.add("presence.tentative")
            return None
        if self._heard_s.get(number, 0) > begun.begun_s + TWICE_S:
            self._counters.add("presence.resolved")
            self._refuse(CLONED, number, quantum, at_s)
            return None
        anchor = self._anchors.get(number)
        if track.beacon.kind == BEACON or not is_drift(anchor, track.epoch_s, at_s, track.rotation):
            self._lose(number, at_s, back=track.epoch_s > self._resolver.tracks[number].epoch_s)
        if track.beacon.kind == BEACON or quantum <= self._ledger.highest(number):
            self._counters.add("presence.resolved")
            self._refuse(REPLAYED, number, quantum, at_s)
            return None
        return Known(self._take_over(track, quantum, at_s), quantum)

    def _take_over(self, track: Track, quantum: int, at_s: int) -> Track:
        """Make a tentative clock the tag's own."""
        number = track.number
        main, epoch_s = self._resolver.tracks[number], fitted(track.epoch_s, quantum, track.rotation, at_s)
        for each in self._tentative.pop(number):
            self._resolver.drop(each.track)
        self._resolver.set_epoch(main, epoch_s, at_s)
        self._anchors[number] = Anchor(epoch_s, at_s)
        return main

    def _lose(self, number: int, at_s: int, back: bool) -> None:
        """A clock is lost; said again once in a while if it stays so. Only one that went back is in doubt:
        what is yet to come nobody can have recorded."""
        if 0 <= at_s - self._told_s.get(number, -LOST_AGAIN_S) < LOST_AGAIN_S:
            return
        self._told_s[number] = at_s
        if back:
            self._lost_s[number] = at_s
        self._changed.add(number)
        self._news.add((CLOCK_LOST, self._site.beacons[number].beacon))
        self._counters.add("presence.clocks_lost")

    def _follow(self, track: Track, quantum: int, at_s: int) -> None:
        """Keep to a clock that is right; once a second for each beacon."""
        number = track.number
        self._sweep.met.add(number)
        if self._shown.get(number) != quantum:
            self._shown[number] = quantum
            self._changed.add(number)
        if track.beacon.kind == BEACON:
            return
        anchor = self._anchors.get(number)
        epoch_s = fitted(track.epoch_s, quantum, track.rotation, at_s)
        if anchor is None:
            self._anchors[number] = Anchor(epoch_s, at_s)
        elif quantum >= self._ledger.highest(number):
            epoch_s = followed(anchor, epoch_s, at_s)
        self._resolver.set_epoch(track, epoch_s, at_s)

    def _refuse(self, worth: str, number: int, quantum: int, at_s: int) -> None:
        if worth != CLONED:
            self._counters.add("presence.replayed")
            return
        self._counters.add("presence.cloned")
        if len(self._clones) < CLONES_MAX:
            self._clones.setdefault((number, quantum), at_s)

    def _tell_clones(self, now_s: int) -> None:
        """Those whose beacon did not say meanwhile that it was itself."""
        for (number, quantum), since_s in tuple(self._clones.items()):
            if now_s - since_s >= OWN_WAIT_S:
                del self._clones[number, quantum]
                behind = self._ledger.is_replayed(number, quantum)
                beacon = self._site.beacons[number]
                if behind or self._ledger.is_cloned(number, quantum, beacon.kind == TAG):
                    self._news.add((CLONED, beacon.beacon))

    # -- over a restart, and another file of beacons

    def kept(self) -> list[Kept]:
        """What is worth keeping of every beacon that was heard."""
        heard = (number for number in self._numbers.values() if self._ledger.highest(number) > NEVER)
        return [self._kept(number) for number in heard]

    def follow(self, before: "Hearing") -> None:
        """Go on for another hearing, of another site, with those beacons that have the key they had. What was
        heard since kept() counts too: what was refused before is refused now."""
        for name in same_keys(before._site, self._site):
            old, new = before._numbers[name], self._numbers[name]
            self._ledger.follow(new, before._ledger, old)
            for mine, theirs in (
                (self._lost_s, before._lost_s),
                (self._told_s, before._told_s),
                (self._heard_s, before._heard_s),
            ):
                if old in theirs:
                    mine[new] = theirs[old]
            if old in before._sweep.met:
                self._sweep.met.add(new)
                self._changed.add(new)
        self._news |= before._news

    def _restore(self, row: Kept, now_s: int) -> None:
        number = self._numbers.get(row.beacon)
        if number is None or not is_of(row, self._site.beacons[number], now_s):
            self._counters.add("presence.rows_dropped")
            return
        track = self._resolver.tracks[number]
        if row.highest > NEVER:
            self._ledger.restore(number, row.highest)
            self._sweep.met.add(number)
        if row.lost_s:
            self._lost_s[number] = row.lost_s
        if track.beacon.kind != BEACON and row.anchor_s:
            self._anchors[number] = Anchor(row.anchor_epoch_s, row.anchor_s)
            self._resolver.set_epoch(track, row.epoch_s, now_s)

    def _kept(self, number: int) -> Kept:
        track = self._resolver.tracks[number]
        anchor = self._anchors.get(number, Anchor(0, 0))
        lost_s = self._lost_s.get(number, 0)
        highest, mark = self._ledger.highest(number), key_mark(track.beacon)
        return Kept(track.beacon.beacon, mark, track.epoch_s, highest, *anchor, lost_s)


def _loudness(relayed: Relayed) -> int:
    """The loudest first; those of which nobody says it last."""
    return 1_000 if relayed.rssi_dbm is None else -relayed.rssi_dbm
