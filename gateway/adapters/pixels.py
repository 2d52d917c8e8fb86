"""What a terminal shows for an outcome: words, icon, light and tone, encoded once and spliced into answers.

Layout of 128 x 64: icon 24 x 32 at the left, the title beside it in the reader's language, below it one line
of 16 rows in that language and one in the other. A question leaves the last 16 rows to the digits' dots; a
list is four lines without an icon.

Words and looks are gateway/screens.py's, for the role of the terminal. Names come masked. Lines are kept
encoded: composing two takes 20 us, more than the rest of a decision. Keeping whole screens instead would miss
whenever a member's points have moved.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from firmware.protocol import cbor, messages
from gateway import screens
from gateway.adapters.icons import ICON_WIDTH, draw_icon
from gateway.adapters.lettering import ROWS_PER_PAGE, Bitmap, Lettering
from gateway.core import model
from gateway.core.event import NO_BUNDLE
from gateway.core.model import Bundle, Outcome
from gateway.ports import Told
from gateway.screens_look import NOTHING as LOOKS_LIKE_NOTHING
from gateway.screens_look import Look, Pair
from shopbell.look.words import LANGUAGES

LINES_KEPT_MAX = 4_096  # some 600 bytes each: two megabytes and a half
TITLE_SIZES = (24, 20, 14)
LINE_SIZES = (14, 12)
TITLE_HEIGHT = 32
LINE_HEIGHT = 16
LINE_ROWS = (32, 48)
LIST_ROWS = (0, 16, 32, 48)
LANGUAGES_KEPT_MAX = 64  # spellings of a language in the cache
TITLE_WIDTH = messages.DISPLAY_WIDTH - ICON_WIDTH

NOTHING = cbor.encode((0, 0, messages.TONE_NONE, ()))  # the screen of what may not be shown


class Screens:
    """Encoded screens for outcomes, in the member's language or the shop's."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._lettering = Lettering()
        self._bundle = NO_BUNDLE
        self._icon = lru_cache(maxsize=32)(lambda name: _strip(0, 0, draw_icon(name)))
        self._title = lru_cache(maxsize=LINES_KEPT_MAX)(self._draw_title)
        self._lines = lru_cache(maxsize=LINES_KEPT_MAX)(self._draw_lines)
        self._spoken = lru_cache(maxsize=LANGUAGES_KEPT_MAX)(self.spoken)

    def encoded(
        self,
        bundle: Bundle,
        outcome: Outcome,
        name: str | None,
        language: str | None,
        role: str = screens.COUNTER,
        told: Told | None = None,
    ) -> bytes:
        """The screen's bytes for `booked`; `name` is masked, None where nobody is to be named. `told` is what
        a greeting says besides."""
        if outcome.late or outcome.name == model.SEEN:
            return NOTHING
        if bundle is not self._bundle:
            self._change_bundle(bundle)
        spoken = self._spoken(language)
        code = code_of(outcome)
        look = screens.row(told.outcome if told else code, role).look
        title_of = "greeted.nameless" if outcome.name == model.GREETED and name is None else code
        title = self._title(screens.row(title_of, role).title, spoken, name)
        return _frame(look, 4) + self._icon(look.icon) + title + self._lines(outcome, role, told, spoken)

    def told(self, role: str, told: Told, language: str | None, name: str | None = None) -> bytes:
        """The screen's bytes for `show`, of what came of an act or a question."""
        row, spoken = screens.row(told.outcome, role), self._spoken(language)
        if row.look == LOOKS_LIKE_NOTHING:
            return NOTHING
        title = self._title(row.title, spoken, name, tuple(told.words(spoken).items()))
        lines = [_said(row.line, each, told.words(each)) for each in _both(spoken)]
        if row.look.icon == "keys":
            lines = lines[:1]  # the dots of the digits come below
        strips = [self._draw_line(text, y) for text, y in zip(lines, LINE_ROWS, strict=False)]
        return _frame(row.look, 2 + len(strips)) + self._icon(row.look.icon) + title + b"".join(strips)

    def listing(self, texts: Sequence[str]) -> bytes:
        """At most four lines below one another, for a choice by number."""
        look = screens.ROWS["kiosk.list"].look
        drawn = [self._draw_line(text, y, 0) for text, y in zip(texts, LIST_ROWS, strict=False)]
        return _frame(look, len(drawn)) + b"".join(drawn)

    def spoken(self, language: str | None) -> str:
        """The language of the catalogue nearest to a member's; the shop's where there is none."""
        wanted = (language or "")[:2].lower()
        return next((known for known in LANGUAGES if wanted and known.startswith(wanted)), self._language)

    def lines_drawn(self) -> int:
        """How many lines had to be drawn so far."""
        return self._title.cache_info().misses + self._lines.cache_info().misses

    def _change_bundle(self, bundle: Bundle) -> None:
        """Tiers may be named otherwise now."""
        self._bundle = bundle
        self._lines.cache_clear()

    def _draw_title(
        self, title: Pair, language: str, name: str | None, figures: tuple[tuple[str, Any], ...] = ()
    ) -> bytes:
        text = _said(title, language, {"name": name or "", **dict(figures)})
        drawn = self._lettering.line(text, TITLE_SIZES, TITLE_HEIGHT, TITLE_WIDTH)
        return _strip(ICON_WIDTH + (TITLE_WIDTH - drawn.width) // 2, 0, drawn)

    def _draw_lines(self, outcome: Outcome, role: str, told: Told | None, language: str) -> bytes:
        """Two lines: in this language and in the other, or a member's standing and what there is besides."""
        standing = [self._standing(outcome, role, each) for each in _both(language)]
        texts = standing
        if told is not None:
            line = screens.row(told.outcome, role).line
            besides = [_said(line, each, told.words(each)) for each in _both(language)]
            texts = [standing[0], besides[0]] if told.outcome in screens.BESIDES else besides
        return b"".join(self._draw_line(text, row) for text, row in zip(texts, LINE_ROWS, strict=True))

    def _standing(self, outcome: Outcome, role: str, language: str) -> str:
        names = _tier_names(self._bundle, outcome)
        figures = {"tier": names.get(language, ""), "points": outcome.to_next}
        return _said(screens.row(code_of(outcome), role).line, language, figures)

    def _draw_line(self, text: str, y: int, x: int | None = None) -> bytes:
        """In the middle, or from `x` on."""
        drawn = self._lettering.line(text, LINE_SIZES, LINE_HEIGHT, messages.DISPLAY_WIDTH)
        return _strip((messages.DISPLAY_WIDTH - drawn.width) // 2 if x is None else x, y, drawn)


def code_of(outcome: Outcome) -> str:
    """The row of the catalogue for what a record was decided to be."""
    if outcome.name == model.BLOCKED:
        known = f"blocked.{outcome.reason}"
        return known if known in screens.ROWS else "blocked.other"
    if outcome.name == model.UNKNOWN:
        return f"unknown.{outcome.reason}"
    if outcome.name != model.GREETED:
        return outcome.name
    if outcome.next is not None:
        return "greeted.next"
    return "greeted.tier" if outcome.tier else "greeted.plain"


def _both(language: str) -> list[str]:
    """This language, then the other."""
    return [language, *(other for other in LANGUAGES if other != language)]


def _said(pair: Pair, language: str, figures: dict[str, Any]) -> str:
    return pair[0 if language == LANGUAGES[0] else 1].format(**figures)


def _tier_names(bundle: Bundle, outcome: Outcome) -> dict[str, str]:
    """The names by language of the tier to speak of: the next one, at the top the member's own."""
    wanted = outcome.next or outcome.tier or ""
    for tier in bundle.tiers:
        if tier.code == wanted:
            return tier.name
    return dict.fromkeys(LANGUAGES, wanted)


@lru_cache(maxsize=128)
def _frame(look: Look, strips: int) -> bytes:
    """A screen's bytes up to its strips."""
    whole = cbor.encode((look.hold_ms, look.light, look.tone, ((),) * strips))
    return whole[:-strips]


def _strip(x: int, y: int, drawn: Bitmap) -> bytes:
    """The encoding of one Strip, as messages.encode() would give it (a test holds them together)."""
    pixels = drawn.pixels()
    size = cbor.head(0, drawn.width) + cbor.head(0, len(drawn.pages) * ROWS_PER_PAGE)
    return b"\x85" + cbor.head(0, x) + cbor.head(0, y) + size + cbor.head(0x40, len(pixels)) + pixels
