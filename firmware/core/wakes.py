"""What a tag that sleeps must not forget: its own time and its counts, in memory that outlives deep sleep.

    "TAG1" | offset ms (8, signed) | adverts (4) | wakes (4) | reserved (4) | check (4): SHA-256 begins so

`offset_ms` makes the tag's own time of the chip's clock, which goes on through deep sleep. After a loss of
power the chip's clock and this memory are gone, and flash says where to go on.

Invariant: a tag never says a second of its time twice, or the gateway takes it for a repetition of itself.
So flash holds a second that nothing said has reached, `reserved`: it is moved on before it is reached, and
after a loss of power the tag begins there. That is up to RESERVE_S ahead, where the gateway looks for it; and
only FIRST_RESERVE_S behind each power-on, or the bouncing contacts of a new battery would cost days.
"""

import hashlib
import struct
from collections import namedtuple

from firmware.protocol.compat import const
from firmware.protocol.eid import TAG_START_S

FIRST_RESERVE_S = 600
RESERVE_S = 21600  # four writes a day: LittleFS spreads them over the whole area
TELEMETRY_EVERY = 10  # wakes: a battery is no news sooner

_MAGIC = b"TAG1"
_LAYOUT = ">qIII"
_CHECK_BYTES = const(4)
_U32 = const(0xFFFFFFFF)
_DIGITS_MAX = const(10)

Kept = namedtuple("Kept", "offset_ms adverts wakes reserved_s")


def encode(kept: Kept) -> bytes:
    """What goes into the memory."""
    data = _MAGIC + struct.pack(_LAYOUT, *kept)
    return data + hashlib.sha256(data).digest()[:_CHECK_BYTES]


def decode(data: bytes) -> "Kept | None":
    """What the memory says; None where it lost its power, or was never written."""
    data = bytes(data)
    body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
    if len(body) != len(_MAGIC) + struct.calcsize(_LAYOUT) or body[: len(_MAGIC)] != _MAGIC:
        return None
    if hashlib.sha256(body).digest()[:_CHECK_BYTES] != check:
        return None
    return Kept(*struct.unpack(_LAYOUT, body[len(_MAGIC) :]))


def begun(in_flash: "bytes | None", clock_ms: int) -> Kept:
    """After a loss of power: from the second in flash, or from the very beginning; nothing is reserved."""
    text = (in_flash or b"").strip()
    readable = text.isdigit() and len(text) <= _DIGITS_MAX and int(text) <= _U32
    t_s = int(text) if readable else TAG_START_S
    return Kept(t_s * 1000 - clock_ms, 0, 0, t_s)


def second(kept: Kept, clock_ms: int) -> int:
    """The tag's own time; below 2^32 for 136 years."""
    return max(0, kept.offset_ms + clock_ms) // 1000


def reserving(kept: Kept, t_s: int) -> "Kept | None":
    """What is kept once a later second is reserved, which must be in flash before `t_s` is said; None where
    it may be said as it is."""
    if t_s < kept.reserved_s:
        return None
    ahead_s = RESERVE_S if kept.wakes else FIRST_RESERVE_S
    return Kept(kept.offset_ms, kept.adverts, kept.wakes, min(t_s + ahead_s, _U32))


def flash_text(kept: Kept) -> bytes:
    """The content of the file in flash."""
    return b"%d\n" % kept.reserved_s


def spoken(kept: Kept, adverts: int) -> Kept:
    """After one more wake with so many adverts."""
    return Kept(kept.offset_ms, (kept.adverts + adverts) & _U32, (kept.wakes + 1) & _U32, kept.reserved_s)


def tells_telemetry(kept: Kept) -> bool:
    """Whether this wake says how the tag is, beside who it is."""
    return kept.wakes % TELEMETRY_EVERY == 0
