"""What a share of a line comes to when some of its pieces go back: the arithmetic of returns. Pure.

Pieces d+1 to d+k of n give back floor(v*(d+k)/n) - floor(v*d/n) of a share v, so that the last piece takes
the remainder and all parts sum to v. What transfers moved for all lines together goes back in their order.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.core.promises import Transfer

Counts = Sequence[int]  # by line


class Cut(NamedTuple):
    """How many pieces each line had, how many were back before, and how many are back after this."""

    quantities: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def back(self, split: Counts) -> tuple[int, ...]:
        """By line: what of a share goes back now."""
        return tuple(
            share * after // pieces - share * before // pieces
            for share, pieces, before, after in zip(
                split, self.quantities, self.before, self.after, strict=True
            )
        )

    def stays(self, split: Counts) -> tuple[int, ...]:
        """By line: what of a share is still with the customer afterwards."""
        return tuple(
            share - share * after // pieces
            for share, pieces, after in zip(split, self.quantities, self.after, strict=True)
        )

    def position(self, split: Counts) -> int:
        """What had gone back of a share, of all lines together, before this."""
        return sum(
            share * before // pieces
            for share, pieces, before in zip(split, self.quantities, self.before, strict=True)
        )

    def ends(self, split: Counts) -> bool:
        """Whether by this, and not before, every line that has a share is back whole."""
        touched = [line for line, share in enumerate(split) if share]
        return _all_back(self.quantities, self.after, touched) and not _all_back(
            self.quantities, self.before, touched
        )


def overlap(transfers: Sequence[Transfer], start: int, amount: int) -> list[tuple[Transfer, int]]:
    """Of transfers laid end to end, how much of each lies within [start, start + amount)."""
    found, at = [], 0
    for transfer in transfers:
        inside = min(at + transfer.amount, start + amount) - max(at, start)
        if inside > 0:
            found.append((transfer, inside))
        at += transfer.amount
    return found


def _all_back(quantities: Counts, done: Counts, touched: Counts) -> bool:
    return bool(touched) and all(done[line] >= quantities[line] for line in touched)
