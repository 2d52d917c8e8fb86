"""What a terminal shows for an outcome: words, icon, light and tone, encoded once and spliced into answers.

Layout of 128 x 64: icon 24 x 32 at the left, the greeting beside it in the reader's language, below it one
line of 16 rows in that language and one in the other.

Nothing shown here names an amount a member owns, and names come masked. Lines are kept encoded: composing two
takes 20 us, more than the rest of a decision. Keeping whole screens instead would miss whenever a member's
points have moved.
"""

from functools import lru_cache
from typing import NamedTuple

from firmware.protocol import cbor, messages
from gateway.adapters.icons import ICON_WIDTH, draw_icon
from gateway.adapters.lettering import Bitmap, Lettering
from gateway.core import model
from gateway.core.model import Bundle, Outcome
from gateway.words import WORDS
from shopbell.look.words import LANGUAGES, say

LINES_KEPT_MAX = 4_096  # some 250 bytes each: a megabyte for every greeting of a busy day
GREETING_SIZES = (24, 20, 15)
LINE_SIZES = (15, 12)
GREETING_HEIGHT = 32
LINE_HEIGHT = 16
GREETING_WIDTH = messages.DISPLAY_WIDTH - ICON_WIDTH
HOLD_MS = 3_000

NOTHING = cbor.encode((0, 0, messages.TONE_NONE, ()))  # the screen of what may not be shown


class Face(NamedTuple):
    """How an outcome looks and sounds: an icon, a light 0xRRGGBB, a tone."""

    icon: str
    light: int
    tone: int


FACES = {
    model.GREETED: Face("check", 0x00A040, messages.TONE_YES),
    model.UNKNOWN: Face("question", 0x2060FF, messages.TONE_ATTENTION),
    model.BLOCKED: Face("hand", 0xFF9000, messages.TONE_ATTENTION),
}


class Screens:
    """Encoded screens for outcomes, in the member's language or the shop's."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._lettering = Lettering()
        self._frames = {outcome: _frame(face) for outcome, face in FACES.items()}
        self._icons = {outcome: _strip(0, 0, draw_icon(face.icon)) for outcome, face in FACES.items()}
        self._greeting = lru_cache(maxsize=LINES_KEPT_MAX)(self._draw_greeting)
        self._lines = lru_cache(maxsize=LINES_KEPT_MAX)(self._draw_lines)

    def encoded(self, bundle: Bundle, outcome: Outcome, name: str | None, language: str | None) -> bytes:
        """The screen's bytes for `booked`; `name` is masked, None where nobody is to be named."""
        frame = self._frames.get(outcome.name)
        if frame is None or outcome.late:
            return NOTHING
        spoken = self.spoken(language)
        greeting = self._greeting(_greeting_key(outcome, name), name, spoken)
        lines = self._lines(_line_key(outcome), _tier_names(bundle, outcome), outcome.to_next, spoken)
        return frame + self._icons[outcome.name] + greeting + lines

    def spoken(self, language: str | None) -> str:
        """The language of the catalogue nearest to a member's; the shop's where there is none."""
        wanted = (language or "")[:2].lower()
        return next((known for known in LANGUAGES if wanted and known.startswith(wanted)), self._language)

    def lines_drawn(self) -> int:
        """How many lines had to be drawn so far."""
        return self._greeting.cache_info().misses + self._lines.cache_info().misses

    def _draw_greeting(self, key: str, name: str | None, language: str) -> bytes:
        text = say(key, language, WORDS, name=name)
        drawn = self._lettering.line(text, GREETING_SIZES, GREETING_HEIGHT, GREETING_WIDTH)
        return _strip(ICON_WIDTH + (GREETING_WIDTH - drawn.width) // 2, 0, drawn)

    def _draw_lines(
        self, key: str, tier: tuple[tuple[str, str], ...], points: int | None, language: str
    ) -> bytes:
        names = dict(tier)
        spoken = [language, *(other for other in LANGUAGES if other != language)]
        texts = [say(key, each, WORDS, tier=names.get(each, ""), points=points) for each in spoken]
        return b"".join(self._draw_line(text, row) for text, row in zip(texts, (32, 48), strict=True))

    def _draw_line(self, text: str, y: int) -> bytes:
        drawn = self._lettering.line(text, LINE_SIZES, LINE_HEIGHT, messages.DISPLAY_WIDTH)
        return _strip((messages.DISPLAY_WIDTH - drawn.width) // 2, y, drawn)


def _greeting_key(outcome: Outcome, name: str | None) -> str:
    if outcome.name == model.GREETED and name is None:
        return "screen.greeted.nameless"
    return "screen." + outcome.name


def _line_key(outcome: Outcome) -> str:
    if outcome.name == model.BLOCKED:
        return "screen.blocked.help"
    if outcome.name == model.UNKNOWN:
        return f"screen.unknown.{outcome.reason}"
    if outcome.next is not None:
        return "screen.greeted.next"
    return "screen.greeted.tier" if outcome.tier else "screen.greeted.plain"


def _tier_names(bundle: Bundle, outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """The names by language of the tier to speak of: the next one, at the top the member's own."""
    wanted = outcome.next or outcome.tier
    for tier in bundle.tiers:
        if tier.code == wanted:
            return tuple(tier.name.items())
    return tuple((language, wanted or "") for language in LANGUAGES)


def _frame(face: Face) -> bytes:
    """A screen's bytes up to its four strips."""
    whole = cbor.encode((HOLD_MS, face.light, face.tone, ((), (), (), ())))
    return whole[:-4]


def _strip(x: int, y: int, drawn: Bitmap) -> bytes:
    height = len(drawn.pages) * 8
    return cbor.encode(messages.Strip(x, y, drawn.width, height, drawn.pixels()))
