"""One limit of several: a member's uses of a program that two stores counted, or two members who became one.

Each lot of "USE:<program>" is a count that began with the whole limit. The largest of them is what is
allowed; what is left beyond that, after all uses, is taken back, and what was used beyond it waits in
SUSPENSE for a person.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from cloud_bridge.hq import granting, troubles
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.lot_feed import total
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.settling import settle
from cloud_bridge.hq.troubles import Where
from gateway.core.model import TRANSFER_POSTED, NewLot
from gateway.core.promises import ISSUER, MEMBER, RISK, SPENT, SUSPENSE, Transfer


class Limit(NamedTuple):
    """A member's lots of one limit: what is left of them everywhere, and what was used."""

    left: int
    used: int


def counted_anew(new: Iterable[NewLot]) -> set[tuple[str, str, str]]:
    """Counts of members that a store has begun: lot, owner and unit."""
    natures = ((one.lot, one.nature) for one in new)
    return {
        (lot, nature.owner, nature.unit)
        for lot, nature in natures
        if nature.owner.startswith(MEMBER)
        and nature.unit.startswith(troubles.LIMIT)
        and not nature.unit.startswith(RISK)
    }


def join_counts(session: Session, counts: Iterable[tuple[str, str, str]], where: Where) -> list[str]:
    """Make one limit of each of these counts and what was there; kinds of exceptions that are new."""
    raised = []
    for lot, owner, unit in sorted(counts):
        owners = granting.family(session.connection, owner)
        before = [one for one in granting.lots_of(session.connection, owners, unit) if one != lot]
        if before:
            raised += join(session, unit, [before, [lot]], where)
    return raised


def join(session: Session, unit: str, groups: Sequence[Sequence[str]], where: Where) -> list[str]:
    """Make one limit of several, each of some lots: the largest holds. Kinds of exceptions that are new."""
    books = session.books
    every = [lot for group in groups for lot in group]
    books.load(every)
    limits = [_limit(session, group) for group in groups]
    allowed = max(limit.left + limit.used for limit in limits)
    used = sum(limit.used for limit in limits)
    surplus = sum(limit.left for limit in limits) - max(0, allowed - used)
    excess = max(0, used - allowed)
    session.book_all(TRANSFER_POSTED, _take(session, unit, every, surplus, excess))
    settle(session, every)
    if not excess:
        return []
    about, detail = f"{unit}:{every[0]}:{every[-1]}"[:140], {"unit": unit, "allowed": allowed, "used": used}
    now_ms = session.frame.now_ms
    new = troubles.raise_trouble(session.connection, where, troubles.CAP_EXCEEDED, about, detail, now_ms)
    return [troubles.CAP_EXCEEDED] if new else []


def _take(session: Session, unit: str, lots: list[str], surplus: int, excess: int) -> list[Transfer]:
    """To the issuer: what is in HQ's part, what stores hold (a shortfall until it is back), the excess."""
    books, made = session.books, []
    for lot in lots:
        owner = books.natures[lot].owner
        free = min(surplus, books.pool(lot).free)
        out = min(surplus - free, max(0, total(books, lot) - free))
        surplus -= free + out
        if free:
            made.append(Transfer(free, ISSUER, owner, unit, debit_lot=lot))
        if out:
            made.append(Transfer(out, ISSUER, SUSPENSE, unit, debit_lot=lot))
    if excess:
        made.append(Transfer(excess, ISSUER, SUSPENSE, unit, debit_lot=lots[0]))
    return made


def _limit(session: Session, lots: Sequence[str]) -> Limit:
    left = sum(max(0, total(session.books, lot)) for lot in lots)
    used = sum(_used(session.connection, lot) + session.books.unwritten(lot, SPENT) for lot in lots)
    return Limit(left, used)


def _used(connection: Connection, lot: str) -> int:
    """What was spent of a lot in all logs, less what was given back, as far as it is written."""
    table, amount = tables.transfers, func.coalesce(func.sum(tables.transfers.c.amount), 0)
    posted = table.c.phase.is_(None)
    out = select(amount).where(posted, table.c.debit_lot == lot, table.c.credit == SPENT)
    back = select(amount).where(posted, table.c.credit_lot == lot, table.c.debit == SPENT)
    return int(connection.scalar(out) or 0) - int(connection.scalar(back) or 0)
