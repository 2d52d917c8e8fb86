"""Member codes, and the rotating codes that a member's own page shows: pure, with the brand's key.

A member code is 5 bytes of HMAC-SHA256(brand key, "member code" 00 member's id), in Crockford's base32: eight
characters, shown "ABCD-EFGH". Whoever reads it may type it: it names somebody and proves nothing (weak).

    rotating text   "SBR" | member code (8) | step (7: unix seconds // 30, 32 bits) | MAC (13: 64 bits)
    MAC = HMAC-SHA256(K, step, 4 bytes big endian)[:8], K = HMAC-SHA256(brand key, "rotating" 00 member code)

31 characters, all of them in QR's alphanumeric set. The code is fresh in its own step and in the one on
either side, which forgives 30 s between two clocks; without a clock, outside those steps or shown before it
is stale. Who has a photograph of it within that time has the member's code: that no offline code can stop.
"""

import hmac
import unicodedata
from typing import Final, NamedTuple

from gateway.core.evidence import FRESH, STALE

STEP_S: Final = 30
STEPS_EITHER_SIDE: Final = 1
PREFIX: Final = "SBR"
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BYTES, CODE_CHARACTERS = 5, 8
STEP_BYTES, STEP_CHARACTERS = 4, 7
MAC_BYTES, MAC_CHARACTERS = 8, 13
TEXT_CHARACTERS: Final = len(PREFIX) + CODE_CHARACTERS + STEP_CHARACTERS + MAC_CHARACTERS
STEP_MAX: Final = (1 << 8 * STEP_BYTES) - 1

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_TYPED = str.maketrans(
    "OIL", "011", " -\u2010\u2011\u2012\u2013\u2014\uff0d"
)  # what a hand or a phone makes of it


class Proved(NamedTuple):
    """What a rotating code proves: the member code (8 characters), of which step, and FRESH or STALE."""

    code: str
    step: int
    level: str


def member_code(brand_key: bytes, member: str) -> str:
    """The eight characters of a member, by id; the same in every store of a brand."""
    digest = hmac.digest(brand_key, b"member code\0" + member.encode(), "sha256")
    return _encode(digest[:CODE_BYTES], CODE_CHARACTERS)


def shown(code: str) -> str:
    """A member code as people read it."""
    return f"{code[:4]}-{code[4:]}"


def normalise(text: str) -> str | None:
    """The eight characters that somebody typed or showed, in any case and width, with or without its dash;
    None where that is no member code."""
    code = unicodedata.normalize("NFKC", text).upper().translate(_TYPED)
    return code if len(code) == CODE_CHARACTERS and all(letter in _VALUES for letter in code) else None


def step_at(now_s: int) -> int:
    """The step of a time in unix seconds."""
    return now_s // STEP_S


def rotating_text(brand_key: bytes, code: str, step: int) -> str:
    """What a member's page shows in a step, 0 to STEP_MAX, for a member code of eight characters."""
    key = hmac.digest(brand_key, b"rotating\0" + code.encode(), "sha256")
    stamp = step.to_bytes(STEP_BYTES, "big")
    mac = hmac.digest(key, stamp, "sha256")[:MAC_BYTES]
    return PREFIX + code + _encode(stamp, STEP_CHARACTERS) + _encode(mac, MAC_CHARACTERS)


def read(brand_key: bytes, text: str, now_s: int | None) -> Proved | None:
    """What a text proves at a time in unix seconds, None where nobody knows the time; None for a text that is
    no rotating code of this brand. Whether it was shown before is the ledger's to say."""
    if len(text) != TEXT_CHARACTERS or not text.startswith(PREFIX) or not text.isascii():
        return None
    code, stamp = text[len(PREFIX) :][:CODE_CHARACTERS], text[len(PREFIX) + CODE_CHARACTERS :]
    step = _number(stamp[:STEP_CHARACTERS])
    if step is None or step > STEP_MAX or _number(code) is None:
        return None
    if not hmac.compare_digest(rotating_text(brand_key, code, step), text):
        return None
    fresh = now_s is not None and abs(step - step_at(now_s)) <= STEPS_EITHER_SIDE
    return Proved(code, step, FRESH if fresh else STALE)


def _encode(data: bytes, characters: int) -> str:
    """Bytes as one big number, in so many characters of base32."""
    number = int.from_bytes(data, "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(characters)))


def _number(text: str) -> int | None:
    """What characters of base32 stand for; None for any other."""
    number = 0
    for letter in text:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number << 5 | value
    return number
