"""What conditions must mean: bounded, possible, and asked where they can be answered. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from gateway.core.model import Bundle
from gateway.core.orders.model import TENDERS
from gateway.core.programs.book import NEEDS_MEMBER
from gateway.core.programs.faults import Problem
from gateway.core.programs.model import (
    AllOf,
    AmountIs,
    AnyOf,
    Condition,
    MemberIs,
    Not,
    OccasionIs,
    PaidIs,
    Program,
    Quantity,
    RoleIs,
    Subtotal,
    TierIs,
    TimeIs,
)

DEPTH_MAX: Final = 8
NODES_MAX: Final = 64
OCCASIONS: Final = ("birthday",)
BEFORE = ("order.quoted",)
AFTER = ("order.committed", "payment.captured", "balance.topped_up")

_NOT_WHERE: Final[dict[type, tuple[str, ...]]] = {
    PaidIs: BEFORE,
    AmountIs: (*BEFORE, "order.committed", "payment.captured"),
    RoleIs: (*BEFORE, *AFTER),
}
_ORDERS_ONLY = (Subtotal, Quantity, PaidIs)


def condition_faults(program: Program, pointer: str, bundle: Bundle, known: bool) -> Iterator[Problem]:
    """What is wrong with a program's condition."""
    assert program.when is not None
    nodes = 0
    for where, depth, node in walk(program.when, pointer, 1):
        nodes += 1
        if depth > DEPTH_MAX:
            yield Problem(where, "too_deep", f"at most {DEPTH_MAX} levels")
        yield from _trigger_faults(program, node, where)
        yield from _node_faults(node, where)
        if known:
            yield from _name_faults(node, where, bundle)
    if nodes > NODES_MAX:
        yield Problem(pointer, "too_many", f"{nodes} conditions, at most {NODES_MAX}")


def walk(when: Condition, pointer: str, depth: int) -> Iterator[tuple[str, int, Condition]]:
    """Every condition of a tree with its pointer and depth (from 1)."""
    yield pointer, depth, when
    if isinstance(when, AllOf | AnyOf):
        for place, each in enumerate(when.of):
            yield from walk(each, f"{pointer}/of/{place}", depth + 1)
    elif isinstance(when, Not):
        yield from walk(when.of, pointer + "/of", depth + 1)


def opposed(program: Program) -> bool:
    """Whether the program wants no member and yet gives to one."""
    when = program.when
    wanted = when.of if isinstance(when, AllOf) else (when,)
    walk_in = any(isinstance(each, MemberIs) and each.status == "none" for each in wanted)
    gives = any(isinstance(effect, NEEDS_MEMBER) for effect in program.then)
    return walk_in and (gives or program.coupon is not None or program.limits.per_member is not None)


def _trigger_faults(program: Program, node: Condition, pointer: str) -> Iterator[Problem]:
    order = program.trigger in (*BEFORE, *AFTER)
    barred = program.trigger in _NOT_WHERE.get(type(node), ()) and not _is_favour(program, node)
    if barred or (isinstance(node, _ORDERS_ONLY) and not order):
        tag = node.__struct_config__.tag
        yield Problem(pointer, "wrong_condition", f"{tag!r} is not known at {program.trigger}")


def _is_favour(program: Program, node: Condition) -> bool:
    """A favour that staff choose to do: its role is asked when the order is sold, not when it is quoted."""
    return isinstance(node, RoleIs) and program.opt_in and program.trigger in BEFORE


def _node_faults(node: Any, pointer: str) -> Iterator[Problem]:
    low, high = getattr(node, "at_least", 0), getattr(node, "at_most", None)
    if high is not None and high < low:
        yield Problem(pointer + "/at_most", "reversed", f"{high} below {low}")
    if hasattr(node, "at_least") and not low and high is None:
        yield Problem(pointer, "empty", "give at_least or at_most")
    if isinstance(node, AnyOf) and not node.of:
        yield Problem(pointer + "/of", "never", "none of nothing")
    if hasattr(node, "any_of") and not node.any_of:
        yield Problem(pointer + "/any_of", "never", "name at least one")
    if isinstance(node, TimeIs):
        yield from _time_faults(node, pointer)
    if isinstance(node, PaidIs):
        yield from _unknown(node.tenders, TENDERS, pointer + "/tenders", "unknown_name")
    if isinstance(node, OccasionIs):
        yield from _unknown(node.any_of, OCCASIONS, pointer + "/any_of", "unknown_name")


def _time_faults(node: TimeIs, pointer: str) -> Iterator[Problem]:
    if not node.weekdays and node.start is None and node.end is None:
        yield Problem(pointer, "empty", "give weekdays, start or end")
    if node.start is not None and node.start == node.end:
        yield Problem(pointer + "/end", "never", "no time lies between")


def _name_faults(node: Condition, pointer: str, bundle: Bundle) -> Iterator[Problem]:
    if isinstance(node, TierIs):
        tiers = tuple(tier.code for tier in bundle.tiers)
        yield from _unknown(node.any_of, tiers, pointer + "/any_of", "unknown_tier")
    if isinstance(node, RoleIs):
        roles = tuple(role.code for role in (bundle.roles or ()))
        yield from _unknown(node.any_of, roles, pointer + "/any_of", "unknown_role")


def _unknown(names: tuple[str, ...], known: tuple[str, ...], pointer: str, reason: str) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name not in known:
            hint = f"{name!r}, one of {', '.join(known) or 'none'}"
            yield Problem(f"{pointer}/{place}", reason, hint)
