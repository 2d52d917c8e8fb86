"""Reads the settings and builds what the board has. Needed at the start only: see boot_only.py."""

from collections import namedtuple

from firmware import boards
from firmware.ports import parts, settings, trust, wifi

Assembly = namedtuple("Assembly", "device parts trust network")


def assemble() -> Assembly:
    """Everything outside the core. Raises SettingsError, OSError, ValueError: provision this device."""
    device = settings.read()
    trusted = trust.of(device.tls)
    network = wifi.of(device.wifi_ssid, device.wifi_password)
    return Assembly(device, parts.build(boards.load(device.board), device), trusted, network)
