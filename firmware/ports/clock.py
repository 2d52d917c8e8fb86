"""The board's calendar clock, which TLS reads to judge certificates. No battery keeps it: it starts wrong.

Records are dated by core.records.Clock from what the gateway says; this clock only has to be good enough for
TLS, and is never set back before the firmware was built, whoever asks. Whole seconds; the epoch differs by
board.
"""

import time

from machine import RTC

_UNIX_2000_S = 946684800


def _epoch_s() -> int:
    """Unix time of this board's time() == 0: ESP32 counts from 2000, RP2 from 1970."""
    return _UNIX_2000_S if time.gmtime(0)[0] == 2000 else 0


def unix_s() -> int:
    """What the board's clock says, right or wrong."""
    return int(time.time()) + _epoch_s()


def set_unix_s(wanted_s: int, floor_s: int) -> int:
    """Set the clock to `wanted_s`, or to `floor_s` (the build) if that is later; what it was set to."""
    wanted_s = max(wanted_s, floor_s)
    year, month, day, hour, minute, second, weekday = time.gmtime(wanted_s - _epoch_s())[:7]
    RTC().datetime((year, month, day, weekday, hour, minute, second, 0))
    return wanted_s


def keep_floor(floor_s: int) -> bool:
    """True if the clock was before the build and has been set to it: a guess still, no longer absurd."""
    if unix_s() >= floor_s:
        return False
    set_unix_s(floor_s, floor_s)
    return True
