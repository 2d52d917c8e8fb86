"""A small shop's beacons and tags, and an air to hear them through: seeded, and time is a value."""

import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from firmware.protocol import eid
from gateway.counters import Counters
from gateway.presence.clocks import Kept
from gateway.presence.hearing import Heard, Hearing
from gateway.presence.registry import RADIO, TAG, Beacon, Radio, Site, Zone

NOON_S = 1_795_233_600
UUID = "5b1e0c3a" * 4
ROTATION = 5
TURN_S = 1 << ROTATION


def a_key(name: str) -> str:
    """A key that follows from the name: tests need no secrets."""
    return random.Random(name).randbytes(16).hex()


def a_beacon(
    name: str, zone: str = "door", x_cm: int = 100, y_cm: int = 100, rotation: int = ROTATION
) -> Beacon:
    """A beacon of the plan, on the gateway's time."""
    return Beacon(beacon=name, key=a_key(name), rotation=rotation, zone=zone, x_cm=x_cm, y_cm=y_cm)


def a_tag(name: str, epoch_s: int = NOON_S - eid.TAG_START_S, rotation: int = ROTATION) -> Beacon:
    """A member's tag, switched on at noon."""
    return Beacon(beacon=name, kind=TAG, key=a_key(name), rotation=rotation, epoch_s=epoch_s)


def a_site(*beacons: Beacon) -> Site:
    """A shop of 12 m by 8 m: the door on the left, the counter on the right, the radio above it."""
    named = {"door": ("门口", "Door"), "counter": ("柜台", "Counter")}
    zones = tuple(
        Zone(zone=zone, name={"zh-CN": zh, "en": en}, x_cm=600 * at, y_cm=0, width_cm=600, height_cm=800)
        for at, (zone, (zh, en)) in enumerate(named.items())
    )
    radio = Radio(zone="counter", x_cm=1_100, y_cm=700)
    return Site(uuid=UUID, width_cm=1_200, height_cm=800, zones=zones, radio=radio, beacons=beacons)


DOOR = a_beacon("beacon-door")
SHELF = a_beacon("beacon-shelf", "counter", 1_000, 400)
LIN = a_tag("tag-lin")
MIA = a_tag("tag-mia")
SHOP = a_site(DOOR, SHELF, LIN, MIA)


class Speaker:
    """Something that advertises: a beacon by its file, its clock `off_s` ahead and running `ppm` fast."""

    def __init__(self, beacon: Beacon, off_s: float = 0, ppm: float = 0, since_s: float = NOON_S) -> None:
        self.beacon = beacon
        self._off_s, self._ppm, self._since_s = off_s, ppm, since_s

    def t(self, at_s: float) -> int:
        """Its own seconds at a time of ours."""
        drifted = (at_s - self._since_s) * self._ppm / 1e6
        return int(at_s + self._off_s + drifted - self.beacon.epoch_s)

    def says(self, at_s: float) -> bytes:
        """The identity that it advertises."""
        return eid.eid(self.beacon.identity_key, self.beacon.rotation, self.t(at_s))

    def address(self, at_s: float) -> bytes:
        """Its address: another one with each identity."""
        turn = eid.quantum(self.t(at_s), self.beacon.rotation)
        return random.Random(f"{self.beacon.beacon} {turn}").randbytes(6)


class Ear(NamedTuple):
    """A hearing of one site, and its counters."""

    hearing: Hearing
    counters: Counters

    def hear(
        self, speaker: Speaker, at_s: float, scanner: str = RADIO, rssi_dbm: int = -70, **other: bytes
    ) -> Heard | None:
        """What a speaker says, heard now; `said` and `address` where another one says it."""
        said = other.get("said", speaker.says(at_s))
        address = other.get("address", speaker.address(at_s))
        return self.hearing.heard(said, address, scanner, rssi_dbm, int(at_s * 1_000))

    def count(self, name: str) -> int:
        """A counter of presence."""
        return self.counters.get("presence." + name)

    def search(self, at_s: float, seconds: int = 60) -> None:
        """Let it search for lost clocks as a gateway does, ten steps a second, for so long at most."""
        for tenth in range(seconds * 10):
            if not self.hearing.search(int(at_s + tenth / 10)):
                return


def an_ear(site: Site = SHOP, at_s: float = NOON_S, kept: Iterable[Kept] = ()) -> Ear:
    """A hearing that begins now."""
    counters = Counters()
    return Ear(Hearing(site, counters, kept, int(at_s)), counters)


def seconds(first_s: float, count: int, step_s: float = 1.0) -> Iterator[float]:
    """Times one after the other."""
    return (first_s + number * step_s for number in range(count))
