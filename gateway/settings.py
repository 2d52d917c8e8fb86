"""The gateway's table of the settings file, checked once at start and passed on as a value."""

from typing import Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.errors import SettingsError

LANGUAGES = ("zh-CN", "en")
PORT_MAX = 65_535


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
    for key in ("mqtt_port", "http_port"):
        port = getattr(settings, key)
        if not 0 <= port <= PORT_MAX:
            raise SettingsError(f"[gateway] {key} = {port} is not a port", f"Give 1 to {PORT_MAX}")
    if settings.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise SettingsError(
            f"[gateway] language = {settings.language!r} is not spoken", f"Give one of {known}"
        )
    try:
        ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        hint = "Give a name such as Asia/Shanghai"
        raise SettingsError(f"[gateway] zone = {settings.zone!r} is unknown", hint) from problem
