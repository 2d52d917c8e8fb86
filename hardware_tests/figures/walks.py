"""Walks of a tag through a shop, simulated: what each scanner hears of it, second by second.

The model is a model, not a shop: path loss with exponent 2.5, one advert a second, each lost by each scanner
with some chance, shadows of 4 dB that wander (their memory is WANDER_S), and fading of 5 dB, new with every
advert. The tag stands still at the stops of its way and walks at WALK_M_S between them; the first two scenes
move it at once, as a rule's delay is easiest to read then. Everything follows from the scene and the seed.

A mains beacon does not report every advert. A scene with `reported` thins as its firmware does: each SLOT_S a
report, if the mean level since the last one is REPORT_DB beside that, or it is REPORT_S ago.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gateway.presence.registry import Beacon, Site, Zone

EXPONENT: Final = 2.5
POWER_DBM: Final = -59.0  # at one metre
SHADOW_DB: Final = 4.0
FADING_DB: Final = 5.0
WANDER_S: Final = 20.0  # with it the rules' delays come out as others' table has them
DEAF_DBM: Final = -97.0  # below, nothing is heard
WALK_M_S: Final = 1.0
REPORT_DB: Final = 4.0
REPORT_S: Final = 10
SLOT_S: Final = 2
NAMES: Final = {"zh-CN": "区", "en": "zone"}
TAG_HEARD: Final = Beacon(beacon="tag", kind="tag", key="ff" * 16, power_dbm=round(POWER_DBM))


class Hearing(NamedTuple):
    """One advert, as one scanner heard it."""

    at_ms: int
    scanner: str
    rssi_dbm: int


class Stop(NamedTuple):
    """The tag stands here so long, in metres and seconds."""

    zone: str
    x_m: float
    y_m: float
    seconds: int


class Stand(NamedTuple):
    """A scanner, and the zone of its name around it: x, y, width and height in metres."""

    name: str
    x_m: float
    y_m: float
    zone: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """A shop, and a way through it. `deaf` are scanners that hear nothing from one second to another."""

    name: str
    stands: tuple[Stand, ...]
    stops: tuple[Stop, ...]
    loss: float = 0.25
    walks: bool = False
    bag_db: float = 0.0  # what the tag is fainter than it is registered
    wander_s: float = WANDER_S
    reported: bool = False
    deaf: tuple[tuple[str, int, int], ...] = field(default=())

    @property
    def seconds(self) -> int:
        return len(list(way(self)))

    def site(self) -> Site:
        """The plan, as the gateway has it."""
        return Site(
            uuid="00" * 16,
            width_cm=2_000,
            height_cm=2_000,
            zones=tuple(_zone(stand) for stand in self.stands),
            beacons=(*(_beacon(number, stand) for number, stand in enumerate(self.stands)), TAG_HEARD),
        )


class Second(NamedTuple):
    """Where the tag is in one second; `stop` is the number of the stop it stands at or walks to."""

    stop: int
    still: bool
    x_m: float
    y_m: float


def way(scene: Scene) -> Iterator[Second]:
    """The tag's place in every second."""
    before: Stop | None = None
    for number, stop in enumerate(scene.stops):
        if before is not None and scene.walks:
            yield from _steps(number, before, stop)
        for _ in range(stop.seconds):
            yield Second(number, True, stop.x_m, stop.y_m)
        before = stop


def walk(scene: Scene, seed: int) -> list[list[Hearing]]:
    """What is heard in each second."""
    chance = random.Random(f"{scene.name} {seed}")
    kept = math.exp(-1 / scene.wander_s)
    fresh = SHADOW_DB * math.sqrt(1 - kept * kept)
    shadows = [chance.gauss(0, SHADOW_DB) for _ in scene.stands]
    reports = Reports()
    seconds = []
    for second, place in enumerate(way(scene)):
        shadows = [kept * shadow + chance.gauss(0, fresh) for shadow in shadows]
        heard = list(_heard(scene, second, place, shadows, chance))
        seconds.append(reports.told(second, heard) if scene.reported else heard)
    return seconds


class Reports:
    """What mains beacons report of one tag."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, float]] = {}
        self._untold: dict[str, list[Hearing]] = {}

    def told(self, second: int, heard: list[Hearing]) -> list[Hearing]:
        """Take a second's adverts in; what is reported at its end."""
        for hearing in heard:
            self._untold.setdefault(hearing.scanner, []).append(hearing)
        return list(self._slot(second)) if second % SLOT_S == 0 else []

    def _slot(self, second: int) -> Iterator[Hearing]:
        for scanner, hearings in list(self._untold.items()):
            mean = sum(hearing.rssi_dbm for hearing in hearings) / len(hearings)
            told_s, told_dbm = self._told.get(scanner, (-REPORT_S, 0.0))
            if second - told_s >= REPORT_S or abs(mean - told_dbm) >= REPORT_DB:
                self._told[scanner] = (second, mean)
                del self._untold[scanner]
                yield Hearing(hearings[-1].at_ms, scanner, round(mean))


def _heard(
    scene: Scene, second: int, place: Second, shadows: list[float], chance: random.Random
) -> Iterator[Hearing]:
    for stand, shadow in zip(scene.stands, shadows, strict=True):
        lost, fading = chance.random() < scene.loss, chance.gauss(0, FADING_DB)
        distance_m = max(0.3, math.hypot(place.x_m - stand.x_m, place.y_m - stand.y_m))
        level = POWER_DBM - scene.bag_db - 10 * EXPONENT * math.log10(distance_m) + shadow + fading
        deaf = any(name == stand.name and since <= second < until for name, since, until in scene.deaf)
        if not lost and not deaf and level >= DEAF_DBM:
            yield Hearing(second * 1000, stand.name, round(level))


def _steps(number: int, before: Stop, stop: Stop) -> Iterator[Second]:
    away_x, away_y = stop.x_m - before.x_m, stop.y_m - before.y_m
    steps = max(1, round(math.hypot(away_x, away_y) / WALK_M_S))
    for step in range(1, steps):
        yield Second(number, False, before.x_m + away_x * step / steps, before.y_m + away_y * step / steps)


def _zone(stand: Stand) -> Zone:
    x_m, y_m, width_m, height_m = stand.zone
    cm = [round(100 * metres) for metres in (x_m, y_m, width_m, height_m)]
    return Zone(zone=stand.name, name=NAMES, x_cm=cm[0], y_cm=cm[1], width_cm=cm[2], height_cm=cm[3])


def _beacon(number: int, stand: Stand) -> Beacon:
    key = f"{number + 1:032x}"
    x_cm, y_cm = round(100 * stand.x_m), round(100 * stand.y_m)
    return Beacon(beacon=stand.name, key=key, zone=stand.name, x_cm=x_cm, y_cm=y_cm)


PAIR: Final = (Stand("a", 0, 2, (-1, 0, 5, 4)), Stand("b", 8, 2, (4, 0, 5, 4)))
THREE: Final = (
    Stand("door", 0, 2, (-1, 0, 5, 4)),
    Stand("shelves", 8, 2, (4, 0, 5, 4)),
    Stand("counter", 4, 8, (1, 5, 6, 5)),
)
ROW: Final = tuple(Stand(f"z{n}", 2.0 + 6 * n, 2, (6.0 * n - 1, 0, 6, 4)) for n in range(4))
ASIDE: Final = (Stop("a", 3, 2, 1200), Stop("b", 5, 2, 120))  # 3 m from one scanner, 5 m from the other

MOVED: Final = Scene("moved", PAIR, ASIDE)
THROUGH: Final = tuple(Stop(f"z{n}", 6.0 * n + 2, 3, 240) for n in (0, 2, 1, 3, 0))
SCENES: Final = (
    MOVED,
    Scene("three scanners", THREE, (Stop("door", 2.5, 3, 600), Stop("counter", 4, 6, 600))),
    Scene("a walk", ROW, THROUGH, walks=True),
    Scene("a walk as reported", ROW, THROUGH, walks=True, reported=True),
    Scene("60 % loss", PAIR, ASIDE, loss=0.6),
    Scene("in a bag", PAIR, ASIDE, bag_db=12.0),
    Scene("as reported", PAIR, ASIDE, reported=True),
    Scene("quick shadows", PAIR, ASIDE, wander_s=5.0),
    Scene("slow shadows", PAIR, ASIDE, wander_s=60.0),
    Scene("one deaf", PAIR, (Stop("a", 3, 2, 1200),), deaf=(("a", 300, 1200),)),
)
