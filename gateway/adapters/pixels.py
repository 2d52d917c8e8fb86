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
from gateway.adapters.lettering import ROWS_PER_PAGE, Bitmap, Lettering
from gateway.core import model
from gateway.core.event import NO_BUNDLE
from gateway.core.model import Bundle, Outcome
from gateway.words import WORDS
from shopbell.look.words import LANGUAGES, say

LINES_KEPT_MAX = 4_096  # some 600 bytes each: two megabytes and a half
GREETING_SIZES = (24, 20, 14)
LINE_SIZES = (14, 12)
GREETING_HEIGHT = 32
LINE_HEIGHT = 16
LINE_ROWS = (32, 48)
LANGUAGES_KEPT_MAX = 64  # spellings of a language in the cache
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
        self._bundle = NO_BUNDLE
        self._frames = {outcome: _frame(face) for outcome, face in FACES.items()}
        self._icons = {outcome: _strip(0, 0, draw_icon(face.icon)) for outcome, face in FACES.items()}
        self._greeting = lru_cache(maxsize=LINES_KEPT_MAX)(self._draw_greeting)
        self._lines = lru_cache(maxsize=LINES_KEPT_MAX)(self._draw_lines)
        self._spoken = lru_cache(maxsize=LANGUAGES_KEPT_MAX)(self.spoken)

    def encoded(self, bundle: Bundle, outcome: Outcome, name: str | None, language: str | None) -> bytes:
        """The screen's bytes for `booked`; `name` is masked, None where nobody is to be named."""
        frame = self._frames.get(outcome.name)
        if frame is None or outcome.late:
            return NOTHING
        if bundle is not self._bundle:
            self._change_bundle(bundle)
        spoken = self._spoken(language)
        return frame + self._greeting(outcome.name, name, spoken) + self._lines(outcome, spoken)

    def spoken(self, language: str | None) -> str:
        """The language of the catalogue nearest to a member's; the shop's where there is none."""
        wanted = (language or "")[:2].lower()
        return next((known for known in LANGUAGES if wanted and known.startswith(wanted)), self._language)

    def lines_drawn(self) -> int:
        """How many lines had to be drawn so far."""
        return self._greeting.cache_info().misses + self._lines.cache_info().misses

    def _change_bundle(self, bundle: Bundle) -> None:
        """Tiers may be named otherwise now."""
        self._bundle = bundle
        self._lines.cache_clear()

    def _draw_greeting(self, outcome: str, name: str | None, language: str) -> bytes:
        """The icon and the words beside it."""
        nameless = outcome == model.GREETED and name is None
        key = "screen.greeted.nameless" if nameless else "screen." + outcome
        text = say(key, language, WORDS, name=name)
        drawn = self._lettering.line(text, GREETING_SIZES, GREETING_HEIGHT, GREETING_WIDTH)
        return self._icons[outcome] + _strip(ICON_WIDTH + (GREETING_WIDTH - drawn.width) // 2, 0, drawn)

    def _draw_lines(self, outcome: Outcome, language: str) -> bytes:
        """One line in this language, one in the other."""
        key, names = _line_key(outcome), _tier_names(self._bundle, outcome)
        spoken = [language, *(other for other in LANGUAGES if other != language)]
        texts = [say(key, each, WORDS, tier=names.get(each, ""), points=outcome.to_next) for each in spoken]
        return b"".join(self._draw_line(text, row) for text, row in zip(texts, LINE_ROWS, strict=True))

    def _draw_line(self, text: str, y: int) -> bytes:
        drawn = self._lettering.line(text, LINE_SIZES, LINE_HEIGHT, messages.DISPLAY_WIDTH)
        return _strip((messages.DISPLAY_WIDTH - drawn.width) // 2, y, drawn)


def _line_key(outcome: Outcome) -> str:
    if outcome.name == model.BLOCKED:
        return "screen.blocked.help"
    if outcome.name == model.UNKNOWN:
        return f"screen.unknown.{outcome.reason}"
    if outcome.next is not None:
        return "screen.greeted.next"
    return "screen.greeted.tier" if outcome.tier else "screen.greeted.plain"


def _tier_names(bundle: Bundle, outcome: Outcome) -> dict[str, str]:
    """The names by language of the tier to speak of: the next one, at the top the member's own."""
    wanted = outcome.next or outcome.tier or ""
    for tier in bundle.tiers:
        if tier.code == wanted:
            return tier.name
    return dict.fromkeys(LANGUAGES, wanted)


def _frame(face: Face) -> bytes:
    """A screen's bytes up to its four strips."""
    whole = cbor.encode((HOLD_MS, face.light, face.tone, ((), (), (), ())))
    return whole[:-4]


def _strip(x: int, y: int, drawn: Bitmap) -> bytes:
    """The encoding of one Strip, as messages.encode() would give it (a test holds them together)."""
    pixels = drawn.pixels()
    size = cbor.head(0, drawn.width) + cbor.head(0, len(drawn.pages) * ROWS_PER_PAGE)
    return b"\x85" + cbor.head(0, x) + cbor.head(0, y) + size + cbor.head(0x40, len(pixels)) + pixels
