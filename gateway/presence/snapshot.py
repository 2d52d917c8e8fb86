"""What the live view shows of presence: plain data for pages and the API, made once a second.

    {"on", "width_cm", "height_cm",
     "zones": [{"zone", "name", "x_cm", "y_cm", "width_cm", "height_cm"}],
     "beacons": [{"beacon", "kind": "beacon" | "tag" | "radio", "zone", "x_cm", "y_cm", "heard_ms",
                  "rssi_dbm", "battery_mv", "state", "since_ms"}],
     "people": [{"member", "name", "zone", "x_cm", "y_cm", "since_ms", "proof"}],
     "counts": {"adverts", "resolved", "unknown", "replayed", "cloned", "late"},
     "file_broken_ms": since when the file of beacons cannot be used, and an older one counts}

Times are unix milliseconds, 0 for never; zone and place are None where they are not known. Who has no tag is
in the middle of the zone whose beacon their phone heard. Of tags only those are shown that were ever heard,
TAGS_SHOWN_MAX at most.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from gateway.counters import Counters
from gateway.presence.health import NEVER, Condition
from gateway.presence.heard import Spot
from gateway.presence.people import Person
from gateway.presence.registry import RADIO, TAG, Site, Zone
from gateway.presence.visits import Visit
from gateway.presence.zones import ZoneEngine

Data = dict[str, Any]

COUNTED: Final = ("adverts", "resolved", "unknown", "replayed", "cloned", "late")
TAGS_SHOWN_MAX: Final = 200
NOWHERE: Final[Data] = {"zone": None, "x_cm": None, "y_cm": None}


class Snapshot:
    """Makes it for one site."""

    def __init__(self, site: Site, counters: Counters) -> None:
        self._counters = counters
        self._plan: Data = {
            "on": True,
            "width_cm": site.width_cm,
            "height_cm": site.height_cm,
            "zones": [msgspec.to_builtins(zone) for zone in site.zones],
        }
        self._middles: dict[str, Data] = {zone.zone: _middle(zone) for zone in site.zones}
        self._places: dict[str, Data] = {each.beacon: _place(each) for each in site.beacons}
        if site.radio is not None:
            self._places[RADIO] = _place(site.radio)

    def of(
        self,
        conditions: Iterable[Condition],
        visits: Iterable[Visit],
        zones: ZoneEngine,
        people: Mapping[str, Person],
        spots: Mapping[str, Spot],
        broken_ms: int = 0,
    ) -> Data:
        """The present data; `people` by member, `spots` where a check-in found members without a tag."""
        return {
            **self._plan,
            "beacons": self._beacons(conditions, zones),
            "people": [self._visitor(visit, zones, people, spots) for visit in visits],
            "counts": {name: self._counters.get("presence." + name) for name in COUNTED},
            "file_broken_ms": broken_ms,
        }

    def _visitor(
        self, visit: Visit, zones: ZoneEngine, people: Mapping[str, Person], spots: Mapping[str, Spot]
    ) -> Data:
        person = people.get(visit.member)
        spot = spots.get(visit.member)
        if visit.tag:
            place = _tag_place(visit.tag, zones)
        else:
            place = self._middles.get(spot.place if spot else "", NOWHERE)
        return {
            "member": visit.member,
            "name": None if person is None else person.name,
            **place,
            "since_ms": visit.began_ms,
            "proof": visit.proof,
        }

    def _beacons(self, conditions: Iterable[Condition], zones: ZoneEngine) -> list[Data]:
        rows, tags = [], 0
        for condition in conditions:
            place = self._places[condition.beacon]
            if condition.kind == TAG:
                if condition.state == NEVER or tags >= TAGS_SHOWN_MAX:
                    continue
                tags += 1
                place = _tag_place(condition.beacon, zones)
            rows.append({**condition._asdict(), **place})
        return rows


def _middle(zone: Zone) -> Data:
    """Where somebody is drawn of whom only the zone is known."""
    x_cm, y_cm = zone.x_cm + zone.width_cm // 2, zone.y_cm + zone.height_cm // 2
    return {"zone": zone.zone, "x_cm": x_cm, "y_cm": y_cm}


def _place(at: Any) -> Data:
    return {"zone": at.zone, "x_cm": at.x_cm, "y_cm": at.y_cm}


def _tag_place(tag: str, zones: ZoneEngine) -> Data:
    place = zones.place(tag)
    return {"zone": place.zone, "x_cm": place.x_cm, "y_cm": place.y_cm}
