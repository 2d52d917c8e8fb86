"""How long to wait before trying again: an upper limit that doubles to a cap, and chance to spread a shop.

`below(n)` gives a random integer 0..n-1 (n >= 1); tests pass their own.
"""

_DOUBLINGS_MAX = 16  # keeps the shift a small integer on a 32-bit board


def _upper_ms(attempt: int, base_ms: int, cap_ms: int) -> int:
    return min(cap_ms, base_ms << min(attempt, _DOUBLINGS_MAX))


def full_jitter_ms(attempt: int, base_ms: int, cap_ms: int, below) -> int:
    """0..base * 2**attempt, capped: for reconnecting, where the first to come back may come at once."""
    return below(_upper_ms(attempt, base_ms, cap_ms) + 1)


def half_jitter_ms(attempt: int, base_ms: int, cap_ms: int, below) -> int:
    """Half of the upper limit for certain, the rest by chance: for resending, where early is wasted.

    Attempt 0 waits base_ms exactly.
    """
    if attempt == 0:
        return base_ms
    upper_ms = _upper_ms(attempt, base_ms, cap_ms)
    return max(base_ms, upper_ms // 2 + below(upper_ms - upper_ms // 2 + 1))
