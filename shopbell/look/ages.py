"""Lengths of time as a person says them: "3 min ago" rather than a figure to work out."""

from typing import Final

from shopbell.look.words import say

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

# The first step whose limit is above the age names it; two of a unit pass before the next one takes over,
# so that nobody reads "1 h ago" for 119 minutes.
_STEPS: Final = (
    (5 * SECOND_MS, "age.now", SECOND_MS),
    (2 * MINUTE_MS, "age.seconds", SECOND_MS),
    (2 * HOUR_MS, "age.minutes", MINUTE_MS),
    (2 * DAY_MS, "age.hours", HOUR_MS),
)


def age_in_words(age_ms: int | None, language: str) -> str:
    """How long ago, in words; None means never, and a negative age (a clock set back) is "just now"."""
    if age_ms is None:
        return say("age.never", language)
    for limit_ms, key, unit_ms in _STEPS:
        if age_ms < limit_ms:
            return say(key, language, count=max(age_ms, 0) // unit_ms)
    return say("age.days", language, count=age_ms // DAY_MS)
