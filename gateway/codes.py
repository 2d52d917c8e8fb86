"""What a code proves that somebody shows or types: one way of reading it for terminals, tills and pages.

A rotating code leads to its member code, at the level that its time gives it. Any other text is tried as it
is, as a card's printed QR would be, and then as a member code that a hand typed or a phone decorated.
"""

from typing import NamedTuple

from msgspec import UNSET, UnsetType

from firmware.protocol.messages import CLOCK_UNKNOWN
from gateway.batch import Batch
from gateway.core.evidence import FRESH, QR_STATIC, WEAK
from gateway.core.model import Evidence
from gateway.core.rotating import normalise, read


class Code(NamedTuple):
    """A code as it was read: the evidence keys that it may be known under, the likeliest first (none while no
    brand key is known), what it proves, and a rotating code's step."""

    keys: tuple[bytes, ...]
    level: str = WEAK
    step: int | UnsetType = UNSET


def read_code(batch: Batch, text: str, age_ms: int = 0) -> Code:
    """What a text is that was shown so many milliseconds ago; bytes that are no text are surrogates in it."""
    brand_key = batch.cache.brand_key
    if brand_key is None:
        return Code(())
    known = batch.setting.clock != CLOCK_UNKNOWN
    proved = read(brand_key, text, (batch.setting.at - age_ms) // 1_000 if known else None)
    if proved is not None:
        return Code(_keys(batch, proved.code), proved.level, proved.step)
    typed = normalise(text)
    return Code(_keys(batch, text) if typed in (None, text) else _keys(batch, text, str(typed)))


def is_spent(batch: Batch, key: bytes | None, code: Code) -> bool | UnsetType:
    """Whether a rotating code was shown here before; UNSET for whatever is none, or is too old anyway."""
    if key is None or code.step is UNSET or code.level != FRESH:
        return UNSET
    return batch.page.rotated(key, code.step)


def evidence_of(code: Code, key: bytes | None) -> Evidence:
    """What an event has of a code that is known under this key."""
    return Evidence(None if key is None else key.hex(), QR_STATIC, code.level, code.step)


def _keys(batch: Batch, *values: str) -> tuple[bytes, ...]:
    try:
        found = [batch.key(QR_STATIC, value.encode("utf-8", "surrogateescape")) for value in values]
    except UnicodeEncodeError:  # half a character, which JSON can write and no scanner can read
        return ()
    return tuple(key for key in found if key is not None)
