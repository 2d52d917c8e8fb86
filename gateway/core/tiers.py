"""The tier ladder: where a member stands and how far the next step is."""

from typing import NamedTuple

from gateway.core.model import Bundle


class Standing(NamedTuple):
    """`next` and `to_next` (qualifying points, at least 1) are None at the top of the ladder."""

    tier: str
    next: str | None
    to_next: int | None


def standing(bundle: Bundle, tier: str, qualifying: int) -> Standing:
    """The higher of HQ's tier (it may be kept from last year) and what the points reach by themselves."""
    rank = max(_rank_of(bundle, tier), _rank_reached(bundle, qualifying))
    held = bundle.tiers[rank].code if rank >= 0 else tier
    if rank + 1 >= len(bundle.tiers):
        return Standing(held, None, None)
    above = bundle.tiers[rank + 1]
    return Standing(held, above.code, above.threshold - qualifying)


def _rank_of(bundle: Bundle, code: str) -> int:
    """Index of a tier; -1 where the bundle does not know it."""
    for rank, tier in enumerate(bundle.tiers):
        if tier.code == code:
            return rank
    return -1


def _rank_reached(bundle: Bundle, qualifying: int) -> int:
    """Index of the highest tier whose threshold is reached; -1 below the first."""
    reached = -1
    for rank, tier in enumerate(bundle.tiers):
        if qualifying < tier.threshold:
            break
        reached = rank
    return reached
