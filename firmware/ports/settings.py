"""A terminal's settings: `device.json`, provisioned into flash, read once, checked before anything starts.

    {"device":"counter-1","role":"counter","board":"esp32_devkit","gateway_host":"localhost","gateway_port":8883,
     "tls":1,"wifi_ssid":"","wifi_password":""}        and, where it is not a GM65:  "scanner":"gm805"

`tls` 0 is for a broker on loopback without certificates only.
"""

from collections import namedtuple

from firmware.boards import BOARDS
from firmware.core.modules import borrowed
from firmware.ports import checked
from firmware.ports.checked import SETTINGS_FILE, SettingsError

SCANNER = "gm65"  # where nothing else is said
_FIELDS = "device role board gateway_host gateway_port tls wifi_ssid wifi_password scanner"
_DEFAULTS = {"wifi_ssid": "", "wifi_password": "", "scanner": SCANNER}

Settings = namedtuple("Settings", _FIELDS)

__all__ = ("SETTINGS_FILE", "Settings", "SettingsError", "parse", "read")


def read(path: str = SETTINGS_FILE) -> Settings:
    """The checked settings; raises OSError when there are none, SettingsError when they are wrong."""
    return parse(checked.contents(path))


def parse(data: bytes) -> Settings:
    """The checked settings in these bytes; raises SettingsError."""
    values = checked.values_of(data, _FIELDS, _DEFAULTS)
    checked.device(values, BOARDS)
    checked.network(values)
    checked.one_of(values, "scanner", borrowed("firmware.drivers.gm65_models", "NAMES"))
    return Settings(*[values[key] for key in _FIELDS.split()])
