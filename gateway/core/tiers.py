"""The tier ladder: where a member stands, how far the next step is, and when a step down comes. Pure.

A tier is a function of the bundle's ladder, of what HQ says and of qualifying points: nothing else moves it,
and spending points moves nothing here, for qualifying points are never spent.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from msgspec import UNSET

from gateway.core.errors import EventError
from gateway.core.lots import usable
from gateway.core.model import Bundle, Member, Setting
from gateway.core.programs.model import Ladder
from gateway.core.promises import LotFact

QUALIFYING = "QPT"
LADDER = Ladder()


class Standing(NamedTuple):
    """`next` and `to_next` (qualifying points, at least 1) are None at the top of the ladder."""

    tier: str
    next: str | None
    to_next: int | None


class Outlook(NamedTuple):
    """Standing, and what is worth telling: `near` the next tier; or that after `falls_on`, a civil day, the
    tier falls to `falls_to` (None: below the ladder) unless `needs` more qualifying points come by then."""

    tier: str
    next: str | None
    to_next: int | None
    near: bool
    falls_on: str | None
    falls_to: str | None
    needs: int | None


def standing(bundle: Bundle, tier: str, qualifying: int) -> Standing:
    """The higher of HQ's tier (it may be kept from last year) and what the points reach by themselves."""
    rank = max(_rank_of(bundle, tier), _rank_reached(bundle, qualifying))
    held = bundle.tiers[rank].code if rank >= 0 else tier
    if rank + 1 >= len(bundle.tiers):
        return Standing(held, None, None)
    above = bundle.tiers[rank + 1]
    return Standing(held, above.code, above.threshold - qualifying)


def outlook(bundle: Bundle, member: Member, qpt_lots: Iterable[LotFact], setting: Setting) -> Outlook:
    """What a receipt may say of a member's tier, by the lots of qualifying points that this store knows."""
    ladder = LADDER if bundle.ladder is UNSET else bundle.ladder
    place = standing(bundle, member.tier, member.qualifying)
    near = place.to_next is not None and place.to_next <= ladder.near
    fall = _fall(bundle, member, qpt_lots, setting, ladder)
    return Outlook(*place, near, *fall)


def _fall(
    bundle: Bundle, member: Member, lots: Iterable[LotFact], setting: Setting, ladder: Ladder
) -> tuple[str | None, str | None, int | None]:
    """The first day within the ladder's warning after which points no longer keep the tier they reach."""
    rank = _rank_reached(bundle, member.qualifying)
    if rank <= 0 or rank < _rank_of(bundle, member.tier):
        return None, None, None  # the lowest, or HQ keeps a tier that points do not carry
    left, horizon = member.qualifying, _days_after(setting.date, ladder.warn_days)
    for day, amount in _lapsing(lots, setting):
        left -= amount
        if day > horizon:
            break
        if left < bundle.tiers[rank].threshold:
            lower = _rank_reached(bundle, left)
            falls_to = bundle.tiers[lower].code if lower >= 0 else None
            return day, falls_to, bundle.tiers[rank].threshold - left
    return None, None, None


def _lapsing(lots: Iterable[LotFact], setting: Setting) -> list[tuple[str, int]]:
    """What of lots usable today ends on which day, the first day first."""
    days: dict[str, int] = {}
    for fact in lots:
        day = fact.nature.terms.expires_on
        if day is not None and usable(fact, setting) is None:
            days[day] = days.get(day, 0) + known(fact)
    return sorted(days.items())


def known(fact: LotFact) -> int:
    """All of a lot that is anywhere, as far as this store knows."""
    return max(0, fact.left + fact.offered + fact.elsewhere - fact.owed)


def _days_after(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError) as problem:
        raise EventError("bad_facts", "date") from problem


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
