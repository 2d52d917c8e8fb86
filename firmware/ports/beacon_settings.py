"""The settings of a beacon and of a tag: `device.json`, written by the gateway, carried over the cable.

    {"device":"beacon-door","role":"beacon","board":"esp32_beacon","gateway_host":"localhost","gateway_port":8883,
     "tls":1,"wifi_ssid":"","wifi_password":"",
     "identity_key":"<32 hex>","uuid":"<32 hex>","rotation":5,"epoch_s":0,"power_dbm":-59}
    {"device":"tag-7","role":"tag","board":"esp32_tag","identity_key":"<32 hex>"}      and, where they differ:
     "rotation":5,"power_dbm":-59,"wake_s":5,"battery_pin":-1

`identity_key` is shared with the gateway and never leaves either (firmware/protocol/eid.py); `uuid` is the
brand's, of the rotating iBeacon; `power_dbm` is the RSSI expected at 1 m; `battery_pin` is an analogue input
behind two equal resistors, -1 where there is none.
"""

from collections import namedtuple

from firmware.boards import BEACONS, TAGS
from firmware.ports import checked
from firmware.ports.checked import SETTINGS_FILE
from firmware.protocol.adverts import UUID_BYTES
from firmware.protocol.aes import KEY_BYTES
from firmware.protocol.compat import TYPE_CHECKING
from firmware.protocol.eid import ROTATION_MAX

if TYPE_CHECKING:
    from typing import Any

_ROTATING = "identity_key rotation power_dbm"
_BEACON_FIELDS = (
    "device role board gateway_host gateway_port tls wifi_ssid wifi_password uuid epoch_s " + _ROTATING
)
_TAG_FIELDS = "device role board wake_s battery_pin " + _ROTATING
_ROTATION = 5  # 32 s: a repeated identity is worth nothing for longer than twice that
_POWER_DBM = -59  # what an ESP32 at 0 dBm is expected to be heard with at 1 m; measure it in the shop
_BEACON_DEFAULTS = {
    "wifi_ssid": "",
    "wifi_password": "",
    "epoch_s": 0,
    "rotation": _ROTATION,
    "power_dbm": _POWER_DBM,
}
_TAG_DEFAULTS = {"wake_s": 5, "battery_pin": -1, "rotation": _ROTATION, "power_dbm": _POWER_DBM}
_POWER_DBM_MIN, _POWER_DBM_MAX = -100, -21  # what an Eddystone frame can carry, 41 dB more at 0 m
_WAKE_S_MAX = 60  # a tag that speaks less often is not in any zone
_EPOCH_S_MAX = 0xFFFFFFFF
_PIN_MAX = 48  # GPIO of an ESP32-S3

BeaconSettings = namedtuple("BeaconSettings", _BEACON_FIELDS)
TagSettings = namedtuple("TagSettings", _TAG_FIELDS)


def read_beacon(path: str = SETTINGS_FILE) -> BeaconSettings:
    """The checked settings; raises OSError when there are none, SettingsError when they are wrong."""
    return parse_beacon(checked.contents(path))


def read_tag(path: str = SETTINGS_FILE) -> TagSettings:
    """The checked settings; raises OSError when there are none, SettingsError when they are wrong."""
    return parse_tag(checked.contents(path))


def parse_beacon(data: bytes) -> BeaconSettings:
    """The checked settings in these bytes; raises SettingsError."""
    values = checked.values_of(data, _BEACON_FIELDS, _BEACON_DEFAULTS)
    checked.device(values, BEACONS)
    checked.network(values)
    checked.from_hex(values, "uuid", UUID_BYTES)
    checked.whole(values, "epoch_s", 0, _EPOCH_S_MAX)
    _rotating(values)
    return BeaconSettings(*[values[key] for key in _BEACON_FIELDS.split()])


def parse_tag(data: bytes) -> TagSettings:
    """The checked settings in these bytes; raises SettingsError."""
    values = checked.values_of(data, _TAG_FIELDS, _TAG_DEFAULTS)
    checked.device(values, TAGS)
    checked.whole(values, "wake_s", 1, _WAKE_S_MAX)
    checked.whole(values, "battery_pin", -1, _PIN_MAX)
    _rotating(values)
    return TagSettings(*[values[key] for key in _TAG_FIELDS.split()])


def _rotating(values: "dict[str, Any]") -> None:
    checked.from_hex(values, "identity_key", KEY_BYTES)
    checked.whole(values, "rotation", 0, ROTATION_MAX)
    checked.whole(values, "power_dbm", _POWER_DBM_MIN, _POWER_DBM_MAX)
