"""Rows of a receipt as black and white pictures, as wide as the paper: any script, on any printer.

Printers know few characters and each its own; a picture is the same on all. Latin words are broken at
spaces, Chinese ones anywhere.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import segno
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from gateway.adapters.lettering import CHINESE_FROM
from gateway.receipts.rows import Code, Pair, Row, Rule

SIZES: Final = {"small": 20, "normal": 24, "large": 34}  # dots; 203 dots an inch, so 24 are 3 mm
LEADING: Final = 1.3
GAP: Final = 12  # between the words and the figure of a row
RULE_HEIGHT: Final = 16
QR_DOTS: Final = 6  # of one module: 29 modules are 22 mm
QR_BORDER: Final = 3  # modules; the paper's own margin adds the fourth
WHITE, BLACK = 1, 0


def picture(row: Row, dots: int) -> Image.Image:
    """A row as it is printed on paper `dots` wide."""
    if isinstance(row, Rule):
        return _rule(dots)
    if isinstance(row, Code):
        return _code(row, dots)
    if isinstance(row, Pair):
        return _pair(row, dots)
    font = _font(SIZES[row.size])
    lines = broken(row.text, font, dots)
    image, pen, height = _blank(len(lines), SIZES[row.size], dots)
    for number, line in enumerate(lines):
        left = (dots - font.getlength(line)) / 2 if row.middle else 0
        _write(pen, left, number * height, height, line, font)
    return image


def broken(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """A text in lines that fit; at least one."""
    lines = [""]
    for word in _words(text):
        if font.getlength(lines[-1] + word) <= width:
            lines[-1] += word
        elif font.getlength(word) <= width:
            lines.append(word.lstrip(" "))
        else:
            lines += _cut(word, font, width)
    return [line for line in lines if line] or [""]


def _words(text: str) -> list[str]:
    """Pieces between which a line may end: Latin words with the space before them, Chinese characters."""
    words: list[str] = []
    for character in text:
        apart = character == " " or character >= CHINESE_FROM or (words and words[-1][-1] >= CHINESE_FROM)
        if apart or not words:
            words.append(character)
        else:
            words[-1] += character
    return words


def _cut(word: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """A word that is wider than the paper, in pieces."""
    pieces = [""]
    for character in word:
        if font.getlength(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _pair(row: Pair, dots: int) -> Image.Image:
    font = _font(SIZES[row.size])
    right = font.getlength(row.right)
    lines = broken(row.left, font, max(dots - right - GAP, dots / 3))
    below = font.getlength(lines[-1]) + right + GAP > dots
    image, pen, height = _blank(len(lines) + below, SIZES[row.size], dots)
    for number, line in enumerate(lines):
        _write(pen, 0, number * height, height, line, font)
    _write(pen, dots - right, image.height - height, height, row.right, font)
    return image


def _code(row: Code, dots: int) -> Image.Image:
    matrix = [bytes(line) for line in segno.make(row.content, micro=False).matrix_iter(border=QR_BORDER)]
    small = Image.frombytes("L", (len(matrix), len(matrix)), b"".join(matrix)).point(
        lambda dark: 255 * (not dark)
    )
    size = len(matrix) * QR_DOTS
    image = Image.new("1", (dots, size), WHITE)
    image.paste(small.resize((size, size), Image.Resampling.NEAREST).convert("1"), ((dots - size) // 2, 0))
    return image


def _rule(dots: int) -> Image.Image:
    image = Image.new("1", (dots, RULE_HEIGHT), WHITE)
    pen = ImageDraw.Draw(image)
    for left in range(0, dots, 8):
        pen.line([(left, RULE_HEIGHT // 2), (left + 4, RULE_HEIGHT // 2)], fill=BLACK, width=2)
    return image


def _blank(lines: int, size: int, dots: int) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    height = round(size * LEADING)
    image = Image.new("1", (dots, lines * height), WHITE)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    return image, pen, height


def _write(
    pen: ImageDraw.ImageDraw, left: float, top: int, height: int, text: str, font: ImageFont.FreeTypeFont
) -> None:
    pen.text((round(left), top + height // 2), text, fill=BLACK, font=font, anchor="lm")


@lru_cache(maxsize=len(SIZES))
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(sans_path()), size, layout_engine=ImageFont.Layout.BASIC)


def stacked(pictures: Sequence[Image.Image], dots: int) -> Image.Image:
    """Pictures one below the other."""
    whole = Image.new("1", (dots, sum(one.height for one in pictures)), WHITE)
    top = 0
    for one in pictures:
        whole.paste(one, (0, top))
        top += one.height
    return whole
