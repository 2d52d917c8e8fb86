"""Lengths of time as a person says them: "3 min ago" rather than a figure to work out."""

from typing import Final

from shopbell.look.words import say

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
NOW_MS: Final = 5 * SECOND_MS  # what is younger is "just now"

# The first step whose limit is above the time names it; two of a unit pass before the next one takes over,
# so that nobody reads "1 h ago" for 119 minutes.
_STEPS: Final = (
    (2 * MINUTE_MS, "seconds", SECOND_MS),
    (2 * HOUR_MS, "minutes", MINUTE_MS),
    (2 * DAY_MS, "hours", HOUR_MS),
)


def age_in_words(age_ms: int | None, language: str) -> str:
    """How long ago, in words; None means never, and a negative age (a clock set back) is "just now"."""
    if age_ms is None:
        return say("age.never", language)
    return say("age.now", language) if age_ms < NOW_MS else _counted("age", age_ms, language)


def span_in_words(span_ms: int, language: str) -> str:
    """How long, in words; a negative span is "0 s"."""
    return _counted("span", max(span_ms, 0), language)


def _counted(kind: str, time_ms: int, language: str) -> str:
    unit, unit_ms = next(
        ((unit, ms) for limit_ms, unit, ms in _STEPS if time_ms < limit_ms), ("days", DAY_MS)
    )
    return say(f"{kind}.{unit}", language, count=time_ms // unit_ms)
