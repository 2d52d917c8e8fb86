"""What the operating system is told: kernel settings, users, folders, and a unit of systemd for each process.

Each process is a user of its own and holds only the right it needs: netd CAP_NET_ADMIN, the proxy
CAP_NET_BIND_SERVICE, the portal none. The run folder belongs to the group of them all and is sticky: each
makes its socket there, and none can take another's away.
"""

from gateway.portal.announce import options_path
from gateway.portal.net.leases import path_of
from gateway.portal.settings import NetworkSettings, PortalSettings
from shopbell.network import places

NEIGHBOURS_MIN, NEIGHBOURS_SOFT, NEIGHBOURS_MAX = 2_048, 4_096, 8_192  # the kernel begins with 128 to 1,024
CONNECTIONS_MAX = 131_072  # a row has some 320 bytes


def kernel(settings: NetworkSettings) -> str:
    """For /etc/sysctl.d."""
    lan, wan = (name.replace(".", "/") for name in (settings.lan, settings.wan))
    return f"""\
# Written by `shopbell network write`; changes here are lost.
net.ipv4.ip_forward = 1
# A scan of the guests' network, or a full store, must not push the store's own machines out of the table.
net.ipv4.neigh.default.gc_thresh1 = {NEIGHBOURS_MIN}
net.ipv4.neigh.default.gc_thresh2 = {NEIGHBOURS_SOFT}
net.ipv4.neigh.default.gc_thresh3 = {NEIGHBOURS_MAX}
net.netfilter.nf_conntrack_max = {CONNECTIONS_MAX}
# IPv6 would pass by everything that is enforced.
net.ipv6.conf.{lan}.disable_ipv6 = 1
net.ipv4.conf.{lan}.rp_filter = 1
net.ipv4.conf.{lan}.accept_redirects = 0
net.ipv4.conf.{lan}.send_redirects = 0
net.ipv4.conf.{lan}.accept_source_route = 0
net.ipv4.conf.{wan}.accept_redirects = 0
net.ipv4.conf.{wan}.send_redirects = 0
"""


def users(settings: NetworkSettings) -> str:
    """For /etc/sysusers.d."""
    names = (settings.gateway_user, settings.portal_user, places.NETD_USER, places.WEB_USER)
    lines = [f'u {name} - "Shopbell" /var/lib/shopbell\n' for name in names]
    members = [f"m {name} {places.GROUP}\n" for name in names if name != places.GROUP]
    return "".join([f"g {places.GROUP} -\n", *lines, *members])


def folders(network: NetworkSettings, portal: PortalSettings) -> str:
    """For /etc/tmpfiles.d. The leases are root's, in a sticky folder: nobody who asks netd can write them."""
    gateway, guests = network.gateway_user, network.portal_user
    return f"""\
# Written by `shopbell network write`; changes here are lost.
d {network.run_dir} 3771 root {places.GROUP}
d {places.web_folder(network)} 0700 {places.WEB_USER} {places.GROUP}
d /var/lib/shopbell 0711 {gateway} {gateway}
d {network.data_dir} 1775 root {places.GROUP}
f {path_of(network)} 0644 root root
d {portal.data_dir} 0700 {guests} {guests}
f {options_path(network)} 0644 {guests} {guests}
"""


_HARDENED = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""

_ALWAYS = "Restart=always\nRestartSec=1\n"
_LAN = "shopbell-lan.service"


def unmanaged(settings: NetworkSettings) -> str:
    """For /etc/NetworkManager/conf.d, where that is the one who would take the interface."""
    return f"""\
# Written by `shopbell network write`; changes here are lost.
[keyfile]
unmanaged-devices=interface-name:{settings.lan}
"""


def units(network: NetworkSettings, portal: PortalSettings, program: str, config: str) -> dict[str, str]:
    """Every unit by its file's name. `program` is the `shopbell` command, `config` the settings file."""
    begun = {name: f"{program} {name} --config {config}" for name in ("netd", "portal")}
    return {
        "shopbell-lan.service": _lan(network),
        "shopbell-hostapd.service": _access_point(),
        "shopbell-dns.service": _resolver("Addresses and names for guests", places.RESOLVER),
        "shopbell-dns-captive.service": _resolver(
            "Names for guests, without the internet", places.CAPTIVE_RESOLVER
        ),
        "shopbell-netd.service": _netd(network, begun["netd"]),
        "shopbell-portal.service": _portal(network, portal, begun["portal"]),
        "shopbell-web.service": _web(network),
    }


def _unit(description: str, after: str, service: str, needs: str = "") -> str:
    required = f"Requires={needs}\n" if needs else ""
    return f"""\
# Written by `shopbell network write`; changes here are lost.
[Unit]
Description=Shopbell: {description}
After={after}
{required}
[Service]
{service}
[Install]
WantedBy=multi-user.target
"""


def _lan(network: NetworkSettings) -> str:
    """The firewall comes before the address: without it the machine would forward for anybody."""
    return _unit(
        "The guests' interface",
        f"network-pre.target sys-subsystem-net-devices-{network.lan}.device",
        f"""\
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f {places.installed(places.RULES)}
ExecStart=/sbin/sysctl -q -p /{places.KERNEL}
ExecStart=/sbin/ip address replace {network.address} dev {network.lan}
ExecStart=/sbin/ip link set dev {network.lan} up
""",
    )


def _access_point() -> str:
    path = places.installed(places.ACCESS_POINT)
    unblock = "ExecStartPre=-/usr/sbin/rfkill unblock wlan"
    return _unit(
        "The guests' Wi-Fi",
        _LAN,
        f"Type=exec\n{unblock}\nExecStart=/usr/sbin/hostapd {path}\n{_ALWAYS}",
        needs=_LAN,
    )


def _resolver(description: str, file: str) -> str:
    path = places.installed(file)
    return _unit(
        description,
        _LAN,
        f"Type=exec\nExecStart=/usr/sbin/dnsmasq --keep-in-foreground --conf-file={path}\n{_ALWAYS}",
        needs=_LAN,
    )


def _netd(network: NetworkSettings, command: str) -> str:
    return _unit(
        "Who may go online",
        _LAN,
        f"""\
Type=exec
ExecStart={command}
User={places.NETD_USER}
Group={places.GROUP}
AmbientCapabilities=CAP_NET_ADMIN
CapabilityBoundingSet=CAP_NET_ADMIN
RestrictAddressFamilies=AF_UNIX AF_NETLINK
ReadWritePaths={network.run_dir}
MemoryMax=64M
{_HARDENED}{_ALWAYS}""",
    )


def _portal(network: NetworkSettings, portal: PortalSettings, command: str) -> str:
    return _unit(
        "Pages for guests",
        "shopbell-netd.service",
        f"""\
Type=exec
ExecStart={command}
User={network.portal_user}
Group={places.GROUP}
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
ReadWritePaths={network.run_dir} {network.data_dir} {portal.data_dir}
MemoryMax=128M
{_HARDENED}{_ALWAYS}""",
    )


def _web(network: NetworkSettings) -> str:
    return _unit(
        "The proxy before the pages",
        _LAN,
        f"""\
Type=exec
ExecStart=/usr/sbin/nginx -e stderr -c {places.installed(places.PROXY)}
ExecReload=/bin/kill -HUP $MAINPID
User={places.WEB_USER}
Group={places.GROUP}
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
RestrictAddressFamilies=AF_UNIX AF_INET
LimitNOFILE=16384
ReadWritePaths={places.web_folder(network)}
{_HARDENED}{_ALWAYS}""",
    )
