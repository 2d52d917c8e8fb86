"""Text and icons as pixels in the order an SSD1306 takes them.

A Bitmap is `width` columns and whole pages of 8 rows: page by page from the top, in each page one byte a
column, bit 0 the upper row (MONO_VLSB). Bitmaps of equal height join by joining their pages, so words and
digits are drawn once and lines are composed.

Not grey and then cut at a threshold, but FreeType's own black and white: at 14 pixels the strokes of Chinese
characters stay apart. Not whole words, but characters on whole pixels: Pillow places letters of a word on
fractions, and the same stem comes out one pixel wide or two (all were looked at).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

ROWS_PER_PAGE = 8
FACES_OPEN_MAX = 1  # each maps the whole font and keeps its index: 1.3 to 2 MiB; to open one takes 0.3 ms
RUNS_KEPT_MAX = 1_024  # some 200 bytes each: digits, fixed words, and the masked names of a day
CHINESE_FROM = "\u2e80"  # where Unicode's East Asian blocks begin
_RUNS = re.compile(r"\d|\D+")


class Bitmap(NamedTuple):
    """`pages` from the top, each `width` bytes."""

    width: int
    pages: tuple[bytes, ...]

    def pixels(self) -> bytes:
        """The bytes of a strip."""
        return b"".join(self.pages)


class Lettering:
    """Draws lines of text with the font that came with the program; keeps what it drew."""

    def __init__(self) -> None:
        path = str(sans_path())
        self._font = lru_cache(maxsize=FACES_OPEN_MAX)(
            lambda size: ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
        )
        self._run = lru_cache(maxsize=RUNS_KEPT_MAX)(self._draw_run)

    def line(self, text: str, sizes: tuple[int, ...], height: int, width_max: int) -> Bitmap:
        """One line in the first size that fits, cut at `width_max` where none does."""
        for size in sizes:
            drawn = joined([self._run(part, size, height) for part in _RUNS.findall(text)])
            if drawn.width <= width_max:
                return drawn
        return Bitmap(width_max, tuple(page[:width_max] for page in drawn.pages))

    def _draw_run(self, text: str, size: int, height: int) -> Bitmap:
        return joined([self._draw_glyph(character, size, height) for character in text])

    def _draw_glyph(self, character: str, size: int, height: int) -> Bitmap:
        font = self._font(size)
        image = Image.new("1", (max(1, round(font.getlength(character))), height))
        pen = ImageDraw.Draw(image)
        pen.fontmode = "1"
        pen.text((0, baseline(character, size, height)), character, fill=1, font=font, anchor="ls")
        return packed(image)


def baseline(character: str, size: int, height: int) -> int:
    """The row below the one the character stands on, so that its ink is in the middle of `height` rows.

    Looked up in the font's ink: Chinese characters reach 0.93 of the size above it and 0.13 below, Latin ones
    0.87 and 0.28 (the tail of a g). With one baseline for both, 16 rows would cut one or the other at 14.
    """
    middle = 0.38 if character >= CHINESE_FROM else 0.29
    return round(height / 2 + middle * size)


def joined(parts: Sequence[Bitmap]) -> Bitmap:
    """Bitmaps of equal height, at least one, from left to right."""
    pages = [b"".join([part.pages[page] for part in parts]) for page in range(len(parts[0].pages))]
    return Bitmap(len(pages[0]), tuple(pages))


def packed(image: Image.Image) -> Bitmap:
    """A black and white image, its height a multiple of 8."""
    assert image.mode == "1" and image.height % ROWS_PER_PAGE == 0
    count = image.height // ROWS_PER_PAGE
    # Upside down and mirrored at the diagonal, each row of the result is a column, its bottom first.
    turned = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).transpose(Image.Transpose.TRANSPOSE)
    columns = turned.tobytes()
    return Bitmap(image.width, tuple(columns[count - 1 - page :: count] for page in range(count)))
