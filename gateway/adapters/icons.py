"""The signs a terminal shows beside its words, so that no outcome is told by colour alone."""

from collections.abc import Callable

from PIL import Image, ImageDraw

from gateway.adapters.lettering import Bitmap, packed

ICON_WIDTH = 24
ICON_HEIGHT = 32

Pen = ImageDraw.ImageDraw


def draw_icon(name: str) -> Bitmap:
    """The icon of this name, one of NAMES; raises KeyError for another."""
    image = Image.new("1", (ICON_WIDTH, ICON_HEIGHT))
    _SHAPES[name](ImageDraw.Draw(image))
    return packed(image)


def _check(pen: Pen) -> None:
    pen.line([(3, 16), (9, 23), (20, 8)], fill=1, width=4, joint="curve")


def _question(pen: Pen) -> None:
    pen.arc([(5, 5), (18, 17)], start=180, end=450, fill=1, width=3)
    pen.line([(11, 16), (11, 20)], fill=1, width=3)
    pen.rectangle([(10, 24), (12, 26)], fill=1)


def _hand(pen: Pen) -> None:
    """A raised hand: four fingers, the palm, the thumb."""
    for left, top in ((5, 9), (9, 5), (13, 6), (17, 10)):
        pen.rounded_rectangle([(left, top), (left + 2, 20)], radius=1, fill=1)
    pen.rounded_rectangle([(5, 16), (19, 27)], radius=4, fill=1)
    pen.line([(1, 15), (6, 22)], fill=1, width=3)


def _cross(pen: Pen) -> None:
    pen.line([(5, 9), (18, 22)], fill=1, width=4)
    pen.line([(18, 9), (5, 22)], fill=1, width=4)


def _clock(pen: Pen) -> None:
    pen.ellipse([(2, 6), (21, 25)], outline=1, width=2)
    pen.line([(12, 10), (12, 16), (16, 18)], fill=1, width=2)


def _lock(pen: Pen) -> None:
    pen.arc([(6, 4), (17, 20)], start=180, end=360, fill=1, width=3)
    pen.rounded_rectangle([(3, 13), (20, 26)], radius=2, fill=1)
    pen.rectangle([(11, 17), (12, 22)], fill=0)


def _gift(pen: Pen) -> None:
    """A box with a lid, a ribbon and its bow."""
    pen.rectangle([(3, 15), (20, 27)], outline=1, width=2)
    pen.rectangle([(1, 11), (22, 15)], fill=1)
    pen.line([(12, 15), (12, 27)], fill=1, width=2)
    pen.ellipse([(4, 4), (11, 11)], outline=1, width=2)
    pen.ellipse([(12, 4), (19, 11)], outline=1, width=2)


def _keys(pen: Pen) -> None:
    """Nine keys of a keypad."""
    for row in range(3):
        for column in range(3):
            left, top = 2 + 7 * column, 6 + 7 * row
            pen.rectangle([(left, top), (left + 4, top + 4)], fill=1)


_SHAPES: dict[str, Callable[[Pen], None]] = {
    "check": _check,
    "question": _question,
    "hand": _hand,
    "cross": _cross,
    "clock": _clock,
    "lock": _lock,
    "gift": _gift,
    "keys": _keys,
}
NAMES = tuple(_SHAPES)
