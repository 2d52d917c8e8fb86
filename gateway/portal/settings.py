"""Two tables of the settings file: what the guests' network is, and what the guests' pages say and allow.

[network] is read by netd, by the portal and by `shopbell network`, so that files, firewall and pages cannot
differ; [portal] by the portal alone. Both are checked once at start and passed on as values.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Final, TypeVar, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.errors import SettingsError

PORT_MAX: Final = 65_535
KBIT_MAX: Final = 10_000_000
CLIENTS_MAX: Final = 1_000  # two classes of the traffic shaper for each, and rows of the neighbour table
MINUTES_MAX: Final = 7 * 24 * 60
LEASE_MINUTES_MAX: Final = 24 * 60
NAME: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")  # a host's, in lower case, at least one dot
INTERFACE: Final = re.compile(r"[A-Za-z0-9._-]{1,15}")  # IFNAMSIZ with its closing zero
LANGUAGES: Final = ("zh-CN", "en")

# Sockets in the run folder.
NETD_SOCKET: Final = "netd.sock"  # netd answers the portal
CONTROL_SOCKET: Final = "wifi.sock"  # the portal answers the gateway's staff page
GUESTS_SOCKET: Final = "guests.sock"  # the gateway answers the portal

T = TypeVar("T", bound=msgspec.Struct)


class NetworkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The guests' network of one store. Folders are absolute or relative to the working folder."""

    lan: str = "wlan0"  # guests are here, and nobody else
    wan: str = "eth0"  # the way to the internet, and to the store's own machines
    address: str = "10.77.0.1/22"  # ours on the guests' side
    first: str = "10.77.0.50"  # of the addresses that are lent
    last: str = "10.77.3.250"
    lease_minutes: int = 30  # phones make themselves a new address often, and each eats a lease
    name: str = "wifi.shopbell.example"  # of the pages; the brand's own, with a certificate
    certificate_file: str = ""  # PEM, the whole chain; empty: pages without TLS, and no option 114
    certificate_key_file: str = ""
    upstreams: str = ""  # name servers, "1.1.1.1,9.9.9.9"; empty: those of this machine
    ssid: str = "Shopbell"
    passphrase: str = ""  # 8 to 63 characters; empty: an open network
    country: str = "CN"
    channel: int = 6
    guest_kbit: int = 4_000  # down and up, of a guest who just connects
    member_kbit: int = 10_000
    wan_kbit: int = 100_000  # of the line itself; guests together leave a tenth of it to the store
    clients_max: int = 250  # online at once
    run_dir: str = "/run/shopbell"
    data_dir: str = "/var/lib/shopbell/network"  # the resolver's: leases, and what it announces
    portal_user: str = "shopbell-portal"
    gateway_user: str = "shopbell"
    http_port: int = 80  # where guests' browsers knock, on `address`; captured requests are led here too
    https_port: int = 443

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> "NetworkSettings":
        """Settings of one TOML table; texts from the environment convert. Raises SettingsError."""
        settings = _read(cls, "network", table)
        _check_network(settings)
        return settings

    @property
    def interface(self) -> IPv4Interface:
        """Our address with its network."""
        return IPv4Interface(self.address)


class PortalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What guests are offered."""

    store: str  # the store's id
    store_name: str = ""  # as people say it; empty: the store's id is shown
    brand: str = ""
    zone: str = "Asia/Shanghai"
    language: str = "zh-CN"  # of guests whose browser wishes none of ours
    run_dir: str = "/run/shopbell"
    data_dir: str = "/var/lib/shopbell/portal"  # the portal's own
    http_host: str = "127.0.0.1"  # behind nginx
    http_port: int = 8081
    behind_proxy: bool = True  # the address of a guest is in X-Real-IP, set by nginx
    guest_minutes: int = 60  # of "just connect"
    member_minutes: int = 240
    extensions_max: int = 3  # each as long as the first time
    wan_check_url: str = ""  # answers 204 or 200 while the internet is there; empty: HQ's word is not asked
    contact: str = ""  # whom to write to about one's data, for the privacy page
    framed_by: str = ""  # the one origin whose pages may show ours in a frame: the bench
    simulated: bool = False  # nothing is enforced: netd is a stand-in, and every page says so

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> "PortalSettings":
        """Settings of one TOML table; texts from the environment convert. Raises SettingsError."""
        settings = _read(cls, "portal", table)
        _check_portal(settings)
        return settings


def _read(kind: type[T], table: str, found: Mapping[str, object]) -> T:
    for key in found:
        if key not in kind.__struct_fields__:
            known = ", ".join(kind.__struct_fields__)
            raise SettingsError(f"[{table}] {key} is not a setting", f"Known settings: {known}")
    hints = get_type_hints(kind)
    values = {key: _value(table, key, value, hints[key]) for key, value in found.items()}
    for field in msgspec.structs.fields(kind):
        if field.required and not values.get(field.name):
            raise SettingsError(f"[{table}] {field.name} is missing", "Add it to the table")
    return kind(**values)


def _value(table: str, key: str, value: object, wanted: Any) -> Any:
    try:
        return msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as problem:
        hint = f"Give a value of type {wanted.__name__}"
        raise SettingsError(f"[{table}] {key} = {value!r}: {problem}", hint) from problem


def _check_network(settings: NetworkSettings) -> None:
    for key in ("lan", "wan"):
        _check_text("network", key, getattr(settings, key), INTERFACE, "Give an interface such as wlan0")
    _check_text("network", "name", settings.name, NAME, "Give a name such as wifi.brand.example")
    if settings.lan == settings.wan:
        raise SettingsError(
            "[network] lan and wan are one interface", "Give guests an interface of their own"
        )
    for key, lowest, highest in (
        ("lease_minutes", 2, LEASE_MINUTES_MAX),
        ("channel", 1, 196),
        ("guest_kbit", 64, KBIT_MAX),
        ("member_kbit", 64, KBIT_MAX),
        ("wan_kbit", 64, KBIT_MAX),
        ("clients_max", 1, CLIENTS_MAX),
        ("http_port", 1, PORT_MAX),
        ("https_port", 1, PORT_MAX),
    ):
        _check_range("network", key, getattr(settings, key), lowest, highest)
    if settings.passphrase and not 8 <= len(settings.passphrase) <= 63:
        raise SettingsError(
            "[network] passphrase is too short or too long", "Give 8 to 63 characters, or none"
        )
    _check_addresses(settings)


def _check_addresses(settings: NetworkSettings) -> None:
    try:
        ours = IPv4Interface(settings.address)
        lent = [IPv4Address(settings.first), IPv4Address(settings.last)]
        [IPv4Address(each.strip()) for each in settings.upstreams.split(",") if each.strip()]
    except ValueError as problem:
        raise SettingsError(
            f"[network] {problem}", "Give addresses of IPv4 such as 10.77.0.1/22"
        ) from problem
    if not ours.network.is_private:
        raise SettingsError(f"[network] address = {settings.address!r} is public", "Give a private network")
    if lent[0] > lent[1] or any(each not in ours.network for each in lent) or lent[0] <= ours.ip <= lent[1]:
        hint = f"Give a range inside {ours.network} without {ours.ip}"
        raise SettingsError(f"[network] first and last ({lent[0]}, {lent[1]}) do not fit", hint)


def _check_portal(settings: PortalSettings) -> None:
    for key, lowest, highest in (
        ("http_port", 0, PORT_MAX),
        ("guest_minutes", 1, MINUTES_MAX),
        ("member_minutes", 1, MINUTES_MAX),
        ("extensions_max", 0, 100),
    ):
        _check_range("portal", key, getattr(settings, key), lowest, highest)
    if settings.language not in LANGUAGES:
        hint = f"Give one of {', '.join(LANGUAGES)}"
        raise SettingsError(f"[portal] language = {settings.language!r} is not spoken", hint)
    try:
        ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        hint = "Give a name such as Asia/Shanghai"
        raise SettingsError(f"[portal] zone = {settings.zone!r} is unknown", hint) from problem


def _check_text(table: str, key: str, value: str, shape: re.Pattern[str], hint: str) -> None:
    if not shape.fullmatch(value):
        raise SettingsError(f"[{table}] {key} = {value!r} is none", hint)


def _check_range(table: str, key: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise SettingsError(f"[{table}] {key} = {value} is out of range", f"Give {lowest} to {highest}")
