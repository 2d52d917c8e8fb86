"""Reads a beacon's settings and builds what it has. Needed at the start only: see boot_only.py."""

from collections import namedtuple

from firmware import boards
from firmware.core.aio import Uptime
from firmware.ports import beacon_settings, ble, trust, wifi
from firmware.ports.radio import Radio
from firmware.ports.watchdog import Watchdog

Assembly = namedtuple("Assembly", "device radio watchdog uptime trust network")


def assemble() -> Assembly:
    """Everything outside the core. Raises SettingsError, OSError, ValueError: provision this device."""
    device = beacon_settings.read_beacon()
    board = boards.load(device.board)
    return Assembly(
        device,
        Radio(ble.stack()),
        Watchdog(board.wdt_ms),
        Uptime(),
        trust.of(device.tls),
        wifi.of(device.wifi_ssid, device.wifi_password),
    )
