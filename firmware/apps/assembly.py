"""Reads the settings and builds what the board has. Needed at the start only: see boot_only.py."""

from collections import namedtuple

from firmware import boards
from firmware.ports import flash, net, parts, settings, wifi

TLS_FILES = ("ca.der", "cert.der", "key.der")

Assembly = namedtuple("Assembly", "device parts trust network")


def assemble() -> Assembly:
    """Everything outside the core. Raises SettingsError, OSError, ValueError: provision this device."""
    device = settings.read()
    trust = net.Trust(*[needed(name) for name in TLS_FILES]) if device.tls else None
    network = wifi.of(device.wifi_ssid, device.wifi_password)
    return Assembly(device, parts.build(boards.load(device.board), device), trust, network)


def needed(name: str) -> bytes:
    """The file's content; raises OSError when there is none."""
    data = flash.read(name)
    if data is None:
        raise OSError(name + " is missing: provision this device")
    return data
