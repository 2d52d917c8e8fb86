"""The device's settings: `device.json`, provisioned into flash, read once, checked before anything starts.

    {"device":"counter-1","role":"counter","board":"esp32_devkit","gateway_host":"localhost","gateway_port":8883,
     "tls":1,"wifi_ssid":"","wifi_password":""}        and, where it is not a GM65:  "scanner":"gm805"

`tls` 0 is for a broker on loopback without certificates only.
"""

import json
from collections import namedtuple

from firmware.boards import BOARDS
from firmware.core.modules import borrowed
from firmware.protocol.compat import TYPE_CHECKING
from firmware.protocol.errors import ProtocolError
from firmware.protocol.topics import check_device

if TYPE_CHECKING:
    from typing import Any

SETTINGS_FILE = "device.json"
SCANNER = "gm65"  # where nothing else is said
_FIELDS = "device role board gateway_host gateway_port tls wifi_ssid wifi_password scanner"
_DEFAULTS = {"wifi_ssid": "", "wifi_password": "", "scanner": SCANNER}

Settings = namedtuple("Settings", _FIELDS)


class SettingsError(Exception):
    """`key` of device.json has a `value` that cannot be used; `expected` says what can."""

    def __init__(self, key: str, value: "Any", expected: str) -> None:
        shown = "..." if key == "wifi_password" else repr(value)
        super().__init__(SETTINGS_FILE + ": " + key + " is " + shown + ", expected " + expected)
        self.key = key
        self.value = value
        self.expected = expected


def read(path: str = SETTINGS_FILE) -> Settings:
    """The checked settings; raises OSError when there are none, SettingsError when they are wrong."""
    with open(path, "rb") as file:
        data = file.read()
    return parse(data)


def parse(data: bytes) -> Settings:
    """The checked settings in these bytes; raises SettingsError."""
    try:
        values = json.loads(data)
    except ValueError:
        raise SettingsError("the file", "no JSON", "one JSON object") from None
    if not isinstance(values, dict):
        raise SettingsError("the file", values, "one JSON object")
    for key in values:
        if key not in _FIELDS.split():
            raise SettingsError("key", key, "one of " + _FIELDS)
    for key in _DEFAULTS:
        values.setdefault(key, _DEFAULTS[key])
    _check(values)
    return Settings(*[values[key] for key in _FIELDS.split()])


def _check(values: "dict[str, Any]") -> None:
    _text(values, "device", 1, 32)
    try:
        check_device(values["device"])
    except ProtocolError:
        raise SettingsError("device", values["device"], "1 to 32 of a-z, 0-9 and -") from None
    _one_of(values, "board", BOARDS)
    _one_of(values, "tls", (0, 1))
    _one_of(values, "scanner", borrowed("firmware.drivers.gm65_models", "NAMES"))
    _text(values, "role", 1, 32)
    _text(values, "gateway_host", 1, 253)
    _text(values, "wifi_ssid", 0, 32)
    _text(values, "wifi_password", 0, 63)
    port = values.get("gateway_port")
    if type(port) is not int or not 1 <= port <= 65535:
        raise SettingsError("gateway_port", port, "a number from 1 to 65535")


def _one_of(values: "dict[str, Any]", key: str, allowed: tuple) -> None:
    value = values.get(key)
    if value not in allowed or type(value) is not type(allowed[0]):
        raise SettingsError(key, value, "one of " + ", ".join([str(each) for each in allowed]))


def _text(values: "dict[str, Any]", key: str, low: int, high: int) -> None:
    value = values.get(key)
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise SettingsError(key, value, "text of {} to {} characters".format(low, high))
