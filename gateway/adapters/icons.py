"""The three signs a terminal shows beside its words, so that no outcome is told by colour alone."""

from collections.abc import Callable

from PIL import Image, ImageDraw

from gateway.adapters.lettering import Bitmap, packed

ICON_WIDTH = 24
ICON_HEIGHT = 32

Pen = ImageDraw.ImageDraw


def draw_icon(name: str) -> Bitmap:
    """The icon of this name: "check", "question" or "hand"."""
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


_SHAPES: dict[str, Callable[[Pen], None]] = {"check": _check, "question": _question, "hand": _hand}
