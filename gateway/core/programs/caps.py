"""Caps of programs as balances: how often a member, how often and for how much all of them. Pure.

Units: "USE:<program>[:<period>]" of owner "member:<id>", "USE:<program>" and "BUDGET:<program>" of owner
"program:<id>". A member's count is made by the first use at the store that keeps it (the member's home, or
where a provisional member was enrolled); elsewhere and unknown, the program's offline policy says: at risk
it is counted here, else it cannot be sure. A gateway never makes a program's own count: HQ gives each store
its share.

A budget that does not pay all of a discount pays none of it: a promise is kept whole or not made, and no
clerk has to explain 13.27. Budgets count discounts and points as cash by money, credits by their unit,
coupons by face.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.core.model import NOT_ENOUGH, Bundle, Facts, Setting
from gateway.core.orders.model import Applied
from gateway.core.programs import reasons
from gateway.core.programs.because import template_of
from gateway.core.programs.book import book_of
from gateway.core.programs.civil import period_of
from gateway.core.programs.conditions import Unmet
from gateway.core.programs.model import Program
from gateway.core.programs.purse import Purse
from gateway.core.programs.scene import Scene
from gateway.core.promises import AT_RISK, MEMBER, PROGRAM, Unit
from gateway.core.risk import why_not, worth_of
from gateway.core.units import unit_of

USE, BUDGET = "USE:", "BUDGET:"
FREE_OF_BUDGET = ("debit", "show")


class Cap(NamedTuple):
    """So much of an owner's unit is to be spent; `mint` > 0: make a lot of so much first."""

    owner: str
    unit: str
    amount: int
    mint: int


def caps_of(bundle: Bundle, facts: Facts, setting: Setting, applied: Sequence[Applied]) -> list[Cap]:
    """What must be spent for what happened, each owner and unit once, in the order of the programs.

    Rights elsewhere and refusals are the spender's business; caps that quote() or fire() let through are all
    there, or known to be held elsewhere.
    """
    programs = book_of(bundle).programs
    purse = Purse(bundle, facts, setting)
    owner = "" if facts.member is None else MEMBER + facts.member.id
    found: list[Cap] = []
    for name, effects in _by_program(applied).items():
        program = programs.get(name)
        if program is not None:
            uses = len({each.lot for each in effects})
            found += _caps(program, bundle, setting, owner, uses, effects, purse)
    return found


def use_unit(program: Program, date: str) -> str:
    """The unit in which a member's uses of a program are counted on a day."""
    period = period_of(program.limits.period, date)
    return f"{USE}{program.id}:{period}" if period else USE + program.id


def spend_caps(scene: Scene, program: Program, bundle: Bundle, applied: Sequence[Applied]) -> Unmet | None:
    """Take what one use of a program needs of its caps; None, or why it cannot be."""
    if program.limits.per_member is None and program.limits.total is None and program.limits.budget is None:
        return None
    caps = _caps(program, bundle, scene.setting, scene.owner, 1, applied, scene.purse)
    unmet = next((each for cap in caps if (each := _problem(scene, program, cap))), None)
    unmet = unmet or _risk_problem(scene, bundle, caps, applied)
    if unmet is None:
        for cap in caps:
            scene.purse.take(cap.owner, cap.unit, cap.amount)
    return unmet


def is_guessed(unit: Unit, owner: str, counts_here: bool) -> bool:
    """Whether a member's count is kept at another store and only guessed here, at the merchant's risk."""
    return owner.startswith(MEMBER) and not counts_here and unit.offline.kind == AT_RISK


def worth(applied: Applied, bundle: Bundle) -> int:
    """What one effect takes of its program's budget."""
    if applied.does in FREE_OF_BUDGET:
        return 0
    if applied.template is not None:
        template = template_of(bundle, applied.template)
        if template is not None and template.face is not None:
            return template.face
    return applied.amount


def _by_program(applied: Iterable[Applied]) -> dict[str, list[Applied]]:
    found: dict[str, list[Applied]] = {}
    for each in applied:
        found.setdefault(each.program, []).append(each)
    return found


def _caps(
    program: Program,
    bundle: Bundle,
    setting: Setting,
    owner: str,
    uses: int,
    applied: Sequence[Applied],
    purse: Purse,
) -> list[Cap]:
    limits, found = program.limits, []
    if limits.per_member is not None:
        unit = use_unit(program, setting.date)
        found.append(Cap(owner, unit, uses, 0 if purse.lots(owner, unit) else limits.per_member))
    if limits.total is not None:
        found.append(Cap(PROGRAM + program.id, USE + program.id, uses, 0))
    if limits.budget is not None:
        amount = sum(worth(each, bundle) for each in applied)
        if amount:
            found.append(Cap(PROGRAM + program.id, BUDGET + program.id, amount, 0))
    return found


def _risk_problem(
    scene: Scene, bundle: Bundle, caps: Sequence[Cap], applied: Sequence[Applied]
) -> Unmet | None:
    """Whether the merchant bears what this store cannot be sure of; found before a customer counts on it.

    Each count that is not sure is borne by itself, out of the same limits.
    """
    unsure = [cap for cap in caps if not _is_sure(scene, bundle, cap)]
    worth = worth_of(bundle, applied) * len(unsure)
    for cap in unsure:
        if why_not(scene.facts, scene.setting, unit_of(bundle, cap.unit), cap.owner, worth) is not None:
            return Unmet(reasons.CANNOT_BE_SURE)
    return None


def _is_sure(scene: Scene, bundle: Bundle, cap: Cap) -> bool:
    if is_guessed(unit_of(bundle, cap.unit), cap.owner, scene.counts_here):
        return False
    return cap.mint > 0 or scene.purse.here(cap.owner, cap.unit) >= cap.amount


def _problem(scene: Scene, program: Program, cap: Cap) -> Unmet | None:
    purse = scene.purse
    if cap.mint:
        if not scene.counts_here and program.offline.kind != AT_RISK:
            return Unmet(reasons.CANNOT_BE_SURE)
        left = 0 if purse.frozen else cap.mint - purse.taken(cap.owner, cap.unit)
    else:
        # Nobody asks HQ for a count while a customer waits: what a program gives by itself no clerk can leave
        # out, and a sale would be refused for as long as another store holds the rest.
        reach = purse.free if program.offline.kind == AT_RISK else purse.here
        left = reach(cap.owner, cap.unit)
    if left >= cap.amount:
        return None
    why = purse.why_not(cap.owner, cap.unit, cap.amount)
    if why != NOT_ENOUGH:
        return Unmet(why)
    if cap.unit.startswith(BUDGET):
        return Unmet(reasons.BUDGET_SHORT, cap.amount - left)
    return Unmet(reasons.NONE_LEFT if cap.owner.startswith(PROGRAM) else reasons.LIMIT_REACHED)
