"""Numbers as people read them in the words of programs: money, counts, shares, by language. Pure.

Money is minor units with two decimal places; a whole amount shows none of them. English groups thousands,
Chinese does not ("满1000减100").
"""

from functools import partial

SCALE_MAX = 6  # decimal places of any unit that people read


def count(value: int, language: str) -> str:
    """A plain number: 1500 is "1500" or "1,500"."""
    return f"{value:,}" if language == "en" else str(value)


def scaled(scale: int, value: int, language: str) -> str:
    """A number of smallest parts with `scale` decimal places, which go where all of them are 0."""
    whole, part = divmod(abs(value), 10**scale)
    sign = "-" if value < 0 else ""
    tail = f".{part:0{scale}d}" if part else ""
    return sign + count(whole, language) + tail


# One function for each scale, so that equal ways of showing are the same object.
BY_SCALE = tuple(partial(scaled, scale) for scale in range(SCALE_MAX + 1))
money = BY_SCALE[2]  # minor units: 5000 is "50", 9950 is "99.50"


def percent(value: int, language: str) -> str:
    """Basis points: 1000 is "10%", 1250 is "12.5%"."""
    return _trimmed(value, 2, language) + "%"


def times(value: int, language: str) -> str:
    """Basis points as a factor: 20000 is "2", 15000 is "1.5"."""
    return _trimmed(value, 4, language)


def tenths_left(value: int, language: str) -> str:
    """Basis points off as what Chinese calls 折: 1000 off is "9", 1500 off "8.5"."""
    return _trimmed(10_000 - value, 3, language)


def _trimmed(value: int, scale: int, language: str) -> str:
    text = scaled(scale, value, language)
    return text.rstrip("0") if "." in text else text
