"""What a tag that sleeps must not forget: its own time and its counts, in memory that outlives deep sleep.

    "TAG1" | offset ms (8, signed) | adverts (4) | wakes (4) | saved (4) | check (4): SHA-256 begins so

`offset_ms` makes the tag's own time of the chip's clock, which goes on through deep sleep; `saved` is the
second of the tag's own time that is in flash. After a loss of power the chip's clock and this memory are
gone: the tag goes on from the second in flash, up to SAVE_EVERY_S behind, and the gateway finds it again.
"""

import hashlib
import struct
from collections import namedtuple

from firmware.protocol.compat import const
from firmware.protocol.eid import TAG_START_S

SAVE_EVERY_S = 86400  # the flash of a tag sees 365 writes a year
TELEMETRY_EVERY = 10  # wakes: a battery is no news sooner

_MAGIC = b"TAG1"
_LAYOUT = ">qIII"
_CHECK_BYTES = const(4)
_U32 = const(0xFFFFFFFF)
_DIGITS_MAX = const(10)

Kept = namedtuple("Kept", "offset_ms adverts wakes saved_s")


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


def begun(saved: "bytes | None", clock_ms: int) -> Kept:
    """After a loss of power: from the second in flash, or from the very beginning."""
    text = (saved or b"").strip()
    readable = text.isdigit() and len(text) <= _DIGITS_MAX and int(text) <= _U32
    t_s = int(text) if readable else TAG_START_S
    return Kept(t_s * 1000 - clock_ms, 0, 0, t_s)


def t_ms(kept: Kept, clock_ms: int) -> int:
    """The tag's own milliseconds; seconds of it are below 2^32 for 136 years."""
    return max(0, kept.offset_ms + clock_ms)


def woken(kept: Kept, t_s: int, adverts: int) -> "tuple[Kept, bool]":
    """After one more wake with so many adverts; whether `t_s` goes to flash (it counts as saved)."""
    save = t_s - kept.saved_s >= SAVE_EVERY_S
    return Kept(
        kept.offset_ms,
        (kept.adverts + adverts) & _U32,
        (kept.wakes + 1) & _U32,
        t_s if save else kept.saved_s,
    ), save


def tells_telemetry(kept: Kept) -> bool:
    """Whether this wake says how the tag is, beside who it is."""
    return kept.wakes % TELEMETRY_EVERY == 0
