"""Paths and users that several generated files must agree on."""

from pathlib import Path
from typing import Final

from gateway.portal.settings import NetworkSettings

NETD_USER, WEB_USER = "shopbell-netd", "shopbell-web"
GROUP: Final = "shopbell"  # of all users of ours: who may open the sockets in the run folder

KERNEL: Final = "etc/sysctl.d/60-shopbell.conf"
UNMANAGED: Final = "etc/NetworkManager/conf.d/60-shopbell.conf"
USERS, FOLDERS = "etc/sysusers.d/shopbell.conf", "etc/tmpfiles.d/shopbell.conf"
UNITS: Final = Path("etc/systemd/system")
CONFIGURATION: Final = Path("etc/shopbell/network")  # below the root, or below --out
RULES, SHAPER = "shopbell.nft", "shaper.tc"
RESOLVER, CAPTIVE_RESOLVER = "dnsmasq.conf", "dnsmasq-captive.conf"
ACCESS_POINT, PROXY = "hostapd.conf", "nginx.conf"


def installed(name: str) -> Path:
    """Where a generated file of ours is read from."""
    return Path("/") / CONFIGURATION / name


def captive_pid_path(settings: NetworkSettings) -> Path:
    """The process id of the resolver that answers everything."""
    return Path(settings.run_dir) / "dnsmasq-captive.pid"


def web_folder(settings: NetworkSettings) -> Path:
    """nginx's own: its process id and temporary files."""
    return Path(settings.run_dir) / "web"
