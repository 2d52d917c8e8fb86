"""Counts of everything dropped, refused, retried or bounded: one flat table of named integers.

Names are dotted, made of our own constants (never of a peer's text), so the table is bounded by the program.
"""


class Counters:
    """Named counters; absent means 0, none ever decreases."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, name: str, count: int = 1) -> None:
        """Count `count` more of `name`."""
        self._counts[name] = self._counts.get(name, 0) + count

    def get(self, name: str) -> int:
        """How many of `name` so far."""
        return self._counts.get(name, 0)

    def snapshot(self) -> dict[str, int]:
        """A copy, sorted by name."""
        return dict(sorted(self._counts.items()))
