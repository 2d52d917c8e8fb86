"""Which lots a decision about an act reads: what must be looked up before decide() may be asked. Pure.

Who asks adds the owners merged into each owner (Facts.aliases), and the civil date of every other zone that
the lots found name (Facts.dates, lots.foreign_zones).
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from gateway.core.model import Bundle, Input
from gateway.core.promises import (
    AT_RISK,
    GATEWAY,
    ORDER,
    RETURN,
    SUSPENSE,
    Hold,
    Post,
    Reverse,
    Spend,
    Transfer,
)
from gateway.core.risk import allowance_unit
from gateway.core.units import unit_of


class Wanted(NamedTuple):
    """Lots of an owner's unit: all of them, or one."""

    owner: str
    unit: str
    lot: str | None = None


def wanted(bundle: Bundle, given: Input, transfers: tuple[Transfer, ...] | UnsetType = UNSET) -> list[Wanted]:
    """What a Post, Hold or Reverse reads, each once; `transfers` are those of the event that is reversed."""
    act = given.act
    found: list[Wanted] = []
    if isinstance(act, Post):
        for part in act.parts:
            if isinstance(part, Spend):
                found.append(Wanted(part.owner, part.unit, part.lot))
                found += _allowances(bundle, given, part)
    elif isinstance(act, Hold):
        found.append(Wanted(act.owner, act.unit, act.lot))
    elif isinstance(act, Reverse) and transfers is not UNSET:
        found.append(Wanted(ORDER + act.of, RETURN + act.of))
        found += _sides(transfers)
    return _widest(found)


def _allowances(bundle: Bundle, given: Input, part: Spend) -> list[Wanted]:
    unit = unit_of(bundle, part.unit)
    if unit.offline.kind != AT_RISK:
        return []
    code = allowance_unit(unit, given.setting.date)
    return [Wanted(part.owner, code), Wanted(GATEWAY + given.gateway, code)]


def _sides(transfers: Iterable[Transfer]) -> list[Wanted]:
    """Every lot that a transfer names; a shortfall is given back without a look at it."""
    return [
        Wanted(owner, transfer.unit, lot)
        for transfer in transfers
        for owner, lot in ((transfer.debit, transfer.debit_lot), (transfer.credit, transfer.credit_lot))
        if lot is not UNSET and owner != SUSPENSE
    ]


def _widest(found: list[Wanted]) -> list[Wanted]:
    """Each once, and no single lot of a unit that is wanted whole."""
    whole = {(want.owner, want.unit) for want in found if want.lot is None}
    return [want for want in dict.fromkeys(found) if want.lot is None or (want.owner, want.unit) not in whole]
