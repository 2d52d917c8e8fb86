"""What is wrong with the guests' network: settings among each other, and the machine beside them. Pure.

What was found on the machine comes as a value (shopbell/network/facts.py looks); each finding is a key of
words.py with its values. In order of what a person does: settings, programs, files, then what runs.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface, ip_address
from typing import Final, NamedTuple

from gateway.portal.announce import DAYS_MIN
from gateway.portal.settings import NetworkSettings, PortalSettings
from shopbell.network import places
from shopbell.network.resolvers import pool_size

POOL_PER_CLIENT: Final = 2
PACKAGES: Final = {
    "nft": "nftables",
    "tc": "iproute2",
    "dnsmasq": "dnsmasq-base",
    "nginx": "nginx-light",
    "hostapd": "hostapd",
}
INTERFACE_KEY: Final = re.compile(r"net\.ipv[46]\.conf\.([^.]+)\.")
AT_LEAST: Final = frozenset(
    {
        *(f"net.ipv4.neigh.default.gc_thresh{number}" for number in (1, 2, 3)),
        "net.netfilter.nf_conntrack_max",
    }
)
DNSMASQ_OLDEST: Final = (2, 87)  # `filter-AAAA`


class Finding(NamedTuple):
    """A key of words.py without "check.", and what it names."""

    key: str
    values: Mapping[str, object]


class Certificate(NamedTuple):
    """`problem` says why it could not be read; `key_fits` None where the key could not."""

    problem: str = ""
    names: tuple[str, ...] = ()
    days_left: int = 0
    key_fits: bool | None = None


class Machine(NamedTuple):
    """What was found; the last ones are whether processes answer, and what they say."""

    interfaces: Mapping[str, tuple[str, ...]]  # addresses with their prefix, by interface
    programs: frozenset[str]
    dnsmasq: tuple[int, int] | None
    users: frozenset[str]
    kernel: Mapping[str, str | None]  # what is, for each key that is wanted; None: there is no such key
    files: Mapping[str, str | None]  # text by path; None: not there
    unreadable: frozenset[str]
    certificate: Certificate | None
    taken_ports: tuple[int, ...]  # that we need, and others have
    netd: bool
    table: bool
    shaped: bool
    pages: bool
    web: bool
    resolver_says: str  # where the portal's name is; empty: no answer


def findings(
    network: NetworkSettings,
    portal: PortalSettings,
    gateway: Mapping[str, object],
    wanted: Mapping[str, str],
    machine: Machine,
) -> list[Finding]:
    """All that is wrong. `gateway` is its table as it stands, `wanted` the files that settings lead to."""
    return [
        *_tables(network, portal, gateway),
        *_rates(network),
        *_proxy(portal),
        *_certificate(network, machine.certificate),
        *_network(network, machine.interfaces),
        *_installed(network, machine),
        *_kernel(wanted[places.KERNEL], machine),
        *_files(wanted, machine),
        *_running(network, machine),
    ]


def _tables(
    network: NetworkSettings, portal: PortalSettings, gateway: Mapping[str, object]
) -> Iterator[Finding]:
    for table, run_dir in (("portal", portal.run_dir), ("gateway", gateway.get("run_dir", "/run/shopbell"))):
        if run_dir != network.run_dir:
            yield _finding("run_dir", section=table, found=run_dir, wanted=network.run_dir)
    user = gateway.get("portal_user", "")
    if user != network.portal_user:
        yield _finding("portal_user", found=user or '""', wanted=network.portal_user)
    if pool_size(network) < POOL_PER_CLIENT * network.clients_max:
        yield _finding("pool", found=pool_size(network), wanted=network.clients_max)
    if str(network.interface.ip) in [each.strip() for each in network.upstreams.split(",")]:
        yield _finding("upstream", found=network.interface.ip)
    if not (len(network.country) == 2 and network.country.isascii() and network.country.isupper()):
        yield _finding("country", found=network.country)


def _rates(network: NetworkSettings) -> Iterator[Finding]:
    if network.member_kbit < network.guest_kbit:
        yield _finding("rates", found=network.member_kbit, wanted=network.guest_kbit)
    if network.wan_kbit < network.guest_kbit:
        yield _finding("line", found=network.wan_kbit, wanted=network.guest_kbit)


def _proxy(portal: PortalSettings) -> Iterator[Finding]:
    if not portal.behind_proxy:
        yield _finding("no_proxy")
    elif not _is_loopback(portal.http_host):
        yield _finding("proxy", found=portal.http_host)
    if portal.simulated:
        yield _finding("simulated")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _certificate(network: NetworkSettings, found: Certificate | None) -> Iterator[Finding]:
    if found is None:
        yield _finding("no_certificate")
    elif found.problem:
        yield _finding("certificate", found=found.problem)
    else:
        if not any(bears(name, network.name) for name in found.names):
            yield _finding("certificate_name", found=", ".join(found.names) or "?", wanted=network.name)
        if found.days_left < DAYS_MIN:
            yield _finding("certificate_ends", found=found.days_left, wanted=DAYS_MIN)
        if found.key_fits is False:
            yield _finding("certificate_key")


def bears(pattern: str, name: str) -> bool:
    """Whether a name of a certificate covers a host's: `*` stands for exactly one label (RFC 6125)."""
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:].lower() != ""
    return pattern.lower() == name


def _network(network: NetworkSettings, interfaces: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for key in ("lan", "wan"):
        name = getattr(network, key)
        if name not in interfaces:
            yield _finding("interface", found=name, setting=key)
    if network.lan in interfaces and str(network.interface) not in interfaces[network.lan]:
        yield _finding("address", interface=network.lan, wanted=network.interface)
    for name, addresses in interfaces.items():
        for address in addresses if name != network.lan else ():
            if IPv4Interface(address).network.overlaps(network.interface.network):
                yield _finding(
                    "overlap",
                    interface=name,
                    found=IPv4Interface(address).network,
                    wanted=network.interface.network,
                )


def _installed(network: NetworkSettings, machine: Machine) -> Iterator[Finding]:
    for program, package in PACKAGES.items():
        if program not in machine.programs:
            yield _finding("program", found=program, package=package)
    if machine.dnsmasq is not None and machine.dnsmasq < DNSMASQ_OLDEST:
        yield _finding("old_program", found="dnsmasq", wanted=".".join(map(str, DNSMASQ_OLDEST)))
    for user in users(network):
        if user not in machine.users:
            yield _finding("user", found=user)


def users(network: NetworkSettings) -> tuple[str, ...]:
    """Who must be there."""
    return network.gateway_user, network.portal_user, places.NETD_USER, places.WEB_USER


def kernel_keys(text: str) -> dict[str, str]:
    """The settings in a file of /etc/sysctl.d."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _kernel(text: str, machine: Machine) -> Iterator[Finding]:
    for key, wanted in kernel_keys(text).items():
        interface = INTERFACE_KEY.match(key)
        if interface and interface[1].replace("/", ".") not in machine.interfaces:
            continue  # that was said already
        value = machine.kernel.get(key)
        if value is None:
            yield _finding("kernel_absent", setting=key)
        elif not (int(value) >= int(wanted) if key in AT_LEAST else value == wanted):
            yield _finding("kernel", setting=key, found=value, wanted=wanted)


def _files(wanted: Mapping[str, str], machine: Machine) -> Iterator[Finding]:
    if not machine.unreadable and not any(machine.files.get(path) for path in wanted):
        yield _finding("files_absent")
        return
    for path, text in wanted.items():
        shown = f"/{path}"
        if path in machine.unreadable:
            yield _finding("file_unreadable", found=shown)
        elif machine.files.get(path) is None:
            yield _finding("file_absent", found=shown)
        elif machine.files[path] != text:
            yield _finding("file_differs", found=shown)


def _running(network: NetworkSettings, machine: Machine) -> Iterator[Finding]:
    for port in machine.taken_ports:
        yield _finding("port", found=port)
    for key, fine in (
        ("netd_away", machine.netd),
        ("netd_table", machine.table or not machine.netd),
        ("netd_shaper", machine.shaped or not machine.netd),
        ("pages_away", machine.pages),
        ("web_away", machine.web),
        ("resolver_away", bool(machine.resolver_says)),
    ):
        if not fine:
            yield _finding(key)
    ours = str(network.interface.ip)
    if machine.resolver_says not in ("", ours):
        yield _finding("resolver_wrong", name=network.name, found=machine.resolver_says, wanted=ours)


def _finding(key: str, **values: object) -> Finding:
    return Finding(key, values)
