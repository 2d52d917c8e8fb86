"""Settings of any device: a JSON object in flash, its every key known and checked before anything starts."""

import json

from firmware.protocol.compat import TYPE_CHECKING
from firmware.protocol.errors import ProtocolError
from firmware.protocol.topics import check_device

if TYPE_CHECKING:
    from typing import Any

SETTINGS_FILE = "device.json"
SECRETS = ("wifi_password", "identity_key")


class SettingsError(Exception):
    """`key` of device.json has a `value` that cannot be used; `expected` says what can."""

    def __init__(self, key: str, value: "Any", expected: str) -> None:
        shown = "..." if key in SECRETS else repr(value)
        super().__init__(SETTINGS_FILE + ": " + key + " is " + shown + ", expected " + expected)
        self.key = key
        self.value = value
        self.expected = expected


def contents(path: str = SETTINGS_FILE) -> bytes:
    """The file as it is; raises OSError when there is none."""
    with open(path, "rb") as file:
        return file.read()


def values_of(data: bytes, fields: str, defaults: "dict[str, Any]") -> "dict[str, Any]":
    """What the object says, the defaults filled in; raises SettingsError for a key not among `fields`."""
    try:
        values = json.loads(data)
    except ValueError:
        raise SettingsError("the file", "no JSON", "one JSON object") from None
    if not isinstance(values, dict):
        raise SettingsError("the file", values, "one JSON object")
    for key in values:
        if key not in fields.split():
            raise SettingsError("key", key, "one of " + fields)
    for key in defaults:
        values.setdefault(key, defaults[key])
    return values


def device(values: "dict[str, Any]", boards: tuple) -> None:
    """Who this is: id, board and role."""
    text(values, "device", 1, 32)
    try:
        check_device(values["device"])
    except ProtocolError:
        raise SettingsError("device", values["device"], "1 to 32 of a-z, 0-9 and -") from None
    one_of(values, "board", boards)
    text(values, "role", 1, 32)


def network(values: "dict[str, Any]") -> None:
    """The way to the gateway."""
    one_of(values, "tls", (0, 1))
    text(values, "gateway_host", 1, 253)
    text(values, "wifi_ssid", 0, 32)
    text(values, "wifi_password", 0, 63)
    whole(values, "gateway_port", 1, 65535)


def one_of(values: "dict[str, Any]", key: str, allowed: tuple) -> None:
    """One of a few values, of the same type."""
    value = values.get(key)
    if value not in allowed or type(value) is not type(allowed[0]):
        raise SettingsError(key, value, "one of " + ", ".join([str(each) for each in allowed]))


def text(values: "dict[str, Any]", key: str, low: int, high: int) -> None:
    """So many characters."""
    value = values.get(key)
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise SettingsError(key, value, "text of {} to {} characters".format(low, high))


def whole(values: "dict[str, Any]", key: str, low: int, high: int) -> None:
    """An integer."""
    value = values.get(key)
    if type(value) is not int or not low <= value <= high:
        raise SettingsError(key, value, "a number from {} to {}".format(low, high))


def from_hex(values: "dict[str, Any]", key: str, size: int) -> None:
    """Bytes, written as hex digits; they take the text's place."""
    value = values.get(key)
    if not isinstance(value, str) or len(value) != 2 * size or value.strip("0123456789abcdefABCDEF"):
        raise SettingsError(key, value, "{} hex digits".format(2 * size))
    values[key] = bytes([int(value[at : at + 2], 16) for at in range(0, 2 * size, 2)])
