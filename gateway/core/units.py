"""What a bundle says of a unit, and what an amount of one is worth in money. Pure.

A unit that no bundle names is worth nothing and strict: nothing of it is ever given without a right. What
counts how often or for how much a program happens, "USE:<program>[:<period>]" and "BUDGET:<program>", follows
the offline policy of its program, and all of one program's counts share its limits; by itself it is worth
nothing.
"""

from msgspec import UNSET

from gateway.core.book import AMOUNT_MAX
from gateway.core.errors import EventError
from gateway.core.model import Bundle
from gateway.core.promises import AT_RISK, ONLINE, RETURN, RISK, STRICT, Policy, Terms, Unit

PATTERN = "*"
OURS_ALONE = (RISK, RETURN)  # units that only the core makes and uses: worth nothing by themselves
USE, BUDGET = "USE:", "BUDGET:"  # counts of programs
POLICIES = (STRICT, AT_RISK, ONLINE)


def unit_of(bundle: Bundle, code: str) -> Unit:
    """The unit of this code: the one named exactly, else the longest "x*" that it begins with."""
    best = Unit(code)
    if code.startswith(OURS_ALONE):
        return best
    if code.startswith((USE, BUDGET)):
        return _count_of(bundle, code)
    if bundle.units is UNSET:
        return best
    length = -1
    for unit in bundle.units:
        if unit.code == code:
            return unit
        stem = unit.code[:-1]
        if unit.code.endswith(PATTERN) and len(stem) > length and code.startswith(stem):
            best, length = unit, len(stem)
    return best


def _count_of(bundle: Bundle, code: str) -> Unit:
    """The counts of one program as one unit; a program that no bundle names has a strict one."""
    name = code.split(":")[1]
    programs = () if bundle.programs is UNSET else bundle.programs
    policy = next((program.offline for program in programs if program.id == name), Policy())
    return Unit(USE + name, policy)


def value(unit: Unit, terms: Terms, amount: int) -> int:
    """Minor units of money that an amount of a lot is worth, rounded up; 0 where it has no price."""
    if terms.face is not None:
        return terms.face * amount
    return -(-amount * unit.worth // max(unit.per, 1))


def check_units(bundle: Bundle) -> None:
    """Nothing, if every unit of the bundle can be used; EventError "bad_bundle" names one that cannot."""
    if bundle.units is UNSET:
        return
    seen: set[str] = set()
    for unit in bundle.units:
        problem = "twice" if unit.code in seen else _problem(unit)
        if problem:
            raise EventError("bad_bundle", f"unit {unit.code[:64]!r}: {problem}")
        seen.add(unit.code)


def _problem(unit: Unit) -> str | None:
    policy = unit.offline
    if not unit.code or not unit.code.isprintable() or PATTERN in unit.code[:-1]:
        return 'code must be printable, with "*" only at its end'
    if not 1 <= unit.per <= AMOUNT_MAX:
        return f"per = {unit.per}, must be at least 1"
    if policy.kind not in POLICIES:
        return f"offline.kind = {policy.kind[:32]!r}, must be one of {', '.join(POLICIES)}"
    numbers = {"scale": unit.scale, "worth": unit.worth, **_limits(policy)}
    for name, number in numbers.items():
        if not 0 <= number <= AMOUNT_MAX:
            return f"{name} = {number}, must be at least 0"
    return None


def _limits(policy: Policy) -> dict[str, int]:
    return {
        "offline.per_use": policy.per_use,
        "offline.per_member": policy.per_member,
        "offline.per_gateway": policy.per_gateway,
        "offline.hours": policy.hours,
    }
