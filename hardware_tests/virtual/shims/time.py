"""`time` as a board has it: ticks that wrap at 2**30 ms, whole seconds, a clock that starts wrong.

SHOPBELL_TICKS_START is the first value of ticks_ms(), so that a test can begin just before the wrap.
SHOPBELL_EPOCH_YEAR is 2000 (ESP32) or 1970. Without machine.RTC having set it, the clock says 1 January 2000.
In the folder SHOPBELL_RTC, if there is one, the clock goes on through resets and deep sleep.

asyncio's queue of tasks is C code that counts in the interpreter's own ticks, whose period is 2**62. asyncio
must therefore bind the built-in functions, and does: it is imported here, while this module still holds only
those. Import this module before asyncio; firmware_process.py starts every program so.
"""

# isort: skip_file
from utime import *  # noqa: F403

import asyncio.core  # noqa: F401
import os
import utime

PERIOD = 1 << 30
_2000_S = 946684800  # Unix time of 2000-01-01 00:00 UTC

_start_ms = utime.ticks_ms()
_first_tick = int(os.getenv("SHOPBELL_TICKS_START") or 0)
_epoch_s = 0 if os.getenv("SHOPBELL_EPOCH_YEAR") == "1970" else _2000_S
_set_unix_ns = _2000_S * 1000000000  # what the clock was last set to
_set_ms = _start_ms  # and when, in the interpreter's ticks
_kept = os.getenv("SHOPBELL_RTC")  # its file `clock`: this clock less the interpreter's, ns


def _keep_clock():
    if _kept:
        with open(_kept + "/clock", "w") as file:
            file.write(str(_set_unix_ns - utime.time_ns()))


def _go_on():
    global _set_unix_ns
    try:
        with open(_kept + "/clock") as file:
            _set_unix_ns = int(file.read()) + utime.time_ns()
    except OSError:  # power has just come
        _keep_clock()


if _kept:
    _go_on()


def ticks_ms():
    return (_first_tick + utime.ticks_diff(utime.ticks_ms(), _start_ms)) % PERIOD


def ticks_us():
    return utime.ticks_us() % PERIOD


def ticks_add(ticks, delta):
    if not -PERIOD // 2 < delta < PERIOD // 2:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) % PERIOD


def ticks_diff(later, earlier):
    return (later - earlier + PERIOD // 2) % PERIOD - PERIOD // 2


def set_local_s(seconds):
    """For machine.RTC: time() is `seconds` now."""
    global _set_unix_ns, _set_ms
    _set_unix_ns = (seconds + _epoch_s) * 1000000000
    _set_ms = utime.ticks_ms()
    _keep_clock()


def time_ns():
    return _set_unix_ns + utime.ticks_diff(utime.ticks_ms(), _set_ms) * 1000000 - _epoch_s * 1000000000


def time():
    return time_ns() // 1000000000


def gmtime(seconds=None):
    return utime.gmtime((time() if seconds is None else seconds) + _epoch_s)[:8]


localtime = gmtime


def mktime(parts):
    # The built-in mktime takes the host's zone into account; a board has none.
    year, month, day, hour, minute, second = parts[:6]
    year -= month <= 2
    leap_days = year // 4 - year // 100 + year // 400
    days = 365 * year + leap_days + (153 * ((month + 9) % 12) + 2) // 5 + day - 719469
    return days * 86400 + hour * 3600 + minute * 60 + second - _epoch_s
