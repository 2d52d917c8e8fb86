"""Who is online and in which place of the traffic shaper: what netd plans its changes with. Pure.

The kernel is the truth: the roster is read from it at the start and at every `list`, and changed only after
the kernel has done what was planned. Times are milliseconds of a clock that never steps.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

ENDED_MS: Final = (
    1_000  # behind its time-out a client's place is given away: the kernel counts in its own ticks
)


class Client(NamedTuple):
    """One client that is online. `kind` is shaping's "guest" or "member"."""

    mac: str
    ip: str
    kind: str
    place: int
    until_ms: int

    @property
    def pair(self) -> tuple[str, str]:
        return self.mac, self.ip


class Wish(NamedTuple):
    """What was asked for one client."""

    mac: str
    ip: str
    kind: str
    until_ms: int


class Plan(NamedTuple):
    """What to put in, whom to take out for it, and for whom there is no place."""

    put: list[Client]
    take: list[Client]
    full: list[Wish]


class Roster:
    """At most one client of each MAC, of each address and in each place."""

    def __init__(self, places: int, clients: Iterable[Client] = ()) -> None:
        self._places = places
        self._by_ip = {client.ip: client for client in clients}

    def __len__(self) -> int:
        return len(self._by_ip)

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_ip.values())

    def plan(self, wishes: Iterable[Wish], now_ms: int) -> Plan:
        """How to fulfil wishes, the later of two for one client over the earlier; changes nothing."""
        before = {c.ip: c for c in self if c.until_ms + ENDED_MS > now_ms}
        after = dict(before)
        by_mac = {client.mac: client for client in after.values()}
        free = sorted(set(range(self._places)).difference(c.place for c in after.values()), reverse=True)
        displaced: list[Client] = []
        full: list[Wish] = []
        for wish in wishes:
            for other in {after.get(wish.ip), by_mac.get(wish.mac)} - {None}:
                assert other is not None
                after.pop(other.ip, None)
                by_mac.pop(other.mac, None)
                free.append(other.place)
                displaced.append(other)
            if not free:
                full.append(wish)
                continue
            client = Client(wish.mac, wish.ip, wish.kind, free.pop(), wish.until_ms)
            after[client.ip] = by_mac[client.mac] = client
        put = [client for ip, client in after.items() if client is not before.get(ip)]
        kept = {client.pair for client in put}
        take = [each for each in displaced if before.get(each.ip) is each and each.pair not in kept]
        return Plan(put, take, full)

    def settle(self, put: Iterable[Client], taken: Iterable[tuple[str, str]]) -> None:
        """What the kernel did."""
        for mac, ip in taken:
            if ip in self._by_ip and self._by_ip[ip].mac == mac:
                del self._by_ip[ip]
        for client in put:
            self._by_ip[client.ip] = client
