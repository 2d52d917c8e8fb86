"""In which zone of the shop each tag is: a belief over places (belief.py), told with hysteresis.

A zone is named when it is NAMED_ODDS as likely as all others together, and left when another one is
LEFT_ODDS as likely as it: what is named is kept until much speaks against it. A zone whose own scanners are
all silent is not named, and a tag in it is nowhere known, rather than with the neighbours who still hear it;
they must be surer (LEFT_UNHEARD_ODDS) to have it.

Invariants: nothing but heard() and tick() changes anything; time is given, never asked for; at most TAGS_MAX
tags are followed; a tag's state is its name's, whatever address it speaks under.
"""

from collections.abc import Iterator, Set
from typing import NamedTuple

from gateway.presence.belief import Belief
from gateway.presence.field import Field, field_of
from gateway.presence.pulse import Pulse
from gateway.presence.registry import RADIO, TAG, Site

TAGS_MAX = 512  # more members with tags than a shop holds; the longest unheard gives way
FORGOTTEN_MS = 900_000  # a visit's end: after this nothing of the tag is kept
SET_BACK_MS = 120_000  # nothing is reported so early: what was heard then was dated by a clock since set back
NAMED_ODDS = 4.0
LEFT_ODDS = 10.0
LEFT_UNHEARD_ODDS = 300.0  # where only neighbours can speak, they must be sure


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

    def __init__(self, site: Site, raw: Set[str] = frozenset({RADIO})) -> None:
        """`raw` are the scanners that tell every advert; the others tell means, now and then."""
        self._raw = raw
        self._field = field_of(site)
        self._power = {beacon.beacon: beacon.power_dbm for beacon in site.beacons if beacon.kind == TAG}
        self._tracks: dict[str, _Track] = {}
        self.evicted = 0  # tags that gave way to others

    def follow(self, before: "ZoneEngine", same: Set[str]) -> None:
        """Go on for another engine with the tags in `same`, where the plan's places are what they were; on
        another plan every tag is placed anew. What bounds have cost stays counted."""
        self.evicted = before.evicted
        if before._field == self._field:
            self._field = before._field
            self._tracks = {tag: track for tag, track in before._tracks.items() if tag in same}

    def heard(self, tag: str, scanner: str, rssi_dbm: int, at_ms: int) -> None:
        """A scanner heard a tag of the site; a scanner without a place places nothing."""
        power_dbm = self._power.get(tag)
        if power_dbm is not None and scanner in self._field.levels and self._field.points:
            self._track(tag, at_ms).hear(scanner, rssi_dbm - power_dbm, at_ms, scanner not in self._raw)

    def tick(self, at_ms: int, silent: Set[str] = frozenset()) -> list[Change]:
        """What has changed; to be called about once a second. `silent` are scanners not heard themselves."""
        mute = {n for n, own in enumerate(self._field.owners) if own and own <= silent}
        changes = [
            change for tag, track in self._tracks.items() if (change := self._settle(tag, track, at_ms, mute))
        ]
        for tag in [tag for tag, track in self._tracks.items() if track.is_over(at_ms)]:
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
        x_cm, y_cm = track.belief.middle(track.zone)
        return Place(self._field.zones[track.zone], x_cm, y_cm, track.since_ms, track.heard_ms)

    def tags(self) -> Iterator[str]:
        """The tags that are followed."""
        return iter(self._tracks)

    def pause(self) -> None:
        """Nobody listened for a while: what is learned of intervals must not contain it."""
        for track in self._tracks.values():
            track.pulse.pause()

    def _track(self, tag: str, at_ms: int) -> "_Track":
        track = self._tracks.get(tag)
        if track is None:
            if len(self._tracks) >= TAGS_MAX:
                del self._tracks[min(self._tracks, key=lambda name: self._tracks[name].heard_ms)]
                self.evicted += 1
            track = self._tracks[tag] = _Track(self._field, at_ms)
        return track

    def _settle(self, tag: str, track: "_Track", at_ms: int, mute: Set[int]) -> Change | None:
        believed = track.judge(at_ms, mute)
        zone = None if believed in mute else believed
        if zone == track.zone:
            return None
        before, track.zone, track.since_ms = track.zone, zone, at_ms
        return Change(tag, self._name(zone), self._name(before), at_ms)

    def _name(self, zone: int | None) -> str | None:
        return None if zone is None else self._field.zones[zone]


class _Track:
    """What is known of one tag."""

    def __init__(self, field: Field, at_ms: int) -> None:
        self.belief = Belief(field, at_ms)
        self.pulse = Pulse()
        self.believed: int | None = None  # by its number
        self.zone: int | None = None  # the same, while its scanners are well
        self.since_ms = at_ms
        self.heard_ms = at_ms

    def hear(self, scanner: str, level_db: float, at_ms: int, is_mean: bool) -> None:
        self.belief.hear(scanner, level_db, at_ms, is_mean)
        self.pulse.beat(at_ms)
        self.heard_ms = max(self.heard_ms, at_ms)

    def is_over(self, at_ms: int) -> bool:
        return not -SET_BACK_MS <= at_ms - self.heard_ms <= FORGOTTEN_MS

    def judge(self, at_ms: int, mute: Set[int]) -> int | None:
        """The zone it is believed in: the same as before, unless much speaks against that."""
        zones = self.belief.zones()
        best = max(range(len(zones)), key=zones.__getitem__)
        if at_ms - self.heard_ms > self.pulse.silence_ms:
            self.believed = None
        elif self.believed is None:
            self.believed = best if zones[best] >= NAMED_ODDS * (1.0 - zones[best]) else None
        else:
            odds = LEFT_UNHEARD_ODDS if self.believed in mute else LEFT_ODDS
            self.believed = best if zones[best] >= odds * zones[self.believed] else self.believed
        return self.believed
