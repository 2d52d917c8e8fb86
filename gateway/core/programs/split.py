"""Sharing a whole among lines by weight: the one rule of every discount, tender, tax and point. Pure.

Largest remainder: each line gets the floor of its part; what is left goes, one each, to the largest
remainders, ties by line number. Invariants: shares sum to the total exactly; where 0 <= total <= sum(weights)
no share is above its weight.
"""

from collections.abc import Sequence


def split(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Shares of total (at least 0) by weights (at least 0, not all 0 unless total is); () for no weights."""
    whole = sum(weights)
    if not total or not whole:
        assert not total, "nothing to share by"
        return (0,) * len(weights)
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)
    if left:
        order = sorted(range(len(weights)), key=lambda line: (-(total * weights[line] % whole), line))
        for line in order[:left]:
            shares[line] += 1
    return tuple(shares)
