"""The town: one namespace is the internet and the store's own network, one the Pi, one for each phone.

    internet  store0 192.168.50.1 (router), .10 (the store's till); lo 198.18.0.10 (every name), .53 (DNS)
       |
    pi        wan0 192.168.50.2      lan0 10.77.0.1/22 (a bridge: the access point)
                                        | ports are isolated, as an access point isolates its clients
    phones    eth0, each by DHCP

No link ends outside these namespaces.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from hardware_tests.lab.children import Child
from hardware_tests.lab.spaces import Space

LAN, WAN = "lan0", "wan0"
OURS: Final = "10.77.0.1"  # of the Pi, for guests
OURS_BEHIND: Final = "192.168.50.2"  # of the Pi, in the store's own network
ROUTER: Final = "192.168.50.1"
TILL: Final = "192.168.50.10"  # a machine of the store that guests must not reach
# Every name's address: RFC 2544's, nobody's, and not one of those that dnsmasq takes for private.
WORLD: Final = "198.18.0.10"
WORLD_DNS: Final = "198.18.0.53"


class Town:
    """Namespaces and links; all gone when the block is left."""

    def __init__(self) -> None:
        self._closing = ExitStack()
        try:
            self.internet = self.space("inet")
            self.pi = self.space("pi")
            self._lay()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove every namespace."""
        self._closing.close()

    def space(self, role: str) -> Space:
        """Another namespace, removed with the town."""
        made = Space(role)
        self._closing.callback(made.remove)
        return made

    def _lay(self) -> None:
        internet, pi = self.internet, self.pi
        internet.ip(f"link add store0 type veth peer name {WAN} netns {pi.name}")
        internet.ip(
            f"addr add {ROUTER}/24 dev store0",
            f"addr add {TILL}/24 dev store0",
            f"addr add {WORLD}/32 dev lo",
            f"addr add {WORLD_DNS}/32 dev lo",
            "link set store0 up",
        )
        pi.ip(
            f"addr add {OURS_BEHIND}/24 dev {WAN}",
            f"link set {WAN} up",
            f"route add default via {ROUTER}",
            f"link add {LAN} type bridge forward_delay 0 mcast_snooping 0",
            f"link set {LAN} up",
        )
        # A Pi's radio is no bridge: what goes from port to port is not for its firewall to judge.
        pi.run("sysctl", "-eqw", "net.bridge.bridge-nf-call-iptables=0")

    def plug(self, space: Space, mac: str = "") -> None:
        """A phone's link into the access point, its end named eth0."""
        port = f"p{space.name.rpartition('-')[2]}"
        address = f" address {mac}" if mac else ""
        self.pi.ip(
            f"link add {port} type veth peer name eth0{address} netns {space.name}",
            f"link set {port} master {LAN}",
            f"link set {port} type bridge_slave isolated on",
            f"link set {port} up",
        )
        space.ip("link set eth0 up")

    def cut(self) -> None:
        """Pull the plug between the store and the internet."""
        self.internet.ip("link set store0 down")

    def mend(self) -> None:
        """Put it back."""
        self.internet.ip("link set store0 up")


def world(town: Town, folder: Path, certificate: tuple[Path, Path], python: str) -> list[Child]:
    """What runs out there: web servers, name servers, the store's till; none started."""

    def child(name: str, *command: str) -> Child:
        return Child(name, town.internet, list(command), folder / f"{name}.log")

    web = [python, "-m", "hardware_tests.lab.internet"]
    files = [str(path) for path in certificate]
    return [
        child("world-web", *web, WORLD, *files),
        child("till", *web, TILL, *files),
        *(child(name, *_name_server(address, folder / f"{name}.pid")) for name, address in _NAME_SERVERS),
    ]


_NAME_SERVERS: Final = (("world-dns", WORLD_DNS), ("router-dns", ROUTER))


def _name_server(address: str, pid_file: Path) -> list[str]:
    return [
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
        "--user=root", "--bind-interfaces", "--except-interface=lo", f"--listen-address={address}",
        f"--pid-file={pid_file}", f"--address=/#/{WORLD}", "--cache-size=0",
    ]  # fmt: skip
