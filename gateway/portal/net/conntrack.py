"""Takes a phone's connections out of the kernel's table, so that none from before a grant goes on after it.

A connection that was led to our page stays led there for as long as the kernel remembers it, whatever the
rules say now. So at a grant, an end and whenever the internet comes or goes, what a phone had open is
forgotten; only its connections to our own address stay: one of them carries the very answer it waits for.
(Those are the ones without translated addresses.)
"""

import errno
import socket
import sys
from collections.abc import Iterable
from typing import Final

from gateway.portal.net.netlink import (
    CONNTRACK,
    DUMP,
    KernelRefused,
    Message,
    Netlink,
    attribute,
    nested,
    split,
)

GET, DELETE = 1, 2  # linux/netfilter/nfnetlink_conntrack.h
_ORIGINAL, _STATUS, _ID, _FILTER, _STATUS_MASK = 1, 3, 12, 25, 26
_ADDRESSES = 1
_SOURCE = 1
_FILTER_ORIGINAL, _BY_SOURCE = 1, 1  # CTA_FILTER_ORIG_FLAGS, CTA_FILTER_FLAG(CTA_IP_SRC)
LED_OUT, LED_HERE = 1 << 4, 1 << 5  # IPS_SRC_NAT, IPS_DST_NAT: through us, and to our page or resolver

FORGOTTEN_MAX: Final = 2_000  # connections of one phone, where we delete them one by one; it may have fewer


class Connections:
    """The connections of the network this process is in that are led somewhere else."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self.by_kernel = True  # whether the kernel can choose what it deletes; older ones cannot

    def forget(self, ips: Iterable[str], led: int) -> None:
        """Delete what these addresses opened and a rule led so. Raises KernelRefused."""
        for source in map(socket.inet_aton, ips):
            if not (self.by_kernel and self._forget(source, led)):
                self._forget_each(source, led)

    def _forget(self, source: bytes, led: int) -> bool:
        """In one pass, without reading: 0.2 ms with room for 262,144 rows, where reading takes 12."""
        try:
            self._netlink.ask(order_all(source, led), "forget connections")
        except KernelRefused as problem:
            if problem.number not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
            self.by_kernel = False
        return self.by_kernel

    def _forget_each(self, source: bytes, led: int) -> None:
        rows = self._netlink.ask(question(source), "read connections")
        for row in [row for row in rows if is_led(row, source, led)][:FORGOTTEN_MAX]:
            try:
                self._netlink.ask(order(row), "forget a connection")
            except KernelRefused as problem:
                if problem.number != errno.ENOENT:  # it ended by itself meanwhile
                    raise


def order_all(source: bytes, led: int) -> Message:
    """To delete what an address opened and a rule led so; a kernel that cannot says EINVAL."""
    bits = led.to_bytes(4, "big")
    payload = _of(source) + attribute(_STATUS, bits) + attribute(_STATUS_MASK, bits)
    return Message(DELETE, 0, payload, socket.AF_INET, CONNTRACK)


def question(source: bytes) -> Message:
    """For the connections that an address opened; before Linux 5.8 the kernel tells them all."""
    return Message(GET, DUMP, _of(source), socket.AF_INET, CONNTRACK)


def order(row: bytes) -> Message:
    """To delete exactly the connection of a row: the kernel compares its id too."""
    found = dict(split(row))
    payload = nested(_ORIGINAL, found[_ORIGINAL]) + attribute(_ID, found[_ID])
    return Message(DELETE, 0, payload, socket.AF_INET, CONNTRACK)


def is_led(row: bytes, source: bytes, led: int) -> bool:
    """Whether a row is a connection of this address that a rule led so."""
    found = dict(split(row))
    addresses = dict(split(dict(split(found.get(_ORIGINAL, b""))).get(_ADDRESSES, b"")))
    status = int.from_bytes(found.get(_STATUS, b""), "big")
    return _ID in found and addresses.get(_SOURCE) == source and bool(status & led)


def _of(source: bytes) -> bytes:
    wanted = attribute(_FILTER_ORIGINAL, _BY_SOURCE.to_bytes(4, sys.byteorder))
    return nested(_ORIGINAL, nested(_ADDRESSES, attribute(_SOURCE, source))) + nested(_FILTER, wanted)
