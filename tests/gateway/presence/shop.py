"""A store whose beacons are heard: the guests' hall, with somebody who judges what apps relay."""

from collections.abc import Sequence
from typing import Any

from gateway.presence.heard import CLOCK_UNKNOWN, IDENTITY_OLD, IDENTITY_UNKNOWN, Relayed, Spot

UUID = "f0018b9b-7509-4c31-a905-1a27d39c003c"
QUANTUM_S = 32
ZONES = {"door": {"zh-CN": "门口", "en": "Door"}, "shelf": {"zh-CN": "货架", "en": "Shelves"}}


def eid(beacon: int, at_ms: int) -> dict[str, Any]:
    """What an app hears of a beacon at a time: its number and its quantum, plain."""
    return {"eid": f"{beacon:08x}{at_ms // 1_000 // QUANTUM_S:08x}", "rssi": -60}


def ibeacon(beacon: int, at_ms: int) -> dict[str, Any]:
    """The same as an iBeacon: the beacon's number as major, the low bits of the quantum as minor."""
    return {"uuid": UUID, "major": beacon, "minor": at_ms // 1_000 // QUANTUM_S & 0xFFFF, "rssi": -60}


class Ears:
    """Knows beacons 1 ("beacon-door") and 2 ("beacon-shelf"), and no ciphers: an identity says what it is."""

    def __init__(self) -> None:
        self.tags: dict[str, Spot] = {}
        self.seen: list[tuple[str, str, Spot]] = []
        self.asked: list[tuple[Relayed, ...]] = []

    def judge(self, heard: Sequence[Relayed], at_ms: int, clock_known: bool) -> Spot | str:
        self.asked.append(tuple(heard))
        if not clock_known:
            return CLOCK_UNKNOWN
        found = [self._judge(each, at_ms // 1_000 // QUANTUM_S) for each in heard]
        spots = [spot for spot in found if isinstance(spot, Spot)]
        return spots[0] if spots else IDENTITY_OLD if IDENTITY_OLD in found else IDENTITY_UNKNOWN

    def _judge(self, heard: Relayed, now: int) -> Spot | str:
        half = len(heard.identity) // 2
        beacon, quantum = (int.from_bytes(part) for part in (heard.identity[:half], heard.identity[half:]))
        place = {1: "door", 2: "shelf"}.get(beacon)
        if place is None or (heard.uuid is not None and heard.uuid.hex() != UUID.replace("-", "")):
            return IDENTITY_UNKNOWN
        now = now if half == 4 else now & 0xFFFF
        return Spot("beacon-" + place, place, quantum) if abs(now - quantum) <= 1 else IDENTITY_OLD

    def tag_of(self, member: str, at_ms: int) -> Spot | None:
        return self.tags.get(member)

    def zone_name(self, place: str) -> dict[str, str] | None:
        return ZONES.get(place)

    def used(self, member: str, proof: str, spot: Spot) -> None:
        self.seen.append((member, proof, spot))
