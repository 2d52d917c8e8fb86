"""Who was lent which address: dnsmasq's lease file, read again when it has changed.

A row of the file is `expiry mac address name client-id`, expiry in unix seconds, 0 for ever. dnsmasq rewrites
the file in place, so that a reader may see the beginning of it, or nothing: such a reading of a file that was
changed this second is dropped, the rows of the last whole one stand, and the next question reads again.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Final, NamedTuple

from gateway.portal.settings import NetworkSettings

FILE_NAME: Final = "dnsmasq.leases"
SETTLED_S: Final = 1.0  # a file that nobody changed for so long is finished, whatever it looks like
FILE_BYTES_MAX: Final = 1 << 20  # some 12,000 rows; the widest pool a store has is a few thousand addresses
MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


class Lease(NamedTuple):
    """`until_s` in unix seconds; None for ever."""

    mac: str
    until_s: int | None


def path_of(settings: NetworkSettings) -> Path:
    """The lease file: `dnsmasq.leases` in [network] data_dir, for dnsmasq, netd, the portal and the bench."""
    return Path(settings.data_dir) / FILE_NAME


class Leases:
    """The rows of a lease file; a file that is not there has none."""

    def __init__(self, path: Path, now_s: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now_s = now_s
        self._seen: tuple[int, int, int] | None = None
        self._by_ip: dict[str, Lease] = {}
        self.unreadable = 0  # times the file could not be read, was too large, or was being written

    def mac_of(self, ip: str) -> str | None:
        """Whose address it is now, in lower case with colons; None where it is nobody's."""
        self._look()
        lease = self._by_ip.get(ip)
        if lease is None or (lease.until_s is not None and lease.until_s <= self._now_s()):
            return None
        return lease.mac

    def leased(self, mac: str, ip: str) -> bool:
        """Whether this very pair was lent and still is."""
        return self.mac_of(ip) == mac

    def _look(self) -> None:
        try:
            if self._seen == _stamp(os.stat(self._path)):
                return
            with self._path.open("rb") as opened:
                before = _stamp(os.fstat(opened.fileno()))
                content = opened.read(FILE_BYTES_MAX + 1)
                after = _stamp(os.fstat(opened.fileno()))
        except FileNotFoundError:
            self._by_ip, self._seen = {}, None
            return
        except OSError:
            self.unreadable += 1
            return
        settled = self._now_s() - after[0] / 1e9 > SETTLED_S
        if before != after or len(content) != after[1] or not (settled or content.endswith(b"\n")):
            self.unreadable += 1
            return
        self._by_ip, self._seen = dict(parse(content.decode("ascii", "replace"))), after


def parse(text: str) -> Iterator[tuple[str, Lease]]:
    """(address, lease) of every row of IPv4; rows of another kind are passed over."""
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) < 4 or not fields[0].isdecimal() or not MAC.fullmatch(fields[1].lower()):
            continue
        try:
            ip = str(IPv4Address(fields[2]))
        except AddressValueError:
            continue
        yield ip, Lease(fields[1].lower(), int(fields[0]) or None)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_size, status.st_ino
