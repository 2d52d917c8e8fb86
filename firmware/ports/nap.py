"""Deep sleep, and the little memory that outlives it. MicroPython only.

ESP32: RTC.memory() holds up to 2,048 bytes over deep sleep and resets, not over a loss of power; the calendar
clock goes on through deep sleep as well (ESP-IDF, System Time).
"""

import time

import machine


def remembered() -> bytes:
    """What keep() was given last; empty after a loss of power."""
    return bytes(machine.RTC().memory())


def keep(data: bytes) -> None:
    """Remember this over the next sleep."""
    machine.RTC().memory(data)


def clock_ms() -> int:
    """The calendar clock, right or wrong, in milliseconds of the board's epoch."""
    return time.time_ns() // 1000000


def sleep(ms: int) -> None:
    """Sleep deeply; the board starts anew after it. Does not return."""
    machine.deepsleep(ms)
