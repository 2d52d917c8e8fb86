"""The gateway's table of the settings file, checked once at start and passed on as a value."""

import re
from typing import Any, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.core.orders.model import ALIPAY, CARD, WECHAT
from gateway.core.promises import HQ
from gateway.errors import SettingsError

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")  # of a till or a device
LANGUAGES = ("zh-CN", "en")
PORT_MAX = 65_535
ROOM_MIB_MAX = 65_536
BADGE_MINUTES_MAX = 720  # a long shift, as of a session at a till
BOUND_MAX = 10**9  # ten million yuan: above it a bound is none
CODE_DAY_MAX = 100_000  # a thousand yuan: who wants more without a PIN wants another proof
PAPERS_MM = (58, 80)
CASHLESS = (CARD, WECHAT, ALIPAY)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class GatewaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a shop sets for its gateway. Folders are absolute or relative to the working folder."""

    id: str
    store: str
    store_name: str = ""  # as people say it; empty: the store's id is shown
    zone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    data_dir: str = "/var/lib/shopbell"
    run_dir: str = "/run/shopbell"
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    mqtt_user: str = "gateway"
    mqtt_password_file: str = ""  # empty: the listener asks for none
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    token_file: str = ""  # empty: a token is made at start and written to the run folder
    ballast_mib: int = 16  # freed when the disk is full, so that what is due can still be booked
    low_water_mib: int = 64  # below so much free space nothing new is promised
    printer: str = ""  # the receipt printer's line: "/dev/ttyUSB0", "socket://printer:9100"; empty: none
    printer_mm: int = 58  # the paper's width, 58 or 80
    bundle_key_file: str = ""  # HQ's public key for programs, PEM; empty: their signature is not checked
    tills: str = ""  # which terminal serves which till: "till-1=counter-1,till-2=counter-2"
    coupon_face_max: int = 50_000  # of one coupon without PIN or code, minor units; 0: any
    pin_day_max: int = 500_000  # of points and balance by the PIN, a member and day, minor units; 0: any
    code_day_max: int = 5_000  # what a rotating code may spend without a PIN, a member and day; 0: nothing
    badge_minutes: int = 30  # so long who shows a badge at a terminal without a till works there
    portal_user: str = ""  # who may enrol guests, beside the gateway's own user; empty: nobody else
    phone_key_file: str = ""  # HQ's public key for phone numbers, PEM; empty: guests are asked for none
    beacons_file: str = ""  # the store's beacons, tags and floor plan, JSON with keys; empty: none
    radio: str = ""  # the Bluetooth adapter that listens for them, "hci0"; empty: beacons' reports alone
    payments_url: str = ""  # the chain's payment bridge, "https://pay.example/v1"; empty: nobody is asked
    payments_token_file: str = ""  # the bearer token that it wants, one line
    payments_tenders: str = "wechat,alipay"  # the tenders that it takes; the others are recorded as said
    broker_secured: bool = True  # False: devices are unauthenticated, and every page says so

    @classmethod
    def from_table(cls, table: dict[str, object]) -> "GatewaySettings":
        """Settings of one TOML table; texts from the environment convert. Raises SettingsError."""
        _refuse_unknown(table)
        values = {key: _value(key, value) for key, value in table.items()}
        missing = [key for key in ("id", "store") if not values.get(key)]
        if missing:
            raise SettingsError(f"[gateway] {missing[0]} is missing", "Add it to the table")
        settings = cls(**values)
        _check(settings)
        return settings

    @property
    def asked_tenders(self) -> tuple[str, ...]:
        """The tenders that the payment bridge takes."""
        named = (name.strip() for name in self.payments_tenders.split(","))
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def terminals(self) -> dict[str, str]:
        """The terminal's device beside each till that has one, by till."""
        pairs = (pair.partition("=") for pair in self.tills.split(",") if pair.strip())
        return {till.strip(): device.strip() for till, _, device in pairs}


def _refuse_unknown(table: dict[str, object]) -> None:
    for key in table:
        if key not in GatewaySettings.__struct_fields__:
            known = ", ".join(GatewaySettings.__struct_fields__)
            raise SettingsError(f"[gateway] {key} is not a setting", f"Known settings: {known}")


def _value(key: str, value: object) -> Any:
    wanted = get_type_hints(GatewaySettings)[key]
    try:
        return msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as problem:
        hint = f"Give a value of type {wanted.__name__}"
        raise SettingsError(f"[gateway] {key} = {value!r}: {problem}", hint) from problem


def _check(settings: GatewaySettings) -> None:
    for key, highest in (
        ("mqtt_port", PORT_MAX),
        ("http_port", PORT_MAX),
        ("ballast_mib", ROOM_MIB_MAX),
        ("low_water_mib", ROOM_MIB_MAX),
        ("code_day_max", CODE_DAY_MAX),
        ("coupon_face_max", BOUND_MAX),
        ("pin_day_max", BOUND_MAX),
    ):
        _check_range(key, getattr(settings, key), highest)
    _check_range("badge_minutes", settings.badge_minutes, BADGE_MINUTES_MAX, 1)
    if settings.printer_mm not in PAPERS_MM:
        known = " or ".join(map(str, PAPERS_MM))
        raise SettingsError(f"[gateway] printer_mm = {settings.printer_mm} is no paper", f"Give {known}")
    if settings.id == HQ:
        raise SettingsError(f"[gateway] id = {HQ!r} is headquarters' own", "Give the gateway another name")
    if settings.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise SettingsError(
            f"[gateway] language = {settings.language!r} is not spoken", f"Give one of {known}"
        )
    _check_zone(settings.zone)
    _check_tills(settings)
    _check_payments(settings)


def _check_tills(settings: GatewaySettings) -> None:
    pairs = [pair for pair in settings.tills.split(",") if pair.strip()]
    named = settings.terminals
    names = [*named, *named.values()]
    if not all(map(NAME.fullmatch, names)) or len(named) != len(pairs) or len(set(names)) != len(names):
        hint = 'Give each till one terminal of its own: "till-1=counter-1,till-2=counter-2"'
        raise SettingsError(f"[gateway] tills = {settings.tills!r} is not a list of pairs", hint)


def _check_payments(settings: GatewaySettings) -> None:
    """A bridge is reached by TLS, or on this very machine: its token and customers' codes go there."""
    if not settings.payments_url:
        return
    url = urlsplit(settings.payments_url)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)):
        hint = "Give an https:// address, or an http:// one of this machine"
        raise SettingsError(f"[gateway] payments_url = {settings.payments_url!r} is not safe", hint)
    if not settings.payments_token_file:
        raise SettingsError("[gateway] payments_token_file is missing", "The bridge wants a token of its own")
    tenders = settings.asked_tenders
    if not tenders or not set(tenders) <= set(CASHLESS):
        known = ", ".join(CASHLESS)
        raise SettingsError(
            f"[gateway] payments_tenders = {settings.payments_tenders!r} names another",
            f"Give some of {known}",
        )


def _check_range(key: str, value: int, highest: int, lowest: int = 0) -> None:
    if not lowest <= value <= highest:
        raise SettingsError(f"[gateway] {key} = {value} is out of range", f"Give {lowest} to {highest}")


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        hint = "Give a name such as Asia/Shanghai"
        raise SettingsError(f"[gateway] zone = {zone!r} is unknown", hint) from problem
