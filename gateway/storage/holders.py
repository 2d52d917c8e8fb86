"""Who has lots of a kind, asked for many owners at once: most who tap have none, and learning that one by one
costs four statements each. The tables have the same names in the cache and in the ledger.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

OWNERS_TOGETHER = 16  # of one statement, as in cache.py

# All rows of a statement with these values.
Ask = Callable[[str, Sequence[str]], Iterable[Any]]

_HOLDERS = "SELECT DISTINCT owner FROM lots WHERE owner IN ({}) AND unit >= ? AND unit < ?"
_RENAMED = (
    "SELECT id FROM aliases WHERE id IN ({0})"
    " UNION ALL SELECT into_member FROM aliases WHERE into_member IN ({0})"
)


def holders(ask: Ask, owners: Sequence[str], kind: str) -> set[str]:
    """Those of these owners who have a lot, used up or not, of a unit whose code begins with `kind`."""
    behind = kind[:-1] + chr(ord(kind[-1]) + 1)
    return {
        row[0]
        for some in _together(owners)
        for row in ask(_HOLDERS.format(_marks(some)), (*some, kind, behind))
    }


def renamed(ask: Ask, members: Sequence[str]) -> set[str]:
    """Those of these members who were merged into another, or another into them."""
    return {
        row[0] for some in _together(members) for row in ask(_RENAMED.format(_marks(some)), (*some, *some))
    }


def _together(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + OWNERS_TOGETHER] for start in range(0, len(names), OWNERS_TOGETHER))


def _marks(names: Sequence[str]) -> str:
    return ",".join("?" * len(names))
