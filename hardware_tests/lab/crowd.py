"""Many phones in one namespace: each a macvlan link with its own MAC, address and lease; none sees another.

Their DHCP is a few datagrams of our own (RFC 2131) answered by the store's real dnsmasq: a process for each
of 300 would measure the making of processes.
"""

import json
import select
import socket
import struct
import time
from collections.abc import Iterable
from typing import Final, NamedTuple

from hardware_tests.lab.spaces import Space
from hardware_tests.lab.wires import OURS, Town

DHCP_WAIT_S: Final = 30.0
ASK_AGAIN_S: Final = 1.0
_BOOTP = struct.Struct("!4B I 2H 4s4s4s4s 16s 192x 4s")
_MAGIC: Final = bytes((99, 130, 83, 99))
_BROADCAST: Final = 0x8000  # answered to all: a link without an address takes nothing else
_DISCOVER, _OFFER, _REQUEST, _ACK = 1, 2, 3, 5
_MESSAGE, _SERVER, _WANTED, _END = 53, 54, 50, 255
_SO_BINDTODEVICE: Final = 25


class Seat(NamedTuple):
    """One phone of the crowd, with its leased address."""

    number: int
    link: str
    mac: str
    ip: str


class Crowd:
    """So many phones; gather() gets them their addresses."""

    def __init__(self, town: Town, count: int) -> None:
        self.space: Space = town.space("crowd")
        self.seats: list[Seat] = []
        self._links = [f"c{number}" for number in range(count)]
        town.plug(self.space)
        self.space.sysctl(
            ipv6__conf__all__disable_ipv6=1,
            ipv4__conf__all__arp_ignore=1,
            ipv4__conf__default__arp_ignore=1,
            ipv4__conf__all__arp_announce=2,
            ipv4__conf__all__rp_filter=0,
            ipv4__conf__default__rp_filter=0,
        )
        self.space.ip(
            *(f"link add {link} link eth0 type macvlan mode private" for link in self._links),
            *(f"link set {link} up" for link in self._links),
        )

    def gather(self) -> float:
        """Every phone gets a lease and takes it; seconds that dnsmasq needed for all."""
        found = json.loads(self.space.run("ip", "-j", "link", "show", "type", "macvlan"))
        macs = {str(link["ifname"]): str(link["address"]) for link in found}
        begun = time.monotonic()
        leases = self._lease(macs)
        took = time.monotonic() - begun
        self.seats = [Seat(number, link, macs[link], leases[link]) for number, link in enumerate(self._links)]
        self._sit()
        return took

    def connect(self, seat: Seat, address: str, port: int, wait_s: float) -> socket.socket:
        """An open connection of one phone; raises OSError. Call it inside the crowd's space."""
        opened = self.socket(seat)
        opened.settimeout(wait_s)
        try:
            opened.connect((address, port))
        except OSError:
            opened.close()
            raise
        return opened

    @staticmethod
    def socket(seat: Seat) -> socket.socket:
        """A TCP socket that speaks by this phone's link alone, not connected."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, seat.link.encode() + b"\0")
        opened.bind((seat.ip, 0))
        return opened

    def _sit(self) -> None:
        self.space.ip(
            *(f"addr add {seat.ip}/22 dev {seat.link}" for seat in self.seats),
            *(
                f"route add default via {OURS} dev {seat.link} metric {100 + seat.number}"
                for seat in self.seats
            ),
        )

    def _lease(self, macs: dict[str, str]) -> dict[str, str]:
        with self.space.inside():
            asking = {_socket(link): link for link in macs}
        try:
            return _ask_all(asking, macs)
        finally:
            for opened in asking:
                opened.close()


def _socket(link: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, link.encode() + b"\0")
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setblocking(False)
    opened.bind(("", 68))
    return opened


def _ask_all(asking: dict[socket.socket, str], macs: dict[str, str]) -> dict[str, str]:
    """Discover and request for every link until each has its acknowledgement."""
    leases: dict[str, str] = {}
    by_mac = {bytes.fromhex(mac.replace(":", "")): link for link, mac in macs.items()}
    by_link = {link: opened for opened, link in asking.items()}
    ends, again = time.monotonic() + DHCP_WAIT_S, 0.0
    while len(leases) < len(macs):
        if time.monotonic() > ends:
            raise TimeoutError(f"only {len(leases)} of {len(macs)} leases in {DHCP_WAIT_S:.0f} s")
        if time.monotonic() > again:
            _discover((link for link in macs if link not in leases), by_link, macs)
            again = time.monotonic() + ASK_AGAIN_S
        ready, _, _ = select.select(list(asking), [], [], 0.1)
        for opened in ready:
            _hear(opened, asking[opened], by_mac, leases)
    return leases


def _discover(links: Iterable[str], by_link: dict[str, socket.socket], macs: dict[str, str]) -> None:
    for link in links:
        _send(by_link[link], macs[link], _DISCOVER)


def _hear(opened: socket.socket, link: str, by_mac: dict[bytes, str], leases: dict[str, str]) -> None:
    """Everything that came in by one link; answers are broadcast, so most are for others."""
    while True:
        try:
            data = opened.recv(2048)
        except BlockingIOError:
            return
        kind, mac, ip, server = _read(data)
        if by_mac.get(mac) != link:
            continue
        if kind == _OFFER and link not in leases:
            _send(opened, mac.hex(":"), _REQUEST, ip, server)
        elif kind == _ACK:
            leases[link] = socket.inet_ntoa(ip)


def _send(opened: socket.socket, mac: str, kind: int, wanted: bytes = b"", server: bytes = b"") -> None:
    raw = bytes.fromhex(mac.replace(":", ""))
    none = bytes(4)
    head = _BOOTP.pack(1, 1, 6, 0, int.from_bytes(raw[-4:], "big"), 0, _BROADCAST, none, none, none, none,
                       raw.ljust(16, b"\0"), _MAGIC)  # fmt: skip
    options = bytes((_MESSAGE, 1, kind))
    if wanted:
        options += bytes((_WANTED, 4)) + wanted + bytes((_SERVER, 4)) + server
    opened.sendto(head + options + bytes((_END,)), ("255.255.255.255", 67))


def _read(data: bytes) -> tuple[int, bytes, bytes, bytes]:
    """Kind, MAC, address and server of an answer; kind 0 for what is none."""
    if len(data) < _BOOTP.size:
        return 0, b"", b"", b""
    fields = _BOOTP.unpack_from(data)
    options, at = {}, _BOOTP.size
    while at + 1 < len(data) and data[at] != _END:
        if data[at] == 0:
            at += 1
            continue
        length = data[at + 1]
        options[data[at]] = data[at + 2 : at + 2 + length]
        at += 2 + length
    kind = options.get(_MESSAGE, b"\0")[0]
    return kind, fields[11][:6], fields[8], options.get(_SERVER, b"")
