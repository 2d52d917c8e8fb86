"""Re-read suppression: a code that stays in front of a scanner counts once.

A scanner in continuous mode repeats what it sees for as long as it sees it. A code is news when it is
another code than the last, or when the last has been out of sight for `away_ms`; every repetition starts
that time again, so a phone held under the glass for a minute is one scan, however long `away_ms` is.
"""


class Reread:
    """Remembers the last code only. `suppressed` counts what it held back."""

    def __init__(self, away_ms: int) -> None:
        self._away_ms = away_ms
        self._last = b""
        self._seen_ms = 0
        self.suppressed = 0

    def is_news(self, code: bytes, now_ms: int) -> bool:
        """True when this sight of `code` is a new scan; `now_ms` never goes back (Uptime)."""
        resting = code == self._last and now_ms - self._seen_ms < self._away_ms
        self._last = code
        self._seen_ms = now_ms
        if resting:
            self.suppressed += 1
        return not resting
