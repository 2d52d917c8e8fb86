"""Figures of the store's Wi-Fi: phones that join, have their coupon and go online, beside other portals.

All of it is real but the radio (hardware_tests/lab): dnsmasq, nftables, nginx, portal, netd, gateway, and the
phones' own TCP. The asker shares the two cores with them. Peers were measured in a lab of the same kind, one
client at a time, without memberships or coupons: their rows stand in the conditions.
"""

import os
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from hardware_tests.figures.rows import Row, percentile, row
from hardware_tests.lab.crowd import Crowd, Seat
from hardware_tests.lab.joining import Joined, join_all
from hardware_tests.lab.store import Store

CROWD, ALONE, WARM = 300, 60, 20
RATE_MIN, CPU_MS_MAX, MEMORY_MIB_MAX = 100.0, 5.0, 60.0  # issue 5's targets
PROCESSES: Final = ("portal", "netd", "gateway", "web")
ASKER: Final = "asker"
LIMITED: Final = ("portal", "netd")  # the guests' own processes: the target's CPU is theirs
PEERS: Final = "peers: nodogsplash 49/s, minimal Python portal 92-233/s, openNDS 0.9/s"
PEERS_CPU: Final = "peers: nodogsplash 20 ms, minimal Python portal 3 ms, openNDS 1,375 ms"
PEERS_ACCESS: Final = "peers: minimal Python portal 1-4 ms, nodogsplash 13 ms, openNDS 516 ms"
PEERS_REDIRECT: Final = "peers: minimal Python portal 1 ms, nodogsplash 4 ms, openNDS 136 ms"

Say = Callable[[str], None]


class Joins(NamedTuple):
    """What joining cost: seconds of the whole, each phone's times, and milliseconds of CPU a join."""

    took_s: float
    joined: list[Joined]
    cpu_ms: dict[str, float]

    @property
    def rate(self) -> float:
        """Joins a second."""
        return len(self.joined) / self.took_s

    @property
    def limited_cpu_ms(self) -> float:
        """Of portal and netd together."""
        return sum(self.cpu_ms[name] for name in LIMITED)

    def ms(self, what: str, share: float) -> float:
        """A percentile of one of the phones' times."""
        return percentile((getattr(each, what) for each in self.joined), share) * 1e3


def measure(say: Say) -> list[Row]:
    """All rows of this file; none, and a word, where nobody is root."""
    if os.geteuid():
        say("joins: skipped, the network lab needs root")
        return []
    with Store(secured=False, clients_max=CROWD + ALONE + WARM) as store:
        say(f"a store, and {CROWD + ALONE + WARM} phones")
        store.open()
        crowd = Crowd(store.town, CROWD + ALONE + WARM)
        leased_s = crowd.gather()
        seats = crowd.seats
        join(store, crowd, seats[:WARM], 1)
        say("phones join one after the other")
        alone = join(store, crowd, seats[WARM : WARM + ALONE], 1)
        say(f"{CROWD} phones join at once")
        together = join(store, crowd, seats[WARM + ALONE :], CROWD)
        memory = {name: store[name].resident_mib_max() for name in PROCESSES}
    return [
        *_alone_rows(alone),
        *_together_rows(together),
        row("lease_rate", len(seats) / leased_s, "/s", f"{len(seats)} phones at once, dnsmasq"),
        *(
            row(f"{name}_memory", memory[name], "MiB", f"the most, after {len(seats)} joins", limit)
            for name, limit in (("portal", MEMORY_MIB_MAX), ("netd", MEMORY_MIB_MAX), ("gateway", None))
        ),
    ]


def join(store: Store, crowd: Crowd, seats: list[Seat], at_once: int) -> Joins:
    """These phones join, at most so many at a time. Raises joining.Failed."""
    before = _cpu_s(store)
    joined, took_s = join_all(crowd, seats, at_once)
    spent = {name: after - before[name] for name, after in _cpu_s(store).items()}
    return Joins(took_s, joined, {name: each / len(seats) * 1e3 for name, each in spent.items()})


def _cpu_s(store: Store) -> dict[str, float]:
    """Seconds that each process has used until now, the asker's (this one) among them."""
    return {**{name: store[name].cpu_s() for name in PROCESSES}, ASKER: time.process_time()}


def _alone_rows(joins: Joins) -> list[Row]:
    where = f"{ALONE} phones, one at a time; {{}}"
    return [
        row("join_alone", joins.rate, "/s", where.format(PEERS)),
        row("redirect_alone_p50", joins.ms("redirect_s", 0.5), "ms", where.format(PEERS_REDIRECT)),
        row("access_alone_p50", joins.ms("access_s", 0.5), "ms", "from the form to 204; " + PEERS_ACCESS),
    ]


def _together_rows(joins: Joins) -> list[Row]:
    where = f"{CROWD} phones at once, from the probe to 204, with card and coupon"
    return [
        row("join_crowd", joins.rate, "/s", f"{where}; {PEERS}", RATE_MIN),
        row("join_crowd_cpu", joins.limited_cpu_ms, "ms", f"portal and netd; {PEERS_CPU}", CPU_MS_MAX),
        *(row(f"join_cpu_{name}", each, "ms", where) for name, each in joins.cpu_ms.items()),
        *(
            row(f"{name}_crowd_{label}", joins.ms(what, share), "ms", where)
            for name, what in (("redirect", "redirect_s"), ("coupon", "coupon_s"), ("access", "access_s"))
            for share, label in ((0.5, "p50"), (0.99, "p99"))
        ),
    ]
