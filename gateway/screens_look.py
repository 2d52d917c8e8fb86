"""How outcomes look and sound, and the shape of a row of the catalogue (gateway/screens.py).

A look is an icon, a light 0xRRGGBB, a tone and how long it is held; no two kinds of look differ by colour
alone. `hold_ms` 0 is until the question is answered, messages.HOLD_STAYS until it is dismissed.
"""

from typing import Final, NamedTuple

from firmware.protocol.messages import HOLD_STAYS, TONE_ATTENTION, TONE_NO, TONE_NONE, TONE_YES

Pair = tuple[str, str]  # (zh-CN, English)


class Look(NamedTuple):
    """How an outcome looks and sounds; `icon` is a name of gateway/adapters/icons.py."""

    icon: str
    light: int
    tone: int
    hold_ms: int


class Row(NamedTuple):
    """One outcome. `title` stands beside the icon, `line` below it in both languages."""

    look: Look
    title: Pair
    line: Pair
    says: Pair
    does: Pair


WELCOME: Final = Look("check", 0x00A040, TONE_YES, 3_000)
GOOD: Final = Look("gift", 0x00A040, TONE_YES, 5_000)
STRANGE: Final = Look("question", 0x2060FF, TONE_ATTENTION, HOLD_STAYS)
HELP: Final = Look("hand", 0xFF9000, TONE_ATTENTION, HOLD_STAYS)
NO: Final = Look("cross", 0xC00000, TONE_NO, HOLD_STAYS)
LATER: Final = Look("clock", 0x806000, TONE_ATTENTION, HOLD_STAYS)
LOCKED: Final = Look("lock", 0xC00000, TONE_NO, HOLD_STAYS)
KEYS: Final = Look("keys", 0x2060FF, TONE_ATTENTION, 0)
WAITING: Final = Look("clock", 0x404040, TONE_NONE, 0)
READING: Final = Look("gift", 0x404040, TONE_NONE, 5_000)  # longer than HQ is waited for
NOTHING: Final = Look("none", 0x000000, TONE_NONE, 0)

REFUSALS: Final = (STRANGE, HELP, NO, LATER, LOCKED)
