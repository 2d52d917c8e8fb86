"""Which phone asks: its address as the proxy or the connection says, and the MAC that was lent that address.

A MAC keys one grant, never a member: phones change theirs as they please. What outlives a grant is a hash of
it under the key of the day.
"""

import hmac
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address
from typing import Final, NamedTuple, Protocol

from starlette.requests import HTTPConnection

from gateway.portal.grants import DAY_MS

REAL_ADDRESS: Final = "x-real-ip"  # nginx sets it and takes away what a guest sent by that name
HASH_BYTES: Final = 16
MADE_MAX: Final = 2_048  # hashes at hand: a join asks for its own some ten times


class Leases(Protocol):
    """The addresses that were lent, as dnsmasq wrote them down."""

    def mac_of(self, ip: str) -> str | None:
        """Who has the address; None where nobody has."""


class Client(NamedTuple):
    """One phone. `mac` is None without a lease: no grant then."""

    mac: str | None
    ip: str


class Clients:
    """Tells phones apart by what the network says of them."""

    def __init__(self, leases: Leases, behind_proxy: bool) -> None:
        self._leases = leases
        self._behind_proxy = behind_proxy

    def of(self, asked: HTTPConnection) -> Client:
        """The phone that asks."""
        ip = _address(asked, self._behind_proxy)
        return Client(self._leases.mac_of(ip) if ip else None, ip)


class Hashes:
    """What is kept of a MAC: a hash under the key of the day it was seen."""

    def __init__(self, key_of: Callable[[int], bytes]) -> None:
        self._key_of = key_of
        self._keys: dict[int, bytes] = {}
        self._made: dict[tuple[str, int], bytes] = {}

    def today(self, mac: str, now_ms: int) -> bytes:
        """The hash of a MAC seen now."""
        return self._hash(mac, now_ms // DAY_MS)

    def recent(self, mac: str, now_ms: int) -> tuple[bytes, bytes]:
        """The hashes that today and yesterday gave it."""
        day = now_ms // DAY_MS
        return self._hash(mac, day), self._hash(mac, day - 1)

    def _hash(self, mac: str, day: int) -> bytes:
        if day not in self._keys:
            self._keys = {kept: key for kept, key in self._keys.items() if abs(day - kept) < 2}
            self._keys[day] = self._key_of(day)
            self._made.clear()
        if (mac, day) not in self._made:
            if len(self._made) >= MADE_MAX:
                self._made.clear()
            self._made[mac, day] = hmac.digest(self._keys[day], mac.encode(), "sha256")[:HASH_BYTES]
        return self._made[mac, day]


def _address(asked: HTTPConnection, behind_proxy: bool) -> str:
    """The guest's IPv4 address; empty where there is none to be known."""
    peer = asked.client.host if asked.client else ""
    text = asked.headers.get(REAL_ADDRESS, "") if behind_proxy else peer
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        return ""
