"""The board's Bluetooth module, which exists once. MicroPython only."""

import bluetooth


def stack() -> "bluetooth.BLE":
    """What ports/radio.py is given."""
    return bluetooth.BLE()
