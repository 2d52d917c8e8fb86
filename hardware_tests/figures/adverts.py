"""Figures of presence: what an advertisement costs from its identity to a hearing, whoever is registered.

The beacons heard are at most SENDERS_MAX, in a random order; those registered are more and more. The limit of
each is the same with one beacon: what is registered must not be felt. An advertisement of nobody, of which a
flood may come, is beside that too.
"""

import random
import time
from collections.abc import Callable
from typing import Final

from firmware.protocol.eid import eid
from gateway.counters import Counters
from gateway.presence.hearing import Hearing
from gateway.presence.registry import BEACON, RADIO, Beacon, Radio, Site, Zone
from hardware_tests.figures.rows import Row, row

SIZES: Final = (1, 1_000, 10_000)
HEARD: Final = 100_000
SENDERS_MAX: Final = 200  # of them speak, as many as one radio hears at once
ROUNDS: Final = 3  # each size in turn; the best counts, for machines have other things to do
NOW_S: Final = 1_795_233_600

Say = Callable[[str], None]


def measure(say: Say) -> list[Row]:
    """All rows of this file; says aloud what it is doing."""
    say(f"resolving {HEARD:,} adverts with {', '.join(f'{size:,}' for size in SIZES)} beacons registered")
    rates = dict.fromkeys(SIZES, 0.0)
    for _ in range(ROUNDS):
        for size in SIZES:
            rates[size] = max(rates[size], _rate(size))
    conditions = (
        f"{HEARD:,} EIDs of now with their addresses, of {SENDERS_MAX} that are heard, CPU time; "
        "limit: the same with 1 beacon"
    )
    rows = [
        row(f"presence.adverts_{size}", rates[size], "1/s", conditions, rates[SIZES[0]]) for size in SIZES
    ]
    strangers = f"{HEARD:,} made-up EIDs, {SIZES[-1]:,} beacons registered; limit: those of one beacon"
    strange = max(_strange_rate() for _ in range(ROUNDS))
    return [*rows, row("presence.strangers", strange, "1/s", strangers, rates[SIZES[0]])]


def a_site(size: int, seed: int = 1) -> Site:
    """A store with so many beacons."""
    rng = random.Random(seed)
    zone = Zone(
        zone="shop", name={"zh-CN": "店", "en": "Shop"}, x_cm=0, y_cm=0, width_cm=1_000, height_cm=1_000
    )
    beacons = tuple(
        Beacon(
            beacon=f"beacon-{number}",
            kind=BEACON,
            key=rng.randbytes(16).hex(),
            zone="shop",
            x_cm=500,
            y_cm=500,
        )
        for number in range(size)
    )
    radio = Radio(zone="shop", x_cm=0, y_cm=0)
    return Site(uuid="5b" * 16, width_cm=1_000, height_cm=1_000, zones=(zone,), radio=radio, beacons=beacons)


def _rate(size: int) -> float:
    """Adverts a second that become hearings."""
    site, rng = a_site(size), random.Random(2)
    hearing = Hearing(site, Counters(), (), NOW_S)
    spoken = rng.sample(site.beacons, min(size, SENDERS_MAX))
    senders = [(eid(each.identity_key, each.rotation, NOW_S), rng.randbytes(6)) for each in spoken]
    heard = [rng.choice(senders) for _ in range(HEARD)]
    started_s = time.process_time()
    accepted = 0
    for number, (identity, address) in enumerate(heard):
        at_ms = NOW_S * 1_000 + number // 100
        accepted += hearing.heard(identity, address, RADIO, -75, at_ms) is not None
    took_s = time.process_time() - started_s
    assert accepted == HEARD
    return HEARD / took_s


def _strange_rate() -> float:
    """Adverts of nobody a second."""
    rng, hearing = random.Random(3), Hearing(a_site(SIZES[-1]), Counters(), (), NOW_S)
    heard = [rng.randbytes(8) for _ in range(HEARD)]
    started_s = time.process_time()
    for identity in heard:
        hearing.heard(identity, b"\0" * 6, RADIO, -75, NOW_S * 1_000)
    return HEARD / (time.process_time() - started_s)
