"""In which zone of the shop each tag is: a belief over places, moved by every hearing, told with hysteresis.

For each tag the engine keeps the probability of every point of the field (field.py). It forgets slowly, for
people walk: within their zone often, to another zone seldom. A hearing moves it by the likelihood of its
level at each point. Two hearings by one scanner shortly after each other are nearly one (shelves and bodies
shadow both), so a hearing weighs by the time since that scanner's last one, and a tag that speaks ten times
a second moves nothing faster.

What a tag lacks of its registered power (it is in a bag) is learned slowly while two scanners hear it.

A zone is named when it is NAMED_ODDS as likely as all others together, and left when another one is
LEFT_ODDS as likely as it: what is named is kept until much speaks against it. A zone whose own scanners are
all silent is not named, and a tag in it is nowhere known, rather than with the neighbours who still hear it.

Invariants: nothing but heard() and tick() changes anything; time is given, never asked for; at most TAGS_MAX
tags are followed; a tag's state is its name's, whatever address it speaks under.
"""

import math
from collections.abc import Iterator, Set
from typing import NamedTuple

from gateway.presence.field import Field, field_of
from gateway.presence.pulse import Pulse
from gateway.presence.registry import TAG, Site

TAGS_MAX = 512  # more members with tags than a shop holds; the longest unheard gives way
FORGOTTEN_MS = 900_000  # a visit's end: after this nothing of the tag is kept

SPREAD_DB = 6.4  # shadowing of 4 and fading of 5 decibels
FAR_DB = 2.5 * SPREAD_DB  # beyond, a level is an accident and says no more
CORRELATED_MS = 5_000  # a scanner's hearings this far apart are mostly news
MOVES_MS = 100_000  # a person stays this long in a zone, as far as the belief goes
STEPS_MS = 10_000  # and moves about in it this often
NAMED_ODDS = 4.0
LEFT_ODDS = 20.0
LACK_DB = (-25.0, 10.0)
LACK_MS = 60_000  # the registered power is corrected this slowly
LACK_HEARD_MS = 10_000  # of two scanners that hear a tag at once


class Place(NamedTuple):
    """Where a tag is: `zone` and the point are None where that is not known; times are unix milliseconds."""

    zone: str | None
    x_cm: int | None
    y_cm: int | None
    since_ms: int
    heard_ms: int


class Change(NamedTuple):
    """A tag is in another zone than before; None is nowhere known."""

    tag: str
    zone: str | None
    before: str | None
    at_ms: int


class ZoneEngine:
    """All tags' places in one shop."""

    def __init__(self, site: Site) -> None:
        self._field = field_of(site)
        self._power = {beacon.beacon: beacon.power_dbm for beacon in site.beacons if beacon.kind == TAG}
        self._tracks: dict[str, _Track] = {}
        self.evicted = 0  # tags that gave way to others

    def heard(self, tag: str, scanner: str, rssi_dbm: int, at_ms: int) -> None:
        """A scanner heard a tag; a scanner without a place, and a hearing out of order, place nothing."""
        levels = self._field.levels.get(scanner)
        if levels and (track := self._track(tag, at_ms)) is not None:
            track.hear(scanner, levels, rssi_dbm - self._power.get(tag, -59), at_ms)

    def tick(self, at_ms: int, silent: Set[str] = frozenset()) -> list[Change]:
        """What has changed; to be called about once a second. `silent` are scanners not heard themselves."""
        mute = {n for n, own in enumerate(self._field.owners) if own and own <= silent}
        changes = [
            change for tag, track in self._tracks.items() if (change := self._settle(tag, track, at_ms, mute))
        ]
        for tag in [tag for tag, track in self._tracks.items() if at_ms - track.heard_ms > FORGOTTEN_MS]:
            del self._tracks[tag]
        return changes

    def where(self, tag: str) -> str | None:
        """The zone a tag is in; None while it is not known."""
        return self.place(tag).zone

    def place(self, tag: str) -> Place:
        """All that is known of a tag's place; a tag that is not followed was heard at 0."""
        track = self._tracks.get(tag)
        if track is None:
            return Place(None, None, None, 0, 0)
        if track.zone is None:
            return Place(None, None, None, track.since_ms, track.heard_ms)
        x_cm, y_cm = track.middle(track.zone)
        return Place(self._field.zones[track.zone], x_cm, y_cm, track.since_ms, track.heard_ms)

    def tags(self) -> Iterator[str]:
        """The tags that are followed."""
        return iter(self._tracks)

    def pause(self) -> None:
        """Nobody listened for a while: what is learned of intervals must not contain it."""
        for track in self._tracks.values():
            track.pulse.pause()

    def _track(self, tag: str, at_ms: int) -> "_Track | None":
        track = self._tracks.get(tag)
        if track is None and self._field.points:
            if len(self._tracks) >= TAGS_MAX:
                del self._tracks[min(self._tracks, key=lambda name: self._tracks[name].heard_ms)]
                self.evicted += 1
            track = self._tracks[tag] = _Track(self._field, at_ms)
        return track

    def _settle(self, tag: str, track: "_Track", at_ms: int, mute: set[int]) -> Change | None:
        zone = track.judged(at_ms, mute)
        if zone == track.zone:
            return None
        before, track.zone, track.since_ms = track.zone, zone, at_ms
        return Change(tag, self._name(zone), self._name(before), at_ms)

    def _name(self, zone: int | None) -> str | None:
        return None if zone is None else self._field.zones[zone]


class _Track:
    """What is believed of one tag."""

    def __init__(self, field: Field, at_ms: int) -> None:
        self._field = field
        self._belief = [1.0 / len(field.points)] * len(field.points)
        self._believed_ms = at_ms
        self._by: dict[str, int] = {}
        self._lack_db = 0.0
        self.pulse = Pulse()
        self.zone: int | None = None
        self.since_ms = at_ms
        self.heard_ms = at_ms

    def hear(self, scanner: str, levels: tuple[float, ...], level_db: float, at_ms: int) -> None:
        """Move the belief by one scanner's hearing; `level_db` is above what is heard at one metre."""
        last_ms = self._by.get(scanner)
        if last_ms is not None and at_ms <= last_ms:
            return
        self._forget(at_ms)
        news = 1.0 if last_ms is None else -math.expm1((last_ms - at_ms) / CORRELATED_MS)
        self._correct(levels, level_db, at_ms, news)
        self._weigh(levels, level_db - self._lack_db, news)
        self._by[scanner] = at_ms
        self.heard_ms = max(self.heard_ms, at_ms)
        self.pulse.beat(at_ms)

    def judged(self, at_ms: int, mute: set[int]) -> int | None:
        """The zone to name now: the one named before, unless much speaks against it."""
        if at_ms - self.heard_ms > self.pulse.silence_ms:
            return None
        zones = self._zones()
        best = max(range(len(zones)), key=zones.__getitem__)
        if self.zone is not None and self.zone != best and zones[best] < LEFT_ODDS * zones[self.zone]:
            best = self.zone
        elif self.zone is None and zones[best] < NAMED_ODDS * (1.0 - zones[best]):
            return None
        return None if best in mute else best

    def middle(self, zone: int) -> tuple[int, int]:
        """The middle of what is believed of a zone, in centimetres; always inside it."""
        parts = [(b, p) for b, p in zip(self._belief, self._field.points, strict=True) if p.zone == zone]
        whole = sum(share for share, _ in parts)
        if not whole:
            whole, parts = len(parts), [(1.0, point) for _, point in parts]
        x_cm = sum(share * point.x_cm for share, point in parts) / whole
        return round(x_cm), round(sum(share * point.y_cm for share, point in parts) / whole)

    def _zones(self) -> list[float]:
        zones = [0.0] * len(self._field.zones)
        for share, point in zip(self._belief, self._field.points, strict=True):
            zones[point.zone] += share
        return zones

    def _forget(self, at_ms: int) -> None:
        elapsed_ms, self._believed_ms = at_ms - self._believed_ms, max(at_ms, self._believed_ms)
        if elapsed_ms <= 0:
            return
        moved = -math.expm1(-elapsed_ms / MOVES_MS)
        stepped = (1.0 - moved) * -math.expm1(-elapsed_ms / STEPS_MS)
        kept = 1.0 - moved - stepped
        each = len(self._field.points) // len(self._field.zones)
        zones = self._zones()
        new = [stepped * zone / each + moved / len(self._belief) for zone in zones]
        self._belief = [kept * b + new[p.zone] for b, p in zip(self._belief, self._field.points, strict=True)]

    def _weigh(self, levels: tuple[float, ...], level_db: float, news: float) -> None:
        by = -news / (2 * SPREAD_DB * SPREAD_DB)
        far = FAR_DB * FAR_DB
        belief = [
            b * math.exp(by * min(far, (level_db - level) ** 2))
            for b, level in zip(self._belief, levels, strict=True)
        ]
        whole = sum(belief)
        self._belief = [b / whole for b in belief]

    def _correct(self, levels: tuple[float, ...], level_db: float, at_ms: int, news: float) -> None:
        if sum(at_ms - heard_ms < LACK_HEARD_MS for heard_ms in self._by.values()) < 2:
            return
        expected = sum(b * level for b, level in zip(self._belief, levels, strict=True))
        surprise = max(-FAR_DB, min(FAR_DB, level_db - expected - self._lack_db))
        step = news * CORRELATED_MS / LACK_MS
        self._lack_db = max(LACK_DB[0], min(LACK_DB[1], self._lack_db + step * surprise))
