"""How a tag's clock is followed: a little at every identity that was never heard before, and never by more
than a clock can be wrong.

A tag that shows quantum q at unix second T had its own time 0 between T - (q + 1) * 2^K and T - q * 2^K. Only
a quantum higher than all before says anything: whoever repeats one would else draw the clock behind them.
What all those steps amount to is bounded from an anchor on, the time at which the clock was last found
anew: ANCHOR_S at once, and DRIFT of the time since.
"""

import hashlib
from typing import Final, NamedTuple

from gateway.presence.registry import Beacon

DRIFT_PPM: Final = 10_000  # what sleeps deeply counts by a resistor and a capacitor; a quartz is off by 150
WINDOW_MAX: Final = 2  # quanta ahead that a hearing may have been
MARK_CHARACTERS: Final = 16
ANCHOR_S: Final = 4  # what a report's age and a second's ends make


class Anchor(NamedTuple):
    """Where a tag's epoch was when it was found at unix second `at_s`."""

    epoch_s: int
    at_s: int


class Kept(NamedTuple):
    """What is kept of a beacon over a restart: of which key, its epoch, its highest quantum, its anchor's two
    numbers, and the unix second at which its clock was found to have gone back, 0 if it was not."""

    beacon: str
    key: str
    epoch_s: int
    highest: int
    anchor_epoch_s: int
    anchor_s: int
    lost_s: int


def fitted(epoch_s: int, quantum: int, rotation: int, at_s: int) -> int:
    """The epoch nearest to `epoch_s` with which this quantum is shown at this time."""
    latest = at_s - (quantum << rotation)
    earliest = latest - (1 << rotation) + 1
    return min(max(epoch_s, earliest), latest)


def followed(anchor: Anchor, epoch_s: int, at_s: int) -> int:
    """An epoch, as near to this one as a clock can have come to from its anchor."""
    bound_s = ANCHOR_S + max(0, at_s - anchor.at_s) * DRIFT_PPM // 1_000_000
    return min(max(epoch_s, anchor.epoch_s - bound_s), anchor.epoch_s + bound_s)


def is_drift(anchor: Anchor | None, epoch_s: int, at_s: int, rotation: int) -> bool:
    """Whether mere drift explains this epoch; a tag that was never heard has lost nothing."""
    if anchor is None:
        return True
    slack_s = 2 << rotation
    return abs(followed(anchor, epoch_s, at_s) - epoch_s) <= slack_s


def key_mark(beacon: Beacon) -> str:
    """Tells one key of a beacon from the next, and says nothing else of it."""
    return hashlib.sha256(b"presence key" + beacon.identity_key).hexdigest()[:MARK_CHARACTERS]


def is_of(kept: Kept, beacon: Beacon, unix_s: int) -> bool:
    """Whether what was kept is of this beacon as it is now, and of a time that has been. A new key begins
    anew; and a file from a run whose clock was ahead would else refuse everything for ever."""
    latest = (unix_s - kept.epoch_s >> beacon.rotation) + WINDOW_MAX
    return kept.key == key_mark(beacon) and kept.highest <= latest
