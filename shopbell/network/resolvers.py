"""dnsmasq's two configurations as text: one lends addresses and answers truly, one answers everything.

True answers are on port 53. While the internet is away the firewall leads every question to the other one,
which says a public-looking address for every name: the phone then makes its probe, is led to our page, and
opens it, where without an answer it would wait six seconds and open nothing.

`address` alone would send the name's questions for IPv6 upstream, three seconds of waiting with the internet
away: hence `local` beside it. Names that phones give themselves are dropped, so that no owner's name is kept.
"""

from gateway.portal.announce import options_path, pid_path
from gateway.portal.net.leases import path_of
from gateway.portal.net.rules import CAPTIVE_ADDRESS, CAPTIVE_DNS_PORT, DNS_PORT
from gateway.portal.settings import NetworkSettings
from shopbell.network.places import captive_pid_path

CACHE_NAMES = 2_000
ASKED_AT_ONCE_MAX = 300  # upstream; dnsmasq's 150 is meant for a home


def _common(settings: NetworkSettings) -> str:
    return f"""\
# Written by `shopbell network write`; changes here are lost. The settings are [network] in shopbell.toml.
interface={settings.lan}
except-interface=lo
bind-dynamic
user={settings.portal_user}
no-hosts
address=/{settings.name}/{settings.interface.ip}
local=/{settings.name}/
"""


def resolver(settings: NetworkSettings) -> str:
    """The one that lends addresses; needs dnsmasq 2.87 or later."""
    ours = settings.interface
    return (
        _common(settings)
        + f"""\
port={DNS_PORT}
pid-file={pid_path(settings)}

{_upstreams(settings)}domain-needed
bogus-priv
stop-dns-rebind
filter-AAAA
cache-size={CACHE_NAMES}
dns-forward-max={ASKED_AT_ONCE_MAX}

dhcp-range={settings.first},{settings.last},{ours.netmask},{settings.lease_minutes}m
dhcp-lease-max={pool_size(settings)}
dhcp-authoritative
no-ping
dhcp-option=option:router,{ours.ip}
dhcp-option=option:dns-server,{ours.ip}
dhcp-ignore-names
dhcp-leasefile={path_of(settings)}
dhcp-optsfile={options_path(settings)}
quiet-dhcp
quiet-dhcp6
"""
    )


def captive_resolver(settings: NetworkSettings) -> str:
    """The one that answers every name."""
    return (
        _common(settings)
        + f"""\
port={CAPTIVE_DNS_PORT}
pid-file={captive_pid_path(settings)}
no-resolv
local=/#/
address=/#/{CAPTIVE_ADDRESS}
local-ttl=0
cache-size=0
"""
    )


def pool_size(settings: NetworkSettings) -> int:
    """How many addresses can be lent."""
    first, last = (_number(each) for each in (settings.first, settings.last))
    return last - first + 1


def _number(address: str) -> int:
    return int.from_bytes(bytes(map(int, address.split("."))), "big")


def _upstreams(settings: NetworkSettings) -> str:
    named = [each.strip() for each in settings.upstreams.split(",") if each.strip()]
    return "".join(["no-resolv\n", *(f"server={each}\n" for each in named)]) if named else ""
