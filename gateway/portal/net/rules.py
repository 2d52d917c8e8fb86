"""The guests' firewall as nft's text: one table, loaded once; its elements are changed by netlink.

    auth      (mac, address) of everyone who is online, with the bytes they sent: questions for names too, and
              the first packet of a connection to port 80 twice, because two rules ask
    auth_ip   the addresses alone, with the bytes they got: on the way back there is no MAC of the guest
    slots     address -> class of the traffic shaper (gateway/portal/net/shaping.py)
    wan_down  the guests' interface while the internet is not there, else empty

Who is online is asked of every packet, both ways: no established connection has a way around it, so that an
end bites at once. What is not let through is refused, never dropped silently, so that no phone waits.
A chain without rules carries the hash of everything else in its name: who loads the table can tell whether
the kernel has this very text.
"""

from hashlib import sha256
from typing import Final

from gateway.portal.settings import NetworkSettings

TABLE: Final = "shopbell"
AUTH, AUTH_IP, SLOTS, WAN_DOWN = "auth", "auth_ip", "slots", "wan_down"

DNS_PORT: Final = 53
CAPTIVE_DNS_PORT: Final = 5354  # of the resolver that answers every name with CAPTIVE_ADDRESS
CAPTIVE_ADDRESS: Final = "192.0.2.1"  # RFC 5737: public in a phone's eyes (a private one means "no internet")

# A phone that joins asks some forty names in a second, and then a few. A tunnel needs many, for ever.
CAPTIVE_DNS_RATE, CAPTIVE_DNS_BURST = 10, 100  # packets a second of a guest who is not online
ONLINE_DNS_RATE, ONLINE_DNS_BURST = 50, 200  # of one who is
BRAKED_MAX: Final = 4_096  # guests that are counted at once; an access point holds some hundred
# To our pages: a browser opens six. One phone that opens hundreds and says nothing gets no more than these.
PAGE_CONNECTIONS_MAX: Final = 40
# To the internet, so that one phone cannot fill the table of connections for all.
WAN_CONNECTIONS_MAX: Final = 1_000

# What is nobody's internet: our own networks, the store's, the provider's side, and what routes nowhere.
INSIDE: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)

_TEMPLATE: Final = """\
table inet {table} {{
	set auth {{
		type ether_addr . ipv4_addr
		size {elements_max}
		flags timeout
		counter
	}}

	set auth_ip {{
		type ipv4_addr
		size {elements_max}
		flags timeout
		counter
	}}

	map slots {{
		type ipv4_addr : classid
		size {elements_max}
		flags timeout
	}}

	set wan_down {{
		type ifname
		size 4
	}}

	set inside {{
		type ipv4_addr
		flags interval
		elements = {{ {inside} }}
	}}

	set dns_captive {{
		type ether_addr
		size {braked_max}
		flags dynamic, timeout
		timeout 1m
	}}

	set dns_online {{
		type ether_addr
		size {braked_max}
		flags dynamic, timeout
		timeout 1m
	}}

	set page_flows {{
		type ipv4_addr
		size {braked_max}
		flags dynamic
	}}

	set wan_flows {{
		type ipv4_addr
		size {braked_max}
		flags dynamic
	}}

	counter captured {{
	}}

	counter refused {{
	}}

	counter dns_braked {{
	}}

	chain early {{
		type filter hook prerouting priority raw; policy accept;
		iifname != "{lan}" return
		meta nfproto ipv6 drop comment "off until it is enforced"
		ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp dport 67 accept
		meta nfproto ipv4 ip saddr != {network} drop comment "nobody's address"
	}}

	chain capture {{
		type nat hook prerouting priority dstnat; policy accept;
		iifname != "{lan}" return
		iifname @wan_down udp dport {dns} redirect to :{captive_dns}
		iifname @wan_down tcp dport {dns} redirect to :{captive_dns}
		udp dport {dns} redirect to :{dns}
		tcp dport {dns} redirect to :{dns}
		ip daddr {address} return
		iifname @wan_down tcp dport 80 counter name captured redirect to :{http}
		tcp dport != 80 return
		ether saddr . ip saddr @auth return
		tcp dport 80 counter name captured redirect to :{http}
	}}

	chain input {{
		type filter hook input priority filter; policy accept;
		iifname != "{lan}" accept
		udp dport 67 accept
		meta pkttype != host drop comment "phones call for printers and the like all day"
		ip daddr != {address} goto turned_away
		tcp dport {{ {dns}, {captive_dns} }} jump resolver
		udp dport {{ {dns}, {captive_dns} }} jump resolver
		tcp dport {{ {pages} }} jump pages
		icmp type echo-request limit rate 50/second accept
		icmp type destination-unreachable accept
		goto turned_away
	}}

	chain resolver {{
		ether saddr . ip saddr @auth jump resolver_online
		update @dns_captive {{ ether saddr limit rate {captive_limit} }} accept
		counter name dns_braked drop
	}}

	chain resolver_online {{
		update @dns_online {{ ether saddr limit rate {online_limit} }} accept
		counter name dns_braked drop
	}}

	chain pages {{
		ct state new add @page_flows {{ ip saddr ct count over {page_connections} }} goto turned_away
		accept
	}}

	chain forward {{
		type filter hook forward priority filter; policy drop;
		iifname "{lan}" jump outward
		iifname "{wan}" oifname "{lan}" jump inward
	}}

	chain outward {{
		oifname != "{wan}" goto turned_away
		iifname @wan_down goto turned_away
		ip daddr @inside goto turned_away
		ct state new add @wan_flows {{ ip saddr ct count over {wan_connections} }} goto turned_away
		tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
		meta priority set ip saddr map @slots
		ether saddr . ip saddr @auth accept
		goto turned_away
	}}

	chain inward {{
		ct state != {{ established, related }} drop
		tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
		meta priority set ip daddr map @slots
		ip daddr @auth_ip accept
		drop
	}}

	chain leaving {{
		type nat hook postrouting priority srcnat; policy accept;
		oifname "{wan}" ip saddr {network} masquerade
	}}

	chain turned_away {{
		counter name refused
		meta l4proto tcp reject with tcp reset
		reject with icmpx type admin-prohibited
	}}
}}
"""


def elements_max(settings: NetworkSettings) -> int:
    """Room of the sets: everyone online, once more for those whose kernel timeout still runs."""
    return 2 * settings.clients_max


def body(settings: NetworkSettings) -> str:
    """The table without its hash."""
    pages = sorted({settings.http_port, settings.https_port})
    return _TEMPLATE.format(
        table=TABLE,
        lan=settings.lan,
        wan=settings.wan,
        address=settings.interface.ip,
        network=settings.interface.network,
        inside=", ".join(INSIDE),
        http=settings.http_port,
        pages=", ".join(map(str, pages)),
        dns=DNS_PORT,
        captive_dns=CAPTIVE_DNS_PORT,
        captive_limit=f"{CAPTIVE_DNS_RATE}/second burst {CAPTIVE_DNS_BURST} packets",
        online_limit=f"{ONLINE_DNS_RATE}/second burst {ONLINE_DNS_BURST} packets",
        page_connections=PAGE_CONNECTIONS_MAX,
        wan_connections=WAN_CONNECTIONS_MAX,
        braked_max=BRAKED_MAX,
        elements_max=elements_max(settings),
    )


def mark(settings: NetworkSettings) -> str:
    """The name of the chain by which a loaded table is known."""
    return "text_" + sha256(body(settings).encode()).hexdigest()[:16]


def ruleset(settings: NetworkSettings) -> str:
    """What `nft -f` reads: the table in one transaction, in the place of an older one."""
    head = "#!/usr/sbin/nft -f\n# Written by `shopbell network write`; changes here are lost.\n\n"
    renewed = f"table inet {TABLE}\ndelete table inet {TABLE}\n\n"
    marked = f"\ntable inet {TABLE} {{\n\tchain {mark(settings)} {{\n\t}}\n}}\n"
    return head + renewed + body(settings) + marked
