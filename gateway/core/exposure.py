"""The worst loss in money: what is lost already, what today's limits still allow, and what lies in the box.

Pure. Amounts are minor units of money. `in_box` is no loss of being offline: it is what HQ would have to
charge to the merchant if this gateway were gone for good, everything its log may still give. Units without a
price count as nothing, and so do counts of programs: what they let happen is bounded by the day's limits.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET

from gateway.core.book import LotKey
from gateway.core.model import Bundle
from gateway.core.programs.model import NO_LIMITS
from gateway.core.promises import AT_RISK, GATEWAY, SUSPENSE, Policy, Terms, Unit
from gateway.core.risk import allowance_unit
from gateway.core.units import BUDGET, OURS_ALONE, USE, unit_of, value


class Held(NamedTuple):
    """What one log may still move of a lot in its present epoch.

    Of SUSPENSE, in every epoch: a shortfall stays one until HQ settles it; `left` is negative, and the terms
    are those of the owner's lot of the same name.
    """

    key: LotKey
    terms: Terms
    left: int


class Exposure(NamedTuple):
    """Minor units of money."""

    at_risk_now: int
    still_possible: int
    in_box: int

    @property
    def worst(self) -> int:
        """If everything goes wrong today while the store is cut off; 0 where all policies are strict."""
        return self.at_risk_now + self.still_possible


def exposure(bundle: Bundle, gateway: str, date: str, held: Iterable[Held]) -> Exposure:
    """The worst loss of a gateway on a civil day of its store; `held` may be a stream, read once."""
    today = _limits(bundle, date)
    units: dict[str, Unit] = {}
    owed = in_box = 0
    for (owner, code, _), terms, left in held:
        if code in today and owner == GATEWAY + gateway:
            today[code] = max(left, 0)
        if code.startswith((*OURS_ALONE, USE, BUDGET)):
            continue
        unit = units.get(code)
        if unit is None:
            unit = units[code] = unit_of(bundle, code)
        if owner == SUSPENSE:
            owed += value(unit, terms, max(-left, 0))
        elif left > 0:
            in_box += value(unit, terms, left)
    return Exposure(owed, sum(today.values()), in_box)


def _limits(bundle: Bundle, date: str) -> dict[str, int]:
    """By the unit of its allowance: what a whole day allows at risk."""
    units = () if bundle.units is UNSET else bundle.units
    programs = () if bundle.programs is UNSET else bundle.programs
    counts = [unit_of(bundle, USE + each.id) for each in programs if each.limits != NO_LIMITS]
    return {
        allowance_unit(unit, date): unit.offline.per_gateway
        for unit in (*units, *counts)
        if unit.offline.kind == AT_RISK and _is_open(unit.offline)
    }


def _is_open(policy: Policy) -> bool:
    return policy.per_use > 0 and policy.per_member > 0 and policy.hours > 0
