"""The rows of which a receipt is made, and how money is written on it."""

from typing import Final, Literal, NamedTuple

Size = Literal["small", "normal", "large"]


class Text(NamedTuple):
    """A paragraph; long ones are broken at the paper's edge."""

    text: str
    size: Size = "normal"
    middle: bool = False


class Pair(NamedTuple):
    """Words at the left, a figure at the right of the same row."""

    left: str
    right: str
    size: Size = "normal"


class Rule(NamedTuple):
    """A line across the paper."""


class Code(NamedTuple):
    """A QR code with its text below."""

    content: str


Row = Text | Pair | Rule | Code
RULE: Final = Rule()


def money(amount: int) -> str:
    """Minor units as people read them: 6200 is "62.00", -1000 is "-10.00"."""
    whole, part = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole:,}.{part:02d}"
