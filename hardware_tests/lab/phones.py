"""A guest's phone: a namespace with one link, a real DHCP client, and requests as its system makes them."""

import gzip
import http.client
import json
import socket
import ssl
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from hardware_tests.lab.dns import NoName, resolve
from hardware_tests.lab.spaces import Space
from hardware_tests.lab.wires import Town

PROBE: Final = "http://connectivitycheck.gstatic.com/generate_204"
SITE: Final = "https://example.com/"
WAIT_S: Final = 5.0
DHCP_PATIENCE: Final = ("-n", "-q", "-f", "-t", "5", "-T", "1", "-A", "1")
PORTAL_OPTION: Final = 114  # RFC 8910

# udhcpc(8) tells a script what it got; this one does what a phone does with it, and leaves it to be read.
SCRIPT: Final = """\
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
ip route replace default via "${router%% *}" dev "$interface"
printf 'nameserver %s\\noptions timeout:2 attempts:1\\n' "${dns%% *}" > "$LAB_RESOLVER"
printf '{"ip": "%s", "router": "%s", "dns": "%s", "lease": "%s", "portal": "%s"}' \\
    "$ip" "$router" "$dns" "$lease" "$opt114" > "$LAB_LEASE"
"""


class Lease(NamedTuple):
    """What the access point's DHCP said; `portal` is option 114's URL, empty where it is not sent."""

    ip: str
    router: str
    dns: str
    lease: int
    portal: str


class Answer(NamedTuple):
    """A web server's answer; header names in lower case, the last of several."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: dict[str, str]

    @property
    def text(self) -> str:
        """As people read it."""
        return self.body.decode("utf-8")

    @property
    def goes_to(self) -> str:
        """Where it redirects; empty if it does not."""
        return self.headers.get("location", "") if 300 <= self.status < 400 else ""


class Machine:
    """A machine in a namespace that asks web servers; it knows no names, only addresses."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.trusted = ssl.create_default_context()

    def resolve(self, name: str) -> str:
        """A name's address; raises NoName."""
        raise NoName(f"{name}: nobody to ask")

    def connect(self, address: str, port: int, wait_s: float = WAIT_S) -> socket.socket:
        """An open connection from here; raises OSError."""
        with self.space.inside():
            return socket.create_connection((address, port), wait_s)

    def reaches(self, address: str, port: int, wait_s: float = 1.0) -> bool:
        """Whether somebody takes a connection there."""
        try:
            self.connect(address, port, wait_s).close()
        except OSError:
            return False
        return True

    def get(self, url: str, **headers: str) -> Answer:
        """A page, without following redirects; raises OSError."""
        return self.ask("GET", url, headers)

    def ask(self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request on a connection of its own; raises OSError."""
        parts = urlsplit(url)
        host, secured = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secured else 80)
        address = host if _is_address(host) else self.resolve(host)
        opened = self.connect(address, port)
        try:
            wire = self.trusted.wrap_socket(opened, server_hostname=host) if secured else opened
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            return converse(wire, parts.netloc, method, path or "/", headers or {}, body)
        finally:
            opened.close()


class Phone(Machine):
    """One phone, plugged in and silent until join()."""

    def __init__(self, town: Town, number: int, folder: Path, mac: str = "") -> None:
        super().__init__(town.space(f"f{number}"))
        self.folder = folder
        self.space.sysctl(ipv6__conf__all__disable_ipv6=0)
        town.plug(self.space, mac)
        self.lease: Lease | None = None
        self.hosts: dict[str, str] = {}  # names whose address it knows without asking
        self._script = folder / "udhcpc.sh"
        self._script.write_text(SCRIPT)
        self._script.chmod(0o755)

    @property
    def mac(self) -> str:
        """Of its link."""
        (link,) = json.loads(self.space.run("ip", "-j", "link", "show", "eth0"))
        return str(link["address"])

    @property
    def ip(self) -> str:
        """Its leased address."""
        assert self.lease is not None
        return self.lease.ip

    def join(self, *more: str) -> Lease:
        """Get an address by DHCP, as a phone that comes near; raises CommandFailed."""
        said = self.folder / f"{self.space.name}.lease"
        resolver = self.space.resolve_by("127.0.0.1")
        self.space.run(
            "env", f"LAB_LEASE={said}", f"LAB_RESOLVER={resolver}", "udhcpc", "-i", "eth0", *DHCP_PATIENCE,
            "-s", str(self._script), "-O", str(PORTAL_OPTION), *more,
        )  # fmt: skip
        found = json.loads(said.read_text())
        portal = bytes.fromhex(found["portal"]).decode() if found["portal"] else ""
        self.lease = Lease(found["ip"], found["router"], found["dns"], int(found["lease"] or 0), portal)
        return self.lease

    def leave(self) -> None:
        """Out of reach: the link and its namespace are gone."""
        self.space.remove()

    def pose_as(self, ip: str, dns: str, mac: str = "") -> None:
        """Take an address by hand, without asking anybody; and another's MAC."""
        self.space.run("ip", "addr", "flush", "dev", "eth0")
        if mac:
            self.space.ip("link set eth0 down", f"link set eth0 address {mac}", "link set eth0 up")
        self.space.ip(f"addr add {ip}/22 dev eth0", f"route replace default via {dns}")
        self.lease = Lease(ip, dns, dns, 0, "")

    def resolve(self, name: str) -> str:
        """A name's address by the resolver that DHCP gave, unless it is known; raises NoName."""
        assert self.lease is not None
        if name in self.hosts:
            return self.hosts[name]
        with self.space.inside():
            return resolve(name, self.lease.dns)

    def is_online(self) -> bool:
        """Whether the system's own probe comes through to the internet, as Android asks it."""
        try:
            return self.get(PROBE).status == 204
        except OSError:
            return False

    def is_captive(self) -> bool:
        """Whether the system's own probe is led to a page."""
        try:
            return bool(self.get(PROBE).goes_to)
        except OSError:
            return False


def converse(
    wire: socket.socket, host: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> Answer:
    """One request and its answer on an open connection; raises OSError, also for what is no HTTP."""
    connection = http.client.HTTPConnection(host)
    connection.sock = wire
    try:
        connection.request(method, path, body or None, {"Host": host, "Connection": "close", **headers})
        answer = connection.getresponse()
        return _read(answer)
    except http.client.HTTPException as problem:
        raise OSError(f"not HTTP: {problem!r}") from problem
    finally:
        connection.close()


def _read(answer: http.client.HTTPResponse) -> Answer:
    body = answer.read()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    set_cookies = answer.msg.get_all("set-cookie") or []
    pairs = (line.partition(";")[0].partition("=") for line in set_cookies)
    return Answer(answer.status, headers, body, {name.strip(): value for name, _, value in pairs})


def _is_address(host: str) -> bool:
    return host.replace(".", "").isdigit()
