"""Uses a bus the board has not."""

import machine

machine.I2C(7, scl=machine.Pin(1), sda=machine.Pin(2)).scan()
