"""Presence: who is in the store and where, from all that is heard of its beacons and members' tags.

    advert()   the gateway's own radio heard a frame          -> hearing.py -> zones, health, visits
    report()   a beacon's letter of sightings came by MQTT    -> likewise; and what it advertises itself
    judge()    a phone relays what it heard                   -> a spot, or why that proves nothing
    tag_of()   whether a member's tag is here                 -> a spot
    used()     a check-in was booked                          -> the visit goes on
    move_to()  the file of beacons says something else         -> what is known of those that stay goes on
    tick()     once a second: tables move on, visits begin and end, the live view and presence.db follow

What a radio hears is no promise, so nothing of it is booked. What is booked is that a member came in by their
tag, once a visit (arrivals.py).

One loop, no locks, no waiting; whatever is refused is counted, by hearing.py and as presence.adverts, .late,
.bad_sightings, .strange_scanners and .bookings_dropped.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from firmware.protocol import adverts, telemetry
from firmware.protocol.messages import (
    AGE_UNKNOWN,
    SIGHTED_EID,
    SIGHTED_IBEACON,
    SIGHTED_OWN,
    Sighting,
    Upward,
)
from gateway.clock import Moment
from gateway.live import Live
from gateway.presence.arrivals import Arrivals
from gateway.presence.clocks import Kept
from gateway.presence.health import HealthWatch
from gateway.presence.heard import CLOCK_UNKNOWN, Relayed, Spot
from gateway.presence.hearing import EID_BYTES, Heard, Hearing
from gateway.presence.keeping import LEARNED, VISITS, PresenceDb
from gateway.presence.people import Desk, People, Person
from gateway.presence.registry import BEACON, RADIO, TAG, Site, same_keys
from gateway.presence.replay import CLONED
from gateway.presence.snapshot import Snapshot
from gateway.presence.visits import Visit, Visits
from gateway.presence.zones import ZoneEngine

LATE_MS: Final = 20_000  # a sighting this old says nothing of now
TAG_PROOF_MS: Final = 60_000
TAG_LOUD_DB: Final = 26  # below what is heard at 1 m: 11 m across a shop
LOUDEST_MS: Final = 5_000  # for so long the loudest scanner counts, then the latest
TAG_EVERY_MS: Final = 300  # a tag sends bursts: the next of one says nothing new
BEACON_EVERY_MS: Final = 1_000  # beacons stand still
TELEMETRY_EVERY_MS: Final = 60_000
KEEP_EVERY_MS: Final = 10_000  # visits; clocks each second
LEARNED_EVERY_MS: Final = 600_000
ADDRESSES_MAX: Final = 1_024  # whose telemetry may come next
ADDRESS_BYTES: Final = 6
SHORT_BYTES: Final = 4


class Presence:
    """One store's presence; `desk` is where members are looked up."""

    def __init__(
        self, site: Site, db: PresenceDb, desk: Desk, live: Live, moment: Callable[[], Moment]
    ) -> None:
        now_ms = moment().at
        self._site = site
        self._db = db
        self._live = live
        self._counters = live.counters
        self._moment = moment
        self._beacons = _beacons_of(site)
        self._hearing = Hearing(site, live.counters, db.clocks(), now_ms // 1_000)
        self._zones = ZoneEngine(site)
        self._health = HealthWatch(site, now_ms, db.note(LEARNED))
        self._visits = Visits(_visits(db.note(VISITS)))
        self._arrivals = Arrivals(self._zones, live.counters)
        self._people = People(desk)
        self._snapshot = Snapshot(site, live.counters)
        self._members: dict[str, Person] = {}
        self._spots: dict[str, Spot] = {}
        self._loud: dict[str, Heard] = {}
        self._taken_ms: dict[tuple[int, str], int] = {}
        self._senders: OrderedDict[bytes, Heard] = OrderedDict()
        self._told_ms: dict[str, int] = {}
        self._named_ms = self._kept_ms = self._learned_ms = 0
        self._broken_ms = 0  # since when the file of beacons cannot be used

    # -- what is heard

    def advert(self, scanner: str, frame: adverts.Frame, address: bytes, rssi_dbm: int, at_ms: int) -> None:
        """A scanner of the gateway heard a frame; `address` is empty where the system does not tell it."""
        self._counters.add("presence.adverts")
        identity: bytes | None = None
        if frame.kind == adverts.EID:
            identity = frame.identity
        elif frame.kind == adverts.IBEACON:
            identity = self._whole(frame.identity[:-SHORT_BYTES], frame.identity[-SHORT_BYTES:])
        elif frame.kind == adverts.ETLM:
            self._telemetry(frame.detail, address, at_ms)
        if identity is not None:
            heard = self._hearing.heard(identity, address, scanner, rssi_dbm, at_ms)
            if heard is not None:
                self._take(heard, address)

    def report(self, device: str, letter: Upward) -> None:
        """A device's letter of sightings; of what is too old only the number counts."""
        if device not in self._beacons:
            self._counters.add("presence.strange_scanners")
            return
        now_ms = self._moment().at
        self._health.hears(device, now_ms)
        if letter.age_ms == AGE_UNKNOWN:
            self._counters.add("presence.late", len(letter.payload))
            return
        for sighting in letter.payload:
            at_ms = now_ms - letter.age_ms - sighting.age_ms
            if at_ms < now_ms - LATE_MS:
                self._counters.add("presence.late")
            elif not self._sighted(device, sighting, at_ms):
                self._counters.add("presence.bad_sightings")

    def radio(self, works: bool) -> None:
        """The gateway's own radio listens, or cannot."""
        self._health.link(RADIO, works, self._moment().at)

    def pause(self) -> None:
        """The broker is away: what is not heard now is not silent."""
        self._health.pause(self._moment().at)
        self._zones.pause()

    # -- what others ask (gateway/presence/heard.py)

    def judge(self, heard: Sequence[Relayed], at_ms: int, clock_known: bool) -> Spot | str:
        """The loudest of these that a beacon of this store makes now; else why none of them counts."""
        if not clock_known:
            return CLOCK_UNKNOWN
        known = self._hearing.judge(heard, at_ms)
        if isinstance(known, str):
            self._counters.add("presence.relayed_refused")
            return known
        beacon = known.track.beacon
        return Spot(beacon.beacon, beacon.zone, known.quantum)

    def tag_of(self, member: str, at_ms: int) -> Spot | None:
        """Where the member's tag was heard loud enough within a minute; None where it was not, or where its
        clock is in doubt."""
        recent = [each for each in self._loud.values() if at_ms - each.at_ms <= TAG_PROOF_MS]
        self._people.look([each.beacon.beacon for each in recent], at_ms)
        for heard in recent:
            tag = heard.beacon.beacon
            person = self._people.of(tag)
            if person is not None and person.member == member:
                if self._hearing.is_doubtful(heard.number, at_ms // 1_000):
                    return None
                return Spot(heard.scanner, self._zones.where(tag) or "", heard.quantum)
        return None

    def zone_name(self, place: str) -> Mapping[str, str] | None:
        """What a zone of the plan is called, by language."""
        zone = self._site.zone(place)
        return None if zone is None else zone.name

    def used(self, member: str, proof: str, spot: Spot) -> None:
        """A check-in of the member is booked: they are here."""
        at_ms = self._moment().at
        self._visits.seen(member, proof, spot.beacon, spot.quantum, at_ms)
        self._spots[member] = spot
        self._members.update(self._people.named([member]) or {})

    # -- another file of beacons (reloading.py)

    def kept(self) -> list[Kept]:
        """What is known of the clocks of all beacons that were heard."""
        return self._hearing.kept()

    def move_to(self, site: Site, hearing: Hearing) -> None:
        """Go on with another plan; `hearing` was made of it and of kept(). Visits, and all that is known of a
        beacon or tag whose key is the same, stay; whose key is gone proves nothing from now on."""
        at_ms = self._moment().at
        same = same_keys(self._site, site)
        hearing.follow(self._hearing)
        zones, health = ZoneEngine(site), HealthWatch(site, at_ms)
        zones.follow(self._zones, same)
        health.follow(self._health, same)
        self._site, self._hearing, self._zones, self._health = site, hearing, zones, health
        self._beacons = _beacons_of(site)
        self._arrivals.place_by(zones)
        self._snapshot = Snapshot(site, self._counters)
        self._loud = {}
        self._taken_ms = {}
        self._senders.clear()
        self._broken_ms = 0

    def file_broken(self, at_ms: int) -> None:
        """The file of beacons cannot be used since then; everything goes on with the one before."""
        self._broken_ms = self._broken_ms or at_ms

    # -- time

    def tick(self) -> None:
        """Once a second."""
        at_ms = self._moment().at
        self._hearing.advance(at_ms // 1_000)
        for what, beacon in self._hearing.take_news():
            tell = self._health.cloned if what == CLONED else self._health.clock_lost
            tell(beacon, at_ms)
        self._links(at_ms)
        self._health.tick(at_ms)
        self._zones.tick(at_ms, self._health.silent())
        self._name(at_ms)
        turned = self._turn(at_ms)
        self._keep(at_ms, turned)
        self._count_bounds()
        visits = self._visits.here()
        conditions = self._health.conditions()
        self._live.set_presence(
            self._snapshot.of(conditions, visits, self._zones, self._members, self._spots, self._broken_ms)
        )

    def search(self) -> bool:
        """A step in search of lost clocks; whether there is more to do soon."""
        return self._hearing.search(self._moment().at // 1_000)

    def close(self) -> None:
        """Keep what there is, and close the file."""
        at_ms = self._moment().at
        self._kept_ms = self._learned_ms = at_ms - LEARNED_EVERY_MS
        self._keep(at_ms, True)
        self._db.close()

    @property
    def arrivals(self) -> Arrivals:
        """Visits that are still to be booked."""
        return self._arrivals

    # -- what one hearing leads to

    def _whole(self, uuid: bytes, short: bytes) -> bytes | None:
        """The EID of an iBeacon of ours; other brands' are no concern of ours, not even to be counted."""
        identity = self._hearing.whole(uuid, short)
        if identity is None and uuid == self._site.uuid_bytes:
            self._counters.add("presence.unknown")
        return identity

    def _sighted(self, device: str, sighting: Sighting, at_ms: int) -> bool:
        """Take in a sighting; False for what is none."""
        kind, identity, rssi_dbm, _ = sighting
        size = SHORT_BYTES if kind == SIGHTED_IBEACON else EID_BYTES
        if kind not in (SIGHTED_EID, SIGHTED_IBEACON, SIGHTED_OWN) or len(identity) != size + ADDRESS_BYTES:
            return False
        name, address = identity[:size], identity[size:]
        if kind == SIGHTED_OWN:
            return self._hearing.own(device, name, address, at_ms)
        self._counters.add("presence.adverts")
        whole = self._whole(self._site.uuid_bytes, name) if kind == SIGHTED_IBEACON else name
        if whole is not None:
            heard = self._hearing.heard(whole, address, device, rssi_dbm, at_ms)
            if heard is not None:
                self._take(heard, address)
        return True

    def _take(self, heard: Heard, address: bytes) -> None:
        beacon, number, _, scanner, rssi_dbm, at_ms = heard
        is_tag = beacon.kind == TAG
        key = (number, scanner)
        if 0 <= at_ms - self._taken_ms.get(key, 0) < (TAG_EVERY_MS if is_tag else BEACON_EVERY_MS):
            return
        self._taken_ms[key] = at_ms
        if address:
            self._senders[address] = heard
            self._senders.move_to_end(address)
            if len(self._senders) > ADDRESSES_MAX:
                self._senders.popitem(last=False)
        self._health.heard(scanner, beacon.beacon, rssi_dbm, at_ms)
        if is_tag:
            self._take_tag(heard)

    def _take_tag(self, heard: Heard) -> None:
        beacon, _, quantum, scanner, rssi_dbm, at_ms = heard
        tag = beacon.beacon
        self._zones.heard(tag, scanner, rssi_dbm, at_ms)
        if rssi_dbm >= beacon.power_dbm - TAG_LOUD_DB:
            before = self._loud.get(tag)
            if before is None or rssi_dbm >= before.rssi_dbm or at_ms - before.at_ms > LOUDEST_MS:
                self._loud[tag] = heard
        person = self._people.of(tag)
        if person is not None:
            self._visits.heard(person.member, tag, scanner, rssi_dbm, quantum, at_ms)

    def _telemetry(self, sealed: telemetry.Sealed, address: bytes, at_ms: int) -> None:
        """Whose telemetry it is, only the identity from the same address tells."""
        heard = self._senders.get(address)
        if heard is None:
            return
        beacon = heard.beacon
        if at_ms - self._told_ms.get(beacon.beacon, -TELEMETRY_EVERY_MS) < TELEMETRY_EVERY_MS:
            return
        t = heard.quantum << beacon.rotation
        told = telemetry.unseal(beacon.identity_key, beacon.rotation, t, sealed)
        if told is not None:
            self._told_ms[beacon.beacon] = at_ms
            self._health.battery(beacon.beacon, told.battery_mv)

    # -- what a second leads to

    def _links(self, at_ms: int) -> None:
        """Which beacons have a link to the broker, as their status says."""
        for beacon in self._beacons:
            view = self._live.devices.get(beacon)
            if view is not None:
                self._health.link(beacon, view["state"] == "online", at_ms)

    def _name(self, at_ms: int) -> None:
        """Whose the tags are that are about, and who the visitors are, looked up anew once a minute."""
        self._people.look(self._zones.tags(), at_ms)
        if 0 <= at_ms - self._named_ms < TAG_PROOF_MS:
            return
        self._named_ms = at_ms
        self._loud = {tag: each for tag, each in self._loud.items() if at_ms - each.at_ms <= TAG_PROOF_MS}
        self._taken_ms = {key: at for key, at in self._taken_ms.items() if at_ms - at < TAG_PROOF_MS}
        here = [visit.member for visit in self._visits.here()]
        found = self._people.named(here)
        if found is not None:
            self._members = found
            for member in set(here) - set(found):
                self._visits.forget(member)

    def _turn(self, at_ms: int) -> bool:
        """Visits begin and end; whether any did."""
        began, ended = self._visits.tick(at_ms)
        for visit in began:
            self._arrivals.began(visit)
        self._arrivals.tick(at_ms)
        for visit in ended:
            self._spots.pop(visit.member, None)
        if began:
            self._members.update(self._people.named([visit.member for visit in began]) or {})
        return bool(began or ended)

    def _count_bounds(self) -> None:
        """What the engines' bounds have cost, as they count it."""
        evicted = self._zones.evicted - self._counters.get("presence.tags_evicted")
        if evicted:
            self._counters.add("presence.tags_evicted", evicted)
        refused = self._visits.refused - self._counters.get("presence.visits_refused")
        if refused:
            self._counters.add("presence.visits_refused", refused)
        pairs = self._health.refused_pairs - self._counters.get("presence.pairs_refused")
        if pairs:
            self._counters.add("presence.pairs_refused", pairs)

    def _keep(self, at_ms: int, turned: bool) -> None:
        notes: dict[str, object] = {}
        if turned or at_ms - self._kept_ms >= KEEP_EVERY_MS:
            self._kept_ms = at_ms
            notes[VISITS] = self._visits.here()
        if at_ms - self._learned_ms >= LEARNED_EVERY_MS:
            self._learned_ms = at_ms
            notes[LEARNED] = self._health.learned()
        clocks = self._hearing.take_changed()
        if clocks or notes:
            self._db.write(clocks, **notes)
        if LEARNED in notes:
            self._db.tidy()


def _beacons_of(site: Site) -> set[str]:
    return {beacon.beacon for beacon in site.beacons if beacon.kind == BEACON}


def _visits(rows: Sequence[object]) -> list[Visit]:
    """Visits as they were kept; of another release's rows none."""
    try:
        return msgspec.convert(rows, list[Visit])
    except msgspec.ValidationError:
        return []
